//! Files: the formats that the program knows ([`FILE_FORMATS`]), and how files are opened and written.
//!
//! They may be somebody else's, and they must not be lost. Everything the program reads, and everything it
//! writes inside a run, goes through here (`tests/layers.rs` checks it).
//!
//! A run, a checkpoint or a picture may have been packed by a stranger. So nothing is believed of the files in it: a
//! name may be a link to a file of the user's, a pipe that never ends, a device, or a file larger than the memory. What
//! is opened is looked at before and after, and read within a limit; what is written comes under a new name and is
//! renamed.
//!
//! The stranger prepares the folder and is gone when it is opened. A program that swaps names while ours runs could as
//! well write to the user's files itself, so handles relative to folders (`openat`) would add nothing.

mod bin;
pub(crate) mod exact_path;
mod file_formats;
mod folder;
mod lines;
mod name;
mod open;
mod shared;
mod write;

pub(crate) use bin::move_to_bin;
pub(crate) use file_formats::is_picture_file;
pub use file_formats::{Decoder, FILE_FORMATS, FileFormat, FileUse, FilmFormat, ModelFormat, PictureSupport};
pub use folder::entries;
pub(crate) use folder::{
    clear_leftovers, is_temporary, make_folder, make_inner_folder, real_folder, remove_folder, sync_folder,
    temporary_folder,
};
pub(crate) use lines::each_line;
pub(crate) use name::{plain_name, portable};
pub use open::{Links, open, read, remedy};
pub(crate) use open::{kind_of, nothing_else, read_text, real_file};
pub(crate) use shared::SharedFile;
pub use shared::SharedFileError;
pub use write::{append, create_new, replace};
pub(crate) use write::{
    is_shared, named_temporary, open_in_place, rename_new, replace_with, sync_file, temporary_file,
};
