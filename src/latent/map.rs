//! A square of neighbouring latents, for pictures that lead into each other.

use super::plane::LatentPlane;
use super::sample::LatentSource;
use crate::pixels::{Frame, GridLayout, SHEET_BACKGROUND, tile_in};

/// Pictures along a side of the map; odd, so that one is in the middle.
const MAP_SIDE: u32 = 13;
/// Their distance on the plane, where pictures at whole numbers have nothing to do with each other.
const STEP: f64 = 1.0 / 3.0;
/// Side of a picture on the sheet of a map, at most: two dozen sheets then take 5 to 20 MB.
const MOST_SIDE: u32 = 128;

/// The latents of the map, row by row.
pub(crate) fn map_latents(source: LatentSource) -> Vec<Vec<f32>> {
    let plane = LatentPlane { source };
    let along = |i: u32| (f64::from(i) - f64::from(MAP_SIDE / 2)) * STEP;
    (0..MAP_SIDE * MAP_SIDE).map(|i| plane.at(along(i % MAP_SIDE), along(i / MAP_SIDE))).collect()
}

/// Where the pictures of a generator of this side are on the sheet of a map.
pub(crate) fn map_grid(side: u32) -> GridLayout {
    GridLayout { columns: MAP_SIDE, rows: MAP_SIDE, side: side.min(MOST_SIDE), count: MAP_SIDE * MAP_SIDE }
}

/// The sheet of a map with these pictures, which are made smaller where they are large.
pub(crate) fn map_sheet(pictures: &[Frame]) -> Frame {
    let pictures: Vec<Frame> = pictures.iter().map(|picture| picture.at_most(MOST_SIDE)).collect();
    tile_in(&pictures, MAP_SIDE, SHEET_BACKGROUND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LatentKind;

    #[test]
    fn neighbours_on_the_map_are_alike_and_its_ends_are_not() {
        let latents = map_latents(LatentSource { kind: LatentKind::Normal, size: 100, seed: 5 });
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let alike = |a: usize, b: usize| {
            let (a, b) = (&latents[a], &latents[b]);
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let side = MAP_SIDE as usize;
        for i in 0..side - 1 {
            assert!(alike(i, i + 1) > 0.7 && alike(i * side, (i + 1) * side) > 0.7, "{i}");
        }
        assert!(alike(0, side * side - 1).abs() < 0.4);
    }
}
