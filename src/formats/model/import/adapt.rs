//! The numbers of somebody else's generator in the form in which this program has them: the pictures are the same.

use super::fit::{GeneratorFit, LayerNames, NormNames};
use crate::model::{BATCH_NORM_EPSILON, Generator, LayerInfo};
use std::collections::BTreeMap;

/// Tensors by our names: shape and values in row-major order.
pub(super) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Colours of a picture.
const COLOURS: usize = 3;

/// Loads what `fit` names; `load` gives the values of a tensor of the file.
///
/// A bias before a normalisation moves its running mean: `y + b - mean = y - (mean - b)`. Where the normalisations do
/// not stand as in our generator, they become part of the layers before them ([`GeneratorFit::folds`]). One channel
/// becomes three equal ones.
///
/// # Errors
/// Those of `load`.
pub(super) fn tensors(fit: &GeneratorFit, load: impl Fn(&str) -> Result<Vec<f32>, String>) -> Result<Tensors, String> {
    let generator = Generator::new(&fit.config);
    let shapes: BTreeMap<String, Vec<usize>> =
        generator.layout().names().map(|(name, shape)| (name.to_owned(), shape)).collect();
    let mut found = Tensors::new();
    let mut put = |name: &str, values: Vec<f32>| {
        found.insert(name.to_owned(), (shapes.get(name).cloned().unwrap_or_default(), values));
    };
    for (ours, theirs) in &fit.same {
        put(ours, load(theirs)?);
    }
    let mut stages = fit.stages.iter();
    // What a layer without a bias leaves to the normalisation behind it.
    let mut open: Option<(&NormNames, Vec<f32>)> = None;
    for layer in generator.layers() {
        let (weight, bias, outputs, inner) = match layer {
            // Rows of one number for each input.
            LayerInfo::Linear { weight, bias, inputs, outputs } => (weight, bias, outputs, inputs),
            // For each input, squares of the kernel's numbers.
            LayerInfo::ConvTranspose(conv) => (conv.weight, conv.bias, conv.outputs, conv.kernel * conv.kernel),
            LayerInfo::BatchNorm { gamma, beta, mean, var, .. } => {
                let Some((norm, moved)) = open.take() else { continue };
                let mut means = load(&norm.mean)?;
                means.iter_mut().zip(moved).for_each(|(mean, bias)| *mean -= bias);
                put(&mean, means);
                for (ours, theirs) in [(gamma, &norm.gamma), (beta, &norm.beta), (var, &norm.var)] {
                    put(&ours, load(theirs)?);
                }
                continue;
            }
            _ => continue,
        };
        let Some(stage) = stages.next() else { break };
        let last = stages.len() == 0;
        let mut numbers = Numbers::load(stage, inner, if last && fit.grey { 1 } else { outputs }, &load)?;
        match &stage.norm {
            Some(norm) if fit.folds() => numbers.fold(norm, &load)?,
            Some(norm) => open = Some((norm, if bias.is_none() { numbers.bias.clone() } else { Vec::new() })),
            None => {}
        }
        if last && fit.grey {
            numbers = numbers.repeated();
        }
        put(&weight, numbers.weight);
        if let Some(bias) = bias {
            put(&bias, numbers.bias);
        }
    }
    Ok(found)
}

/// The numbers of a linear layer or a transposed convolution.
struct Numbers {
    /// Runs of `inner` numbers, each of one output; the outputs take turns.
    weight: Vec<f32>,
    inner: usize,
    /// One for each output.
    bias: Vec<f32>,
}

impl Numbers {
    fn load(
        stage: &LayerNames,
        inner: usize,
        outputs: usize,
        load: impl Fn(&str) -> Result<Vec<f32>, String>,
    ) -> Result<Self, String> {
        let bias = stage.bias.as_deref().map_or_else(|| Ok(vec![0.0; outputs]), &load)?;
        Ok(Self { weight: load(&stage.weight)?, inner, bias })
    }

    /// Makes a normalisation by running statistics part of the layer.
    fn fold(&mut self, norm: &NormNames, load: impl Fn(&str) -> Result<Vec<f32>, String>) -> Result<(), String> {
        let [gamma, beta, mean, var] = [load(&norm.gamma)?, load(&norm.beta)?, load(&norm.mean)?, load(&norm.var)?];
        let outputs = self.bias.len();
        let scales: Vec<f64> =
            (0..outputs).map(|c| f64::from(gamma[c]) / (f64::from(var[c]) + BATCH_NORM_EPSILON).sqrt()).collect();
        for (i, run) in self.weight.chunks_exact_mut(self.inner).enumerate() {
            run.iter_mut().for_each(|w| *w = (f64::from(*w) * scales[i % outputs]) as f32);
        }
        for (c, bias) in self.bias.iter_mut().enumerate() {
            *bias = ((f64::from(*bias) - f64::from(mean[c])) * scales[c] + f64::from(beta[c])) as f32;
        }
        Ok(())
    }

    /// The same output for each colour.
    fn repeated(self) -> Self {
        let runs = self.weight.chunks_exact(self.inner);
        let weight = runs.flat_map(|run| std::iter::repeat_n(run, COLOURS).flatten().copied()).collect();
        Self { weight, bias: self.bias.repeat(COLOURS), ..self }
    }
}
