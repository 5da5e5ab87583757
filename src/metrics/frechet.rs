//! Fréchet distance of two sets of features as if each were normally distributed (Heusel et al. 2017); of the features
//! of Inception it is the FID. Everything in 64 bits.

use super::error::MetricError;
use super::products::Vectors;
use crate::interrupt::JobControl;
use nalgebra::{DMatrix, DVector, SVD, SymmetricEigen};

/// Fewer vectors have no covariance.
const FEWEST: usize = 2;
/// Vectors that are added to a covariance at a time: some 30 MB.
const ROWS: usize = 1024;
/// Steps that decompositions may take for each row; they usually take two or three.
const PATIENCE: usize = 100;

/// What a normal distribution knows of a set of features.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moments {
    mean: DVector<f64>,
    /// The sum of its diagonal.
    trace: f64,
    /// F with covariance = F^T F, of as few rows as will do.
    factor: DMatrix<f64>,
}

impl Moments {
    /// Mean and covariance (divided by n - 1) of a set. Up to as many vectors as they have numbers, the centred vectors
    /// themselves are the factor of the covariance, and it need not be computed.
    ///
    /// # Errors
    /// When cancelled, with fewer than two vectors, or with numbers that are not finite.
    pub(crate) fn of(set: &Vectors, control: JobControl) -> Result<Self, MetricError> {
        let (n, size) = (set.len(), set.size);
        if n < FEWEST {
            return Err(MetricError::TooFew { what: "pictures", found: n, needed: FEWEST });
        }
        if set.values.iter().any(|v| !v.is_finite()) {
            return Err(MetricError::NotFinite { what: "features" });
        }
        let mean = set.values.chunks_exact(size).fold(DVector::zeros(size), |mut sum: DVector<f64>, row| {
            sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += f64::from(*v));
            sum
        }) / n as f64;
        let scale = 1.0 / ((n - 1) as f64).sqrt();
        let centred = |rows: &[f32]| {
            let centred = |i: usize, v: &f32| (f64::from(*v) - mean[i % size]) * scale;
            DMatrix::from_row_iterator(rows.len() / size, size, rows.iter().enumerate().map(|(i, v)| centred(i, v)))
        };
        if n <= size {
            return Ok(Self::from_factor(mean.clone(), centred(&set.values)));
        }
        let mut covariance = DMatrix::zeros(size, size);
        for rows in set.values.chunks(ROWS * size) {
            control.check()?;
            let rows = centred(rows);
            covariance.gemm(1.0, &rows.transpose(), &rows, 1.0);
        }
        Self::new(mean.clone(), &covariance, control)
    }

    /// A mean and a covariance that are known. What makes the covariance indefinite by rounding is taken as zero.
    ///
    /// # Errors
    /// When cancelled, or when no eigenvalues are found, as with numbers that are too large.
    ///
    /// # Panics
    /// When the covariance is not square or of another size than the mean.
    pub(crate) fn new(mean: DVector<f64>, covariance: &DMatrix<f64>, control: JobControl) -> Result<Self, MetricError> {
        assert_eq!(covariance.shape(), (mean.len(), mean.len()), "sizes of mean and covariance");
        control.check()?;
        let steps = PATIENCE * mean.len().max(1);
        let eigen = finite(covariance)
            .then(|| SymmetricEigen::try_new(covariance.clone(), f64::EPSILON, steps))
            .flatten()
            .ok_or(NO_ROOT)?;
        control.check()?;
        // C = V diag(e) V^T, so F = diag(sqrt(e)) V^T.
        let mut factor = eigen.eigenvectors;
        for (mut column, value) in factor.column_iter_mut().zip(&eigen.eigenvalues) {
            column *= value.max(0.0).sqrt();
        }
        Ok(Self::from_factor(mean, factor.transpose()))
    }

    fn from_factor(mean: DVector<f64>, factor: DMatrix<f64>) -> Self {
        Self { mean, trace: factor.norm_squared(), factor }
    }
}

/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).
///
/// With C1 = F^T F and C2 = G^T G the eigenvalues of C1 C2, other than 0, are those of (F G^T)(F G^T)^T. So the trace
/// of the root is the sum of the singular values of F G^T, which has no more rows and columns than there were pictures.
///
/// # Errors
/// When cancelled, or when no distance is found, as with numbers that are too large.
///
/// # Panics
/// When the two are of different sizes.
pub(crate) fn frechet(a: &Moments, b: &Moments, control: JobControl) -> Result<f64, MetricError> {
    control.check()?;
    let cross = &a.factor * b.factor.transpose();
    control.check()?;
    let steps = PATIENCE * cross.nrows().max(cross.ncols()).max(1);
    let values = finite(&cross).then(|| SVD::try_new_unordered(cross, false, false, 5.0 * f64::EPSILON, steps));
    let root = values.flatten().ok_or(NO_ROOT)?.singular_values.sum();
    control.check()?;
    Ok((&a.mean - &b.mean).norm_squared() + a.trace + b.trace - 2.0 * root)
}

const NO_ROOT: MetricError = MetricError::NotFinite { what: "covariances of features" };

fn finite(matrix: &DMatrix<f64>) -> bool {
    matrix.iter().all(|v| v.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{normal, silent};
    use super::*;
    use std::time::Instant;

    fn distance(a: &Vectors, b: &Vectors) -> f64 {
        let [a, b] = [a, b].map(|set| Moments::of(set, silent()).unwrap());
        frechet(&a, &b, silent()).unwrap()
    }

    /// FID of N(0, I) and N(m, s^2 I) is |m|^2 + d (1 - s)^2: 20 * 0.25 + 20 * 0.49 = 14.8.
    #[test]
    fn known_normals_have_the_distance_of_the_formula() {
        let d = 20;
        let unit = Moments::new(DVector::zeros(d), &DMatrix::identity(d, d), silent()).unwrap();
        let other = DMatrix::identity(d, d) * 1.7f64.powi(2);
        let other = Moments::new(DVector::repeat(d, 0.5), &other, silent()).unwrap();
        let found = frechet(&unit, &other, silent()).unwrap();
        assert!((found - 14.8).abs() < 1e-9, "{found}");
        // From samples it is a little too large.
        let mut b = normal(4000, d, 2);
        b.values.iter_mut().for_each(|v| *v = *v * 1.7 + 0.5);
        let found = distance(&normal(4000, d, 1), &b);
        assert!((found - 14.8).abs() < 0.4, "{found}");
    }

    /// Sets by a formula that tests/reference/fid.py knows; expected are its numbers, by SciPy's square root of a
    /// matrix.
    #[test]
    fn sets_have_the_distance_that_scipy_finds() {
        let set = |n: usize, size: usize, kind: usize| Vectors {
            size,
            values: (0..n * size)
                .map(|i| ((i * i * (3 + kind) + i * 7 + kind * 5) % 101) as f32 / 50.0 - 1.0 + kind as f32 * 0.1)
                .collect(),
        };
        // More vectors than numbers, fewer, and one of each.
        for ((n, m, size), expected) in [((90, 70, 12), 0.572716), ((20, 25, 30), 7.913643), ((40, 25, 30), 6.421958)] {
            let found = distance(&set(n, size, 0), &set(m, size, 1));
            assert!((found - expected).abs() < 1e-5 * expected, "{found} instead of {expected} for {n}, {m}, {size}");
        }
    }

    /// The way through the vectors themselves and the way through their covariances, both without full rank.
    #[test]
    fn few_vectors_agree_with_their_covariances() {
        let (a, b) = (normal(15, 24, 1), normal(19, 24, 2));
        let covariance = |set: &Vectors| {
            let m = Moments::of(set, silent()).unwrap();
            Moments::new(m.mean.clone(), &m.factor.tr_mul(&m.factor), silent()).unwrap()
        };
        let (direct, indirect) = (distance(&a, &b), frechet(&covariance(&a), &covariance(&b), silent()).unwrap());
        assert!((direct - indirect).abs() < 1e-6 * direct, "{direct} {indirect}");
        for (found, scale) in
            [(distance(&a, &a), 24.0), (frechet(&covariance(&a), &covariance(&a), silent()).unwrap(), 24.0)]
        {
            assert!(found.abs() < 1e-6 * scale, "{found}");
        }
        // Features that are always 0, and a set of one picture over and over.
        let flat = Vectors { size: 24, values: vec![0.5; 24 * 30] };
        let mean: f64 = Moments::of(&a, silent()).unwrap().mean.iter().map(|v| (v - 0.5).powi(2)).sum();
        let trace = Moments::of(&a, silent()).unwrap().trace;
        assert!((distance(&a, &flat) - mean - trace).abs() < 1e-9);
        let error = Moments::of(&Vectors { size: 24, values: vec![0.0; 24] }, silent()).unwrap_err();
        assert!(error.to_string().contains("1 pictures are too few"));
    }

    /// What a file of numbers that are no weights may lead to: an error, not a search without an end.
    #[test]
    fn numbers_that_are_not_finite_or_too_large_end_in_an_error() {
        let hostile = |value: f32| {
            let mut set = normal(30, 12, 1);
            set.values[40] = value;
            set
        };
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = Moments::of(&hostile(value), silent()).unwrap_err();
            assert!(error.to_string().contains("features are NaN or infinite"), "{error}");
        }
        // The largest number still has a square, and a distance that is a number.
        assert!(distance(&hostile(f32::MAX), &normal(30, 12, 2)).is_finite());
        let wide = DMatrix::from_element(4, 4, f64::MAX);
        let found = Moments::new(DVector::zeros(4), &(wide * 2.0), silent());
        assert!(matches!(found, Err(MetricError::NotFinite { .. })));
        let cancelled = std::sync::atomic::AtomicBool::new(true);
        let stop = JobControl::silent(&cancelled);
        assert!(matches!(Moments::of(&normal(30, 12, 1), stop), Err(MetricError::Cancelled)));
    }

    /// Not a test: how long the largest common sizes take.
    #[test]
    #[ignore = "measures time"]
    fn time_of_full_size() {
        for (n, m) in [(1000, 1000), (2000, 2000), (3000, 3000)] {
            let (a, b) = (normal(n, 2048, 1), normal(m, 2048, 2));
            let began = Instant::now();
            let found = distance(&a, &b);
            eprintln!("{n} and {m} vectors of 2,048: {found:.3} in {:.1} s", began.elapsed().as_secs_f64());
        }
    }
}
