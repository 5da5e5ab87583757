//! Which generator a list of named tensors is: its settings, read from names and shapes alone.

use super::super::file::{Shapes, shown};
use super::layers::{Layer, layers, modules};
use crate::config::{Family, LatentKind, ModelConfig, Norm};
use crate::model::{Generator, LayerInfo};
use std::collections::{BTreeMap, BTreeSet};

/// Settings that fit, and where the numbers of each layer are found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    pub config: ModelConfig,
    /// The projection and the convolutions after it, in the order in which they are computed.
    pub stages: Vec<Stage>,
    /// Our name to the file's name of what is taken as it is.
    pub same: Vec<(String, String)>,
    /// Whether the last convolution makes one channel.
    pub grey: bool,
}

/// Names in the file of a layer and of the normalisation behind it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stage {
    pub weight: String,
    pub bias: Option<String>,
    pub norm: Option<NormNames>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct NormNames {
    pub gamma: String,
    pub beta: String,
    pub mean: String,
    pub var: String,
}

impl Fit {
    /// All names in the file that it needs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let stages = self.stages.iter().flat_map(|stage| {
            let norm = stage.norm.iter().flat_map(|n| [&n.gamma, &n.beta, &n.mean, &n.var]);
            std::iter::once(&stage.weight).chain(&stage.bias).chain(norm)
        });
        stages.chain(self.same.iter().map(|(_, theirs)| theirs)).map(String::as_str)
    }

    /// Whether normalisations become part of the layers before them.
    pub fn folds(&self) -> bool {
        self.config.norm == Norm::None && self.stages.iter().any(|stage| stage.norm.is_some())
    }
}

/// A generator that was found, and what is beside it.
#[derive(Debug)]
pub(super) struct Choice {
    pub fit: Fit,
    /// The modules that are generators; the chosen one first.
    pub generators: Vec<String>,
    /// Other modules.
    pub left_out: Vec<String>,
}

/// More generators are not listed.
const MAX_GENERATORS: usize = 8;
const MAX_LEFT_OUT: usize = 8;

/// Finds the generator among the tensors: a module, however deep inside others, whose layers are those of a generator
/// that this program has. Of several, averaged weights come first, as they draw best.
///
/// # Errors
/// In words: what does not fit.
pub(super) fn infer(shapes: &Shapes) -> Result<Choice, String> {
    let layers = layers(shapes);
    let modules = modules(&layers);
    let mut fits: Vec<(&str, Fit, &Vec<usize>)> = Vec::new();
    let mut reasons = Vec::new();
    for (module, inside) in &modules {
        let network = Network::of(inside.iter().map(|i| &layers[*i]), module);
        if network.convolutions.is_empty() || has_gates(&modules, module) {
            continue;
        }
        match network.fit() {
            // Modules around it have the same layers.
            Ok(fit) if fits.iter().any(|(_, known, _)| *known == fit) => {}
            Ok(fit) if fits.len() < MAX_GENERATORS => fits.push((module, fit, inside)),
            Ok(_) => {}
            Err(reason) => reasons.push((network.likeness(), inside.len(), reason)),
        }
    }
    fits.sort_by_key(|(module, ..)| !is_average(module));
    let generators = fits.iter().map(|(module, ..)| (*module).to_owned()).collect();
    if let Some((module, fit, inside)) = fits.into_iter().next() {
        let inside: BTreeSet<usize> = inside.iter().copied().collect();
        let outside = layers.iter().enumerate().filter(|(i, _)| !inside.contains(i)).map(|(_, layer)| layer);
        return Ok(Choice { fit, generators, left_out: beside(module, outside) });
    }
    // Of several networks the one that is most like a generator was meant, and of those the largest.
    match reasons.into_iter().max_by_key(|(likeness, layers, _)| (*likeness, *layers)) {
        Some((.., reason)) => Err(reason),
        None if shapes.is_empty() => Err("holds no tensors".to_owned()),
        None => {
            let example = shown(shapes.keys().next().map_or("", String::as_str));
            Err(format!(
                "its tensors are not those of a DCGAN generator: none is a convolution (main.0.weight, ...), the first \
                 one is {example}"
            ))
        }
    }
}

/// Whether a module has our gates beside it: then both belong to the module around them.
fn has_gates(modules: &BTreeMap<&str, Vec<usize>>, module: &str) -> bool {
    let (around, own) = module.rsplit_once('.').unwrap_or(("", module));
    let gates = if around.is_empty() { "gate".to_owned() } else { format!("{around}.gate") };
    !own.is_empty() && modules.contains_key(gates.as_str())
}

fn is_average(module: &str) -> bool {
    let name = module.to_lowercase();
    ["ema", "average", "avg", "shadow"].iter().any(|word| name.contains(word))
}

/// The names under which layers outside of `module` stand.
fn beside<'a>(module: &str, outside: impl Iterator<Item = &'a Layer<'a>>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for layer in outside {
        // Down to the first name that does not lead to the module.
        let shared = module.split('.').zip(layer.path.split('.')).take_while(|(a, b)| a == b).count();
        let name = shown(&layer.path.split('.').take(shared + 1).collect::<Vec<_>>().join("."));
        if !found.contains(&name) && found.len() < MAX_LEFT_OUT {
            found.push(name);
        }
    }
    found
}

/// Places of inputs and outputs in the shape of a convolution's weight.
const TRANSPOSED: [usize; 2] = [0, 1];
const PLAIN: [usize; 2] = [1, 0];

/// The layers of a module, as far as a generator has such.
struct Network<'a> {
    /// With weights of four dimensions, in the order in which they follow each other.
    convolutions: Vec<&'a Layer<'a>>,
    /// With weights of two dimensions.
    dense: Vec<&'a Layer<'a>>,
    norms: Vec<&'a Layer<'a>>,
    /// Our gates, by the name that we give them.
    gates: BTreeMap<String, (&'a str, &'a [usize])>,
    other: Vec<&'a Layer<'a>>,
}

impl<'a> Network<'a> {
    fn of(layers: impl Iterator<Item = &'a Layer<'a>>, module: &str) -> Self {
        let mut network = Self {
            convolutions: Vec::new(),
            dense: Vec::new(),
            norms: Vec::new(),
            gates: BTreeMap::new(),
            other: Vec::new(),
        };
        for layer in layers {
            let own = layer.path.get(module.len()..).unwrap_or_default().trim_start_matches('.');
            if own.starts_with("gate.") {
                let tensors = layer.tensors().map(|(kind, name, shape)| (format!("{own}.{kind}"), (name, shape)));
                network.gates.extend(tensors);
            } else if layer.weight(4).is_some() {
                network.convolutions.push(layer);
            } else if layer.weight(2).is_some() {
                network.dense.push(layer);
            } else if layer.normalises().is_some() {
                network.norms.push(layer);
            } else {
                network.other.push(layer);
            }
        }
        // Names may say little about the order (`first`, `last`); the channels get fewer.
        if !network.draws() && !network.follows(PLAIN) {
            let names = network.convolutions.clone();
            network.convolutions.sort_by_key(|layer| std::cmp::Reverse(weight(layer).1[1]));
            if !network.draws() {
                network.convolutions = names;
            }
        }
        network
    }

    /// Whether each convolution takes what the one before it gives, if they are all [`TRANSPOSED`] or all [`PLAIN`].
    fn follows(&self, [inputs, outputs]: [usize; 2]) -> bool {
        self.convolutions.windows(2).all(|pair| weight(pair[0]).1[outputs] == weight(pair[1]).1[inputs])
    }

    /// Whether its convolutions are those of a generator: transposed ones that end with colours.
    fn draws(&self) -> bool {
        self.follows(TRANSPOSED) && self.convolutions.last().is_some_and(|last| colours(weight(last).1[1]))
    }

    /// How much it is like a generator.
    fn likeness(&self) -> u8 {
        match (self.convolutions.first(), self.convolutions.last()) {
            (Some(first), Some(_)) if self.follows(PLAIN) && colours(weight(first).1[1]) => 0,
            (Some(_), Some(last)) if self.convolutions.len() > 1 && colours(weight(last).1[1]) => {
                if self.draws() {
                    3
                } else {
                    2
                }
            }
            _ => 1,
        }
    }

    fn fit(&self) -> Result<Fit, String> {
        let (config, grey) = self.settings()?;
        config.validate().map_err(|e| format!("holds a generator outside this program's range: {e}"))?;
        let generator = Generator::new(&config);
        let what = describe(&config);
        let expected: BTreeMap<&str, Vec<usize>> = generator.layout().names().collect();
        let shaped = |(name, found): (&str, &[usize]), shape: &[usize]| match found == shape {
            true => Ok(name.to_owned()),
            false => Err(format!("{} has the shape {found:?}, {what} expects {shape:?}", shown(name))),
        };
        let needed = |ours: &str, found: Option<(&str, &[usize])>, shape: &[usize]| {
            let found = found.ok_or_else(|| format!("{what} expects {} {shape:?}, which is missing", shown(ours)));
            shaped(found?, shape)
        };
        let mut sources = self.dense.iter().chain(&self.convolutions);
        let count = self.dense.len() + self.convolutions.len();
        let (mut stages, mut same, mut norms) = (Vec::new(), Vec::new(), self.norms.clone());
        for layer in generator.layers() {
            let (ours, mut channels) = match layer {
                LayerInfo::Linear { weight, outputs, .. } => (weight, outputs),
                LayerInfo::ConvTranspose(conv) => (conv.weight, conv.outputs),
                LayerInfo::Gate(gate) => {
                    for ours in [gate.first, gate.second] {
                        let theirs = needed(&ours, self.gates.get(&ours).copied(), &expected[ours.as_str()])?;
                        same.push((ours, theirs));
                    }
                    continue;
                }
                _ => continue,
            };
            let mut shape = expected[ours.as_str()].clone();
            if grey && stages.len() + 1 == count {
                (channels, shape[1]) = (1, 1);
            }
            let source = sources.next();
            let weight = needed(&ours, source.and_then(|layer| layer.get("weight")), &shape)?;
            let bias = source.and_then(|layer| layer.get("bias"));
            let bias = bias.map(|found| shaped(found, &[channels])).transpose()?;
            let norm = match norms.iter().position(|norm| norm.normalises() == Some(channels)) {
                None => None,
                Some(place) => {
                    let norm = norms.remove(place);
                    let tensor = |kind: &str| needed(&format!("{}.{kind}", norm.path), norm.get(kind), &[channels]);
                    Some(NormNames {
                        gamma: tensor("weight")?,
                        beta: tensor("bias")?,
                        mean: tensor("running_mean")?,
                        var: tensor("running_var")?,
                    })
                }
            };
            stages.push(Stage { weight, bias, norm });
        }
        let fit = Fit { config: with_norm(config, &stages), stages, same, grey };
        // What is left out would silently give other pictures.
        let used: BTreeSet<&str> = fit.names().collect();
        let all = [&self.dense, &self.convolutions, &self.norms, &self.other].into_iter().flatten();
        let mut names = all.flat_map(|layer| layer.names()).chain(self.gates.values().map(|(name, _)| *name));
        match names.find(|name| !used.contains(name)) {
            Some(extra) => Err(format!("{what} has no {}, the file does", shown(extra))),
            None => Ok(fit),
        }
    }

    /// Refuses networks that draw no pictures, or none in colour or grey.
    fn check_draws(&self, first: &Layer, last: &Layer) -> Result<(), String> {
        let ((first_name, first), (last_name, last)) = (weight(first), weight(last));
        if colours(first[1]) && !colours(last[1]) {
            return Err(format!("{} reads pictures: this is a discriminator, not a generator", shown(first_name)));
        }
        if self.convolutions.len() > 1 && self.follows(PLAIN) && colours(last[0]) {
            return Err(format!(
                "{} is a plain convolution (Conv2d, mostly behind an nn.Upsample); only generators of transposed ones \
                 (ConvTranspose2d) fit",
                shown(last_name)
            ));
        }
        if !colours(last[1]) {
            return Err(format!(
                "{} draws pictures of {} channels; only colour (3 channels) and grey (1) fit",
                shown(last_name),
                last[1]
            ));
        }
        Ok(())
    }

    /// The settings that the weights' shapes suggest, and whether there is one channel; whether all of it fits is
    /// checked afterwards.
    fn settings(&self) -> Result<(ModelConfig, bool), String> {
        let (Some(first), Some(last)) = (self.convolutions.first(), self.convolutions.last()) else {
            return Err("holds no transposed convolutions, so no generator".to_owned());
        };
        self.check_draws(first, last)?;
        let ((first_name, first), (_, last)) = (weight(first), weight(last));
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        // A last convolution with a smaller kernel than the ones before it works at the picture's own size.
        let stage = weight(self.convolutions[self.convolutions.len().saturating_sub(2)]).1;
        let full_stage = self.dense.is_empty() && self.convolutions.len() > 2 && last[2] == 3 && stage[2] > 3;
        let doublings = small(self.convolutions.len() - 1 - usize::from(full_stage));
        let (family, base, latent_size, kernel) = match self.dense[..] {
            [] if first[2..] != [4, 4] => {
                let (h, w) = (first[2], first[3]);
                return Err(format!("{} makes a first map of {h} x {w}; only 4 x 4 fits", shown(first_name)));
            }
            [] => (Family::Dcgan, 4, first[0], if full_stage { stage[2] } else { last[2] }),
            [dense] => {
                let (name, shape) = weight(dense);
                if shape[0] == first[0].saturating_mul(16) {
                    return Err(format!(
                        "{} makes a first map of 4 x 4 from the latents; that fits as a transposed convolution only, \
                         and a linear layer with 8 x 8, as in the tutorial's generator",
                        shown(name)
                    ));
                }
                (Family::Article, 8, shape[1], last[2])
            }
            [_, second, ..] => {
                return Err(format!(
                    "{} is a second linear layer, which no generator here has",
                    shown(weight(second).0)
                ));
            }
        };
        let size = if doublings < 16 { base << doublings } else { u32::MAX };
        if ![32, 64, 128, 256].contains(&size) {
            return Err(format!(
                "has {doublings} doublings, so pictures of {size} px; only 32, 64, 128 and 256 px fit"
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
            excitation: !self.gates.is_empty(),
            ..ModelConfig::default()
        };
        Ok((config, last[1] == 1))
    }
}

/// Batch normalisation where the generator has it exactly where this program's has; else none, and what there is
/// becomes part of the layers before it ([`Fit::folds`]), whose biases it then has.
fn with_norm(config: ModelConfig, stages: &[Stage]) -> ModelConfig {
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

fn colours(channels: usize) -> bool {
    channels == 3 || channels == 1
}

/// Name and shape of the weight of a layer that has one.
fn weight<'a>(layer: &Layer<'a>) -> (&'a str, &'a [usize]) {
    layer.get("weight").unwrap_or_default()
}

/// The network in a few words.
pub(super) fn describe(config: &ModelConfig) -> String {
    let family = if config.family == Family::Dcgan { "a DCGAN generator" } else { "the tutorial's generator" };
    format!("{family} of {} px, width {}, latent size {}", config.size, config.g_width, config.latent_size)
}
