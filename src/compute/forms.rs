//! Equal ways to compute the convolutions that halve or double a side (kernel 4, stride 2), and which one a GPU is given.
//!
//! Seen in blocks of 2 x 2 pixels, each with four times the channels, such a convolution is one of kernel 2 and stride 1.
//! Libraries have fast kernels for that and often slow ones for strides and for the transposed form, so on some devices
//! the detour is faster and on others slower. Which one is measured once and remembered.

use super::device::{ComputeDevice, DeviceError};
use super::kernel::Kernel;
use super::readback::read;
use crate::files::{self, Links};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, PadMode};
use burn::tensor::{Device, Distribution, Tensor, module};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::RwLock;
use std::time::{Duration, Instant};

/// Of the file that remembers: a few lines for each adapter.
const MOST_BYTES: u64 = 1 << 20;

/// One way. All give the same numbers but for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The library's own convolution.
    Direct,
    /// Blocks (pixel unshuffle or shuffle) and a convolution of kernel 2 and stride 1.
    Blocks,
    /// Blocks, the four shifted maps side by side, and one matrix product.
    Slices,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Direct, Self::Blocks, Self::Slices];

    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Blocks => "blocks",
            Self::Slices => "slices",
        }
    }
}

/// The choice for one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forms {
    /// Of convolutions that halve the side.
    pub down: Form,
    /// Of transposed ones that double it.
    pub up: Form,
}

impl Forms {
    pub const DIRECT: Self = Self { down: Form::Direct, up: Form::Direct };
}

/// The only kernel that has more than one form here.
const KERNEL: Kernel = Kernel { size: 4, stride: 2 };

/// As [`super::ops::conv`], by the library's operations on any device.
pub fn conv(form: Form, x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    let options = |stride: usize, padding: usize| ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
    if form == Form::Direct || kernel != KERNEL {
        return module::conv2d(x, weight, None, options(kernel.stride, kernel.padding()));
    }
    let [batch, c_in, height, width] = x.dims();
    let c_out = weight.dims()[0];
    let (h, w) = (height / 2, width / 2);
    // One row and column of zeros around it, then blocks: B x h+1 x w+1 x (row in block, column in block, channel).
    let x = padded(x.permute([0, 2, 3, 1])).reshape([batch, h + 1, 2, w + 1, 2, c_in]);
    let x: Tensor<4> = x.permute([0, 1, 3, 2, 4, 5]).reshape([batch, h + 1, w + 1, 4 * c_in]);
    // Kernel row = 2 * block + row in block.
    let weight = weight.reshape([c_out, c_in, 2, 2, 2, 2]);
    if form == Form::Blocks {
        let weight = weight.permute([0, 3, 5, 1, 2, 4]).reshape([c_out, 4 * c_in, 2, 2]);
        return module::conv2d(x.permute([0, 3, 1, 2]), weight, None, options(1, 0));
    }
    let weight: Tensor<2> = weight.permute([2, 4, 3, 5, 1, 0]).reshape([16 * c_in, c_out]);
    let y = shifted(x, [h, w]).matmul(weight).reshape([batch, h, w, c_out]);
    y.permute([0, 3, 1, 2])
}

/// As [`super::ops::conv_transpose`], by the library's operations on any device.
pub fn conv_transpose(form: Form, x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    if form == Form::Direct || kernel != KERNEL {
        let (p, extra) = (kernel.padding(), kernel.output_padding());
        let options = ConvTransposeOptions::new([kernel.stride; 2], [p; 2], [extra; 2], [1, 1], 1);
        return module::conv_transpose2d(x, weight, None, options);
    }
    let [batch, c_in, h, w] = x.dims();
    let c_out = weight.dims()[1];
    // A pixel reaches its own block with the kernel's first half and the next block with the second, so a block sees the
    // pixel before it through the second half: the halves are swapped.
    let weight = weight.reshape([c_in, c_out, 2, 2, 2, 2]).flip([2, 4]);
    let y: Tensor<4> = if form == Form::Blocks {
        let weight = weight.permute([3, 5, 1, 0, 2, 4]).reshape([4 * c_out, c_in, 2, 2]);
        module::conv2d(x, weight, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1)).permute([0, 2, 3, 1])
    } else {
        let weight: Tensor<2> = weight.permute([2, 4, 0, 3, 5, 1]).reshape([4 * c_in, 4 * c_out]);
        let x = shifted(padded(x.permute([0, 2, 3, 1])), [h + 1, w + 1]);
        x.matmul(weight).reshape([batch, h + 1, w + 1, 4 * c_out])
    };
    // Blocks to pixels, without the outer ones.
    let y = y.reshape([batch, h + 1, w + 1, 2, 2, c_out]).permute([0, 1, 3, 2, 4, 5]);
    let y: Tensor<4> = y.reshape([batch, 2 * h + 2, 2 * w + 2, c_out]);
    y.slice([0..batch, 1..2 * h + 1, 1..2 * w + 1, 0..c_out]).permute([0, 3, 1, 2])
}

/// A row or column of zeros at each side of B x H x W x C.
fn padded(x: Tensor<4>) -> Tensor<4> {
    x.pad([(0, 0), (1, 1), (1, 1), (0, 0)], PadMode::Constant(0.0))
}

/// What a kernel of 2 x 2 sees at each of h x w places: B x h+1 x w+1 x C to (B h w) x (row, column, channel).
fn shifted(x: Tensor<4>, [h, w]: [usize; 2]) -> Tensor<2> {
    let [batch, _, _, channels] = x.dims();
    let from = |row: usize, column: usize| x.clone().slice([0..batch, row..row + h, column..column + w, 0..channels]);
    Tensor::cat(vec![from(0, 0), from(0, 1), from(1, 0), from(1, 1)], 3).reshape([batch * h * w, 4 * channels])
}

/// Chosen once for each device and then never changed while the program runs.
static CHOSEN: RwLock<Vec<(Device, Forms)>> = RwLock::new(Vec::new());

/// The device's forms; the library's own as long as nothing was chosen.
pub fn chosen(device: &Device) -> Forms {
    // A panic while the list is held leaves it as it was.
    let list = CHOSEN.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    list.iter().find(|(known, _)| known == device).map_or(Forms::DIRECT, |(_, forms)| *forms)
}

/// Overrides the choice: `direct`, `blocks` or `slices`. For measurements and tests.
const VARIABLE: &str = "PURRTRAIT_FORMS";
/// The file in the cache folder.
const FILE: &str = "convolutions.json";

/// Decides the forms of an opened GPU: remembered in `folder` from an earlier start, or else measured now, which takes a
/// few seconds. A software adapter is not measured, and the CPU has operations of its own. A cache that cannot be read or
/// written costs a measurement, no more.
pub fn choose(device: &ComputeDevice, folder: &Path) -> Forms {
    let known = {
        let list = CHOSEN.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        list.iter().find(|(known, _)| known == device.device()).map(|(_, forms)| *forms)
    };
    if let Some(forms) = known {
        return forms;
    }
    let forced = std::env::var(VARIABLE).ok().and_then(|name| Form::ALL.into_iter().find(|form| form.name() == name));
    let forms = match forced {
        Some(form) => Forms { down: form, up: form },
        None if device.is_cpu() || device.info.software => Forms::DIRECT,
        None => remembered(&folder.join(FILE), &Key::of(device), || measure(device, BUDGET)).choice(),
    };
    let mut list = CHOSEN.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    list.push((device.device().clone(), forms));
    forms
}

/// What a measurement depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    adapter: String,
    api: String,
    driver: String,
    version: String,
}

impl Key {
    fn of(device: &ComputeDevice) -> Self {
        let info = &device.info;
        Self {
            adapter: info.name.clone(),
            api: info.api.clone(),
            driver: info.driver.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Seconds of one form, forward and backward, over all measured layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormTime {
    pub form: Form,
    /// None where the device could not compute it or the time was up.
    pub down: Option<f64>,
    pub up: Option<f64>,
}

/// One row for each form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormTimes(pub Vec<FormTime>);

impl FormTimes {
    /// The fastest of each direction.
    pub fn choice(&self) -> Forms {
        let best = |seconds: fn(&FormTime) -> Option<f64>| {
            let measured = self.0.iter().filter_map(|row| Some((row.form, seconds(row)?)));
            measured.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Form::Direct, |(form, _)| form)
        };
        Forms { down: best(|row| row.down), up: best(|row| row.up) }
    }
}

/// The times in the file, or those that `measure` gives, which are then added to the file.
fn remembered(file: &Path, key: &Key, measure: impl FnOnce() -> FormTimes) -> FormTimes {
    let text = files::read_text(file, Links::Follow, MOST_BYTES).unwrap_or_default();
    let mut entries: Vec<(Key, FormTimes)> = serde_json::from_str(&text).unwrap_or_default();
    if let Some((_, times)) = entries.iter().find(|(known, _)| known == key) {
        return times.clone();
    }
    let times = measure();
    // Of an adapter with another driver or program only the newest is kept.
    entries.retain(|(known, _)| known.adapter != key.adapter || known.api != key.api);
    entries.push((key.clone(), times.clone()));
    if let Err(e) = save(file, &entries) {
        log::warn!("{}: {e}; the forms of the convolutions will be measured again", file.display());
    }
    times
}

/// All or nothing, so that a second program never reads half a file.
fn save(file: &Path, entries: &[(Key, FormTimes)]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        files::make_folder(folder)?;
    }
    files::replace(file, &serde_json::to_vec_pretty(entries)?)
}

/// Side, channels of the larger map, channels of the smaller map: the first layer of a discriminator of 64 px pictures, and
/// one from its middle; transposed, those of a generator.
const LAYERS: [[usize; 3]; 2] = [[64, 3, 64], [16, 128, 256]];
const BATCH: usize = 16;
/// Measured after one that compiles.
const REPEATS: usize = 5;
/// Of a measurement at the first start.
const BUDGET: Duration = Duration::from_secs(4);

/// Times all forms on this device. After `budget` no further one is begun; the library's own is always measured.
pub fn measure(device: &ComputeDevice, budget: Duration) -> FormTimes {
    let started = Instant::now();
    let share = budget / (2 * Form::ALL.len() * LAYERS.len()) as u32;
    let time = |form: Form, up: bool| -> Option<f64> {
        let layers = LAYERS.iter().map(|layer| {
            (form == Form::Direct || started.elapsed() < budget)
                .then(|| seconds(device.device(), form, up, *layer, share))?
                .ok()
        });
        layers.sum()
    };
    let rows = Form::ALL.map(|form| FormTime { form, down: time(form, false), up: time(form, true) });
    FormTimes(rows.to_vec())
}

/// The shortest of some repetitions, forward and backward; of at least one, however long it takes.
fn seconds(
    device: &Device,
    form: Form,
    up: bool,
    [side, wide, narrow]: [usize; 3],
    share: Duration,
) -> Result<f64, DeviceError> {
    let random = |shape: [usize; 4]| {
        let x = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), device);
        x.autodiff().require_grad()
    };
    let small = [BATCH, narrow, side / 2, side / 2];
    let x = random(if up { small } else { [BATCH, wide, side, side] });
    let weight = random([narrow, wide, KERNEL.size, KERNEL.size]);
    let run = if up { conv_transpose } else { conv };
    let mut best = f64::INFINITY;
    let begun = Instant::now();
    for repeat in 0..=REPEATS {
        let started = Instant::now();
        let gradients = run(form, x.clone(), weight.clone(), KERNEL).square().mean().backward();
        // One number of each gradient makes the device finish.
        let ends = [x.grad(&gradients), weight.grad(&gradients)];
        let ends = ends.into_iter().flatten().map(|g| g.slice([0..1, 0..1, 0..1, 0..1]).reshape([1]));
        read(ends.collect())?;
        if repeat > 0 {
            best = best.min(started.elapsed().as_secs_f64());
            if begun.elapsed() > share {
                break;
            }
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(driver: &str) -> Key {
        Key { adapter: "A".into(), api: "Vulkan".into(), driver: driver.into(), version: "1".into() }
    }

    fn times(down: [f64; 3], up: [f64; 3]) -> FormTimes {
        let rows = Form::ALL.iter().zip(down.iter().zip(up));
        FormTimes(rows.map(|(form, (down, up))| FormTime { form: *form, down: Some(*down), up: Some(up) }).collect())
    }

    #[test]
    fn the_fastest_is_chosen_in_each_direction() {
        let mut table = times([3.0, 2.0, 1.0], [2.0, 1.0, 3.0]);
        assert_eq!(table.choice(), Forms { down: Form::Slices, up: Form::Blocks });
        table.0[2].down = None;
        assert_eq!(table.choice().down, Form::Blocks);
        assert_eq!(FormTimes(Vec::new()).choice(), Forms::DIRECT);
    }

    #[test]
    fn a_measurement_is_remembered_until_the_driver_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("below").join(FILE);
        let (first, second) = (times([1.0; 3], [2.0; 3]), times([3.0; 3], [4.0; 3]));
        assert_eq!(remembered(&file, &key("1"), || first.clone()), first);
        assert_eq!(remembered(&file, &key("1"), || unreachable!()), first);
        assert_eq!(remembered(&file, &key("2"), || second.clone()), second);
        assert_eq!(remembered(&file, &key("2"), || unreachable!()), second);
        // A damaged file is measured again and written anew.
        std::fs::write(&file, "[{ broken").unwrap();
        assert_eq!(remembered(&file, &key("2"), || first.clone()), first);
        assert_eq!(remembered(&file, &key("2"), || unreachable!()), first);
    }

    /// A folder that cannot be made, because a file has its name.
    #[test]
    fn a_cache_that_cannot_be_written_is_survived() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, "mine").unwrap();
        let table = times([1.0; 3], [2.0; 3]);
        assert_eq!(remembered(&blocked.join(FILE), &key("1"), || table.clone()), table);
        assert_eq!(std::fs::read_to_string(&blocked).unwrap(), "mine");
    }
}
