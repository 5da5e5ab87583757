//! A short PyTorch program that loads a `.safetensors` file of this program and draws with it.

use crate::config::{LatentKind, ModelConfig};
use crate::model::{Generator, LayerInfo};
use std::fmt::Write;

/// The program for a generator of these settings; `file` is the model's name in it.
pub fn snippet(config: &ModelConfig, file: &str) -> String {
    let generator = Generator::new(config);
    let (mut modules, mut input) = (String::new(), String::new());
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
        };
        // Writing to a text cannot fail.
        let _ = writeln!(modules, "            {line},");
    }
    let latents = match config.latent {
        LatentKind::Normal => format!("torch.randn(16, {})", config.latent_size),
        LatentKind::Uniform => format!("torch.rand(16, {}) * 2 - 1", config.latent_size),
    };
    // A Python literal, whatever the name holds.
    let file = serde_json::to_string(file).unwrap_or_default();
    format!(
        "\
# Draws 16 pictures. Needs: pip install torch torchvision safetensors
import torch
from safetensors.torch import load_file
from torch import nn


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
{modules}        )

    def forward(self, z):
        # z: N x {latent_size}; the pictures: N x 3 x {size} x {size}, values from -1 to 1
        return self.main(z{input})


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
