//! Sums over many numbers, in a fixed order that suits SIMD instructions.

/// Partial sums kept side by side, which lets the compiler use SIMD instructions.
const LANES: usize = 16;

/// Sum of `f` over a plane: in single precision within the plane; callers add planes in double precision.
#[inline(always)]
pub(crate) fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += f(*v));
    }
    let rest: f32 = rest.iter().map(|v| f(*v)).sum();
    lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(rest)
}

/// The same over pairs.
#[inline(always)]
pub(crate) fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += f(*a, *b));
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| f(*a, *b)).sum();
    lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(rest)
}
