//! Enlarging generated pictures with details that a small network has learned from the person's own photos.
//!
//! A generator is trained on pictures of 64 or 128 pixels that were cut from photos of many more. `pairs` puts the two
//! side by side, `network` is what turns the one into the other (it begins as the plain enlargement of
//! [`upscale`](crate::formats::upscale) and learns only what that lacks), `training` trains it in minutes, `measure`
//! says on pictures that it has not seen whether it is better, `saved` is its file, `sharpener` uses it, and
//! `page` takes it along to exported web pages.

mod error;
mod measure;
mod network;
mod page;
mod pairs;
mod saved;
mod sharpener;
mod training;

#[cfg(test)]
mod fixtures;

pub(crate) use error::SharpenError;
pub use measure::SharpenMeasures;
pub(crate) use pairs::{LARGEST, Pair, Pairs, Plan};
pub use saved::SavedSharpener;
pub(crate) use saved::SharpenCard;
pub(crate) use sharpener::Sharpener;
pub use training::SharpenLimit;
pub(crate) use training::{SharpenSettings, Trained, train};
