//! How many floating-point operations a step asks for, counted from the networks' shapes.

use crate::config::{Augment, Precision, RunConfig};
use crate::model::{Discriminator, Generator, Moved};

/// Multiplications and additions of the convolutions and dense layers in one step: one update of each network on a
/// batch, the gradient penalties as often as they are due. Everything else (normalisation, activations, the optimiser)
/// is a few per cent more and not counted. Counted is what the direct convolution algorithm needs; the CPU's other
/// algorithm (`compute/cpu/winograd`) gets the same with fewer.
///
/// A layer's forward pass, the gradient of its input and the gradient of its weight cost the same. Not needed are the
/// gradients of the pictures in the discriminator's half, of its weights in the generator's half, and of the latents;
/// and in the discriminator's half, those of frozen stages.
pub(crate) fn step_flop(generator: &Generator, discriminator: &Discriminator, config: &RunConfig) -> f64 {
    let (g, d) = (generator.products(), discriminator.products());
    let sum = |layers: &[u64]| layers.iter().sum::<u64>() as f64;
    let first = |layers: &[u64]| layers.first().map_or(0.0, |n| *n as f64);
    let (g_all, d_all) = (sum(&g), sum(&d));
    // The layers that learn.
    let learning = &d[discriminator.first_products(config.freeze_d)..];
    let back = 2.0 * sum(learning) - first(learning);
    // Real and generated pictures, each forward, back, and for the weights.
    let d_half = 2.0 * (d_all + back);
    let g_half = 3.0 * g_all - first(&g) + 2.0 * d_all;
    // The slope: forward and back to the pictures. Its gradient: the picture and the tangent forward, the tangent back
    // and for the weights.
    let penalty = 4.0 * d_all + back;
    let due = [config.tunables.r1, config.tunables.r2].iter().filter(|gamma| **gamma > 0.0).count() as f64;
    let penalties = penalty * due / f64::from(config.penalty_every);
    2.0 * f64::from(config.batch) * (d_half + g_half + penalties)
}

/// Bytes that the kernels of one step read and write in a GPU's memory, in mixed precision where the settings name it:
/// the maps of each layer ([`crate::model::Moved`]), weights where a convolution reads them and where their gradients
/// are written, the optimiser, the average, and augmentation. Passes are those of [`step_flop`]. What caches save is
/// not known, and what is summed up in parts and small tensors are not counted.
pub fn step_bytes(config: &RunConfig) -> f64 {
    let (generator, discriminator) = (Generator::new(&config.model), Discriminator::new(&config.model));
    /// Numbers that Adam reads and writes for each parameter, and the average for each of the generator's.
    const ADAM: f64 = 7.0;
    const AVERAGE: f64 = 3.0;
    /// Of each number of a picture that is augmented, and as many for its gradient.
    const AUGMENTED: f64 = 3.0;
    /// Bytes of 32 bits.
    const NUMBER: f64 = 4.0;
    let half = config.precision == Precision::Mixed;
    let (g, d) = (generator.moved(half), discriminator.moved(half));
    let sum = |layers: &[Moved], part: fn(&Moved) -> u64| layers.iter().map(part).sum::<u64>() as f64;
    let forward = |layers: &[Moved]| sum(layers, |layer| layer.forward);
    let back = |layers: &[Moved]| sum(layers, |layer| layer.slopes + layer.back);
    let weights = |layers: &[Moved]| sum(layers, |layer| layer.weights);
    // The layers that learn; the first stage of them needs no gradient of what it sees.
    let first = discriminator.first_moved(config.freeze_d + 1) - discriminator.first_moved(config.freeze_d);
    let learnt = |d: &[Moved]| {
        let learning = &d[discriminator.first_moved(config.freeze_d)..];
        back(learning) + weights(learning) - sum(&learning[..first], |layer| layer.back)
    };
    let d_half = 2.0 * (forward(&d) + learnt(&d));
    let g_half = forward(&g) + back(&g) + weights(&g) + forward(&d) + back(&d);
    // In 32 bits whatever the precision.
    let full = discriminator.moved(false);
    let penalty = 3.0 * forward(&full) + back(&full) + learnt(&full);
    let due = [config.tunables.r1, config.tunables.r2].iter().filter(|gamma| **gamma > 0.0).count() as f64;
    let often = due / f64::from(config.penalty_every);
    let picture = 3.0 * f64::from(config.model.size).powi(2);
    let augmented = if config.augment == Augment::Off { 0.0 } else { 4.0 * AUGMENTED * picture };
    let pictures = f64::from(config.batch) * (d_half + g_half + penalty * often + NUMBER * augmented);
    let [g, d] = [generator.layout(), discriminator.layout()].map(|layout| layout.parameter_count() as f64);
    // Forward, back and for the weights; the discriminator forward and back for the generator, too.
    let parameters = g * (3.0 + ADAM + AVERAGE) + d * (5.0 + 5.0 * often + ADAM);
    pictures + NUMBER * parameters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::Shape;
    use crate::compute::gpu::FLOP_AT_ONCE;
    use crate::compute::ops::pieces_on_cpu;
    use crate::config::{LossKind, ModelConfig, PRESETS, Preset};

    /// What a GPU gets at once is bounded by its work, but for single kernels. Those of every preset take less than
    /// 50 ms of a card that reaches 1 TFLOP/s, `article-128`'s largest 108; a tenth of that speed would still be far
    /// from the two seconds after which Windows gives a driver up.
    #[test]
    fn no_kernel_occupies_a_weak_card_for_long() {
        for preset in PRESETS {
            let config = preset.config();
            let (g, d) = (Generator::new(&config.model), Discriminator::new(&config.model));
            // Real and generated pictures in one pass.
            let both = if d.judges_each_alone() { 2 } else { 1 };
            let largest = |products: Vec<u64>| 2 * u64::from(config.batch) * products.into_iter().max().unwrap();
            let largest = largest(g.products()).max(both * largest(d.products()));
            let milliseconds = largest.max(FLOP_AT_ONCE) as f64 / 1e9;
            println!("{}: a submission of up to {milliseconds:.0} ms at 1 TFLOP/s", preset.name);
            let most = if preset.name == "article-128" { 108.0 } else { 50.0 };
            assert!(milliseconds < most, "{}: {milliseconds} ms", preset.name);
        }
    }

    /// How many times as fast the convolutions of a step can be on so many threads, if each piece of work takes as long
    /// as any other of its product: the second table of "Many cores" in docs/measurements.md.
    #[test]
    fn many_cores_have_enough_pieces() {
        for (preset, batch, documented) in [
            ("classic-64", 8, [8.0, 12.5, 15.0]),
            ("classic-64", 32, [8.0, 14.7, 24.0]),
            ("modern-64", 8, [7.9, 13.7, 18.2]),
            ("modern-64", 32, [8.0, 14.8, 25.0]),
            ("quick-32", 8, [6.4, 7.1, 7.3]),
            ("quick-32", 32, [8.0, 13.2, 16.5]),
        ] {
            let mut model = Preset::find(preset).unwrap().config().model;
            (model.g_width, model.d_width) = (32, 32);
            let (g, d) = (Generator::new(&model), Discriminator::new(&model));
            let found = [8usize, 16, 32].map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| bound(&g.convolutions(), &d.convolutions(), batch, threads))
            });
            println!("{preset}, batch {batch}: {found:.1?}");
            let near = found.iter().zip(documented).all(|(found, documented)| (found - documented).abs() < 0.06);
            assert!(near, "{preset}, batch {batch}: {found:?}");
        }
    }

    /// Of the products of [`step_flop`], without penalties; real and generated pictures in one pass.
    fn bound(g: &[Shape], d: &[Shape], batch: usize, threads: usize) -> f64 {
        let (mut alone, mut together) = (0.0, 0.0);
        let mut add = |shape: &Shape, batch: usize, asked: [bool; 3]| {
            let small = if shape.up { shape.side } else { shape.side.div_ceil(shape.kernel.stride) };
            let products =
                (shape.channels[0] * shape.channels[1] * shape.kernel.size.pow(2) * small * small * batch) as f64;
            for (pieces, _) in pieces_on_cpu(*shape, batch).into_iter().zip(asked).filter(|(_, asked)| *asked) {
                alone += products;
                together += products * pieces.div_ceil(threads) as f64 / pieces as f64;
            }
        };
        for (layer, shape) in d.iter().enumerate() {
            add(shape, 2 * batch, [true, layer > 0, true]);
            add(shape, batch, [true, true, false]);
        }
        g.iter().for_each(|shape| add(shape, batch, [true; 3]));
        alone / together
    }

    /// By hand for 32 px, width 4, latents of 10: G 10 x 16 x 16 base, then 4x4 kernels from 16 to 8 channels on 4 x 4,
    /// 8 to 4 on 8 x 8, 4 to 3 on 16 x 16. D 3 to 4 channels onto 16 x 16, 4 to 8 onto 8 x 8, 8 to 16 onto 4 x 4, and
    /// its head.
    #[test]
    fn counts_every_layer() {
        let model = ModelConfig { size: 32, g_width: 4, d_width: 4, latent_size: 10, ..ModelConfig::default() };
        let (g, d) = (Generator::new(&model), Discriminator::new(&model));
        let mut config = RunConfig { batch: 8, model, ..RunConfig::default() };
        let flop =
            |config: &RunConfig| step_flop(&Generator::new(&config.model), &Discriminator::new(&config.model), config);
        assert_eq!(g.products(), [10 * 16 * 16, 16 * 8 * 16 * 16, 8 * 4 * 16 * 64, 4 * 3 * 16 * 256]);
        assert_eq!(d.products(), [3 * 4 * 16 * 256, 4 * 8 * 16 * 64, 8 * 16 * 16 * 16, 16 * 4 * 4]);
        let (g, d) = (2560.0 + 32768.0 + 32768.0 + 49152.0, 49152.0 + 32768.0 + 32768.0 + 256.0);
        let expected = 2.0 * 8.0 * (2.0 * (3.0 * d - 49152.0) + 3.0 * g - 2560.0 + 2.0 * d);
        assert_eq!(flop(&config), expected);
        // A loss that compares takes the real logits of the discriminator's half.
        config.model.loss = LossKind::Rpgan;
        assert_eq!(flop(&config), expected);
        (config.tunables.r1, config.penalty_every) = (0.5, 4);
        assert_eq!(flop(&config) - expected, 16.0 * (6.0 * d - 49152.0) / 4.0);
        // Two frozen stages: back to and for the weights of the third and the head, without the third's input.
        let whole = flop(&config);
        config.freeze_d = 2;
        let spared = 2.0 * d - 49152.0 - (2.0 * (32768.0 + 256.0) - 32768.0);
        assert_eq!(whole - flop(&config), 16.0 * (2.0 + 1.0 / 4.0) * spared);
    }

    /// By hand for the networks of the test above, `classic-64`'s kind, normalised but for the ends.
    #[test]
    fn counts_the_maps_of_every_kernel() {
        let model = ModelConfig { size: 32, g_width: 4, d_width: 4, latent_size: 10, ..ModelConfig::default() };
        let mut config = RunConfig { batch: 8, augment: Augment::Off, model, ..RunConfig::default() };
        // G: 16 channels on 4 x 4, 8 on 8 x 8, 4 on 16 x 16, 3 on 32 x 32. Each but the last is normalised; tanh.
        let (a, b, c, p) = (256.0, 512.0, 1024.0, 3072.0);
        let g_convolutions = (a + b) + (b + c) + (c + p);
        let g_rest = [3.0 * (a + b + c) + 2.0 * p, 5.0 * (a + b + c) + 3.0 * p];
        // D: 4 channels on 16 x 16, 8 on 8 x 8, 16 on 4 x 4; the first is not normalised.
        let d_convolutions = (p + c) + (c + b) + (b + a) + a;
        let d_rest = [3.0 * (b + a), 5.0 * (b + a) + 3.0 * c];
        let d_half = 2.0 * (3.0 * d_convolutions - (p + c) + d_rest[0] + d_rest[1]);
        let g_half = 3.0 * g_convolutions + g_rest[0] + g_rest[1] + 2.0 * d_convolutions + d_rest[0] + d_rest[1];
        let g = 10.0 * 256.0 + 16.0 * (16.0 * 8.0 + 8.0 * 4.0 + 4.0 * 3.0) + 2.0 * (16.0 + 8.0 + 4.0);
        let d = 16.0 * (3.0 * 4.0 + 4.0 * 8.0 + 8.0 * 16.0) + 16.0 * 16.0 + 2.0 * (8.0 + 16.0);
        let expected = 4.0 * (8.0 * (d_half + g_half) + 13.0 * g + 12.0 * d);
        assert_eq!(step_bytes(&config), expected);
        config.augment = Augment::ColourGeometry;
        assert_eq!(step_bytes(&config) - expected, 4.0 * 8.0 * 12.0 * p);
        config.augment = Augment::Off;
        // In 16 bits two bytes less for each number of a map, but not of pictures: G's last convolution with its three
        // passes and tanh, D's first one, forward for both halves, for the weights, and back for the generator.
        config.precision = Precision::Mixed;
        let of_pictures = 3.0 * p + 5.0 * p + 2.0 * 2.0 * p + 2.0 * p;
        assert_eq!(expected - step_bytes(&config), 2.0 * 8.0 * (d_half + g_half - of_pictures));
    }

    /// The table in docs/measurements.md, "What a step asks of a GPU".
    #[test]
    fn presets_move_what_is_documented() {
        let documented = [
            ("quick-32", [(0.11, 29.0), (0.07, 46.0)]),
            ("classic-64", [(1.77, 82.0), (1.07, 137.0)]),
            ("modern-64", [(3.00, 59.0), (1.77, 100.0)]),
            ("modern-128", [(6.25, 37.0), (3.63, 64.0)]),
            ("modern-256", [(6.86, 21.0), (4.15, 35.0)]),
            ("article-128", [(14.93, 233.0), (8.60, 405.0)]),
        ];
        assert_eq!(documented.len(), PRESETS.len());
        for (name, both) in documented {
            for (precision, (gigabytes, intensity)) in [Precision::F32, Precision::Mixed].into_iter().zip(both) {
                let config = RunConfig { precision, ..Preset::find(name).unwrap().config() };
                let (g, d) = (Generator::new(&config.model), Discriminator::new(&config.model));
                let (flop, bytes) = (step_flop(&g, &d, &config), step_bytes(&config));
                assert!((bytes / 1e9 - gigabytes).abs() < 0.006, "{name}: {bytes} bytes");
                assert!((flop / bytes - intensity).abs() < 0.6, "{name}: {} FLOP a byte", flop / bytes);
            }
        }
    }
}
