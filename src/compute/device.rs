//! Opening the chosen device.

use super::adapters::{Adapter, adapters, cpu_info, instances, list_devices};
use super::language::ShaderLanguage;
use super::self_test::{WrongResult, self_test};
use crate::config::{DeviceChoice, DeviceInfo};
use burn::tensor::wgpu::WgpuSetup;
use burn::tensor::{Device, FloatDType};
use std::sync::{Mutex, MutexGuard};

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
    #[error("device {name}: cannot be opened: {reason}; update its driver, or choose another device or cpu")]
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

/// An opened device that passed its self-test.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    /// Name, graphics API and driver.
    pub info: DeviceInfo,
    /// In which it gets its kernels; the CPU needs none.
    pub(crate) language: ShaderLanguage,
    device: Device,
}

/// Kernels that a GPU gets in one submission at most. One costs the host some ten microseconds, so that a step of the
/// smallest networks, of 150 kernels, has five of them, and its first kernels run while the others are still prepared.
/// Large networks submit earlier, by their work (`gpu/submissions`).
pub(super) const KERNELS_AT_ONCE: usize = 32;

/// Devices that are open already. The tensor library opens each selector once in a process and never closes it.
static OPEN: Mutex<Vec<ComputeDevice>> = Mutex::new(Vec::new());

fn already_open() -> MutexGuard<'static, Vec<ComputeDevice>> {
    // A panic while the list is held leaves it as it was.
    OPEN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl ComputeDevice {
    /// Opens the device and compares its arithmetic with the CPU's (once in a process). Its driver is trusted with the
    /// language of its kernels.
    ///
    /// # Errors
    /// When there is no such device, its driver refuses, or it computes wrongly.
    pub fn open(choice: DeviceChoice) -> Result<Self, DeviceError> {
        Self::open_in(choice, ShaderLanguage::usual)
    }

    /// The same with its kernels in the language that is decided by what the device says of itself.
    ///
    /// # Errors
    /// The same.
    pub(crate) fn open_in(
        choice: DeviceChoice,
        language: impl FnOnce(&DeviceInfo) -> ShaderLanguage,
    ) -> Result<Self, DeviceError> {
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
        Self::open_adapter(adapter, language)
    }

    /// The CPU; always there.
    pub fn cpu() -> Self {
        Self { info: cpu_info(), language: ShaderLanguage::Wgsl, device: Device::flex() }
    }

    fn open_adapter(
        adapter: Adapter,
        language: impl FnOnce(&DeviceInfo) -> ShaderLanguage,
    ) -> Result<Self, DeviceError> {
        let known = |open: &[Self]| open.iter().find(|device| device.info.id == adapter.info.id).cloned();
        if let Some(known) = known(&already_open()) {
            return Ok(known);
        }
        // That may take a while, in which others can be opened, and in another thread this one.
        let language = language(&adapter.info);
        let mut open = already_open();
        if let Some(known) = known(&open) {
            return Ok(known);
        }
        let name = adapter.info.name.clone();
        let (device, _) =
            initialise(&adapter, language).map_err(|reason| DeviceError::Open { name: name.clone(), reason })?;
        self_test(&device).map_err(|WrongResult { what, error }| DeviceError::SelfTest { name, what, error })?;
        let opened = Self { info: adapter.info, language: ShaderLanguage::of(&device), device };
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

/// The tensor library's device, and the graphics library's, which is the same one.
#[cfg_attr(target_vendor = "apple", allow(unused_variables))]
fn initialise(adapter: &Adapter, language: ShaderLanguage) -> Result<(Device, WgpuSetup), String> {
    let _alone = instances();
    #[cfg(not(target_vendor = "apple"))]
    if adapter.info.api == super::language::VULKAN && language == ShaderLanguage::Wgsl {
        let setup = super::language::open_for_wgsl(adapter.number)?;
        let options = Device::wgpu_options().tasks_max(KERNELS_AT_ONCE).setup(setup.clone());
        return options.init().map(|device| (device, setup)).map_err(|e| e.to_string());
    }
    let options = Device::wgpu_options().device_kind(adapter.kind.clone()).graphics_api(adapter.api);
    options.tasks_max(KERNELS_AT_ONCE).init_with_setup().map_err(|e| e.to_string())
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
    let (device, setup) = initialise(&adapter, ShaderLanguage::usual(&adapter.info)).ok()?;
    let opened = ComputeDevice { info: adapter.info, language: ShaderLanguage::of(&device), device };
    Some((opened, move || setup.device.destroy()))
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

    /// An adapter that was listed and is no more, as after a driver was updated or an external card unplugged: a
    /// sentence that names it, as often as it is tried, and the CPU still works.
    #[test]
    fn an_adapter_that_cannot_be_opened_is_named_and_not_remembered() {
        let info = DeviceInfo { id: "gpu:77".into(), name: "Gone 9000".into(), api: "Vulkan".into(), ..cpu_info() };
        for language in [|_: &DeviceInfo| ShaderLanguage::Wgsl, |_: &DeviceInfo| ShaderLanguage::Spirv] {
            let (kind, api) = (DeviceKind::DiscreteGpu(77), WgpuBackend::Vulkan);
            let gone = Adapter { info: info.clone(), number: 77, kind, api };
            let error = ComputeDevice::open_adapter(gone, language).unwrap_err();
            assert!(matches!(error, DeviceError::Open { .. }), "{error:?}");
            assert!(error.to_string().starts_with("device Gone 9000: cannot be opened: "), "{error}");
        }
        assert!(ComputeDevice::open(DeviceChoice::Cpu).unwrap().is_cpu());
        let missing = ComputeDevice::open(DeviceChoice::Adapter(99)).unwrap_err().to_string();
        assert!(missing.contains("gpu:99") && missing.contains("`purrtrait devices` lists them"), "{missing}");
    }
}
