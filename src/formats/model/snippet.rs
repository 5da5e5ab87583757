//! A short PyTorch program that loads a `.safetensors` file of this program and draws with it.

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

/// The program for a generator of these settings; `file` is the model's name in it.
pub fn snippet(config: &ModelConfig, file: &str) -> String {
    let generator = Generator::new(config);
    let (mut modules, mut input) = (String::new(), String::new());
    let (mut count, mut gates, mut kept, mut gated) = (0usize, String::new(), Vec::new(), Vec::new());
    for layer in generator.layers() {
        let line = match layer {
            LayerInfo::Linear { bias, inputs, outputs, .. } => {
                format!("nn.Linear({inputs}, {outputs}{})", without(bias.as_ref()))
            }
            LayerInfo::Reshape { channels, side, module: true } => {
                format!("nn.Unflatten(1, ({channels}, {side}, {side}))")
            }
            LayerInfo::Reshape { channels, side, module: false } => {
                input = format!(".reshape(-1, {channels}, {side}, {side})");
                continue;
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
                kept.push(count - 1);
                continue;
            }
            LayerInfo::Gate(gate) => {
                let GateInfo { map, pool, inputs, channels, slope, .. } = gate;
                gated.push((count - 1, map));
                let _ = writeln!(gates, "            Gate({inputs}, {channels}, {pool}, {slope}),");
                continue;
            }
        };
        count += 1;
        // Writing to a text cannot fail.
        let _ = writeln!(modules, "            {line},");
    }
    let latents = match config.latent {
        LatentKind::Normal => format!("torch.randn(16, {})", config.latent_size),
        LatentKind::Uniform => format!("torch.rand(16, {}) * 2 - 1", config.latent_size),
    };
    let (gate_class, gate_list, run) = if gated.is_empty() {
        (String::new(), String::new(), format!("        return self.main(z{input})\n"))
    } else {
        let keep: Vec<String> = kept.iter().map(|number| number.to_string()).collect();
        let by: Vec<String> = gated.iter().map(|(number, map)| format!("{number}: {map}")).collect();
        (
            GATE.to_owned(),
            format!("        self.gate = nn.ModuleList([\n{gates}        ])\n"),
            format!(
                "        kept, gated = [], {{{}}}\n        x = z{input}\n        for number, layer in enumerate(self.main):\n            \
                 x = layer(x)\n            if number in gated:\n                x = x * self.gate[gated[number]](kept[gated[number]])\n            \
                 if number in ({},):\n                kept.append(x)\n        return x\n",
                by.join(", "),
                keep.join(", "),
            ),
        )
    };
    // A Python literal, whatever the name holds.
    let file = serde_json::to_string(file).unwrap_or_default();
    format!(
        "\
# Draws 16 pictures. Needs: pip install torch torchvision safetensors
import torch
from safetensors.torch import load_file
from torch import nn


{gate_class}class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
{modules}        )
{gate_list}
    def forward(self, z):
        # z: N x {latent_size}; the pictures: N x 3 x {size} x {size}, values from -1 to 1
{run}

if __name__ == \"__main__\":
    from torchvision.utils import save_image

    generator = Generator()
    generator.load_state_dict(load_file({file}))
    generator.eval()
    with torch.no_grad():
        pictures = generator({latents})
    save_image(pictures, \"cats.png\", nrow=4, normalize=True, value_range=(-1, 1))
",
        latent_size = config.latent_size,
        size = config.size,
    )
}

fn without(bias: Option<&String>) -> &'static str {
    if bias.is_some() { "" } else { ", bias=False" }
}
