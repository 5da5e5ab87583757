//! Opening the chosen device.

use super::adapters::{Adapter, adapters, cpu_info, list_devices};
use super::self_test::{WrongResult, self_test};
use crate::config::{DeviceChoice, DeviceInfo};
use burn::backend::DispatchDevice;
use burn::tensor::{Device, FloatDType};
use std::sync::Mutex;

/// Why a device cannot compute.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeviceError {
    /// No device has this name.
    #[error("device {choice}: there is no such device; `purrtrait devices` lists them")]
    Missing {
        /// What was asked for, as on the command line.
        choice: String,
    },
    /// The driver refuses.
    #[error("device {name}: cannot be opened: {reason}")]
    Open {
        /// The adapter's name.
        name: String,
        /// The driver's words.
        reason: String,
    },
    /// It failed its self-test.
    #[error(
        "device {name}: gives wrong results ({what} differs from the CPU by {error:.1e}); update its driver or choose \
         cpu"
    )]
    SelfTest {
        /// The adapter's name.
        name: String,
        /// The operation that is wrong.
        what: &'static str,
        /// Largest difference from the CPU, relative to the largest value.
        error: f32,
    },
    /// It stopped answering.
    #[error("the device stopped working: {reason}; restart Purrtrait and resume the run")]
    Lost {
        /// The driver's words.
        reason: String,
    },
}

impl DeviceError {
    /// It stopped answering. What the library says of it goes on for a page; the first line is told.
    pub(super) fn lost(why: &str) -> Self {
        super::overhear(why);
        log::debug!("the device stopped working: {why}");
        let line = why.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it gives no reason");
        Self::Lost { reason: line.trim_end_matches(['.', ':']).to_owned() }
    }
}

/// Whether tensors on this device are computed by the CPU backend.
pub(crate) fn is_cpu(device: &Device) -> bool {
    match device.as_dispatch() {
        DispatchDevice::Flex(_) => true,
        DispatchDevice::Autodiff(inner) => matches!(**inner, DispatchDevice::Flex(_)),
        _ => false,
    }
}

/// An opened device that passed its self-test.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    /// Name, graphics API and driver.
    pub info: DeviceInfo,
    device: Device,
}

/// Kernels that a GPU gets in one submission at most. One costs the host some ten microseconds, so that a step of the
/// smallest networks, of 150 kernels, has five of them, and its first kernels run while the others are still prepared.
/// Large networks submit earlier, by their work (`gpu/submissions`).
pub(super) const KERNELS_AT_ONCE: usize = 32;

/// Devices that are open already. The tensor library opens each selector once in a process and never closes it.
static OPEN: Mutex<Vec<ComputeDevice>> = Mutex::new(Vec::new());

impl ComputeDevice {
    /// Opens the device and compares its arithmetic with the CPU's (once in a process).
    ///
    /// # Errors
    /// When there is no such device, its driver refuses, or it computes wrongly.
    pub fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        let missing = || DeviceError::Missing { choice: choice.to_string() };
        let adapter = match choice {
            DeviceChoice::Cpu => return Ok(Self::cpu()),
            DeviceChoice::Auto => {
                let best = list_devices().into_iter().find(|d| d.preferred);
                match best.and_then(|best| adapters().into_iter().find(|a| a.info.id == best.id)) {
                    Some(adapter) => adapter,
                    None => return Ok(Self::cpu()),
                }
            }
            DeviceChoice::Gpu => {
                let all = adapters();
                let real = all.iter().find(|a| !a.info.software).cloned();
                real.or_else(|| all.into_iter().next()).ok_or_else(missing)?
            }
            DeviceChoice::Adapter(n) => adapters().into_iter().nth(n as usize).ok_or_else(missing)?,
        };
        Self::open_adapter(adapter)
    }

    /// The CPU; always there.
    pub fn cpu() -> Self {
        Self { info: cpu_info(), device: Device::flex() }
    }

    fn open_adapter(adapter: Adapter) -> Result<Self, DeviceError> {
        // A panic while the list is held leaves it as it was.
        let mut open = OPEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(known) = open.iter().find(|d| d.info.id == adapter.info.id) {
            return Ok(known.clone());
        }
        let name = adapter.info.name.clone();
        let fail = |reason: String| DeviceError::Open { name: name.clone(), reason };
        if cfg!(feature = "vulkan") && adapter.info.software && !compiles_spirv(&adapter.info.driver) {
            let driver = &adapter.info.driver;
            return Err(fail(format!("this build compiles SPIR-V, which crashes in {driver}; Mesa 26 has it right")));
        }
        let device = Device::wgpu_options()
            .device_kind(adapter.kind)
            .graphics_api(adapter.api)
            .tasks_max(KERNELS_AT_ONCE)
            .init()
            .map_err(|e| fail(e.to_string()))?;
        self_test(&device).map_err(|WrongResult { what, error }| DeviceError::SelfTest { name, what, error })?;
        let opened = Self { info: adapter.info, device };
        open.push(opened.clone());
        Ok(opened)
    }

    /// For tensors that need no gradients.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Whether it is a GPU that computes with 16-bit floats.
    pub fn has_half(&self) -> bool {
        !self.is_cpu() && self.device.supports_dtype(FloatDType::F16)
    }

    pub(crate) fn is_cpu(&self) -> bool {
        self.info.kind == "cpu"
    }

    /// Waits until all queued work is done. On the CPU nothing is ever queued.
    ///
    /// # Errors
    /// When the device failed at any of it.
    pub(crate) fn wait(&self) -> Result<(), DeviceError> {
        if self.is_cpu() {
            return Ok(());
        }
        self.device.sync().map_err(|e| DeviceError::lost(&e.to_string()))
    }

    /// Bytes that the device's allocator holds, where it tells.
    pub(crate) fn memory_reserved(&self) -> Option<u64> {
        self.device.memory_pool_usage().map(|usage| usage.bytes_reserved)
    }

    /// Gives memory that nothing uses back to the system, where the allocator does that.
    pub(crate) fn release_unused_memory(&self) {
        self.device.memory_cleanup();
    }
}

/// For tests of what only GPUs do: an adapter, a software one too. Without one it says that the test was skipped,
/// unless `PURRTRAIT_REQUIRE_GPU=1` makes that a failure.
#[cfg(test)]
pub(crate) fn any_gpu() -> Option<ComputeDevice> {
    match ComputeDevice::open(DeviceChoice::Gpu) {
        Ok(device) => Some(device),
        Err(e) if std::env::var_os("PURRTRAIT_REQUIRE_GPU").is_some_and(|v| v == "1") => {
            panic!("a GPU is required here: {e}")
        }
        Err(e) => {
            eprintln!("SKIPPED: no GPU adapter ({e})");
            None
        }
    }
}

/// For tests that lose their device: a software adapter, and what takes it away. Once in a process, in which nothing
/// else may use an adapter.
#[cfg(test)]
pub(crate) fn gpu_to_lose() -> Option<(ComputeDevice, impl Fn())> {
    let adapter = adapters().into_iter().find(|adapter| adapter.info.software)?;
    let options = Device::wgpu_options().device_kind(adapter.kind).graphics_api(adapter.api).tasks_max(KERNELS_AT_ONCE);
    let (device, setup) = options.init_with_setup().ok()?;
    Some((ComputeDevice { info: adapter.info, device }, move || setup.device.destroy()))
}

/// Whether a software adapter with this driver compiles the SPIR-V of a build with the feature `vulkan`. Mesa 22.3 and
/// 25.0 crash with the whole process, 26.2 computes rightly; no other has been tried.
fn compiles_spirv(driver: &str) -> bool {
    let version = driver.split_once("Mesa ").map_or("", |(_, version)| version);
    let number = version.split(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok());
    number.is_some_and(|number: u32| number >= 26)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::DeviceKind;
    use burn::tensor::wgpu::WgpuBackend;

    /// What the library says when a driver was reset, as one line.
    #[test]
    fn a_lost_device_is_told_in_a_sentence() {
        let said =
            "\nAn error happened during execution\nCaused by:\n  Several failures at once\n\nAsked at:\n  nowhere";
        let sentence = "the device stopped working: An error happened during execution; restart Purrtrait and resume \
                        the run";
        assert_eq!(DeviceError::lost(said).to_string(), sentence);
        assert!(DeviceError::lost("").to_string().contains("it gives no reason"));
    }

    #[test]
    fn old_software_drivers_get_no_spirv() {
        for driver in ["llvmpipe Mesa 26.2.6-1 (LLVM 22.1.8)", "llvmpipe Mesa 100.0"] {
            assert!(compiles_spirv(driver), "{driver}");
        }
        for driver in
            ["llvmpipe Mesa 25.0.7-2 (LLVM 19)", "llvmpipe Mesa 22.3.6 (LLVM 15.0.6)", "SwiftShader 5.0", "Mesa ", ""]
        {
            assert!(!compiles_spirv(driver), "{driver}");
        }
    }

    /// An adapter that was listed and is no more, as after a driver was updated or an external card unplugged: a
    /// sentence that names it, as often as it is tried, and the CPU still works.
    #[test]
    fn an_adapter_that_cannot_be_opened_is_named_and_not_remembered() {
        let info = DeviceInfo { id: "gpu:77".into(), name: "Gone 9000".into(), ..cpu_info() };
        for _ in 0..2 {
            let gone = Adapter { info: info.clone(), kind: DeviceKind::DiscreteGpu(77), api: WgpuBackend::Vulkan };
            let error = ComputeDevice::open_adapter(gone).unwrap_err();
            assert!(matches!(error, DeviceError::Open { .. }), "{error:?}");
            assert!(error.to_string().starts_with("device Gone 9000: cannot be opened: "), "{error}");
        }
        assert!(ComputeDevice::open(DeviceChoice::Cpu).unwrap().is_cpu());
        let missing = ComputeDevice::open(DeviceChoice::Adapter(99)).unwrap_err().to_string();
        assert!(missing.contains("gpu:99") && missing.contains("`purrtrait devices` lists them"), "{missing}");
    }
}
