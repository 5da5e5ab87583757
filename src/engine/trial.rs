//! Whether a GPU's driver is up to SPIR-V: tried in a process of its own, because one that is not takes the whole
//! process with it.

use super::spawn::{in_background, this_program};
use crate::compute::gpu::{FoundOn, remembered};
use crate::compute::{ComputeDevice, DeviceError, Kernel, ShaderLanguage, Shape, full_error, half_error, ran_out};
use crate::config::{DataConfig, DeviceChoice, DeviceInfo, Precision, Preset};
use crate::data::{DataHome, Dataset};
use crate::engine::protocol::error::EngineError;
use crate::engine::scratch::scratch_folder;
use crate::interrupt::JobControl;
use crate::train::Trainer;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The file in the cache folder.
const FILE: &str = "shaders.json";
/// For opening the device and compiling some hundred and fifty kernels. One that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A killed process ends within this time, or not at all.
const LAST_BREATH: Duration = Duration::from_secs(5);

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
/// Steps that may be no numbers.
const TAKEN_BACK: usize = 3;
/// Of a convolution in 32 bits, relative to its length.
const TOLERANCE: f32 = 1e-4;

/// The language of a GPU's kernels. The first time on a machine, and after an update of its driver or of this program,
/// SPIR-V is tried first, after a call of `trying`; what came of it is kept in `folder`. Where nothing did, it is WGSL
/// this time.
pub(super) fn language(info: &DeviceInfo, folder: &Path, trying: impl FnOnce()) -> ShaderLanguage {
    if !ShaderLanguage::is_open(info) {
        return ShaderLanguage::usual(info);
    }
    let found = remembered(&folder.join(FILE), &FoundOn::of(info, "spirv"), || {
        trying();
        let mut command = Command::new(this_program());
        command.args(["engine", "--try-spirv", &info.id]);
        let right = run(command, PATIENCE).ok().and_then(|ended| ended.verdict());
        let what = match right {
            Some(true) => return right,
            Some(false) => "is not up to SPIR-V",
            None => "could not be tried with SPIR-V",
        };
        log::warn!("{}: its driver ({}) {what}; it gets WGSL, without matrix units", info.name, info.driver);
        right
    });
    if found == Some(true) { ShaderLanguage::Spirv } else { ShaderLanguage::Wgsl }
}

/// How the process ended.
struct Ended {
    said: String,
    /// By itself, in a way in which drivers end programs.
    crashed: bool,
}

impl Ended {
    /// What follows for the driver; none where it follows nothing, as from a process that somebody ended.
    fn verdict(&self) -> Option<bool> {
        let mut lines = self.said.lines();
        match (lines.next(), lines.next_back()) {
            (Some(BEGUN), Some(RIGHT)) => Some(true),
            (Some(BEGUN), Some(WRONG)) => Some(false),
            (Some(BEGUN), _) if self.crashed => Some(false),
            _ => None,
        }
    }
}

/// Waits for the process, and kills it after `patience`.
fn run(mut command: Command, patience: Duration) -> io::Result<Ended> {
    in_background(&mut command);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let output = child.stdout.take();
    if let Some(status) = wait(&mut child, patience) {
        // A few lines, which the pipe has kept.
        let mut said = String::new();
        output.map_or(Ok(0), |mut output| output.read_to_string(&mut said))?;
        return Ok(Ended { said, crashed: crashed(status) });
    }
    // A process that hangs in its driver may not even end then, and is left alone.
    let _ = child.kill();
    wait(&mut child, LAST_BREATH);
    Ok(Ended { said: String::new(), crashed: false })
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let since = Instant::now();
    while since.elapsed() < patience {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

/// Not by a request or for lack of memory.
fn crashed(status: ExitStatus) -> bool {
    /// Of a program in Rust that panicked, as on a shader that a driver refuses.
    const PANIC: i32 = 101;
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT].contains(&signal);
    }
    // On Windows a crash gives a code like 0xC0000005.
    status.code().is_some_and(|code| code == PANIC || !(0..=255).contains(&code))
}

/// The process itself: tries SPIR-V on the device, and says to standard output what came of it.
///
/// # Errors
/// When nobody listens.
pub(crate) fn try_spirv(choice: DeviceChoice) -> Result<(), EngineError> {
    let say = |word| writeln!(io::stdout(), "{word}").map_err(|e| EngineError::Other(e.to_string()));
    say(BEGUN)?;
    let word = match ComputeDevice::open_in(choice, |_| ShaderLanguage::Spirv) {
        // Its driver lacks something that SPIR-V needs.
        Ok(device) if device.language != ShaderLanguage::Spirv => WRONG,
        Ok(device) => match computes_rightly(device) {
            Ok(true) => RIGHT,
            Ok(false) | Err(EngineError::Device(_) | EngineError::Diverged(_)) => WRONG,
            Err(_) => CLOSED,
        },
        Err(DeviceError::SelfTest { .. } | DeviceError::Lost { .. }) => WRONG,
        Err(DeviceError::Missing { .. } | DeviceError::Open { .. }) => CLOSED,
    };
    // A card that is full of other programs' work says nothing about its driver.
    say(if word == WRONG && ran_out() { CLOSED } else { word })
}

/// Whether convolutions are right, and whether a step of a small training, in which all other kernels are, ends in
/// numbers.
pub(super) fn computes_rightly(device: ComputeDevice) -> Result<bool, EngineError> {
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
    // In 16 bits a first step may be taken back, and is tried again with smaller factors.
    for _ in 0..TAKEN_BACK {
        trainer.step()?;
        if !trainer.read_losses()?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_that_began_says_something_about_a_driver() {
        for (said, crashed, verdict) in [
            ("begun\nright\n", false, Some(true)),
            ("begun\nright\n", true, Some(true)),
            ("begun\nwrong\n", false, Some(false)),
            ("begun\n", true, Some(false)),
            ("begun\n", false, None),
            ("begun\nclosed\n", false, None),
            ("", true, None),
            ("error: unexpected argument\n", false, None),
            ("running 0 tests\nright\n", false, None),
        ] {
            assert_eq!(Ended { said: said.into(), crashed }.verdict(), verdict, "{said}, {crashed}");
        }
    }

    /// Programs that behave like one with a driver: right, crashing, hanging, ended by somebody, and another program.
    #[cfg(unix)]
    #[test]
    fn crashes_and_hangs_are_found() {
        let said = |script: &str, patience| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            run(command, Duration::from_millis(patience)).map(|ended| ended.verdict())
        };
        assert_eq!(said("echo begun; echo right", 60_000).unwrap(), Some(true));
        for crash in ["kill -SEGV $$", "kill -ABRT $$", "exit 101"] {
            assert_eq!(said(&format!("echo begun; {crash}"), 60_000).unwrap(), Some(false), "{crash}");
        }
        for other in ["kill -TERM $$", "kill -KILL $$", "exit 3"] {
            assert_eq!(said(&format!("echo begun; {other}"), 60_000).unwrap(), None, "{other}");
        }
        assert_eq!(said("echo begun; exec sleep 60", 300).unwrap(), None);
        assert_eq!(said("exit 2", 60_000).unwrap(), None);
        assert!(run(Command::new("/there/is/no/such/program"), PATIENCE).is_err());
    }

    /// Here the process is this test program, which knows nothing of drivers and so says nothing about one.
    #[test]
    fn a_trial_is_told_and_made_once() {
        let info = DeviceInfo { api: "Vulkan".into(), kind: "discrete".into(), ..DeviceInfo::processor() };
        if !ShaderLanguage::is_open(&info) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut told = 0;
        for times in 1..=2 {
            assert_eq!(language(&info, folder.path(), || told += 1), ShaderLanguage::Wgsl);
            assert_eq!(told, times, "what says nothing must be tried again");
        }
        for (right, expected) in [(true, ShaderLanguage::Spirv), (false, ShaderLanguage::Wgsl)] {
            let folder = tempfile::tempdir().unwrap();
            remembered(&folder.path().join(FILE), &FoundOn::of(&info, "spirv"), || Some(right));
            assert_eq!(language(&info, folder.path(), || told += 1), expected);
            assert_eq!(told, 2);
        }
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
