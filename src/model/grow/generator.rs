//! The generator's new last stage.

use super::fit::{CARRIERS, Carried, carried, moments};
use super::host::{BatchNorm, Host};
use crate::compute::{DeviceError, Kernel};
use crate::model::generator::Generator;
use crate::model::layer::{ConvParams, Gate, Layer};
use crate::model::layout::Weights;
use crate::model::sub_pixel::SIDE;
use burn::tensor::Tensor;

/// Channels that the new stage needs: each colour with either sign.
pub(super) const CHANNELS: usize = 2 * CARRIERS;
/// The stream of what begins at random; the trainer draws fresh networks from others.
const STREAM: u64 = 2;
/// The start of what should hardly be seen, beside that of a fresh network.
const FAINT: f32 = 0.1;
/// A gate whose layers are zero.
const OPEN: f32 = 0.5;

/// A layer that changes the number of channels, and its place in the stack.
#[derive(Clone, Copy)]
struct Placed {
    index: usize,
    conv: ConvParams,
    /// Whether its weights are stored 3x3.
    sub_pixel: bool,
}

/// The last two layers of a generator that have weights of their own, not counting normalisation and gates.
fn last_two(generator: &Generator) -> Option<[Placed; 2]> {
    let layers = generator.stack.layers.iter().enumerate();
    let mut found = layers.rev().filter_map(|(index, layer)| match *layer {
        Layer::ConvTranspose(conv) => Some(Placed { index, conv, sub_pixel: false }),
        Layer::SubPixel(conv) => Some(Placed { index, conv, sub_pixel: true }),
        _ => None,
    });
    let last = found.next()?;
    Some([found.next()?, last])
}

/// Whether everything but the old last layer is in the new generator too, with the same shape.
pub(super) fn keeps_what_was(old: &Generator, new: &Generator) -> bool {
    let Some([_, last]) = last_two(old) else { return false };
    let params = &new.layout().params;
    old.layout().params.iter().enumerate().all(|(index, p)| {
        index == last.conv.weight
            || Some(index) == last.conv.bias
            || params.iter().any(|n| n.name == p.name && n.shape == p.shape)
    })
}

/// The weights of `new`, which has one stage more than `old`. `z` is B x latent size.
pub(super) fn grow(
    (old, weights): (&Generator, &Weights),
    new: &Generator,
    z: Tensor<2>,
    seed: u64,
) -> Result<Weights, DeviceError> {
    let device = z.device();
    let mut host = Host::drawn(new.layout(), seed, STREAM)?;
    let (Some([_, old_last]), Some([up, last])) = (last_two(old), last_two(new)) else {
        return Ok(host.weights(&device));
    };
    let before = Host::of(weights)?;
    copy(old, &before, new, &mut host);
    let ConvParams { weight, bias, channels: [c_in, _], .. } = old_last.conv;
    let stored = &before.params[weight];
    let carried = if old_last.conv.kernel.stride == 1 {
        carried(stored, &moments(old.map(old_last.index, z.clone(), weights))?)
    } else {
        // It has doubled the side already, and so does the new layer in its place.
        Carried { first: stored.clone(), last: None }
    };
    if let (Some(old), Some(new)) = (bias, last.conv.bias) {
        host.params[new] = before.params[old].clone();
    }
    write_first(&mut host, up, &carried, c_in);
    let mut scale = vec![1.0; CARRIERS];
    if let Some(norm) = norm_after(new, up.index) {
        let map = new.map(up.index + 1, z, &host.weights(&device));
        norm.follow(&mut host, &map)?;
        for (carrier, scale) in scale.iter_mut().enumerate() {
            *scale = unit(&mut host, norm, carrier);
        }
    }
    if let Some(gate) = gate_between(new, up.index, last.index) {
        host.params[gate.second].iter_mut().for_each(|w| *w *= FAINT);
        scale.iter_mut().for_each(|s| *s /= OPEN);
    }
    write_last(&mut host, last, &carried, &scale);
    Ok(host.weights(&device))
}

/// Copies what has the same name and shape in both; the old last layer's name belongs to another one now.
fn copy(old: &Generator, before: &Host, new: &Generator, host: &mut Host) {
    for (p, values) in old.layout().params.iter().zip(&before.params) {
        let same = new.layout().params.iter().position(|n| n.name == p.name && n.shape == p.shape);
        if let Some(index) = same {
            host.params[index].clone_from(values);
        }
    }
    for (s, values) in old.layout().stats.iter().zip(&before.stats) {
        if let Some(index) = new.layout().stats.iter().position(|n| n.name == s.name) {
            host.stats[index].clone_from(values);
        }
    }
}

/// The batch normalisation that follows the layer at `index`.
fn norm_after(generator: &Generator, index: usize) -> Option<BatchNorm> {
    match *generator.stack.layers.get(index + 1)? {
        Layer::BatchNorm { gamma, beta, stats } => Some(BatchNorm { gamma, beta, stats }),
        _ => None,
    }
}

fn gate_between(generator: &Generator, from: usize, to: usize) -> Option<Gate> {
    generator.stack.layers[from..to].iter().find_map(|layer| match *layer {
        Layer::Gate(gate) => Some(gate),
        _ => None,
    })
}

/// Sets the normalisation of both channels of a carrier so that they leave it divided by their common deviation, which
/// is the result: as every other channel, they then vary by about 1.
fn unit(host: &mut Host, norm: BatchNorm, carrier: usize) -> f32 {
    let mut deviation = 1.0;
    for channel in [2 * carrier, 2 * carrier + 1] {
        norm.pass(host, channel);
        deviation = host.params[norm.gamma][channel];
        host.params[norm.gamma][channel] = 1.0;
        host.params[norm.beta][channel] /= deviation;
    }
    deviation
}

/// The layer that doubles the side: each carrier with either sign in its first channels.
fn write_first(host: &mut Host, up: Placed, carried: &Carried, c_in: usize) {
    let kernel = if up.sub_pixel { Kernel { size: SIDE, ..up.conv.kernel } } else { up.conv.kernel };
    let area = kernel.size * kernel.size;
    let [_, c_out] = up.conv.channels;
    for (index, taps) in carried.first.chunks_exact(carried.first.len() / (c_in * CARRIERS)).enumerate() {
        let (input, carrier) = (index / CARRIERS, index % CARRIERS);
        // What was fitted is 3x3 on the doubled map; what was copied has the layer's own form.
        let taps = if carried.last.is_some() && !up.sub_pixel { doubling(taps, kernel) } else { taps.to_vec() };
        for (sign, channel) in [(1.0, 2 * carrier), (-1.0, 2 * carrier + 1)] {
            let at = (input * c_out + channel) * area;
            host.params[up.conv.weight][at..at + area].iter_mut().zip(&taps).for_each(|(to, w)| *to = sign * w);
        }
    }
}

/// The layer that makes colours of the carriers; the others are faint.
fn write_last(host: &mut Host, last: Placed, carried: &Carried, scale: &[f32]) {
    let weights = &mut host.params[last.conv.weight];
    weights.iter_mut().for_each(|w| *w *= FAINT);
    let size = if last.sub_pixel { SIDE } else { last.conv.kernel.size };
    let area = size * size;
    let identity = |carrier: usize, colour: usize| {
        let centre = if carrier == colour { 1.0 } else { 0.0 };
        let taps: Vec<f32> = (0..SIDE * SIDE).map(|tap| if tap == SIDE * SIDE / 2 { centre } else { 0.0 }).collect();
        if last.sub_pixel { taps } else { doubling(&taps, last.conv.kernel) }
    };
    for carrier in 0..CARRIERS {
        for colour in 0..3 {
            let taps = match &carried.last {
                // A transposed convolution has its taps in reverse.
                Some(values) => values[(carrier * 3 + colour) * area..][..area].iter().rev().copied().collect(),
                None => identity(carrier, colour),
            };
            for (sign, channel) in [(1.0, 2 * carrier), (-1.0, 2 * carrier + 1)] {
                let at = (channel * 3 + colour) * area;
                let to = &mut weights[at..at + area];
                to.iter_mut().zip(&taps).for_each(|(to, w)| *to = sign * scale[carrier] * w);
            }
        }
    }
}

/// 3x3 weights on the doubled map as those of a transposed convolution of stride 2: a pixel that is moved by s meets
/// two neighbouring taps, as in `sub_pixel`, here for kernels of any size; one of 3
/// has room for the middle tap alone.
fn doubling(taps: &[f32], kernel: Kernel) -> Vec<f32> {
    let mut out = vec![0.0; kernel.size * kernel.size];
    // Tap t moves by t - 1, and meets taps p - (t - 1) and the next one.
    let places = |tap: usize| [0, 1].map(|next| (kernel.padding() + 1 + next).checked_sub(tap));
    for (index, w) in taps.iter().enumerate().filter(|(_, w)| **w != 0.0) {
        for row in places(index / SIDE).into_iter().flatten().filter(|row| *row < kernel.size) {
            for column in places(index % SIDE).into_iter().flatten().filter(|column| *column < kernel.size) {
                out[row * kernel.size + column] += w;
            }
        }
    }
    out
}
