//! Pictures: PNG files that carry a recipe, their names, and enlarging them.

mod names;
mod png;
mod recipe;
mod upscale;

pub use names::{NameParts, file_name};
pub(crate) use names::{PLACEHOLDERS, free_path, write_free};
pub use png::{encode_png, read_recipe};
pub use recipe::{ModelStamp, Point, Recipe};
pub(crate) use upscale::MAX_UPSCALE;
pub use upscale::{UPSCALE_WGSL, upscale};
