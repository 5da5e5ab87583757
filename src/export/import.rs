//! Reading a model file, whoever wrote it.

use super::file::{ModelFileError, Shapes};
use super::infer::{Fit, describe, infer};
use super::pth::PthFile;
use super::safetensors::{ModelCard, SafetensorsFile};
use crate::config::LatentKind;
use crate::model::{NamedTensor, SavedGenerator};
use memmap2::Mmap;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// A model read from a file.
#[derive(Debug, Clone)]
pub struct Imported {
    pub generator: SavedGenerator,
    /// What our own files say about themselves.
    pub card: Option<ModelCard>,
    /// The file and the network in a few words.
    pub what: String,
    /// What was assumed, because the file does not say it.
    pub assumed: Vec<String>,
}

/// Beyond any generator that the settings allow; such files are refused unread.
const MAX_FILE: u64 = 3 << 30;

/// Reads a `.safetensors` file (ours, or any with the usual DCGAN names) or a PyTorch state dict (`.pth`, `.pt`). The
/// content decides, not the name. Nothing in the file is executed.
///
/// # Errors
/// Unreadable, damaged, hostile, or not a generator that fits: the text says which.
pub fn import(path: &Path) -> Result<Imported, ModelFileError> {
    import_bytes(&map(path)?, path)
}

/// All tensors of floating-point numbers in a `.safetensors` file or a PyTorch state dict, whatever network they belong
/// to. Of several state dicts in one file, the one with the most tensors. Nothing in the file is executed.
///
/// # Errors
/// Unreadable, damaged, hostile or of another format: the text says which.
pub fn read_tensors(path: &Path) -> Result<Vec<NamedTensor>, ModelFileError> {
    tensors(&map(path)?).map_err(|reason| ModelFileError::refused(path, reason))
}

fn tensors(bytes: &[u8]) -> Result<Vec<NamedTensor>, String> {
    let collect = |shapes: &Shapes, real: &dyn Fn(&str) -> bool, load: &dyn Fn(&str) -> Result<Vec<f32>, String>| {
        let wanted = shapes.iter().filter(|(name, _)| real(name));
        let named = wanted
            .map(|(name, shape)| Ok(NamedTensor { name: name.clone(), shape: shape.clone(), values: load(name)? }));
        named.collect()
    };
    if PthFile::looks_like(bytes) {
        let file = PthFile::open(bytes)?;
        let part = file.largest();
        return collect(file.shapes(part), &|name| file.is_real(part, name), &|name| file.load(part, name));
    }
    let file = safetensors(bytes)?;
    collect(&file.shapes(), &|name| file.is_real(name), &|name| file.load(name))
}

/// A file as bytes.
fn map(path: &Path) -> Result<Mmap, ModelFileError> {
    let fail = |source| ModelFileError::File { path: path.to_path_buf(), source };
    let about = std::fs::metadata(path).map_err(fail)?;
    // Opening a pipe would wait for ever.
    if !about.is_file() {
        return Err(ModelFileError::refused(path, "is not a file"));
    }
    if about.len() > MAX_FILE {
        return Err(ModelFileError::refused(path, "is larger than any generator of this program (3 GiB)"));
    }
    if about.len() == 0 {
        return Err(ModelFileError::refused(path, "is empty"));
    }
    let file = File::open(path).map_err(fail)?;
    // SAFETY: the map is read within the functions above only; a file that another program cuts short meanwhile ends this
    // one, as with every mapped file.
    unsafe { Mmap::map(&file) }.map_err(fail)
}

/// [`import`] of bytes in memory; `path` is what messages call them.
///
/// # Errors
/// As [`import`].
pub fn import_bytes(bytes: &[u8], path: &Path) -> Result<Imported, ModelFileError> {
    read(bytes).map_err(|reason| ModelFileError::refused(path, reason))
}

fn read(bytes: &[u8]) -> Result<Imported, String> {
    if PthFile::looks_like(bytes) {
        let file = PthFile::open(bytes)?;
        let (part, fit) = file.find_generator()?;
        let load = |name: &str| file.load(part, name);
        return assemble(&fit, file.shapes(part), load, None, "PyTorch state dict");
    }
    let file = safetensors(bytes)?;
    let shapes = file.shapes();
    let card = file.card.clone();
    let fit = match &card {
        Some(card) => Fit { config: card.model.clone(), names: own_names(&shapes) },
        None => infer(&shapes)?,
    };
    assemble(&fit, &shapes, |name| file.load(name), card, "safetensors file")
}

fn safetensors(bytes: &[u8]) -> Result<SafetensorsFile<'_>, String> {
    if !SafetensorsFile::looks_like(bytes) {
        return Err("is neither a .safetensors file nor a PyTorch state dict".to_owned());
    }
    SafetensorsFile::open(bytes)
}

fn own_names(shapes: &Shapes) -> Vec<(String, String)> {
    shapes.keys().map(|name| (name.clone(), name.clone())).collect()
}

/// Loads the tensors that `fit` names and checks them once more against its settings.
fn assemble(
    fit: &Fit,
    shapes: &Shapes,
    load: impl Fn(&str) -> Result<Vec<f32>, String>,
    card: Option<ModelCard>,
    kind: &str,
) -> Result<Imported, String> {
    fit.config.validate().map_err(|e| e.to_string())?;
    let mut found: BTreeMap<String, NamedTensor> = BTreeMap::new();
    for (ours, theirs) in &fit.names {
        let shape = shapes.get(theirs).cloned().unwrap_or_default();
        found.insert(ours.clone(), NamedTensor { name: ours.clone(), shape, values: load(theirs)? });
    }
    let found = RefCell::new(found);
    let take = |name: &str| found.borrow_mut().remove(name).map(|t| (t.shape, t.values));
    let step = card.as_ref().map_or(0, |c| c.step);
    let generator = SavedGenerator::collect(fit.config.clone(), step, take).map_err(|e| e.to_string())?;
    let mut assumed = Vec::new();
    match &card {
        Some(card) if card.hash != generator.hash() => {
            return Err("is damaged: its numbers are not those that were saved (the checksum differs)".to_owned());
        }
        Some(_) => {}
        None => {
            let latent = match fit.config.latent {
                LatentKind::Normal => "normally distributed latents",
                LatentKind::Uniform => "latents uniform from -1 to 1",
            };
            assumed.push(format!("{latent}, as is usual for this network"));
        }
    }
    let what = format!("{kind}: {}", describe(&fit.config));
    Ok(Imported { generator, card, what, assumed })
}
