//! What leaves the program: pictures and films that remember where they came from, and the model itself.

mod error;
mod film;
mod names;
mod new_file;
mod png;
mod recipe;
mod upscale;

pub use error::ExportError;
pub use film::{FPS, FilmFormat, FilmSpec, FilmWriter};
pub use names::{NameParts, PLACEHOLDERS, file_name, free_path, write_free};
pub use new_file::{NewFile, write_new};
pub use png::{encode_png, read_recipe};
pub use recipe::{ModelStamp, Point, Recipe};
pub use upscale::{MAX_UPSCALE, UPSCALE_WGSL, upscale};
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
pub use html::write_html;
pub use import::{Imported, import, import_bytes, read_tensors};
pub use onnx::{ONNX_OPSET, write_onnx};
pub use safetensors::{ModelCard, write_safetensors};
pub use snippet::snippet;
