//! Finds cats' faces in photos: their heads, and the eyes in them.
//!
//! Two small networks look at a photo. `heads` sees all of it, made smaller (`shrink`), and claims boxes, of which one
//! for each head is left (`boxes`). `eyes` sees a square around each head (`crop`), and then a second one in which the
//! face stands upright. `layers` is what both are made of, `weights` reads their numbers, `face` is what comes out.
//! How they were made, and their licence, stand in assets/finder/README.md.

mod boxes;
mod crop;
mod eyes;
mod face;
mod heads;
mod layers;
mod shrink;
#[cfg(test)]
mod tests;
mod weights;

pub use face::{Face, HeadBox, PixelPoint};

use crate::compute;
use eyes::Eyes;
use heads::Heads;
use image::RgbImage;
use std::sync::LazyLock;

const HEADS: &[u8] = include_bytes!("../../assets/finder/heads.safetensors");
const EYES: &[u8] = include_bytes!("../../assets/finder/eyes.safetensors");

/// Both networks. Many threads can use them at once: each keeps its own memory, and each photo is one thread's work.
pub(crate) struct CatFinder {
    heads: Heads,
    eyes: Eyes,
}

impl CatFinder {
    /// Raised whenever the same picture may get other faces, so that caches know: with the weights, for example.
    pub(crate) const VERSION: u32 = 1;

    /// The networks that come with the program; read once.
    pub(crate) fn bundled() -> &'static Self {
        static BUNDLED: LazyLock<CatFinder> = LazyLock::new(|| {
            let read = || Ok::<_, String>(CatFinder { heads: Heads::read(HEADS)?, eyes: Eyes::read(EYES)? });
            read().expect("compiled into the program, and read in its tests")
        });
        &BUNDLED
    }

    /// The faces in an upright picture of any size, best first.
    pub(crate) fn find(&self, picture: &RgbImage) -> Vec<Face> {
        let heads = self.heads(picture).into_iter().filter(|(_, score)| *score >= self.threshold());
        heads.map(|(head, score)| Face { head, score, eyes: self.eyes_in(picture, &head) }).collect()
    }

    /// The eyes in a head, first the left one; nothing where they are not clear.
    pub(crate) fn eyes_in(&self, picture: &RgbImage, head: &HeadBox) -> Option<[PixelPoint; 2]> {
        let eyes = self.eyes.find(picture, head);
        compute::work_done();
        eyes
    }

    /// Heads with their scores, best first; also those below [`Self::threshold`], down to 0.05.
    pub(crate) fn heads(&self, picture: &RgbImage) -> Vec<(HeadBox, f32)> {
        let heads = self.heads.find(picture);
        compute::work_done();
        heads
    }

    /// The working threshold: heads with a lower score are no faces.
    pub(crate) fn threshold(&self) -> f32 {
        self.heads.threshold
    }
}
