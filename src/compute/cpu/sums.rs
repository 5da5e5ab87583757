//! Sums over many numbers: in a fixed order, and wide.

/// Partial sums kept side by side, which lets the compiler use wide instructions.
const LANES: usize = 16;

/// Sum of `f` over a plane: in single precision within the plane; callers add planes in double precision.
#[inline]
pub fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += f(*v));
    }
    let rest: f32 = rest.iter().map(|v| f(*v)).sum();
    lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(rest)
}

/// The same over pairs, for two sums at once.
#[inline]
pub fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> [f32; 2]) -> [f64; 2] {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut lanes = [[0f32; LANES]; 2];
    for (a, b) in a.iter().zip(b) {
        for i in 0..LANES {
            let [first, second] = f(a[i], b[i]);
            lanes[0][i] += first;
            lanes[1][i] += second;
        }
    }
    let mut rest = [0f32; 2];
    for (a, b) in a_rest.iter().zip(b_rest) {
        let [first, second] = f(*a, *b);
        rest[0] += first;
        rest[1] += second;
    }
    [0, 1].map(|i| lanes[i].iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(rest[i]))
}
