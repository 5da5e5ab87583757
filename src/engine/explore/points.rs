//! The latents that specs stand for.

use super::open_model::OpenModel;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::latent::{Latent, LatentSpec};
use crate::latent::{LatentPlane, LatentSource, Stream, arithmetic, blend, distance_weights, mutate, shift};

impl OpenModel {
    fn source(&self, seed: u64) -> LatentSource {
        LatentSource { kind: self.kind(), size: self.size(), seed }
    }

    /// The latent that a spec stands for, before truncation.
    ///
    /// # Errors
    /// A latent of another length, which belongs to another generator; a tile outside the sample grid.
    pub(super) fn latent(&self, spec: &LatentSpec) -> Result<Latent, EngineError> {
        let kind = self.kind();
        let z: Vec<f32> = match spec {
            LatentSpec::Latent(z) => self.own(z)?.to_vec(),
            LatentSpec::Seed { seed, number } => self.source(*seed).draw(Stream::Generate, *number, 1),
            LatentSpec::Tile { seed, tile, count } => tile_latent(self.source(*seed), *tile, *count)?,
            LatentSpec::Plane { seed, x, y } => LatentPlane { source: self.source(*seed) }.at(*x, *y),
            LatentSpec::Shifted { base, amounts } => {
                let moves: Vec<_> = self.directions.iter().zip(amounts.iter().copied()).collect();
                shift(kind, self.own(base)?, &moves)
            }
            LatentSpec::Between { points, at } => {
                let latents = points.iter().map(|(z, _)| self.own(z)).collect::<Result<Vec<_>, _>>()?;
                let positions: Vec<[f32; 2]> = points.iter().map(|(_, position)| *position).collect();
                blend(kind, &latents, &distance_weights(&positions, *at))
            }
            LatentSpec::Mutated { of, strength, seed } => mutate(kind, self.own(of)?, *strength, *seed),
            LatentSpec::Arithmetic { a, b, c } => {
                let [a, b, c] = [a, b, c].map(|all| all.iter().map(|z| self.own(z)).collect::<Result<Vec<_>, _>>());
                arithmetic(kind, &a?, &b?, &c?)
            }
        };
        Ok(z.into())
    }

    /// The same latent, if it fits this generator.
    ///
    /// # Errors
    /// A latent of another length.
    pub(super) fn own<'a>(&self, z: &'a Latent) -> Result<&'a [f32], EngineError> {
        if z.len() == self.size() {
            return Ok(z);
        }
        let text = format!("this latent has {} components, the generator takes {}", z.len(), self.size());
        Err(EngineError::Other(text))
    }
}

/// The latent of a tile of the sample grid of `count` tiles.
///
/// # Errors
/// A tile outside the grid.
pub(super) fn tile_latent(source: LatentSource, tile: u32, count: u32) -> Result<Vec<f32>, EngineError> {
    let all = source.draw(Stream::Samples, 0, count as usize);
    let start = tile as usize * source.size;
    let outside = || EngineError::Other(format!("the sample grid has no tile {tile}"));
    Ok(all.get(start..start + source.size).ok_or_else(outside)?.to_vec())
}
