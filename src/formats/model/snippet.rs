//! A short PyTorch program that loads a `.safetensors` file of this program and draws with it.

use super::safetensors::DISCRIMINATOR;
use crate::config::{LatentKind, ModelConfig};
use crate::model::{GateInfo, Generator, LayerInfo};
use std::fmt::Write;

/// An early map decides how strongly the channels of a later one count.
const GATE: &str = "\
class Gate(nn.Sequential):
    def __init__(self, inputs, channels, pool, slope):
        super().__init__(
            nn.Conv2d(inputs, channels, 4, bias=False),
            nn.LeakyReLU(slope),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.Sigmoid(),
        )
        self.pool = pool

    def forward(self, x):
        return super().forward(nn.functional.avg_pool2d(x, self.pool))


";

/// The program, with names in double braces for what depends on the generator.
const PROGRAM: &str = "\
# Generates 16 pictures. Needs: pip install torch torchvision safetensors
import torch
from safetensors.torch import load_file
from torch import nn


{{GATE_CLASS}}class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
{{MODULES}}        )
{{GATES}}
    def forward(self, z):
        # z: N x {{LATENT_SIZE}}; the pictures: N x 3 x {{SIZE}} x {{SIZE}}, values from -1 to 1
{{FORWARD}}

if __name__ == \"__main__\":
    from torchvision.utils import save_image

    generator = Generator()
{{LOAD}}
    generator.eval()
    with torch.no_grad():
        pictures = generator({{LATENTS}})
    save_image(pictures, \"cats.png\", nrow=4, normalize=True, value_range=(-1, 1))
";

/// How the weights are read from a file of the generator alone, and of both networks.
const LOAD: &str = "    generator.load_state_dict(load_file({{FILE}}))";
const LOAD_FROM_BOTH: &str = "    # The file holds the discriminator too, for training on; pictures do not need it.
    weights = load_file({{FILE}}).items()
    generator.load_state_dict({n: w for n, w in weights if not n.startswith(\"{{DISCRIMINATOR}}\")})";

/// What `forward` does where there are gates.
const GATED_FORWARD: &str = "        kept, gated = [], {{{GATED}}}
        x = {{INPUT}}
        for number, layer in enumerate(self.main):
            x = layer(x)
            if number in gated:
                x = x * self.gate[gated[number]](kept[gated[number]])
            if number in ({{KEPT}},):
                kept.append(x)
        return x
";

/// A short PyTorch program that loads `file`, a `.safetensors` file of a generator with these settings, and draws 16
/// pictures. `both`: the file also holds the discriminator.
pub fn snippet(config: &ModelConfig, file: &str, both: bool) -> String {
    let body = Body::of(&Generator::new(config));
    let latents = match config.latent {
        LatentKind::Normal => format!("torch.randn(16, {})", config.latent_size),
        LatentKind::Uniform => format!("torch.rand(16, {}) * 2 - 1", config.latent_size),
    };
    let (gate_class, gates) = if body.gates.is_empty() {
        ("", String::new())
    } else {
        (GATE, format!("        self.gate = nn.ModuleList([\n{}        ])\n", body.gates))
    };
    // A Python literal, whatever the name holds.
    let file = serde_json::to_string(file).unwrap_or_default();
    // The file's name last, so that the other names are not looked for in it.
    PROGRAM
        .replace("{{GATE_CLASS}}", gate_class)
        .replace("{{MODULES}}", &body.modules)
        .replace("{{GATES}}", &gates)
        .replace("{{FORWARD}}", &body.forward())
        .replace("{{LATENT_SIZE}}", &config.latent_size.to_string())
        .replace("{{SIZE}}", &config.size.to_string())
        .replace("{{LATENTS}}", &latents)
        .replace("{{LOAD}}", if both { LOAD_FROM_BOTH } else { LOAD })
        .replace("{{DISCRIMINATOR}}", DISCRIMINATOR)
        .replace("{{FILE}}", &file)
}

/// The generator's layers as lines of Python.
#[derive(Default)]
struct Body {
    modules: String,
    /// How many lines of `modules` there are.
    count: usize,
    /// What is done with the latents before the first module.
    reshape: String,
    gates: String,
    /// After which modules the map is kept for a gate.
    kept: Vec<usize>,
    /// After which modules a gate acts, and the index of the kept map that decides.
    gated: Vec<(usize, usize)>,
}

impl Body {
    fn of(generator: &Generator) -> Self {
        let mut body = Self::default();
        for layer in generator.layers() {
            body.add(layer);
        }
        body
    }

    fn add(&mut self, layer: LayerInfo) {
        let module = match layer {
            LayerInfo::Linear { bias, inputs, outputs, .. } => {
                format!("nn.Linear({inputs}, {outputs}{})", without(bias.as_ref()))
            }
            LayerInfo::Reshape { channels, side, module: true } => {
                format!("nn.Unflatten(1, ({channels}, {side}, {side}))")
            }
            LayerInfo::Reshape { channels, side, module: false } => {
                self.reshape = format!(".reshape(-1, {channels}, {side}, {side})");
                return;
            }
            LayerInfo::ConvTranspose(c) => format!(
                "nn.ConvTranspose2d({}, {}, {}, {}, {}, {}{})",
                c.inputs,
                c.outputs,
                c.kernel,
                c.stride,
                c.padding,
                c.output_padding,
                without(c.bias.as_ref()),
            ),
            LayerInfo::BatchNorm { channels, epsilon, .. } => format!("nn.BatchNorm2d({channels}, eps={epsilon:e})"),
            LayerInfo::Relu => "nn.ReLU()".to_owned(),
            LayerInfo::LeakyRelu { slope } => format!("nn.LeakyReLU({slope})"),
            LayerInfo::Tanh => "nn.Tanh()".to_owned(),
            LayerInfo::Keep { .. } => {
                self.kept.push(self.count - 1);
                return;
            }
            LayerInfo::Gate(GateInfo { map, pool, inputs, channels, slope, .. }) => {
                self.gated.push((self.count - 1, map));
                // Writing to a text cannot fail.
                let _ = writeln!(self.gates, "            Gate({inputs}, {channels}, {pool}, {slope}),");
                return;
            }
        };
        self.count += 1;
        let _ = writeln!(self.modules, "            {module},");
    }

    fn forward(&self) -> String {
        let input = format!("z{}", self.reshape);
        if self.gated.is_empty() {
            return format!("        return self.main({input})\n");
        }
        let kept: Vec<String> = self.kept.iter().map(|number| number.to_string()).collect();
        let gated: Vec<String> = self.gated.iter().map(|(number, map)| format!("{number}: {map}")).collect();
        let forward = GATED_FORWARD.replace("{{GATED}}", &gated.join(", ")).replace("{{KEPT}}", &kept.join(", "));
        forward.replace("{{INPUT}}", &input)
    }
}

fn without(bias: Option<&String>) -> &'static str {
    if bias.is_some() { "" } else { ", bias=False" }
}
