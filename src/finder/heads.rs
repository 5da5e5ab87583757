//! The network that finds heads: tests/reference/finder_network.py has the same in PyTorch, and trains it.

use super::boxes::{Candidate, candidates, suppress};
use super::face::HeadBox;
use super::layers::{Conv, Map, residual};
use super::shrink::shrink;
use super::weights::Weights;
use image::RgbImage;

/// The sides of the network's input are multiples of this.
const MULTIPLE: u32 = 32;
/// Channels at a half, a quarter ... a 32nd of the side, and where coarse and fine are joined.
const C2: usize = 16;
const C4: usize = 24;
const C8: usize = 64;
const C16: usize = 88;
const C32: usize = 80;
const JOINED: usize = 48;

/// The network and how it is used.
pub(super) struct Heads {
    stem: Conv,
    down4: Conv,
    block4: [Conv; 2],
    down8: Conv,
    block8: [[Conv; 2]; 2],
    down16: Conv,
    block16: [[Conv; 2]; 2],
    down32: Conv,
    block32: [Conv; 2],
    /// At a 32nd, a 16th and an eighth of the side.
    lateral: [Conv; 3],
    fine: Branch,
    coarse: Branch,
    /// The longer sides, in pixels, that a photo is made smaller (or larger) to.
    scales: Vec<u32>,
    /// Heads with a lower score are left out.
    pub threshold: f32,
}

/// What stands after the join at an eighth and at a 16th of the side.
struct Branch {
    smooth: Conv,
    tower: Conv,
    out: Conv,
}

impl Heads {
    /// # Errors
    /// In words: what is wrong with the weights.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let file = Weights::open(bytes)?;
        let three = |name: &str, c_in, c_out| file.conv(name, 3, c_in, c_out);
        let one = |name: &str, c_in, c_out| file.conv(name, 1, c_in, c_out);
        let block = |name: &str, c| -> Result<_, String> {
            Ok([three(&format!("{name}.a"), c, c)?, three(&format!("{name}.b"), c, c)?])
        };
        let branch = |stride: &str| -> Result<_, String> {
            Ok(Branch {
                smooth: three(&format!("smooth{stride}"), JOINED, JOINED)?,
                tower: three(&format!("tower{stride}"), JOINED, JOINED)?,
                out: one(&format!("out{stride}"), JOINED, 5)?,
            })
        };
        Ok(Self {
            stem: three("stem", 3, C2)?,
            down4: three("down4", C2, C4)?,
            block4: block("block4.0", C4)?,
            down8: three("down8", C4, C8)?,
            block8: [block("block8.0", C8)?, block("block8.1", C8)?],
            down16: three("down16", C8, C16)?,
            block16: [block("block16.0", C16)?, block("block16.1", C16)?],
            down32: three("down32", C16, C32)?,
            block32: block("block32.0", C32)?,
            lateral: [one("lateral32", C32, JOINED)?, one("lateral16", C16, JOINED)?, one("lateral8", C8, JOINED)?],
            fine: branch("8")?,
            coarse: branch("16")?,
            scales: file.note("scales")?,
            threshold: file.note("threshold")?,
        })
    }

    /// Heads in an upright picture with their scores, best first; also those below the threshold.
    pub(super) fn find(&self, picture: &RgbImage) -> Vec<(HeadBox, f32)> {
        let mut found: Vec<Candidate> = Vec::new();
        for longer in &self.scales {
            let Some((input, size)) = letterbox(picture, *longer) else { continue };
            let [fine, coarse] = self.maps(&input);
            for (stride, map) in [(8, &fine), (16, &coarse)] {
                found.extend(candidates(map, stride, size, picture.dimensions()));
            }
        }
        suppress(found)
    }

    /// From the input to the maps at an eighth and a 16th of its side, each with five planes: the score's logit and the
    /// logarithms of four distances (see `boxes`).
    pub(super) fn maps(&self, input: &Map) -> [Map; 2] {
        let x = residual(&self.block4, &self.down4.halve(&self.stem.halve(input)));
        let [first, second] = &self.block8;
        let x8 = residual(second, &residual(first, &self.down8.halve(&x)));
        let [first, second] = &self.block16;
        let x16 = residual(second, &residual(first, &self.down16.halve(&x8)));
        let x32 = residual(&self.block32, &self.down32.halve(&x16));
        let [lateral32, lateral16, lateral8] = &self.lateral;
        let coarse = self.coarse.smooth.relu(&lateral16.run(&x16).add_twice(&lateral32.run(&x32)));
        let fine = self.fine.smooth.relu(&lateral8.run(&x8).add_twice(&coarse));
        [(&self.fine, &fine), (&self.coarse, &coarse)].map(|(branch, x)| branch.out.run(&branch.tower.relu(x)))
    }
}

/// A picture as the network's input, and the size that it has in there: its longer side is `longer`, it lies at the
/// left and top, and middle grey fills up to whole multiples. Nothing for a picture without pixels.
pub(super) fn letterbox(picture: &RgbImage, longer: u32) -> Option<(Map, (u32, u32))> {
    let (width, height) = picture.dimensions();
    let factor = f64::from(longer) / f64::from(width.max(height).max(1));
    let [w, h] = [width, height].map(|side| ((f64::from(side) * factor + 0.5) as u32).max(1));
    let small = shrink(picture, [0, 0, width, height], (w, h))?;
    let [columns, rows] = [w, h].map(|side| side.next_multiple_of(MULTIPLE) as usize);
    let mut input = Map::zero(3, rows, columns);
    for (y, line) in small.as_raw().chunks_exact(w as usize * 3).enumerate() {
        for (channel, plane) in input.values.chunks_exact_mut(rows * columns).enumerate() {
            let row = &mut plane[y * columns..][..w as usize];
            for (value, pixel) in row.iter_mut().zip(line.chunks_exact(3)) {
                *value = f32::from(pixel[channel]) / 63.75 - 2.0;
            }
        }
    }
    Some((input, (w, h)))
}
