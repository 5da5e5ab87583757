//! Model files: written in the formats of other programs, and read; files of latents.

use crate::engine::load::{load_generator, load_networks};
use crate::engine::protocol::error::EngineError;
use crate::engine::sharpening::network_beside;
use crate::files::{self, FileFormat, FileUse, Links, ModelFormat};
use crate::formats::{self, ExportError, Imported};
use crate::model::{SavedDiscriminator, SavedGenerator};
use crate::sharpen::SavedSharpener;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The format that a file's extension selects.
///
/// # Errors
/// Another extension.
pub(crate) fn model_format(path: &Path) -> Result<ModelFormat, EngineError> {
    FileFormat::of(path).and_then(|format| format.model_output).ok_or_else(|| {
        let wanted = FileUse::ModelOutput.listed();
        EngineError::Other(format!("{}: the extension selects the format; use {wanted}", path.display()))
    })
}

/// What to export, and how.
#[derive(Debug, Clone)]
pub(crate) struct ExportRequest {
    /// As for [`load_generator`].
    pub source: PathBuf,
    /// The newest weights instead of the EMA weights.
    pub raw: bool,
    /// The file format.
    pub format: ModelFormat,
    /// The file to write.
    pub out: PathBuf,
    /// Store weights as 16-bit floats, where the format has them.
    pub half: bool,
    /// Store the discriminator too, where the format has it: then trainings can start from the file.
    pub discriminator: bool,
    /// Licence and credit to store, after those of the models that it was made from.
    pub notice: String,
}

/// What was exported.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExportReport {
    pub file: PathBuf,
    /// The PyTorch program that loads it, for `.safetensors`.
    pub snippet: Option<PathBuf>,
    pub bytes: usize,
    pub format: ModelFormat,
    pub step: u64,
    /// Tells generators apart; of the numbers as they were trained.
    pub model: String,
    /// Whether the file holds the discriminator.
    pub discriminator: bool,
    /// Licence and credit in the file.
    pub notice: String,
}

/// Writes a generator in another file format. Never overwrites a file.
///
/// # Errors
/// As [`load_generator`]; a file that exists or cannot be written; a model too large for the format.
pub(crate) fn export_model(request: &ExportRequest) -> Result<ExportReport, EngineError> {
    let generator = load_generator(&request.source, request.raw)?;
    let discriminator = if request.discriminator { Some(discriminator_of(&request.source)?) } else { None };
    let network = match request.format {
        ModelFormat::Html => network_beside(&request.source)?,
        ModelFormat::Safetensors | ModelFormat::Onnx => None,
    };
    export_generator(generator, discriminator.as_ref(), network.as_ref(), request)
}

/// The discriminator of the model that `source` names.
///
/// # Errors
/// As [`load_generator`]; a model without one.
pub(crate) fn discriminator_of(source: &Path) -> Result<SavedDiscriminator, EngineError> {
    load_networks(source)?.1.discriminator.ok_or_else(|| {
        let text = "has no discriminator to export; name a run, a checkpoint or a model file that has one";
        EngineError::Run(format!("{}: {text}", source.display()))
    })
}

/// Writes a generator at hand, with its discriminator if the format has it, or as a web page with the network that
/// sharpens its pictures; `request.source` is not read.
///
/// # Errors
/// As [`export_model`].
pub(crate) fn export_generator(
    mut generator: SavedGenerator,
    discriminator: Option<&SavedDiscriminator>,
    network: Option<&SavedSharpener>,
    request: &ExportRequest,
) -> Result<ExportReport, EngineError> {
    let notices = [generator.notice.as_str(), &request.notice].map(str::trim);
    generator.notice = notices.into_iter().filter(|notice| !notice.is_empty()).collect::<Vec<_>>().join(" ");
    let (bytes, snippet) = match request.format {
        ModelFormat::Safetensors => {
            let name = request.out.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let text = formats::snippet(&generator.config, &name, discriminator.is_some());
            let bytes = formats::write_safetensors(&generator, discriminator, request.half)?;
            (bytes, Some((request.out.with_extension("py"), text)))
        }
        ModelFormat::Onnx => (formats::write_onnx(&generator)?, None),
        ModelFormat::Html => {
            (formats::write_html(&generator, network.map(SavedSharpener::for_page))?.into_bytes(), None)
        }
    };
    // Both or none: the second name is checked before the first file is written.
    if let Some((path, _)) = snippet.as_ref().filter(|(path, _)| path.exists() || *path == request.out) {
        return Err(ExportError::Exists { path: path.clone() }.into());
    }
    formats::write_new(&request.out, &bytes)?;
    if let Some((path, text)) = &snippet {
        formats::write_new(path, text.as_bytes())?;
    }
    Ok(ExportReport {
        file: request.out.clone(),
        snippet: snippet.map(|(path, _)| path),
        bytes: bytes.len(),
        format: request.format,
        step: generator.step,
        model: generator.hash(),
        discriminator: discriminator.is_some() && request.format == ModelFormat::Safetensors,
        notice: generator.notice,
    })
}

/// Reads a model file; with `out` also writes it as our own `.safetensors`. The file itself is not changed.
///
/// # Errors
/// A file that is not a usable generator; `out` exists or cannot be written.
pub fn import_model(source: &Path, out: Option<&Path>) -> Result<Imported, EngineError> {
    let imported = formats::import(source)?;
    if let Some(out) = out {
        let Imported { generator, discriminator, .. } = &imported;
        formats::write_new(out, &formats::write_safetensors(generator, discriminator.as_ref(), false)?)?;
    }
    Ok(imported)
}

/// Most latents in one file, as for `--count`.
const MAX_LATENTS: usize = 1_000_000;
/// Largest file of latents: a million of 32 components, or 100,000 of 256.
const MOST_LATENT_BYTES: u64 = 512 << 20;

/// Latents from a JSON file, a list of lists of `size` numbers, concatenated.
///
/// # Errors
/// A file that cannot be read, or holds something else.
pub(crate) fn read_latents(path: &Path, size: usize) -> Result<Vec<f32>, EngineError> {
    let fail = |e: &dyn std::fmt::Display| EngineError::Other(format!("{}: {e}", path.display()));
    let text = files::read(path, Links::Follow, MOST_LATENT_BYTES).map_err(|e| fail(&e))?;
    let rows: Vec<Vec<f32>> = serde_json::from_slice(&text).map_err(|e| fail(&e))?;
    if rows.is_empty() || rows.len() > MAX_LATENTS {
        return Err(fail(&format!("holds {} latents; 1 to {MAX_LATENTS} are possible", rows.len())));
    }
    if let Some((i, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != size) {
        return Err(fail(&format!("latent {i} has {} components, the generator takes {size}", row.len())));
    }
    let z = rows.concat();
    if z.iter().any(|v| !v.is_finite()) { Err(fail(&"holds a number that is not finite")) } else { Ok(z) }
}
