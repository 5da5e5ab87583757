//! PyTorch's `.pth` and `.pt` files: a zip archive with a description (pickle) and one file for each storage. Before
//! PyTorch 1.6, in 2020, the same without an archive: one after the other (`sequence`).

use super::archive::Archive;
use super::file::{Number, Shapes};
use super::infer::{Fit, infer};
use super::pickle::{Pickle, Storage, Value};
use super::sequence::{Sequence, looks_like_sequence};
use std::collections::BTreeMap;

/// State dicts looked at in one file, and tensors in each: far beyond what people save together.
const MAX_PARTS: usize = 32;
const MAX_TENSORS: usize = 10_000;

/// An opened file: its state dicts (usually one), each a list of names with places of tensors.
pub(super) struct PthFile<'a> {
    storages: Storages<'a>,
    pickle: Pickle,
    parts: Vec<Part>,
}

/// Where the numbers are.
enum Storages<'a> {
    /// In an archive, inside this folder.
    Archive(Archive<'a>, String),
    Sequence(Sequence<'a>),
}

struct Part {
    name: String,
    shapes: Shapes,
    places: BTreeMap<String, usize>,
}

impl<'a> PthFile<'a> {
    /// Whether bytes begin like a zip archive, or like PyTorch's older format.
    pub fn looks_like(bytes: &[u8]) -> bool {
        Archive::looks_like(bytes) || looks_like_sequence(bytes)
    }

    /// # Errors
    /// In words: a damaged archive, a description that asks for more than tensors, or no tensors in it.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        if looks_like_sequence(bytes) {
            let (pickle, top, sequence) = Sequence::open(bytes)?;
            let parts = parts(&pickle, top)?;
            return Ok(Self { storages: Storages::Sequence(sequence), pickle, parts });
        }
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
        Ok(Self { storages: Storages::Archive(archive, folder), pickle, parts })
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

    /// The state dict with the most tensors.
    pub fn largest(&self) -> usize {
        (0..self.parts.len()).rev().max_by_key(|i| self.parts[*i].places.len()).unwrap_or(0)
    }

    /// Whether a tensor is made of floating-point numbers.
    pub fn is_real(&self, part: usize, name: &str) -> bool {
        let storage = self.parts[part].places.get(name).map(|i| &self.pickle.storages[self.pickle.tensors[*i].storage]);
        storage.is_some_and(|s| !matches!(s.number, Number::Other { .. }))
    }

    /// The values of a tensor.
    ///
    /// # Errors
    /// In words: the file of its storage is missing, damaged or of another length than stated.
    pub fn load(&self, part: usize, name: &str) -> Result<Vec<f32>, String> {
        let missing = || format!("{name} is missing");
        let place = self.parts[part].places.get(name).and_then(|i| self.pickle.tensors.get(*i)).ok_or_else(missing)?;
        let storage = &self.pickle.storages[place.storage];
        let width = storage.number.bytes();
        let length = storage.count.checked_mul(width).ok_or_else(|| format!("{name} claims too many numbers"))?;
        let bytes = self.bytes(storage)?;
        // `Pickle` has checked that the tensor lies inside the storage.
        let (start, count) = (place.offset * width, place.shape.iter().product::<usize>() * width);
        let part = bytes.get(start..start + count).filter(|_| bytes.len() == length);
        let part = part.ok_or_else(|| format!("{name} has {} bytes instead of {length}", bytes.len()))?;
        storage.number.decode(part).map_err(|reason| format!("{name} {reason}"))
    }

    fn bytes(&self, storage: &Storage) -> Result<&'a [u8], String> {
        match &self.storages {
            Storages::Archive(archive, folder) => archive.read(&format!("{folder}data/{}", storage.key)),
            Storages::Sequence(sequence) => sequence.read(&storage.key),
        }
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
