//! Reading a model file of this or another program.

mod adapt;
mod fit;
mod infer;
mod layers;
mod matching;
mod network;
mod strangers;

use self::adapt::tensors as adapted;
use self::fit::{GeneratorFit, describe};
use self::infer::{FoundGenerator, infer};
use self::strangers::what_else;
use super::file::{ModelFileError, Shapes, shown};
use super::pytorch::PthFile;
use super::safetensors::{DISCRIMINATOR, ModelCard, SafetensorsFile};
use crate::config::Family;
use crate::files::{self, Links};
use crate::model::{NamedTensor, SavedDiscriminator, SavedGenerator, SavedGeneratorError, check_values};
use memmap2::Mmap;
use std::cell::RefCell;
use std::path::Path;

/// A model read from a file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The generator, with the weights as this program stores them.
    pub generator: SavedGenerator,
    /// Its discriminator, which only our own files may hold.
    pub discriminator: Option<SavedDiscriminator>,
    /// What our own files say about themselves.
    pub card: Option<ModelCard>,
    /// Format and architecture in a few words.
    pub what: String,
    /// What was assumed, because the file does not say it.
    pub assumed: Vec<String>,
    /// Which of several generators was taken, and how to get another one; none if there is one.
    pub choice: Option<String>,
    /// What is stored differently now; the pictures are the same.
    pub changed: Vec<String>,
    /// What else is in the file: modules, and classes that were not read.
    pub left_out: Vec<String>,
}

/// Beyond any generator that the settings allow; such files are refused unread.
const MAX_FILE: u64 = 3 << 30;
/// More kinds of values that were left out are not listed.
const MAX_UNREAD: usize = 8;

/// Reads a `.safetensors` file (ours, or another with a DCGAN generator) or PyTorch's `.pth`, `.pt` and `.ckpt`: a
/// state dict, a training checkpoint around one, or a whole model. The content decides, not the name. Nothing in the
/// file is executed.
///
/// # Errors
/// Unreadable, damaged, hostile, or not a generator that fits: the text says which.
pub fn import(path: &Path) -> Result<Imported, ModelFileError> {
    import_bytes(&map(path)?, path)
}

/// All tensors of floating-point numbers in a `.safetensors` file or a PyTorch state dict, whatever network they belong
/// to. Of several dictionaries in one file, the one with the most tensors. Nothing in the file is executed.
///
/// # Errors
/// Unreadable, damaged, hostile or of another format: the text says which.
pub fn read_tensors(path: &Path) -> Result<Vec<NamedTensor>, ModelFileError> {
    tensors(&map(path)?).map_err(|reason| ModelFileError::refused(path, reason))
}

fn tensors(bytes: &[u8]) -> Result<Vec<NamedTensor>, String> {
    if PthFile::looks_like(bytes) {
        let file = PthFile::open(bytes)?;
        let names = file.largest().iter().map(|(name, full)| (name.as_str(), full.as_str()));
        return collect(names.filter(|(_, full)| file.is_real(full)), file.shapes(), bytes.len(), |full| {
            file.load(full)
        });
    }
    let file = safetensors(bytes)?;
    let shapes = file.shapes();
    let names = shapes.keys().map(|name| (name.as_str(), name.as_str()));
    collect(names.filter(|(name, _)| file.is_real(name)), &shapes, bytes.len(), |name| file.load(name))
}

/// Loads tensors: of each the name that it gets and the one in the file.
fn collect<'a>(
    names: impl Iterator<Item = (&'a str, &'a str)>,
    shapes: &Shapes,
    length: usize,
    load: impl Fn(&str) -> Result<Vec<f32>, String>,
) -> Result<Vec<NamedTensor>, String> {
    let (mut found, mut numbers) = (Vec::new(), 0usize);
    for (name, full) in names {
        let shape = shapes.get(full).cloned().unwrap_or_default();
        // Tensors may share their numbers, but not so many that a small file fills the memory.
        numbers = shape.iter().fold(1usize, |n, side| n.saturating_mul(*side)).saturating_add(numbers);
        if numbers > length {
            return Err(format!("the file claims more numbers than it has bytes, up to {}", shown(name)));
        }
        found.push(NamedTensor { name: name.to_owned(), shape, values: load(full)? });
    }
    Ok(found)
}

/// A file as bytes.
fn map(path: &Path) -> Result<Mmap, ModelFileError> {
    let fail = |source| ModelFileError::File { path: path.to_path_buf(), source };
    let file = files::open(path, Links::Follow, MAX_FILE).map_err(fail)?;
    if file.metadata().map_err(fail)?.len() == 0 {
        return Err(ModelFileError::refused(path, "the file is empty; download or copy it again"));
    }
    // SAFETY: the map is read within the functions above only; a file that another program cuts short meanwhile ends
    // this one, as with every mapped file.
    unsafe { Mmap::map(&file) }.map_err(fail)
}

/// [`import`] of bytes in memory; `path` is what messages call them.
///
/// # Errors
/// As [`import`].
pub(crate) fn import_bytes(bytes: &[u8], path: &Path) -> Result<Imported, ModelFileError> {
    read(bytes).map_err(|reason| ModelFileError::refused(path, reason))
}

fn read(bytes: &[u8]) -> Result<Imported, String> {
    if PthFile::looks_like(bytes) {
        let file = PthFile::open(bytes)?;
        let mut imported = foreign(infer(file.shapes())?, |name| file.load(name), "PyTorch state dict")?;
        // What belongs to a whole model, and is no weight, is not worth a word.
        let unread =
            file.unread.iter().filter(|class| !class.starts_with("torch.nn.") && !class.starts_with("__torch__"));
        imported.left_out.extend(unread.take(MAX_UNREAD).map(|class| format!("{} (not read)", shown(class))));
        return Ok(imported);
    }
    let file = safetensors(bytes)?;
    match file.card.clone() {
        Some(card) => own(&file, card),
        None => foreign(infer(&file.shapes())?, |name| file.load(name), "safetensors file"),
    }
}

fn safetensors(bytes: &[u8]) -> Result<SafetensorsFile<'_>, String> {
    if !SafetensorsFile::looks_like(bytes) {
        return Err(what_else(bytes));
    }
    SafetensorsFile::open(bytes)
}

/// A file of this program.
fn own(file: &SafetensorsFile, card: ModelCard) -> Result<Imported, String> {
    let shapes = file.shapes();
    let failed = RefCell::new(None);
    let find = |name: &str| {
        let shape = shapes.get(name)?.clone();
        file.load(name).map(|values| (shape, values)).map_err(|reason| failed.replace(Some(reason))).ok()
    };
    let because = |e: SavedGeneratorError| failed.take().unwrap_or_else(|| e.to_string());
    let generator = SavedGenerator::collect(card.model.clone(), card.step, find).map_err(because)?;
    check_hash(&card.hash, &generator.hash())?;
    let discriminator = match &card.discriminator {
        None => None,
        Some(hash) => {
            let find = |name: &str| find(&format!("{DISCRIMINATOR}{name}"));
            let discriminator = SavedDiscriminator::collect(&card.model, find).map_err(because)?;
            check_hash(hash, &discriminator.hash())?;
            Some(discriminator)
        }
    };
    let beside = if discriminator.is_some() { " with its discriminator" } else { "" };
    let what = format!("safetensors file: {}{beside}", describe(&card.model));
    Ok(Imported {
        generator: SavedGenerator { notice: card.notice.clone(), ..generator },
        discriminator,
        card: Some(card),
        what,
        assumed: Vec::new(),
        choice: None,
        changed: Vec::new(),
        left_out: Vec::new(),
    })
}

fn check_hash(written: &str, found: &str) -> Result<(), String> {
    if written == found {
        return Ok(());
    }
    Err("the file is damaged: its numbers have changed since they were saved (the checksum differs)".to_owned())
}

/// A generator of another program.
fn foreign(
    FoundGenerator { fit, generators, left_out }: FoundGenerator,
    load: impl Fn(&str) -> Result<Vec<f32>, String>,
    kind: &str,
) -> Result<Imported, String> {
    let load = |name: &str| {
        let values = load(name)?;
        check_values(name, &values).map_err(|e| e.to_string())?;
        Ok(values)
    };
    let found = RefCell::new(adapted(&fit, load)?);
    let take = |name: &str| found.borrow_mut().remove(name);
    let generator = SavedGenerator::collect(fit.config.clone(), 0, take).map_err(|e| e.to_string())?;
    Ok(Imported {
        generator,
        discriminator: None,
        card: None,
        what: format!("{kind}: {}", describe(&fit.config)),
        assumed: vec![assumption(fit.config.family)],
        choice: choice(&generators),
        changed: changes(&fit),
        left_out,
    })
}

/// What names and shapes do not say.
fn assumption(family: Family) -> String {
    let usual = match family {
        Family::Dcgan => "normally distributed latents, a ReLU after each layer and tanh after the last one",
        Family::Article => {
            "latents uniform from -1 to 1, a leaky ReLU of slope 0.2 after each layer and tanh after the last one"
        }
    };
    format!("{usual}, as is usual for this network")
}

fn choice(generators: &[String]) -> Option<String> {
    let (taken, others) = generators.split_first().filter(|(_, others)| !others.is_empty())?;
    let others: Vec<String> = others.iter().map(|name| shown(name)).collect();
    let (taken, others) = (shown(taken), others.join(", "));
    Some(format!("{taken}, though {others} would fit too; to use another, save it alone with torch.save(...)"))
}

fn changes(fit: &GeneratorFit) -> Vec<String> {
    let mut changed = Vec::new();
    let (hidden, last) = fit.stages.split_at(fit.stages.len().saturating_sub(1));
    if fit.folds() {
        let bias = fit.config.family == Family::Dcgan && last.iter().any(|stage| stage.bias.is_some());
        let why = if bias { "the last layer has a bias" } else { "they do not follow the layers that have one here" };
        changed.push(format!("the normalisation layers were folded into the layers before them, because {why}"));
    } else if fit.config.family == Family::Dcgan && hidden.iter().any(|s| s.norm.is_some() && s.bias.is_some()) {
        changed.push("the biases were folded into the normalisation layers after them".to_owned());
    }
    if fit.grey {
        changed.push("its single channel was copied to three: greyscale pictures".to_owned());
    }
    changed
}
