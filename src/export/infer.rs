//! Which generator a list of named tensors is: its settings, read from names and shapes alone.

use super::file::Shapes;
use crate::config::{Family, LatentKind, ModelConfig, Norm};
use crate::model::Generator;
use std::collections::{BTreeMap, BTreeSet};

/// Settings that fit, and where each tensor of them is found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fit {
    pub config: ModelConfig,
    /// Our name to the file's name, in the order of our layout.
    pub names: Vec<(String, String)>,
}

/// PyTorch counts batches in each normalisation layer; pictures do not depend on it.
const COUNTER: &str = "num_batches_tracked";

/// Finds the generator among the tensors: a chain `PREFIX.NUMBER.weight`, whatever the prefix (`main`, `module.main`,
/// none, ...), with the module numbers of the usual `nn.Sequential`.
///
/// # Errors
/// In words: what does not fit.
pub(super) fn infer(shapes: &Shapes) -> Result<Fit, String> {
    let mut chains: BTreeMap<&str, Chain> = BTreeMap::new();
    for (name, shape) in shapes {
        if let Some((prefix, module, kind)) = split(name) {
            let chain = chains.entry(prefix).or_default();
            chain.insert((module, kind), (name.as_str(), shape.as_slice()));
        }
    }
    let mut reasons = Vec::new();
    for (prefix, chain) in &chains {
        let root = prefix.rfind('.').map_or("", |dot| &prefix[..=dot]);
        match fit(chain, &Gates { chains: &chains, root }) {
            Ok(fit) => return Ok(fit),
            Err(reason) => reasons.push((chain.len(), reason)),
        }
    }
    // Of several networks the largest one is most likely the one that was meant.
    match reasons.into_iter().max_by_key(|(tensors, _)| *tensors) {
        Some((_, reason)) => Err(reason),
        None if shapes.is_empty() => Err("holds no tensors".to_owned()),
        None => {
            let example = shapes.keys().next().map_or("", String::as_str);
            let example: String = example.chars().take(80).collect();
            Err(format!("its tensors are not named like those of a DCGAN generator (main.0.weight, ...): {example:?}"))
        }
    }
}

/// `(module, kind)` to the name in the file and the shape.
type Chain<'a> = BTreeMap<(usize, &'a str), (&'a str, &'a [usize])>;

/// `main.3.weight` as `("main", 3, "weight")`.
fn split(name: &str) -> Option<(&str, usize, &str)> {
    let (rest, kind) = name.rsplit_once('.')?;
    let (prefix, module) = rest.rsplit_once('.').unwrap_or(("", rest));
    Some((prefix, module.parse().ok()?, kind))
}

/// The gates of a generator's skip excitation: chains of their own beside its main one.
struct Gates<'a> {
    chains: &'a BTreeMap<&'a str, Chain<'a>>,
    /// What stands before the main chain's own name, and before `gate`.
    root: &'a str,
}

impl<'a> Gates<'a> {
    /// The tensor that we call `ours`, if that is one of a gate: its name in the file and its shape.
    fn find(&self, ours: &str) -> Option<(&'a str, &'a [usize])> {
        let (prefix, module, kind) = split(ours).filter(|(prefix, ..)| prefix.starts_with("gate."))?;
        self.chains.get(format!("{}{prefix}", self.root).as_str())?.get(&(module, kind)).copied()
    }

    fn any(&self) -> bool {
        self.find("gate.0.0.weight").is_some()
    }
}

fn fit(chain: &Chain, gates: &Gates) -> Result<Fit, String> {
    let config = settings(chain, gates.any())?;
    config.validate().map_err(|e| format!("holds a generator outside this program's range: {e}"))?;
    let mut left: BTreeSet<(usize, &str)> = chain.keys().copied().filter(|(_, kind)| *kind != COUNTER).collect();
    let mut names = Vec::new();
    let generator = Generator::new(&config);
    for (ours, expected) in generator.layout().names() {
        let place = split(ours).map(|(_, module, kind)| (module, kind));
        let in_chain = || place.and_then(|place| left.take(&place)).and_then(|place| chain.get(&place).copied());
        let Some((theirs, shape)) = gates.find(ours).or_else(in_chain) else {
            return Err(format!("{} expects {ours} {expected:?}, which is missing", describe(&config)));
        };
        if shape != expected {
            return Err(format!("{theirs} has the shape {shape:?}, {} expects {expected:?}", describe(&config)));
        }
        names.push((ours.to_owned(), theirs.to_owned()));
    }
    // A layer that is left out would silently give other pictures.
    if let Some((extra, _)) = left.first().and_then(|place| chain.get(place)) {
        return Err(format!("{} has no {extra}, the file does", describe(&config)));
    }
    Ok(Fit { config, names })
}

/// The settings that the weights' shapes suggest; whether all of it fits is checked afterwards.
fn settings(chain: &Chain, gated: bool) -> Result<ModelConfig, String> {
    let weights = chain.iter().filter(|((_, kind), _)| *kind == "weight").map(|(_, found)| *found);
    let mut dense = None;
    let mut convolutions = Vec::new();
    for (name, shape) in weights {
        match shape.len() {
            2 if dense.is_none() && convolutions.is_empty() => dense = Some((name, shape)),
            4 => convolutions.push((name, shape)),
            // Normalisation; what else there may be is found as surplus.
            _ => {}
        }
    }
    let (Some((first_name, first)), Some((last_name, last))) = (convolutions.first(), convolutions.last()) else {
        return Err("holds no transposed convolutions, so no generator".to_owned());
    };
    if dense.is_none() && first[1] == 3 && last[1] != 3 {
        return Err(format!("{first_name} reads pictures: this is a discriminator, not a generator"));
    }
    if last[1] != 3 {
        return Err(format!("{last_name} draws pictures of {} channels; only colour (3 channels) fits", last[1]));
    }
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    // A last convolution with a smaller kernel than the ones before it works at the picture's own size.
    let stage = &convolutions[convolutions.len().saturating_sub(2)].1;
    let full_stage = dense.is_none() && convolutions.len() > 2 && last[2] == 3 && stage[2] > 3;
    let doublings = small(convolutions.len() - 1 - usize::from(full_stage));
    let (family, base, latent_size, kernel) = match dense {
        Some((_, shape)) => (Family::Article, 8, shape[1], last[2]),
        None if first[2..] != [4, 4] => {
            let (h, w) = (first[2], first[3]);
            return Err(format!("{first_name} makes a first map of {h} x {w}; only 4 x 4 fits"));
        }
        None => (Family::Dcgan, 4, first[0], if full_stage { stage[2] } else { last[2] }),
    };
    let size = if doublings < 16 { base << doublings } else { u32::MAX };
    if ![32, 64, 128, 256].contains(&size) {
        return Err(format!("has {doublings} doublings, so pictures of {size} px; only 32, 64, 128 and 256 px fit"));
    }
    let normalised = chain.keys().any(|(_, kind)| *kind == "running_mean");
    Ok(ModelConfig {
        family,
        size,
        g_width: small(last[0]),
        // Not known and not needed: the file holds no discriminator.
        d_width: small(last[0]),
        latent_size: small(latent_size),
        latent: if family == Family::Article { LatentKind::Uniform } else { LatentKind::Normal },
        kernel: small(kernel),
        norm: if normalised { Norm::Batch } else { Norm::None },
        full_stage,
        excitation: gated,
        ..ModelConfig::default()
    })
}

/// The network in a few words.
pub(super) fn describe(config: &ModelConfig) -> String {
    let family = if config.family == Family::Dcgan { "a DCGAN generator" } else { "the tutorial's generator" };
    format!("{family} of {} px, width {}, latent size {}", config.size, config.g_width, config.latent_size)
}
