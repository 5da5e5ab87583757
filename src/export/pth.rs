//! PyTorch's `.pth` and `.pt` files: a zip archive with a description (pickle) and one file for each storage.

use super::archive::Archive;
use super::file::Shapes;
use super::infer::{Fit, infer};
use super::pickle::{Pickle, Value};
use std::collections::BTreeMap;

/// State dicts looked at in one file, and tensors in each: far beyond what people save together.
const MAX_PARTS: usize = 32;
const MAX_TENSORS: usize = 10_000;

/// An opened file: its state dicts (usually one), each a list of names with places of tensors.
pub(super) struct PthFile<'a> {
    archive: Archive<'a>,
    /// Folder inside the archive that holds everything.
    folder: String,
    pickle: Pickle,
    parts: Vec<Part>,
}

struct Part {
    name: String,
    shapes: Shapes,
    places: BTreeMap<String, usize>,
}

impl<'a> PthFile<'a> {
    /// Whether bytes begin like a zip archive.
    pub fn looks_like(bytes: &[u8]) -> bool {
        Archive::looks_like(bytes)
    }

    /// Whether bytes begin like PyTorch's older format: a pickled magic number.
    pub fn looks_like_before_1_6(bytes: &[u8]) -> bool {
        bytes.starts_with(b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46")
    }

    /// # Errors
    /// In words: a damaged archive, a description that asks for more than tensors, or no tensors in it.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let archive = Archive::open(bytes)?;
        let description = archive.names().find(|n| n.ends_with("/data.pkl"));
        let description = description.ok_or("is a zip archive, but no PyTorch file (it has no data.pkl)")?.to_owned();
        let folder = description.trim_end_matches("data.pkl").to_owned();
        let order = format!("{folder}byteorder");
        if archive.names().any(|n| n == order) && archive.read(&order)? != b"little" {
            return Err("was saved on a big-endian machine".to_owned());
        }
        let (pickle, top) = Pickle::read(archive.read(&description)?)?;
        let parts = parts(&pickle, top)?;
        Ok(Self { archive, folder, pickle, parts })
    }

    /// The state dict that is a generator, and how.
    ///
    /// # Errors
    /// In words: why none of them is.
    pub fn find_generator(&self) -> Result<(usize, Fit), String> {
        let mut first_reason = None;
        for (i, part) in self.parts.iter().enumerate() {
            match infer(&part.shapes) {
                Ok(fit) => return Ok((i, fit)),
                Err(reason) => {
                    let place = if part.name.is_empty() { String::new() } else { format!("in {:?}: ", part.name) };
                    first_reason.get_or_insert(format!("{place}{reason}"));
                }
            }
        }
        Err(first_reason.unwrap_or_else(|| "holds no state dict".to_owned()))
    }

    pub fn shapes(&self, part: usize) -> &Shapes {
        &self.parts[part].shapes
    }

    /// The values of a tensor.
    ///
    /// # Errors
    /// In words: the file of its storage is missing, damaged or of another length than stated.
    pub fn load(&self, part: usize, name: &str) -> Result<Vec<f32>, String> {
        let missing = || format!("{name} is missing");
        let place = self.parts[part].places.get(name).and_then(|i| self.pickle.tensors.get(*i)).ok_or_else(missing)?;
        let storage = &self.pickle.storages[place.storage];
        let entry = format!("{}data/{}", self.folder, storage.key);
        let width = storage.number.bytes();
        let length = storage.count.checked_mul(width).ok_or_else(|| format!("{name} claims too many numbers"))?;
        let bytes = self.archive.read(&entry)?;
        // `Pickle` has checked that the tensor lies inside the storage.
        let (start, count) = (place.offset * width, place.shape.iter().product::<usize>() * width);
        let part = bytes.get(start..start + count).filter(|_| bytes.len() == length);
        let part = part.ok_or_else(|| format!("{entry} holds {} bytes instead of {length}", bytes.len()))?;
        storage.number.decode(part).map_err(|reason| format!("{name} {reason}"))
    }
}

/// The state dicts in what the description built: the top itself, or what a training script put into it
/// (`{'netG': ..., 'netD': ...}`, `{'state_dict': ...}`). Averaged weights come first, as they draw best.
fn parts(pickle: &Pickle, top: Value) -> Result<Vec<Part>, String> {
    let Value::Dict(top) = top else { return Err("holds no state dict".to_owned()) };
    let mut found = vec![part(pickle, String::new(), top)?];
    for pair in pickle.lists[top].as_chunks::<2>().0 {
        if let (Ok(name), Value::Dict(inner)) = (pickle.as_text(pair[0]), pair[1]) {
            if found.len() > MAX_PARTS {
                return Err(format!("holds more than {MAX_PARTS} dictionaries"));
            }
            found.push(part(pickle, name.to_owned(), inner)?);
        }
    }
    found.retain(|part| !part.places.is_empty());
    if found.is_empty() {
        return Err("holds no state dict".to_owned());
    }
    found.sort_by_key(|part| !part.name.to_lowercase().contains("ema"));
    Ok(found)
}

fn part(pickle: &Pickle, name: String, dict: usize) -> Result<Part, String> {
    let (mut shapes, mut places) = (Shapes::new(), BTreeMap::new());
    for pair in pickle.lists[dict].as_chunks::<2>().0 {
        if let (Ok(key), Value::Tensor(place)) = (pickle.as_text(pair[0]), pair[1]) {
            if places.len() >= MAX_TENSORS {
                return Err(format!("holds more than {MAX_TENSORS} tensors"));
            }
            shapes.insert(key.to_owned(), pickle.tensors[place].shape.clone());
            places.insert(key.to_owned(), place);
        }
    }
    Ok(Part { name, shapes, places })
}
