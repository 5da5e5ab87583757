//! One update of Adam in one pass over the numbers.

use super::simd_dispatch::simd_dispatch;
use rayon::prelude::*;

/// The numbers of an update that are the same for every parameter; see `train::adam` for the formula.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AdamStep {
    pub beta1: f32,
    pub beta2: f32,
    /// Learning rate with the bias corrections in it.
    pub rate: f32,
    pub epsilon: f32,
}

/// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - rate m / (sqrt(v) + epsilon), in place.
pub(crate) fn adam(p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], step: AdamStep) {
    const PIECE: usize = 1 << 14;
    let state = p.par_chunks_mut(PIECE).zip(m.par_chunks_mut(PIECE)).zip(v.par_chunks_mut(PIECE));
    state.zip(g.par_chunks(PIECE)).for_each(|(((p, m), v), g)| update(p, m, v, g, step));
}

simd_dispatch! {
    fn update(p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], step: AdamStep) {
        let AdamStep { beta1, beta2, rate, epsilon } = step;
        for (((p, m), v), g) in p.iter_mut().zip(m).zip(v).zip(g) {
            *m = beta1 * *m + (1.0 - beta1) * g;
            *v = beta2 * *v + (1.0 - beta2) * g * g;
            *p -= rate * *m / (v.sqrt() + epsilon);
        }
    }
}
