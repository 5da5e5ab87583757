//! The discriminator's new first stage.

use super::host::{BatchNorm, Host};
use crate::compute::DeviceError;
use crate::config::ModelConfig;
use crate::model::discriminator::Discriminator;
use crate::model::layer::{ConvParams, LEAK, Layer};
use crate::model::layout::Weights;
use burn::tensor::Tensor;

/// The stream of what begins at random.
const STREAM: u64 = 3;

/// Channels that the new stage needs: a shortcut carries three colours as they are, and no network has fewer than 4
/// channels; without one, each colour needs either sign, because leaky(x) - leaky(-x) = (1 + leak) x.
pub(super) fn channels(config: &ModelConfig) -> usize {
    if config.d_residual { 4 } else { 6 }
}

/// A stage: where its layers and numbers are.
#[derive(Clone, Copy)]
struct Stage {
    /// Place of the convolution in the stack.
    index: usize,
    conv: ConvParams,
    norm: Option<BatchNorm>,
    join: Option<ConvParams>,
}

/// The stages, the one beside the picture first.
fn stages(discriminator: &Discriminator) -> Vec<Stage> {
    let mut found: Vec<Stage> = Vec::new();
    for (index, layer) in discriminator.stack().layers.iter().enumerate() {
        match (*layer, found.last_mut()) {
            (Layer::Conv(conv), _) => found.push(Stage { index, conv, norm: None, join: None }),
            (Layer::BatchNorm { gamma, beta, stats }, Some(stage)) => {
                stage.norm = Some(BatchNorm { gamma, beta, stats });
            }
            (Layer::Join { conv, .. }, Some(stage)) => stage.join = Some(conv),
            _ => {}
        }
    }
    found
}

/// The weights of `new`, which has one stage more than `old`. `pictures` (B x 3 x side x side) are of the new side.
pub(super) fn grow(
    (old, weights): (&Discriminator, &Weights),
    new: &Discriminator,
    pictures: Tensor<4>,
    seed: u64,
) -> Result<Weights, DeviceError> {
    let device = pictures.device();
    let mut host = Host::drawn(new.layout(), seed, STREAM)?;
    let before = Host::of(weights)?;
    let (old_stages, new_stages) = (stages(old), stages(new));
    // Later stages and the last layer are the same.
    for (to, from) in host.params.iter_mut().rev().zip(before.params.iter().skip(old_stages[1].conv.weight).rev()) {
        to.clone_from(from);
    }
    let first = old_stages[0].norm.map_or(0, |_| 2);
    for (to, from) in host.stats.iter_mut().rev().zip(before.stats.iter().skip(first).rev()) {
        to.clone_from(from);
    }
    let [front, second] = [new_stages[0], new_stages[1]];
    let readers = write_front(&mut host, front);
    read_carriers(&mut host, (&before, old_stages[0]), second, &readers);
    for (stage, own) in [(front, None), (second, old_stages[0].norm)] {
        match (stage.norm, own) {
            (Some(norm), Some(own)) => {
                host.params[norm.gamma].clone_from(&before.params[own.gamma]);
                host.params[norm.beta].clone_from(&before.params[own.beta]);
                for which in 0..2 {
                    host.stats[norm.stats + which].clone_from(&before.stats[own.stats + which]);
                }
            }
            (Some(norm), None) => {
                let map = new.map(stage.index + 1, pictures.clone(), &host.weights(&device));
                norm.follow(&mut host, &map)?;
                let [_, channels] = stage.conv.channels;
                (0..channels).for_each(|channel| norm.pass(&mut host, channel));
            }
            (None, _) => {}
        }
    }
    Ok(host.weights(&device))
}

/// A channel of the new first stage, the colour that it carries, and what it must be multiplied by to be that colour.
struct Reader {
    channel: usize,
    colour: usize,
    factor: f32,
}

/// Makes some channels of the first stage the average of 2 x 2 pixels.
fn write_front(host: &mut Host, front: Stage) -> Vec<Reader> {
    let taps = averaging(front.conv);
    let area = taps.len();
    let mut readers = Vec::new();
    for colour in 0..3 {
        if let Some(join) = front.join {
            // The convolution beside the shortcut is silent there, and can learn.
            host.params[front.conv.weight][colour * 3 * area..][..3 * area].fill(0.0);
            for input in 0..3 {
                let one = if input == colour { std::f32::consts::SQRT_2 } else { 0.0 };
                host.params[join.weight][colour * 3 + input] = one;
            }
            readers.push(Reader { channel: colour, colour, factor: 1.0 });
            continue;
        }
        for (sign, channel) in [(1.0, 2 * colour), (-1.0, 2 * colour + 1)] {
            for input in 0..3 {
                let to = &mut host.params[front.conv.weight][(channel * 3 + input) * area..][..area];
                let sign = if input == colour { sign } else { 0.0 };
                to.iter_mut().zip(&taps).for_each(|(to, w)| *to = sign * w);
            }
            readers.push(Reader { channel, colour, factor: sign / (1.0 + LEAK as f32) });
        }
    }
    readers
}

/// The taps that average 2 x 2 pixels.
fn averaging(conv: ConvParams) -> Vec<f32> {
    let (size, padding) = (conv.kernel.size, conv.kernel.padding());
    let inside = |at: usize| at == padding || at == padding + 1;
    (0..size * size).map(|tap| if inside(tap / size) && inside(tap % size) { 0.25 } else { 0.0 }).collect()
}

/// The second stage sees the carriers as the old first one saw the picture, and nothing else.
fn read_carriers(host: &mut Host, (before, old): (&Host, Stage), new: Stage, readers: &[Reader]) {
    let pairs = [(Some(old.conv), Some(new.conv)), (old.join, new.join)];
    for (old, new) in pairs.into_iter().filter_map(|(old, new)| old.zip(new)) {
        let [c_in, c_out] = new.channels;
        let area = new.kernel.size * new.kernel.size;
        host.params[new.weight].fill(0.0);
        for out in 0..c_out {
            for Reader { channel, colour, factor } in readers {
                let from = &before.params[old.weight][(out * 3 + colour) * area..][..area];
                let to = &mut host.params[new.weight][(out * c_in + channel) * area..][..area];
                to.iter_mut().zip(from).for_each(|(to, w)| *to = factor * w);
            }
        }
        if let (Some(from), Some(to)) = (old.bias, new.bias) {
            host.params[to].clone_from(&before.params[from]);
        }
    }
}
