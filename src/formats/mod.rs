//! What leaves the program: pictures and films that remember where they came from, and the model itself.

mod error;
mod film;
mod names;
mod new_file;
mod png;
mod recipe;
mod upscale;

pub use error::ExportError;
pub(crate) use film::{FPS, FilmSpec, FilmWriter};
pub use names::{NameParts, file_name};
pub(crate) use names::{PLACEHOLDERS, free_path, write_free};
pub(crate) use new_file::write_new;
pub use png::{encode_png, read_recipe};
pub use recipe::{ModelStamp, Point, Recipe};
pub(crate) use upscale::MAX_UPSCALE;
pub use upscale::{UPSCALE_WGSL, upscale};
mod adapt;
mod archive;
mod file;
mod html;
mod import;
mod infer;
mod layers;
mod onnx;
mod onnx_types;
mod pickle;
mod program;
mod pth;
mod safetensors;
mod sequence;
mod snippet;
mod strangers;

#[cfg(test)]
mod pth_tests;
#[cfg(test)]
mod strange_tests;
#[cfg(test)]
mod tests;

pub use file::ModelFileError;
pub(crate) use html::write_html;
pub(crate) use import::import_bytes;
pub use import::{Imported, import, read_tensors};
pub(crate) use onnx::write_onnx;
pub use safetensors::{ModelCard, write_safetensors};
pub use snippet::snippet;
