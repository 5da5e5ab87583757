//! Whether a GPU's driver is up to SPIR-V: tried in a process of its own, because one that is not takes the whole
//! process with it.

use super::spawn::{in_background, this_program};
use crate::compute::{ComputeDevice, DeviceError, FoundOn, Kernel, ShaderLanguage, Shape};
use crate::compute::{full_error, half_error, remembered};
use crate::config::{DataConfig, DeviceChoice, DeviceInfo, Precision, Preset};
use crate::data::{DataHome, Dataset};
use crate::engine::protocol::error::EngineError;
use crate::engine::scratch::scratch_folder;
use crate::interrupt::JobControl;
use crate::train::Trainer;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The file in the cache folder.
const FILE: &str = "shaders.json";
/// For opening the device and compiling some hundred and fifty kernels. One that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the process says, each in a line: first that it has begun, at the end one of the others, unless it crashes.
const BEGUN: &str = "begun";
/// The kernels ran, and rightly.
const RIGHT: &str = "right";
/// They ran, and gave wrong numbers.
const WRONG: &str = "wrong";
/// The device could not be opened, which says nothing about them.
const CLOSED: &str = "closed";

/// Convolutions as networks have them, forward and backward, by every kind of tile: wide ones and narrow ones.
const SHAPES: [Shape; 3] = [
    Shape { kernel: Kernel { size: 4, stride: 2 }, channels: [3, 64], side: 32, up: false },
    Shape { kernel: Kernel { size: 4, stride: 2 }, channels: [128, 64], side: 8, up: true },
    Shape { kernel: Kernel { size: 3, stride: 1 }, channels: [64, 64], side: 8, up: false },
];
/// The preset with the most kinds of kernels, which is trained for a step, narrow.
const RECIPE: &str = "modern-64";
/// Of a convolution in 32 bits, relative to its length.
const TOLERANCE: f32 = 1e-4;

/// The language of a GPU's kernels. The first time on a machine, and after an update of its driver or of this program,
/// SPIR-V is tried first; what came of it is kept in `folder`.
pub(super) fn language(info: &DeviceInfo, folder: &Path) -> ShaderLanguage {
    if !ShaderLanguage::is_open(info) {
        return ShaderLanguage::usual(info);
    }
    let find = || {
        let mut command = Command::new(this_program());
        command.args(["engine", "--try-spirv", &info.id]);
        let right = verdict(&run(command, PATIENCE).ok()?);
        if right == Some(false) {
            log::warn!(
                "{}: its driver ({}) fails with SPIR-V and gets WGSL, without matrix units. An update of the driver \
                 may help",
                info.name,
                info.driver
            );
        }
        right
    };
    match remembered(&folder.join(FILE), &FoundOn::of(info, "spirv"), find) {
        Some(false) => ShaderLanguage::Wgsl,
        Some(true) | None => ShaderLanguage::Spirv,
    }
}

/// What follows from the lines of the process; none where they say nothing about the driver.
fn verdict(said: &str) -> Option<bool> {
    let mut lines = said.lines();
    match (lines.next(), lines.next_back()) {
        (Some(BEGUN), Some(RIGHT)) => Some(true),
        (Some(BEGUN), Some(CLOSED)) => None,
        (Some(BEGUN), _) => Some(false),
        _ => None,
    }
}

/// What the command has written when it ends, or when it is killed after `patience`.
fn run(mut command: Command, patience: Duration) -> io::Result<String> {
    in_background(&mut command);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let since = Instant::now();
    while child.try_wait()?.is_none() {
        if since.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    // A few lines, which the pipe has kept.
    let mut said = String::new();
    child.stdout.take().map_or(Ok(0), |mut output| output.read_to_string(&mut said))?;
    Ok(said)
}

/// The process itself: tries SPIR-V on the device, and says to standard output what came of it.
///
/// # Errors
/// When nobody listens.
pub(crate) fn try_spirv(choice: DeviceChoice) -> Result<(), EngineError> {
    let say = |word| writeln!(io::stdout(), "{word}").map_err(|e| EngineError::Other(e.to_string()));
    say(BEGUN)?;
    let word = match ComputeDevice::open_in(choice, |_| ShaderLanguage::Spirv) {
        Ok(device) => match computes_rightly(device) {
            Ok(true) => RIGHT,
            Ok(false) | Err(EngineError::Device(_)) => WRONG,
            Err(_) => CLOSED,
        },
        Err(DeviceError::SelfTest { .. } | DeviceError::Lost { .. }) => WRONG,
        Err(DeviceError::Missing { .. } | DeviceError::Open { .. }) => CLOSED,
    };
    say(word)
}

/// Whether convolutions are right, and whether a step of a small training, in which all other kernels are, ends in
/// numbers.
fn computes_rightly(device: ComputeDevice) -> Result<bool, EngineError> {
    let right = SHAPES.into_iter().all(|shape| {
        // Whether 16 bits are exact enough is judged by the networks that are trained with them.
        let half = if device.has_half() { half_error(shape, device.device()) } else { 0.0 };
        full_error(shape, device.device()) <= TOLERANCE && half.is_finite()
    });
    if !right {
        return Ok(false);
    }
    let mut config = Preset::find(RECIPE).ok_or_else(|| EngineError::Other(format!("{RECIPE} is missing")))?.config();
    config.batch = 2;
    (config.model.g_width, config.model.d_width) = (4, 4);
    config.precision = if device.has_half() { Precision::Mixed } else { Precision::F32 };
    config.data = DataConfig { demo_count: 8, ..DataConfig::default() };
    let scratch = scratch_folder()?;
    let home = DataHome::at(scratch.path());
    let cats = Arc::new(Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended())?);
    let mut trainer = Trainer::new(config, device, cats)?;
    trainer.step()?;
    Ok(trainer.read_losses()?.iter().all(|losses| losses.values.iter().all(|loss| loss.is_finite())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_that_began_says_something_about_a_driver() {
        for (said, verdict_of_it) in [
            ("begun\nright\n", Some(true)),
            ("begun\nwrong\n", Some(false)),
            ("begun\n", Some(false)),
            ("begun\nclosed\n", None),
            ("", None),
            ("error: unexpected argument\n", None),
            ("running 0 tests\nright\n", None),
        ] {
            assert_eq!(verdict(said), verdict_of_it, "{said}");
        }
    }

    /// Programs that behave like a driver's: right, crashing, hanging, and one that is another program.
    #[cfg(unix)]
    #[test]
    fn crashes_and_hangs_are_found() {
        let said = |script: &str, patience| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            run(command, Duration::from_millis(patience)).map(|said| verdict(&said))
        };
        assert_eq!(said("echo begun; echo right", 60_000).unwrap(), Some(true));
        assert_eq!(said("echo begun; kill -SEGV $$", 60_000).unwrap(), Some(false));
        assert_eq!(said("echo begun; exec sleep 60", 300).unwrap(), Some(false));
        assert_eq!(said("exit 2", 60_000).unwrap(), None);
        assert!(run(Command::new("/there/is/no/such/program"), PATIENCE).is_err());
    }

    /// What a driver is tried with is right where it is right: the CPU, and a software adapter by WGSL.
    #[test]
    fn the_trial_is_passed_by_what_computes_rightly() {
        for device in [Some(ComputeDevice::cpu()), crate::compute::any_gpu()].into_iter().flatten() {
            let name = device.info.name.clone();
            assert!(computes_rightly(device).unwrap(), "{name}");
        }
    }
}
