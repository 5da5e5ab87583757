//! The directions that a generator gives by itself, without examples.

use super::directions::Direction;
use super::sample::{LatentSource, Stream};
use crate::compute::{DeviceError, read};
use crate::config::{Family, LatentKind, Norm};
use crate::model::{BATCH_NORM_EPSILON, Generator, SavedGenerator, Weights};
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Rows of the first layer's matrix processed together; limits the memory.
const ROWS: usize = 4096;

/// The directions that the first layer stretches most, strongest first: the eigenvectors of A^T A, where A is that
/// layer's matrix with the scale of the batch normalisation after it, gamma / sqrt(variance + epsilon), folded in (Shen
/// and Zhou 2021, "Closed-Form Factorization of Latent Semantics in GANs"). `strength` is the share of the eigenvalue.
pub fn sefa(saved: &SavedGenerator, count: usize) -> Vec<Direction> {
    let Some(weight) = saved.tensors.first() else { return Vec::new() };
    let size = saved.config.latent_size as usize;
    let outputs = weight.values.len() / size;
    let scales = scales(saved, outputs);
    let mut gram = DMatrix::<f64>::zeros(size, size);
    for first in (0..outputs).step_by(ROWS) {
        let rows = ROWS.min(outputs - first);
        let block = DMatrix::from_fn(rows, size, |row, component| {
            let row = first + row;
            let index = match saved.config.family {
                // A dense layer, outputs x inputs.
                Family::Article => row * size + component,
                // A transposed convolution, inputs x (channels, rows, columns).
                Family::Dcgan => component * outputs + row,
            };
            f64::from(weight.values[index]) * scales[row]
        });
        gram += block.tr_mul(&block);
    }
    let total = gram.trace();
    let pairs = eigen(gram).into_iter().enumerate().take(count);
    pairs.filter_map(|(i, (value, vector))| named("change", i, value / total, vector)).collect()
}

/// What the normalisation after the first layer multiplies each of its outputs with.
fn scales(saved: &SavedGenerator, outputs: usize) -> Vec<f64> {
    let find = |name: &str| saved.tensor(name).filter(|_| saved.config.norm == Norm::Batch);
    // The tutorial's dense layer has no normalisation: there, the next one follows a convolution.
    match (saved.config.family, find("main.1.weight"), find("main.1.running_var")) {
        (Family::Dcgan, Some(gamma), Some(variance)) => {
            let scale = |(g, v): (&f32, &f32)| f64::from(*g) / (f64::from(*v) + BATCH_NORM_EPSILON).sqrt();
            let per_channel: Vec<f64> = gamma.values.iter().zip(&variance.values).map(scale).collect();
            let area = outputs / per_channel.len();
            (0..outputs).map(|row| per_channel[row / area]).collect()
        }
        _ => vec![1.0; outputs],
    }
}

/// Latents whose activations are analysed.
const SAMPLES: usize = 10_240;
/// Of them at once.
const CHUNK: usize = 512;
/// Components followed beside twice those asked for: some are left out, and the last ones are not exact.
const SPARE: usize = 10;
/// Least share of a component's variance that a direction must explain. Rectifiers also make components of the kind
/// |x|, which no straight line through latent space follows.
const FOLLOWED: f64 = 0.2;
/// Passes over all activations; each brings the components closer.
const PASSES: u32 = 5;

/// The directions along which the activations after the first stage vary most, strongest first, brought back to latents
/// by least squares (Härkönen 2020, "GANSpace"). `strength` is the share of the variance. Gives fewer than `count`
/// where fewer are there.
///
/// The components are found by subspace iteration (Halko 2011): activations are made anew for each pass instead of
/// kept, since a wide generator's would fill gigabytes.
///
/// # Errors
/// When the device fails.
pub(crate) fn principal_components(
    saved: &SavedGenerator,
    count: usize,
    seed: u64,
    device: &Device,
) -> Result<Vec<Direction>, DeviceError> {
    let (generator, weights) = saved.open(device);
    let size = generator.latent_size();
    let latents = LatentSource { kind: saved.config.latent, size, seed };
    let z = latents.draw(Stream::Directions, 0, SAMPLES);
    let sums = |basis: &DMatrix<f64>| sums(&generator, &weights, basis, &z, device);
    // [1, F]: how many activations there are.
    let probe = generator.first_stage(Tensor::zeros([1, size], device), &weights);
    let [_, features] = probe.dims();
    let followed = (2 * count + SPARE).min(features);
    let noise = LatentSource { kind: LatentKind::Normal, size: features, seed }.draw(Stream::Directions, 1, followed);
    let mut basis = DMatrix::from_iterator(features, followed, noise.into_iter().map(f64::from)).qr().q();
    for _ in 1..PASSES {
        basis = sums(&basis)?.covariance.qr().q();
    }
    let last = sums(&basis)?;
    // The components within the subspace (Rayleigh and Ritz), then latents as multiples of them: the sum of z p over
    // that of p^2, of which only the direction matters.
    let small = basis.tr_mul(&last.covariance);
    let square = z.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / z.len() as f64;
    let followed = eigen((&small + small.transpose()) / 2.0).into_iter().filter_map(|(value, vector)| {
        let along = &last.latents * vector;
        (along.norm_squared() >= FOLLOWED * square * value).then_some((value, along))
    });
    let direction = |(i, (value, along))| named("change", i, value / last.variance, along);
    Ok(followed.take(count).enumerate().filter_map(direction).collect())
}

/// One pass over the activations of all latents `z`.
fn sums(
    generator: &Generator,
    weights: &Weights,
    basis: &DMatrix<f64>,
    z: &[f32],
    device: &Device,
) -> Result<ActivationSums, DeviceError> {
    let (size, features, followed) = (generator.latent_size(), basis.nrows(), basis.ncols());
    // `nalgebra` stores columns one after the other.
    let columns: Vec<f32> = basis.iter().map(|x| *x as f32).collect();
    let on_device = Tensor::<2>::from_data(TensorData::new(columns, [followed, features]), device).transpose();
    let zeros = |count: usize| Tensor::<1>::zeros([count], device);
    let mut sums = [zeros(features * followed), zeros(size * followed), zeros(features), zeros(1)];
    for chunk in z.chunks(CHUNK * size) {
        let z = Tensor::<2>::from_data(TensorData::new(chunk.to_vec(), [chunk.len() / size, size]), device);
        let x = generator.first_stage(z.clone(), weights); // [B, F]
        let p = x.clone().matmul(on_device.clone()); // [B, K]
        let new = [
            x.clone().transpose().matmul(p.clone()).flatten(0, 1), // [F, K]
            z.transpose().matmul(p).flatten(0, 1),                 // [Z, K]
            x.clone().sum_dim(0).flatten(0, 1),                    // [F]
            x.square().sum(),
        ];
        for (sum, new) in sums.iter_mut().zip(new) {
            *sum = sum.clone() + new;
        }
    }
    let read: Vec<Vec<f32>> = read(sums.into())?;
    let read =
        <[Vec<f32>; 4]>::try_from(read).map_err(|_| DeviceError::Lost { reason: "values are missing".into() })?;
    Ok(ActivationSums::new(&read, basis, z, size))
}

/// What one pass over the activations x, projected onto a basis as p, gives.
struct ActivationSums {
    /// Covariance of the activations times the basis: F x K.
    covariance: DMatrix<f64>,
    /// Covariance of latents and p: Z x K.
    latents: DMatrix<f64>,
    /// Of all activations together.
    variance: f64,
}

impl ActivationSums {
    /// From sums over the latents `z` (of `size` numbers each): x p, z p, x and |x|^2.
    fn new(sums: &[Vec<f32>; 4], basis: &DMatrix<f64>, z: &[f32], size: usize) -> Self {
        let n = (z.len() / size) as f64;
        let mean = |rows: usize, columns: usize, values: &[f32]| {
            DMatrix::from_row_iterator(rows, columns, values.iter().map(|x| f64::from(*x) / n))
        };
        let [xp, zp, x, squares] = sums;
        let mean_x = mean(basis.nrows(), 1, x);
        let mean_p = basis.tr_mul(&mean_x);
        let mut mean_z = DMatrix::zeros(size, 1);
        for z in z.chunks_exact(size) {
            mean_z += mean(size, 1, z);
        }
        Self {
            covariance: mean(basis.nrows(), basis.ncols(), xp) - &mean_x * mean_p.transpose(),
            latents: mean(size, basis.ncols(), zp) - mean_z * mean_p.transpose(),
            variance: f64::from(squares[0]) / n - mean_x.norm_squared(),
        }
    }
}

/// Eigenvalues and eigenvectors of a symmetric matrix, largest first.
fn eigen(matrix: DMatrix<f64>) -> Vec<(f64, DVector<f64>)> {
    let found = SymmetricEigen::new(matrix);
    let mut pairs: Vec<_> =
        found.eigenvalues.iter().copied().zip(found.eigenvectors.column_iter().map(|c| c.into_owned())).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

/// The largest component of the vector becomes positive: otherwise the same generator could give a direction or its
/// opposite.
fn named(method: &str, index: usize, strength: f64, mut vector: DVector<f64>) -> Option<Direction> {
    if vector.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a }) < 0.0 {
        vector.neg_mut();
    }
    Direction::new(format!("{method} {}", index + 1), strength, vector.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelConfig;

    /// A generator whose first layer follows `planted` directions strongly and everything else weakly.
    fn generator(family: Family, norm: Norm, latent: LatentKind, planted: &[(Vec<f32>, f32)]) -> SavedGenerator {
        let kernel = if family == Family::Article { 3 } else { 4 };
        let config =
            ModelConfig { family, norm, latent, kernel, size: 32, g_width: 4, latent_size: 12, ..Default::default() };
        let source = LatentSource { kind: LatentKind::Normal, size: 1, seed: 6 };
        let layout = Generator::new(&config).layout().clone();
        let shapes: Vec<_> = layout.names().map(|(name, shape)| (name.to_owned(), shape)).collect();
        let first = shapes[0].0.clone();
        let find = |name: &str| {
            let index = shapes.iter().position(|(n, _)| n == name)?;
            let shape = shapes[index].1.clone();
            let count: usize = shape.iter().product();
            let noise = |number: u64, count| source.draw(Stream::Train, number, count);
            let mut values: Vec<f32> = noise(index as u64, count).iter().map(|x| 0.02 * x).collect();
            if name == first {
                let outputs = count / 12;
                for (i, (vector, strength)) in planted.iter().enumerate() {
                    let pattern = noise(1000 + i as u64, outputs);
                    for (component, v) in vector.iter().enumerate() {
                        // Every other row for each direction, so that none disturbs another.
                        for (row, x) in pattern.iter().enumerate().filter(|(row, _)| row % 2 == i) {
                            let dense = family == Family::Article;
                            let index = if dense { row * 12 + component } else { component * outputs + row };
                            values[index] += strength * v * x;
                        }
                    }
                }
            } else if name.ends_with("running_var") || (shape.len() == 1 && name.ends_with("weight")) {
                values.iter_mut().for_each(|v| *v += 1.0);
            }
            Some((shape, values))
        };
        SavedGenerator::collect(config, 1, find).unwrap()
    }

    /// A unit vector of 12 numbers.
    fn unit(number: u64) -> Vec<f32> {
        let z = LatentSource { kind: LatentKind::Normal, size: 12, seed: 77 }.draw(Stream::Train, number, 1);
        let norm = z.iter().map(|x| x * x).sum::<f32>().sqrt();
        z.iter().map(|x| x / norm).collect()
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>().abs()
    }

    #[test]
    fn both_methods_find_planted_directions_in_every_architecture() {
        // Orthogonal to each other, so that both can be found exactly.
        let (strong, other) = (unit(0), unit(1));
        let along: f32 = strong.iter().zip(&other).map(|(a, b)| a * b).sum();
        let weak: Vec<f32> = other.iter().zip(&strong).map(|(o, s)| o - along * s).collect();
        let norm = weak.iter().map(|x| x * x).sum::<f32>().sqrt();
        let weak: Vec<f32> = weak.iter().map(|x| x / norm).collect();
        for family in [Family::Article, Family::Dcgan] {
            for norm in [Norm::Batch, Norm::None] {
                for latent in [LatentKind::Normal, LatentKind::Uniform] {
                    let planted = [(weak.clone(), 0.8), (strong.clone(), 1.0)];
                    let saved = generator(family, norm, latent, &planted);
                    let pca = principal_components(&saved, 3, 1, &Device::flex()).unwrap();
                    for (found, enough) in [(sefa(&saved, 3), 0.999), (pca, 0.98)] {
                        let what = format!("{family:?} {norm:?} {latent:?} {}", found[0].name);
                        assert_eq!(found.len(), 3, "{what}");
                        let (first, second) = (cosine(&found[0].vector, &strong), cosine(&found[1].vector, &weak));
                        assert!(first > enough && second > enough, "{what}: {first} {second}");
                        assert!(found[0].strength > found[1].strength && found[1].strength > found[2].strength);
                        assert!(found.iter().map(|d| d.strength).sum::<f32>() <= 1.0);
                        let largest =
                            |v: &[f32]| v.iter().copied().fold(0.0f32, |a, b| if b.abs() > a.abs() { b } else { a });
                        assert!(found.iter().all(|d| largest(&d.vector) > 0.0), "{what}");
                    }
                }
            }
        }
    }

    /// A direction that the raw weights follow most, but that normalisation silences, is not the first.
    #[test]
    fn the_scale_of_the_normalisation_counts() {
        let (loud, quiet) = (unit(2), unit(3));
        let mut saved = generator(Family::Dcgan, Norm::Batch, LatentKind::Normal, &[(loud.clone(), 1.0)]);
        let outputs = saved.tensors[0].values.len() / 12;
        let index = |saved: &SavedGenerator, name: &str| saved.tensors.iter().position(|t| t.name == name).unwrap();
        let (gamma, variance) = (index(&saved, "main.1.weight"), index(&saved, "main.1.running_var"));
        let channels = saved.tensors[gamma].values.len();
        // In the first channel the quiet direction alone, large before and small after normalisation.
        for (component, v) in quiet.iter().enumerate() {
            for row in 0..outputs / channels {
                saved.tensors[0].values[component * outputs + row] = 100.0 * v;
            }
        }
        assert!(cosine(&sefa(&saved, 1)[0].vector, &quiet) > 0.99);
        saved.tensors[gamma].values[0] = 0.1;
        saved.tensors[variance].values[0] = 1e6;
        assert!(cosine(&sefa(&saved, 1)[0].vector, &loud) > 0.99);
        let pca = principal_components(&saved, 1, 1, &Device::flex()).unwrap();
        assert!(cosine(&pca[0].vector, &loud) > 0.98);
    }
}
