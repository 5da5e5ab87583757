//! PyTorch's `.pth`, `.pt` and `.ckpt` files: a zip archive with a description (pickle) and one file for each storage.
//! Before PyTorch 1.6, in 2020, the same without an archive: one after the other (`legacy`).

use super::super::file::{Number, Shapes, shown};
use super::archive::Archive;
use super::legacy::{LegacyFile, looks_like_legacy};
use super::pickle::{Pickle, PickleValue, Storage, StoredTensor};
use super::unpickle::unpickle;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Tensors in one file, and how deep they may stand in dictionaries and modules: far beyond what people save together.
const MAX_TENSORS: usize = 10_000;
const MAX_DEPTH: usize = 32;
/// The dictionaries in which a module keeps what is its own; names of tensors do not mention them.
const OWN: [&str; 3] = ["_parameters", "_buffers", "_modules"];

/// An opened file: every tensor in it, by the names of the dictionaries, modules and lists that lead to it.
pub(in crate::formats::model) struct PthFile<'a> {
    storages: Storages<'a>,
    pickle: Pickle,
    shapes: Shapes,
    /// Of each name the index in [`Pickle::tensors`].
    indices: BTreeMap<String, usize>,
    /// The names of the tensors that stand in one dictionary together, without what leads there: those of the largest
    /// one.
    largest: BTreeMap<String, String>,
    /// Classes of objects that hold no tensors.
    pub unread: BTreeSet<String>,
}

/// Where the numbers are.
enum Storages<'a> {
    /// In an archive, inside this folder.
    Archive(Archive<'a>, String),
    Legacy(LegacyFile<'a>),
}

impl<'a> PthFile<'a> {
    /// Whether bytes begin like a zip archive, or like PyTorch's older format.
    pub(crate) fn looks_like(bytes: &[u8]) -> bool {
        Archive::looks_like(bytes) || looks_like_legacy(bytes)
    }

    /// Reads the description and finds the tensors in it; their numbers are not read yet.
    ///
    /// # Errors
    /// In words: a damaged archive or pickle, or no tensors in it.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let (pickle, top, storages) = if looks_like_legacy(bytes) {
            let (pickle, top, file) = LegacyFile::open(bytes)?;
            (pickle, top, Storages::Legacy(file))
        } else {
            let archive = Archive::open(bytes)?;
            let folder =
                archive.names().find_map(|n| n.strip_suffix("data.pkl").filter(|f| f.is_empty() || f.ends_with('/')));
            let folder =
                folder.ok_or("the file is a zip archive, but not a PyTorch file (it has no data.pkl)")?.to_owned();
            let order = format!("{folder}byteorder");
            if archive.names().any(|n| n == order) && archive.read(&order)? != b"little" {
                return Err("the file was saved on a big-endian machine, which is not supported".to_owned());
            }
            let (pickle, top) = unpickle(archive.read(&format!("{folder}data.pkl"))?)?;
            (pickle, top, Storages::Archive(archive, folder))
        };
        let mut search =
            TensorSearch { pickle: &pickle, seen: HashSet::new(), found: Vec::new(), unread: BTreeSet::new() };
        search.visit(top, &mut Vec::new(), false)?;
        let TensorSearch { found, unread, .. } = search;
        if found.is_empty() {
            return Err(nothing(&unread));
        }
        let (mut shapes, mut indices) = (Shapes::new(), BTreeMap::new());
        let mut groups: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for FoundTensor { path, key, index } in found {
            let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            shapes.insert(name.clone(), pickle.tensors[index].shape.clone());
            indices.insert(name.clone(), index);
            groups.entry(path).or_default().insert(key, name);
        }
        let largest = groups.into_values().rev().max_by_key(BTreeMap::len).unwrap_or_default();
        Ok(Self { storages, pickle, shapes, indices, largest, unread })
    }

    pub(crate) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// The dictionary with the most tensors: their names in it, and in the whole file.
    pub(crate) fn largest(&self) -> &BTreeMap<String, String> {
        &self.largest
    }

    /// Whether a tensor is made of floating-point numbers.
    pub(crate) fn is_real(&self, name: &str) -> bool {
        self.stored(name).is_some_and(|(_, storage)| !matches!(storage.number, Number::Other { .. }))
    }

    fn stored(&self, name: &str) -> Option<(&StoredTensor, &Storage)> {
        let tensor = self.pickle.tensors.get(*self.indices.get(name)?)?;
        Some((tensor, self.pickle.storages.get(tensor.storage)?))
    }

    /// The values of a tensor in row-major order.
    ///
    /// # Errors
    /// In words: it claims more than its storage holds; the file of its storage is missing, damaged or of another
    /// length than stated.
    pub(crate) fn load(&self, name: &str) -> Result<Vec<f32>, String> {
        let (tensor, storage) = self.stored(name).ok_or_else(|| format!("{} is missing", shown(name)))?;
        let wrong = |reason: String| format!("{} {reason}", shown(name));
        let count = count(tensor, storage.count).map_err(wrong)?;
        let width = storage.number.bytes();
        let length = storage.count.checked_mul(width).ok_or_else(|| wrong("claims too many numbers".to_owned()))?;
        let bytes = self.bytes(storage)?;
        if bytes.len() != length {
            return Err(wrong(format!("has {} bytes instead of {length}", bytes.len())));
        }
        let part = if is_row_major(tensor) {
            Cow::Borrowed(&bytes[tensor.offset * width..(tensor.offset + count) * width])
        } else {
            Cow::Owned(gather(tensor, bytes, count, width))
        };
        storage.number.decode(&part).map_err(wrong)
    }

    fn bytes(&self, storage: &Storage) -> Result<&'a [u8], String> {
        match &self.storages {
            Storages::Archive(archive, folder) => archive.read(&format!("{folder}data/{}", storage.key)),
            Storages::Legacy(file) => file.read(&storage.key),
        }
    }
}

/// How many numbers a tensor has, which must lie inside its storage, each used once: otherwise a few bytes could
/// pretend to be terabytes.
fn count(tensor: &StoredTensor, stored: usize) -> Result<usize, String> {
    let StoredTensor { offset, shape, strides, .. } = tensor;
    let outside = || format!("claims the shape {shape:?} in a storage of {stored} numbers");
    if shape.len() != strides.len() {
        return Err("is damaged: it does not have one stride for each dimension".to_owned());
    }
    let count = shape.iter().try_fold(1usize, |n, side| n.checked_mul(*side)).ok_or_else(outside)?;
    // Steps from the first number to the last one.
    let reach = shape
        .iter()
        .zip(strides)
        .try_fold(0usize, |reach, (side, stride)| reach.checked_add(side.saturating_sub(1).checked_mul(*stride)?));
    let end = reach.and_then(|reach| reach.checked_add(*offset)?.checked_add(1));
    if count == 0 || count > stored || end.is_none_or(|end| end > stored) {
        return Err(outside());
    }
    if shape.iter().zip(strides).any(|(side, stride)| *side > 1 && *stride == 0) {
        return Err(format!("is one number expanded to the shape {shape:?}; save it with .contiguous()"));
    }
    Ok(count)
}

/// Whether the numbers stand in the order in which they are used.
fn is_row_major(tensor: &StoredTensor) -> bool {
    let mut expected = 1usize;
    tensor.shape.iter().zip(&tensor.strides).rev().all(|(side, stride)| {
        let fits = *side == 1 || *stride == expected;
        expected = expected.saturating_mul(*side);
        fits
    })
}

/// The `count` numbers of a tensor, transposed or a part of a larger one, in row-major order. [`count`] has checked
/// that they are there.
fn gather(tensor: &StoredTensor, bytes: &[u8], count: usize, width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(count * width);
    for number in 0..count {
        let (mut at, mut rest) = (tensor.offset, number);
        for (side, stride) in tensor.shape.iter().zip(&tensor.strides).rev() {
            at += rest % side * stride;
            rest /= side;
        }
        out.extend_from_slice(&bytes[at * width..(at + 1) * width]);
    }
    out
}

fn nothing(unread: &BTreeSet<String>) -> String {
    let only = match unread.first() {
        Some(class) => format!(", only other things ({}), which are not read", shown(class)),
        None => String::new(),
    };
    format!(
        "the file holds no tensors with names{only}; no code is run. Save the weights: torch.save(model.state_dict(), \
         ...)"
    )
}

/// A tensor: the names that lead to its dictionary, its own, and its index in the [`Pickle`].
struct FoundTensor {
    path: String,
    key: String,
    index: usize,
}

/// Walks through what a description built, each dictionary, list and object once.
struct TensorSearch<'p> {
    pickle: &'p Pickle,
    seen: HashSet<u32>,
    found: Vec<FoundTensor>,
    unread: BTreeSet<String>,
}

impl TensorSearch<'_> {
    /// `attributes`: whether `value` is the dictionary of an object's attributes.
    fn visit(&mut self, value: PickleValue, path: &mut Vec<String>, attributes: bool) -> Result<(), String> {
        let (PickleValue::List(index) | PickleValue::Dict(index) | PickleValue::Object { items: index, .. }) = value
        else {
            return Ok(());
        };
        if path.len() >= MAX_DEPTH || !self.seen.insert(index) {
            return Ok(());
        }
        let (pickle, before) = (self.pickle, self.found.len());
        let items = pickle.items(value);
        if let PickleValue::List(_) = value {
            for (i, item) in items.iter().enumerate() {
                self.enter(*item, || i.to_string(), path)?;
            }
        }
        let pairs = if let PickleValue::List(_) = value { &[] } else { items.as_chunks::<2>().0 };
        for [key, inner] in pairs {
            match *key {
                PickleValue::Attributes => self.visit(*inner, path, true)?,
                PickleValue::Int(key) => self.enter(*inner, || key.to_string(), path)?,
                PickleValue::Text(key) => match pickle.name(key) {
                    key if attributes && OWN.contains(&key) => self.visit(*inner, path, false)?,
                    key => self.enter(*inner, || key.to_owned(), path)?,
                },
                _ => {}
            }
        }
        if let PickleValue::Object { class, .. } = value
            && before == self.found.len()
        {
            self.unread.insert(pickle.name(class).to_owned());
        }
        Ok(())
    }

    /// Looks at what a dictionary or list holds under `key`.
    fn enter(
        &mut self,
        value: PickleValue,
        key: impl FnOnce() -> String,
        path: &mut Vec<String>,
    ) -> Result<(), String> {
        match value {
            PickleValue::Tensor(index) => {
                if self.found.len() >= MAX_TENSORS {
                    return Err(format!("the file holds more than {MAX_TENSORS} tensors"));
                }
                self.found.push(FoundTensor { path: path.join("."), key: key(), index: index as usize });
                Ok(())
            }
            PickleValue::List(_) | PickleValue::Dict(_) | PickleValue::Object { .. } => {
                path.push(key());
                self.visit(value, path, false)?;
                path.pop();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
