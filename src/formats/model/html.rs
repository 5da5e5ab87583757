//! One HTML file that runs the generator in a browser, from disk and without a network.

use super::file::ModelFileError;
use crate::formats::story::script_json;
use crate::model::{ConvTransposeInfo, GateInfo, Generator, LayerInfo, SavedGenerator};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

const TEMPLATE: &str = include_str!("../../../assets/page/page.html");
const SCRIPT: &str = include_str!("../../../assets/page/page.js");
const WORKER: &str = include_str!("../../../assets/page/worker.js");
/// Browsers take long to open larger pages, and such generators take seconds for a picture there.
const MAX_BYTES: usize = 64 << 20;

/// What the page's scripts read, as JSON.
#[derive(Serialize)]
struct Page {
    side: usize,
    latent_size: usize,
    latent: crate::config::LatentKind,
    hash: String,
    step: u64,
    /// Licence and credit.
    notice: String,
    layers: Vec<PageLayer>,
    /// None where pictures are not sharpened.
    sharpen: Option<PageSharpening>,
}

/// How the page sharpens.
#[derive(Serialize)]
struct PageSharpening {
    factor: usize,
    on: bool,
    /// Index of its first number among all.
    first: usize,
}

/// A sharpening network, its numbers as `worker.js` takes them.
pub(crate) struct PageNetwork {
    /// How many times larger its result is.
    pub factor: usize,
    /// Whether it is used unless a person turns it off.
    pub on: bool,
    pub numbers: Vec<f32>,
}

/// A layer with the normalisation folded in and the activation behind it.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum PageLayer {
    /// `weight`: (channels side side) x inputs.
    Dense { inputs: usize, channels: usize, side: usize, activation: &'static str, slope: f64 },
    /// `side` is that of the map it gives.
    Conv {
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        side: usize,
        activation: &'static str,
        slope: f64,
    },
    /// `of`: the step whose map, averaged over squares of `pool`, decides.
    Gate { of: usize, pool: usize, inputs: usize, channels: usize, slope: f64 },
}

/// A step with its numbers; `bias` holds one number per row of a dense step, else one per channel. A gate's are its two
/// matrices.
struct Folded {
    step: PageLayer,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The page's text; with a network it also enlarges its pictures.
///
/// # Errors
/// A generator whose page would be larger than 64 MiB.
pub(crate) fn write_html(saved: &SavedGenerator, network: Option<PageNetwork>) -> Result<String, ModelFileError> {
    let generator = Generator::new(&saved.config);
    let folded = fold(saved, &generator)?;
    let own: usize = folded.iter().map(|f| f.weight.len() + f.bias.len()).sum();
    let numbers = own + network.as_ref().map_or(0, |network| network.numbers.len());
    let size = numbers * 4 / 3 * 4;
    if size > MAX_BYTES {
        let reason = format!(
            "the page would be {} MB, and more than {} MB is too much for a browser; export .onnx or .safetensors",
            size >> 20,
            MAX_BYTES >> 20
        );
        return Err(ModelFileError::unfit(reason));
    }
    let mut bytes = Vec::with_capacity(4 * numbers);
    let more = network.iter().flat_map(|network| &network.numbers);
    for value in folded.iter().flat_map(|f| f.weight.iter().chain(&f.bias)).chain(more) {
        bytes.extend(value.to_le_bytes());
    }
    let page = Page {
        side: generator.side(),
        latent_size: generator.latent_size(),
        latent: saved.config.latent,
        hash: saved.hash(),
        step: saved.step,
        notice: saved.notice.clone(),
        layers: folded.into_iter().map(|f| f.step).collect(),
        sharpen: network.map(|PageNetwork { factor, on, .. }| PageSharpening { factor, on, first: own }),
    };
    let page = script_json(&page).map_err(ModelFileError::unfit)?;
    let text = TEMPLATE.replace("{{WORKER}}", WORKER).replace("{{SCRIPT}}", SCRIPT);
    // The model last, so that no other name is looked for in it.
    Ok(text.replace("{{WEIGHTS}}", &STANDARD.encode(&bytes)).replace("{{MODEL}}", &page))
}

/// The layers as the page computes them: each normalisation becomes part of the layer before it.
fn fold(saved: &SavedGenerator, generator: &Generator) -> Result<Vec<Folded>, ModelFileError> {
    let values = |name: &str| {
        let tensor = saved.tensor(name).map(|t| t.values.clone());
        tensor.ok_or_else(|| ModelFileError::unfit(format!("{name} is missing")))
    };
    let mut folded: Vec<Folded> = Vec::new();
    let (mut side, mut kept) = (1, Vec::new());
    for layer in generator.layers() {
        match layer {
            LayerInfo::Linear { weight, bias, inputs, outputs } => {
                let step = PageLayer::Dense { inputs, channels: outputs, side: 1, activation: "", slope: 0.0 };
                let bias = bias.map_or_else(|| Ok(vec![0.0; outputs]), |name| values(&name))?;
                folded.push(Folded { step, weight: values(&weight)?, bias });
            }
            LayerInfo::Reshape { channels, side: to, .. } => {
                side = to;
                if let Some(Folded { step: PageLayer::Dense { channels: c, side, .. }, .. }) = folded.last_mut() {
                    (*c, *side) = (channels, to);
                }
            }
            LayerInfo::ConvTranspose(conv) => {
                let weight = values(&conv.weight)?;
                let bias = conv.bias.as_deref().map_or_else(|| Ok(vec![0.0; conv.outputs]), values)?;
                let after = conv.side_after(side);
                folded.push(if side == 1 {
                    from_point(&conv, &weight, &bias)
                } else {
                    conv_step(&conv, weight, bias, after)
                });
                side = after;
            }
            LayerInfo::BatchNorm { gamma, beta, mean, var, epsilon, .. } => {
                let [gamma, beta, mean, var] = [values(&gamma)?, values(&beta)?, values(&mean)?, values(&var)?];
                if let Some(last) = folded.last_mut() {
                    for c in 0..gamma.len() {
                        let scale = f64::from(gamma[c]) / (f64::from(var[c]) + epsilon).sqrt();
                        last.rescale(c, scale, f64::from(beta[c]) - scale * f64::from(mean[c]));
                    }
                }
            }
            LayerInfo::Relu => activate(&mut folded, "relu", 0.0),
            LayerInfo::LeakyRelu { slope } => activate(&mut folded, "leaky-relu", slope),
            LayerInfo::Tanh => activate(&mut folded, "tanh", 0.0),
            LayerInfo::Keep { .. } => kept.push(folded.len() - 1),
            LayerInfo::Gate(GateInfo { map, pool, first, second, inputs, channels, slope }) => {
                let step = PageLayer::Gate { of: kept[map], pool, inputs, channels, slope };
                folded.push(Folded { step, weight: values(&first)?, bias: values(&second)? });
            }
        }
    }
    Ok(folded)
}

fn conv_step(conv: &ConvTransposeInfo, weight: Vec<f32>, bias: Vec<f32>, side: usize) -> Folded {
    let step = PageLayer::Conv {
        inputs: conv.inputs,
        outputs: conv.outputs,
        kernel: conv.kernel,
        stride: conv.stride,
        padding: conv.padding,
        side,
        activation: "",
        slope: 0.0,
    };
    Folded { step, weight, bias }
}

/// A transposed convolution of a 1x1 map is a dense layer: its weight (inputs x outputs x k x k), transposed.
fn from_point(conv: &ConvTransposeInfo, weight: &[f32], bias: &[f32]) -> Folded {
    let pixels = conv.kernel * conv.kernel;
    let rows = conv.outputs * pixels;
    let transposed = (0..rows).flat_map(|row| (0..conv.inputs).map(move |i| weight[i * rows + row])).collect();
    let bias = bias.iter().flat_map(|b| std::iter::repeat_n(*b, pixels)).collect();
    let step =
        PageLayer::Dense { inputs: conv.inputs, channels: conv.outputs, side: conv.kernel, activation: "", slope: 0.0 };
    Folded { step, weight: transposed, bias }
}

fn activate(folded: &mut [Folded], name: &'static str, leak: f64) {
    if let Some(Folded {
        step: PageLayer::Dense { activation, slope, .. } | PageLayer::Conv { activation, slope, .. },
        ..
    }) = folded.last_mut()
    {
        (*activation, *slope) = (name, leak);
    }
}

impl Folded {
    /// `y <- scale * y + shift` for one channel.
    fn rescale(&mut self, channel: usize, scale: f64, shift: f64) {
        let times = |w: &mut f32| *w = (f64::from(*w) * scale) as f32;
        let move_bias = |b: &mut f32| *b = (f64::from(*b) * scale + shift) as f32;
        match self.step {
            PageLayer::Dense { inputs, side, .. } => {
                let rows = channel * side * side..(channel + 1) * side * side;
                self.weight[rows.start * inputs..rows.end * inputs].iter_mut().for_each(times);
                self.bias[rows].iter_mut().for_each(move_bias);
            }
            PageLayer::Conv { outputs, kernel, .. } => {
                for of_input in self.weight.chunks_exact_mut(outputs * kernel * kernel) {
                    of_input[channel * kernel * kernel..(channel + 1) * kernel * kernel].iter_mut().for_each(times);
                }
                move_bias(&mut self.bias[channel]);
            }
            // Nothing is normalised right behind a gate.
            PageLayer::Gate { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{architectures, random};
    use super::*;
    use crate::config::ModelConfig;

    /// The page is one whole file without a network; its pictures are checked in a browser
    /// (`tests/reference/page_check.py`).
    #[test]
    fn every_architecture_has_a_page_of_its_own() {
        for config in architectures() {
            let saved = random(&config);
            let page = write_html(&saved, None).unwrap();
            let between = |from: &str| page.split_once(from).unwrap().1.split_once("</script>").unwrap().0;
            let model: serde_json::Value = serde_json::from_str(between("id=\"model\">")).unwrap();
            assert_eq!(model["side"], config.size);
            assert_eq!(model["hash"], saved.hash());
            let count = |layer: &serde_json::Value| {
                let n = |key: &str| layer[key].as_u64().unwrap();
                match layer["kind"].as_str().unwrap() {
                    "dense" => (n("inputs") + 1) * n("channels") * n("side") * n("side"),
                    "gate" => (n("inputs") * 16 + n("channels")) * n("channels"),
                    _ => (n("inputs") * n("kernel") * n("kernel") + 1) * n("outputs"),
                }
            };
            let numbers: u64 = model["layers"].as_array().unwrap().iter().map(count).sum();
            assert_eq!(STANDARD.decode(between("id=\"weights\">")).unwrap().len() as u64, 4 * numbers);
            assert!(!page.contains("{{") && !page.contains("http://") && !page.contains("https://"));
        }
    }

    #[test]
    fn a_sharpening_network_comes_behind_the_generator() {
        let saved = random(&ModelConfig { size: 32, g_width: 4, latent_size: 3, ..ModelConfig::default() });
        let network = PageNetwork { factor: 4, on: true, numbers: vec![0.5, -2.0] };
        let page = write_html(&saved, Some(network)).unwrap();
        let between = |from: &str| page.split_once(from).unwrap().1.split_once("</script>").unwrap().0;
        let model: serde_json::Value = serde_json::from_str(between("id=\"model\">")).unwrap();
        let weights = STANDARD.decode(between("id=\"weights\">")).unwrap();
        let first = model["sharpen"]["first"].as_u64().unwrap() as usize;
        assert_eq!((model["sharpen"]["factor"].as_u64(), 4 * first), (Some(4), weights.len() - 8));
        assert_eq!(weights[4 * first..], [0.5f32.to_le_bytes(), (-2.0f32).to_le_bytes()].concat());
    }

    #[test]
    fn a_page_that_no_browser_would_like_is_refused() {
        let config = ModelConfig { size: 128, g_width: 128, latent_size: 8, ..ModelConfig::default() };
        let error = write_html(&random(&config), None).unwrap_err().to_string();
        assert!(error.contains("MB") && error.contains("onnx"), "{error}");
    }
}
