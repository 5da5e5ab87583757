//! Finds the few pictures that look like no other.

use super::Health;

/// With fewer pictures nothing can be called usual.
const FEWEST: usize = 50;

/// Which pictures are far from all others. Few are, by design: it points at a document or a drawing among photos, and
/// says nothing about a picture that is only unusual.
pub(crate) fn odd(healths: &[Health]) -> Vec<bool> {
    if healths.len() < FEWEST {
        return vec![false; healths.len()];
    }
    let step = healths.len().div_ceil(500);
    let sample: Vec<&Health> = healths.iter().step_by(step).collect();
    let distances: Vec<f32> = healths
        .iter()
        .map(|health| {
            let mut all: Vec<f32> = sample.iter().map(|other| distance(health, other)).collect();
            // The nearest may be the picture itself.
            *all.select_nth_unstable_by(4, f32::total_cmp).1
        })
        .collect();
    let mut sorted = distances.clone();
    sorted.sort_unstable_by(f32::total_cmp);
    let at = |part: f32| sorted[(part * (sorted.len() - 1) as f32) as usize];
    let limit = at(0.5) + 6.0 * (at(0.75) - at(0.5));
    distances.iter().map(|distance| *distance > limit).collect()
}

fn distance(a: &Health, b: &Health) -> f32 {
    let squares = a.look.colour.iter().zip(&b.look.colour).map(|(a, b)| (f32::from(*a) - f32::from(*b)).powi(2));
    squares.sum::<f32>().sqrt()
}
