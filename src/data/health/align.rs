//! Lays one small grey picture over another: moved, turned and scaled a little.

use super::look::{GREY_SIDE, Look};
use nalgebra::{Matrix4, Vector4};

/// Between two shots the camera moves a little: at most these parts of the side, and turns and scales by at most these
/// parts of half a side at the edge (10 degrees, a fifth).
const MOST: [f32; 4] = [0.2 * HALF, 0.175 * HALF, 0.15 * SIDE, 0.15 * SIDE];
const SIDE: f32 = GREY_SIDE as f32;
const HALF: f32 = SIDE / 2.0;

/// How well two pictures agree, from -1 to 1: the correlation of their brightness, the best of a few steps that lay the
/// second over the first. Given up after the first step if that does not come near `hopeful`.
pub(super) fn agreement(first: &Look, second: &Look, hopeful: f32) -> f32 {
    /// After four the correlation no longer rises, measured on photos of cats.
    const STEPS: usize = 4;
    let mut move_by = Vector4::zeros();
    let mut best = -1.0;
    for step in 0..=STEPS {
        let Some(overlap) = Overlap::of(first, second, &move_by) else { break };
        best = f32::max(best, overlap.correlation);
        if step == STEPS || (step > 0 && best < hopeful) {
            break;
        }
        let Some(better) = overlap.step() else { break };
        move_by += better;
        if move_by.iter().zip(MOST).any(|(by, most)| by.abs() > most) {
            break;
        }
    }
    best
}

/// What both pictures show where they overlap.
struct Overlap {
    /// Row by row: the place from -1 to 1 in x and y, the first brightness, the second one, and how the second changes
    /// in x and y.
    points: Vec<[f32; 6]>,
    /// Mean and standard deviation of the first brightness, and of the second one.
    scales: [f32; 4],
    correlation: f32,
}

impl Overlap {
    /// None where hardly anything overlaps.
    fn of(first: &Look, second: &Look, by: &Vector4<f32>) -> Option<Self> {
        let mut points = Vec::with_capacity(first.grey.len());
        for (i, value) in first.grey.iter().enumerate() {
            let (x, y) = ((i % GREY_SIDE) as f32, (i / GREY_SIDE) as f32);
            let (u, v) = ((x - (SIDE - 1.0) / 2.0) / HALF, (y - (SIDE - 1.0) / 2.0) / HALF);
            let place = (x + by[0] * u - by[1] * v + by[2], y + by[1] * u + by[0] * v + by[3]);
            if let Some([value_there, dx, dy]) = sample(&second.grey, place) {
                points.push([u, v, f32::from(*value), value_there, dx, dy]);
            }
        }
        if points.len() < first.grey.len() / 2 {
            return None;
        }
        let n = points.len() as f32;
        let mean = |of: usize| points.iter().map(|point| point[of]).sum::<f32>() / n;
        let (a, b) = (mean(2), mean(3));
        let sum = |of: &dyn Fn(&[f32; 6]) -> f32| points.iter().map(of).sum::<f32>() / n;
        let variances = [sum(&|p| (p[2] - a).powi(2)), sum(&|p| (p[3] - b).powi(2))];
        let [da, db] = variances.map(|variance| variance.sqrt().max(f32::EPSILON));
        let correlation = sum(&|p| (p[2] - a) * (p[3] - b)) / (da * db);
        Some(Self { points, scales: [a, da, b, db], correlation })
    }

    /// How to move the second picture so that it fits better (Gauss-Newton, both at the same contrast).
    fn step(&self) -> Option<Vector4<f32>> {
        let [a, da, b, db] = self.scales;
        let (mut square, mut right) = (Matrix4::zeros(), Vector4::zeros());
        for &[u, v, first, second, dx, dy] in &self.points {
            let (dx, dy) = (dx / db, dy / db);
            let slope = Vector4::new(dx * u + dy * v, dy * u - dx * v, dx, dy);
            square += slope * slope.transpose();
            right += slope * ((first - a) / da - (second - b) / db);
        }
        // Keeps it solvable where the picture is the same along a line.
        square += Matrix4::identity() * (1e-3 * square.trace() / 4.0).max(f32::EPSILON);
        Some(square.cholesky()?.solve(&right))
    }
}

/// The value between pixels, and its slopes in x and y; none outside.
fn sample(grey: &[u8; GREY_SIDE * GREY_SIDE], (x, y): (f32, f32)) -> Option<[f32; 3]> {
    let inside = 0.0..=SIDE - 1.0;
    if !inside.contains(&x) || !inside.contains(&y) {
        return None;
    }
    let at = |place: f32| (place as usize).min(GREY_SIDE - 2);
    let (left, top) = (at(x), at(y));
    let (fx, fy) = (x - left as f32, y - top as f32);
    let value = |dx: usize, dy: usize| f32::from(grey[(top + dy) * GREY_SIDE + left + dx]);
    let (above, below) = (value(1, 0) - value(0, 0), value(1, 1) - value(0, 1));
    let (first, second) = (value(0, 0) + fx * above, value(0, 1) + fx * below);
    Some([first + fy * (second - first), above + fy * (below - above), second - first])
}
