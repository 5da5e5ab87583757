//! Which generator a list of named tensors is: its settings, read from names and shapes alone.

use super::super::file::{Shapes, shown};
use super::fit::GeneratorFit;
use super::layers::{ForeignLayer, layers, modules};
use super::matching::fit;
use super::network::Network;
use std::collections::{BTreeMap, BTreeSet};

/// A generator that was found, and what is beside it.
#[derive(Debug)]
pub(super) struct FoundGenerator {
    pub fit: GeneratorFit,
    /// The modules that are generators; the chosen one first.
    pub generators: Vec<String>,
    /// Other modules.
    pub left_out: Vec<String>,
}

/// More generators are not listed.
const MAX_GENERATORS: usize = 8;
const MAX_LEFT_OUT: usize = 8;

/// Finds the generator among the tensors: a module, however deep inside others, whose layers are those of a generator
/// that this program has. Of several, averaged (EMA) weights come first, as their pictures are best.
///
/// # Errors
/// In words: what does not fit.
pub(super) fn infer(shapes: &Shapes) -> Result<FoundGenerator, String> {
    let layers = layers(shapes);
    let modules = modules(&layers);
    let mut fits: Vec<(&str, GeneratorFit, &Vec<usize>)> = Vec::new();
    let mut reasons = Vec::new();
    for (module, inside) in &modules {
        let network = Network::of(inside.iter().map(|i| &layers[*i]), module);
        if network.convolutions.is_empty() || has_gates(&modules, module) {
            continue;
        }
        match fit(&network) {
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
        return Ok(FoundGenerator { fit, generators, left_out: beside(module, outside) });
    }
    // Of several networks the one that is most like a generator was meant, and of those the largest.
    match reasons.into_iter().max_by_key(|(likeness, layers, _)| (*likeness, *layers)) {
        Some((.., reason)) => Err(reason),
        None if shapes.is_empty() => Err("the file holds no tensors".to_owned()),
        None => {
            let example = shown(shapes.keys().next().map_or("", String::as_str));
            Err(format!(
                "the tensors are not those of a DCGAN generator: none is a convolution (main.0.weight, ...), the first \
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
fn beside<'a>(module: &str, outside: impl Iterator<Item = &'a ForeignLayer<'a>>) -> Vec<String> {
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
