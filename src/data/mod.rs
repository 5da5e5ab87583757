//! From a folder of pictures to numbers for training.
//!
//! Reading order: `scan` finds the files and `left_out` says which are none to learn from (`wanted` is what stays),
//! `sniff` recognises what a file is, `decode` turns its bytes into pixels, `landmarks` and `prepare` make a square of
//! them (`item` joins these steps for one picture), `cache` keeps the squares for the next start, `fill` runs all of it
//! in parallel, `dataset` is what comes out, with its `report`, and `batches` hands the squares to training in a
//! reproducible order.
//!
//! Two promises hold throughout. The user's files are opened for reading only, and nothing is ever written beside
//! them. And a file that cannot be used is never an error of the whole: it is skipped and listed with its reason.

mod advice;
mod auto_faces;
mod batches;
mod budget;
mod cache;
mod cache_writer;
mod choices;
mod choices_file;
mod cut;
mod dataset;
mod decode;
mod demo;
mod error;
mod exclusions;
mod face_use;
mod facts;
mod faces;
mod fill;
mod flags;
mod health;
mod home;
mod item;
mod jpeg;
mod landmark_files;
mod landmarks;
mod left_out;
mod originals;
mod packed;
mod photo;
mod photo_faces;
mod prepare;
mod raw;
mod report;
pub(crate) mod report_message;
mod scan;
mod selection;
mod single;
mod sniff;
mod split;
mod square;
mod squares;
mod summary;
mod upright;
mod wanted;

#[cfg(test)]
mod advice_tests;
#[cfg(test)]
mod choices_tests;
#[cfg(test)]
mod dataset_tests;
#[cfg(test)]
mod faces_tests;
#[cfg(test)]
mod folder_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod kinds_tests;
#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod odd_folder_tests;
#[cfg(test)]
mod samples;

pub use advice::{Advice, Remedy};
pub(crate) use auto_faces::PHASE as LOOKING_FOR_FACES;
pub(crate) use batches::{Batcher, Pick};
pub use choices::{MarkedFace, PictureChoices, PictureEdit, PictureId, Verdict};
pub use choices_file::{ChoicesFile, LoadedChoices};
pub use dataset::Dataset;
pub use demo::draw as draw_demo_cat;
pub use error::DataError;
pub use face_use::FaceReport;
pub(crate) use fill::PHASE as PREPARING;
pub use home::DataHome;
pub(crate) use originals::{Original, originals};
pub(crate) use packed::{PackedSquares, is_packed_name};
pub(crate) use photo_faces::{PhotoFaces, faces_of, photo_faces};
pub use report::{DatasetReport, SkippedFile};
pub use single::open_upright;
pub(crate) use single::{cut_square, faces_in_frame};
pub use split::Split;
pub use square::{Placement, Square};
pub use squares::{Burst, LeftOut, PhotoFile, PreparedPicture, PreparedPictures, Trait};
