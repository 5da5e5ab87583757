//! Which of our generators a module is: settings from the shapes of its weights, then every tensor checked.

use super::super::file::shown;
use super::fit::{GeneratorFit, LayerNames, NormNames, describe};
use super::layers::ForeignLayer;
use super::network::{Network, PLAIN, colours, weight};
use crate::config::{Family, LatentKind, ModelConfig, Norm};
use crate::model::{Generator, LayerInfo};
use std::collections::{BTreeMap, BTreeSet};

/// The generator of ours whose layers a module has.
///
/// # Errors
/// In words: what does not fit.
pub(super) fn fit(network: &Network) -> Result<GeneratorFit, String> {
    let (config, grey) = settings(network)?;
    config.validate().map_err(|e| format!("the generator is outside the range of this program: {e}"))?;
    let generator = Generator::new(&config);
    let expected = Expected { what: describe(&config), shapes: generator.layout().names().collect() };
    let mut sources = network.dense.iter().chain(&network.convolutions);
    let count = network.dense.len() + network.convolutions.len();
    let (mut stages, mut same, mut norms) = (Vec::new(), Vec::new(), network.norms.clone());
    for layer in generator.layers() {
        let (ours, mut channels) = match layer {
            LayerInfo::Linear { weight, outputs, .. } => (weight, outputs),
            LayerInfo::ConvTranspose(conv) => (conv.weight, conv.outputs),
            LayerInfo::Gate(gate) => {
                for ours in [gate.first, gate.second] {
                    let shape = &expected.shapes[ours.as_str()];
                    let theirs = expected.needed(&ours, network.gates.get(&ours).copied(), shape)?;
                    same.push((ours, theirs));
                }
                continue;
            }
            _ => continue,
        };
        let mut shape = expected.shapes[ours.as_str()].clone();
        if grey && stages.len() + 1 == count {
            (channels, shape[1]) = (1, 1);
        }
        let source = sources.next();
        let weight = expected.needed(&ours, source.and_then(|layer| layer.get("weight")), &shape)?;
        let bias = source.and_then(|layer| layer.get("bias"));
        let bias = bias.map(|found| expected.shaped(found, &[channels])).transpose()?;
        let norm = norms.iter().position(|norm| norm.normalises() == Some(channels));
        let norm = norm.map(|at| expected.norm(norms.remove(at), channels)).transpose()?;
        stages.push(LayerNames { weight, bias, norm });
    }
    let fit = GeneratorFit { config: with_norm(config, &stages), stages, same, grey };
    // What is left out would silently give other pictures.
    let used: BTreeSet<&str> = fit.names().collect();
    match network.names().find(|name| !used.contains(name)) {
        Some(extra) => Err(format!("{} has no {}, the file does", expected.what, shown(extra))),
        None => Ok(fit),
    }
}

/// What our generator expects.
struct Expected<'a> {
    /// The generator, for messages.
    what: String,
    /// The shape of each of its tensors.
    shapes: BTreeMap<&'a str, Vec<usize>>,
}

impl Expected<'_> {
    /// The name of a tensor that must have this shape.
    fn shaped(&self, (name, found): (&str, &[usize]), shape: &[usize]) -> Result<String, String> {
        if found == shape {
            return Ok(name.to_owned());
        }
        Err(format!("{} has the shape {found:?}, {} expects {shape:?}", shown(name), self.what))
    }

    /// The same of one that must be there; `ours` is our name for it.
    fn needed(&self, ours: &str, found: Option<(&str, &[usize])>, shape: &[usize]) -> Result<String, String> {
        let missing = || format!("{} expects {} {shape:?}, which is missing", self.what, shown(ours));
        self.shaped(found.ok_or_else(missing)?, shape)
    }

    fn norm(&self, norm: &ForeignLayer, channels: usize) -> Result<NormNames, String> {
        let tensor = |kind: &str| self.needed(&format!("{}.{kind}", norm.path), norm.get(kind), &[channels]);
        Ok(NormNames {
            gamma: tensor("weight")?,
            beta: tensor("bias")?,
            mean: tensor("running_mean")?,
            var: tensor("running_var")?,
        })
    }
}

/// Refuses networks that do not make pictures, in colour or grey.
fn check_draws(network: &Network, first: &ForeignLayer, last: &ForeignLayer) -> Result<(), String> {
    let ((first_name, first), (last_name, last)) = (weight(first), weight(last));
    if colours(first[1]) && !colours(last[1]) {
        return Err(format!("{} reads pictures: this is a discriminator, not a generator", shown(first_name)));
    }
    if network.convolutions.len() > 1 && network.follows(PLAIN) && colours(last[0]) {
        return Err(format!(
            "{} is a plain convolution (Conv2d, mostly behind an nn.Upsample); only generators of transposed ones \
             (ConvTranspose2d) are supported",
            shown(last_name)
        ));
    }
    if !colours(last[1]) {
        return Err(format!(
            "{} makes pictures of {} channels; only colour (3 channels) and grey (1) fit",
            shown(last_name),
            last[1]
        ));
    }
    Ok(())
}

/// The settings that the weights' shapes suggest, and whether there is one channel; whether all of it fits is
/// checked afterwards.
fn settings(network: &Network) -> Result<(ModelConfig, bool), String> {
    let (Some(first), Some(last)) = (network.convolutions.first(), network.convolutions.last()) else {
        return Err("the file holds no transposed convolutions, so no generator".to_owned());
    };
    check_draws(network, first, last)?;
    let ((first_name, first), (_, last)) = (weight(first), weight(last));
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    // A last convolution with a smaller kernel than the ones before it works at the picture's own size.
    let stage = weight(network.convolutions[network.convolutions.len().saturating_sub(2)]).1;
    let full_stage = network.dense.is_empty() && network.convolutions.len() > 2 && last[2] == 3 && stage[2] > 3;
    let doublings = small(network.convolutions.len() - 1 - usize::from(full_stage));
    let (family, base, latent_size, kernel) = match network.dense[..] {
        [] if first[2..] != [4, 4] => {
            let (h, w) = (first[2], first[3]);
            return Err(format!("{} makes a first feature map of {h} x {w}; only 4 x 4 fits", shown(first_name)));
        }
        [] => (Family::Dcgan, 4, first[0], if full_stage { stage[2] } else { last[2] }),
        [dense] => {
            let (name, shape) = weight(dense);
            if shape[0] == first[0].saturating_mul(16) {
                return Err(format!(
                    "{} is a linear layer that makes a first map of 4 x 4; a linear layer fits only with 8 x 8, as in \
                     the tutorial's generator, and 4 x 4 needs a transposed convolution",
                    shown(name)
                ));
            }
            (Family::Article, 8, shape[1], last[2])
        }
        [_, second, ..] => {
            return Err(format!("{} is a second linear layer, which no generator here has", shown(weight(second).0)));
        }
    };
    let size = if doublings < 16 { base << doublings } else { u32::MAX };
    if ![32, 64, 128, 256].contains(&size) {
        return Err(format!(
            "the generator doubles the size {doublings} times, to {size} px; only 32, 64, 128 and 256 px fit"
        ));
    }
    let config = ModelConfig {
        family,
        size,
        g_width: small(last[0]),
        // Not known and not needed: the file holds no discriminator.
        d_width: small(last[0]),
        latent_size: small(latent_size),
        latent: if family == Family::Article { LatentKind::Uniform } else { LatentKind::Normal },
        kernel: small(kernel),
        full_stage,
        excitation: !network.gates.is_empty(),
        ..ModelConfig::default()
    };
    Ok((config, last[1] == 1))
}

/// Batch normalisation where the generator has it exactly where this program's has; else none, and what there is
/// becomes part of the layers before it ([`GeneratorFit::folds`]), whose biases it then has.
fn with_norm(config: ModelConfig, stages: &[LayerNames]) -> ModelConfig {
    let last = stages.len().saturating_sub(1);
    let usual = stages.iter().enumerate().all(|(i, stage)| {
        let normalised = match config.family {
            Family::Dcgan => i < last,
            Family::Article => 0 < i && i < last,
        };
        // The tutorial's generator has biases of its own.
        let bias = config.family == Family::Dcgan && !normalised && stage.bias.is_some();
        stage.norm.is_some() == normalised && !bias
    });
    ModelConfig { norm: if usual { Norm::Batch } else { Norm::None }, ..config }
}
