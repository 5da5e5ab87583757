//! The generator that comes with the program, so that there is something to play with before anything is trained.

use crate::engine::protocol::error::EngineError;
use crate::formats::{self, Imported};
use crate::model::SavedGenerator;
use std::path::Path;

/// How it was made, and its licence, stand in assets/bundled/README.md.
const BYTES: &[u8] = include_bytes!("../../assets/bundled/cats-64.safetensors");
/// What it is called in messages and in pictures. It can be named so wherever a model is asked for.
pub(crate) const LABEL: &str = "bundled";

/// The bundled generator.
///
/// # Errors
/// Never in a sound build.
pub(crate) fn generator() -> Result<SavedGenerator, EngineError> {
    Ok(model()?.generator)
}

/// The bundled file: the generator, and its discriminator if the file has one.
///
/// # Errors
/// Never in a sound build.
pub(crate) fn model() -> Result<Imported, EngineError> {
    Ok(formats::import_bytes(BYTES, Path::new(LABEL))?)
}
