//! Generators as files: written for other programs, and read from theirs.

mod file;
mod html;
mod import;
mod onnx;
mod onnx_types;
mod pytorch;
mod safetensors;
mod snippet;

#[cfg(test)]
mod foreign_files_tests;
#[cfg(test)]
mod foreign_networks_tests;
#[cfg(test)]
mod pth_tests;
#[cfg(test)]
mod tests;

pub use file::ModelFileError;
pub(crate) use html::{PageNetwork, write_html};
pub(crate) use import::import_bytes;
pub use import::{Imported, import, read_tensors};
pub(crate) use onnx::write_onnx;
pub use safetensors::{ModelCard, write_safetensors};
pub(crate) use safetensors::{read_entry, write_entry};
pub use snippet::snippet;
