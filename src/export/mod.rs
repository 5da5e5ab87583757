//! What leaves the program: pictures and films that remember where they came from, and the model itself.

mod error;
mod new_file;
mod png;
mod recipe;

pub use error::ExportError;
pub use new_file::{NewFile, write_new};
pub use png::{encode_png, read_recipe};
pub use recipe::{ModelStamp, Point, Recipe};
