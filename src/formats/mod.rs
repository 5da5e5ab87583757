//! Files that leave the program, and those that come back: pictures that remember where they came from, films, models.

mod error;
mod favourites;
pub(crate) mod ffmpeg;
mod film;
mod hexadecimal;
mod model;
mod new_file;
mod picture;
mod story;

pub use error::ExportError;
pub use favourites::{FavouriteEdit, FavouritesFile, Keepsake, LoadedFavourites};
pub(crate) use favourites::{LONGEST_NAME, LONGEST_NOTES};
pub(crate) use film::{FPS, FilmSpec, FilmWriter};
pub use model::{Imported, ModelCard, ModelFileError, import, read_tensors, snippet, write_safetensors};
pub(crate) use model::{PageNetwork, import_bytes, read_entry, write_entry, write_html, write_onnx};
pub(crate) use new_file::{check_free, write_new};
pub(crate) use picture::{MAX_UPSCALE, PLACEHOLDERS, free_path, write_free};
pub use picture::{ModelStamp, NameParts, Point, Recipe, UPSCALE_WGSL, encode_png, file_name, read_recipe, upscale};
pub(crate) use story::{Moment, Sheets, Story, StoryLayout, StoryMark, write_story};
