//! The language in which a GPU gets its kernels.
//!
//! Through Vulkan the tensor library takes SPIR-V wherever the driver has what its SPIR-V needs, and WGSL elsewhere.
//! Not every driver that says so really has it: Mesa's software adapter before 26 crashes at such kernels, with the
//! whole process. So which of the two it takes is decided here.

use crate::config::DeviceInfo;
use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// The name of the graphics API in lists of devices.
pub(super) const VULKAN: &str = "Vulkan";

/// Overrides the choice: `spirv` or `wgsl`. For drivers that fail, for measurements and for tests.
const VARIABLE: &str = "PURRTRAIT_SHADERS";

/// What kernels are written in when a driver gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShaderLanguage {
    /// Vulkan's own, in which products of 16-bit numbers reach matrix units.
    Spirv,
    /// The one that every API takes, translated and checked by the graphics library. It knows no matrix units.
    Wgsl,
}

impl ShaderLanguage {
    /// As it is printed, and written in `PURRTRAIT_SHADERS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Spirv => "spirv",
            Self::Wgsl => "wgsl",
        }
    }

    /// What the device gets if its driver is trusted: a real GPU SPIR-V where there is any. A software adapter has
    /// nothing to gain from it.
    pub(crate) fn usual(info: &DeviceInfo) -> Self {
        match asked() {
            _ if cfg!(target_vendor = "apple") || info.api != VULKAN => Self::Wgsl,
            Some(language) => language,
            None if info.software => Self::Wgsl,
            None => Self::Spirv,
        }
    }

    /// What an opened device gets. A card that lacks something that the library's SPIR-V needs gets WGSL from it
    /// anyway.
    pub(super) fn of(device: &Device) -> Self {
        match device.as_dispatch() {
            DispatchDevice::Cube(device) if device.client().name() == "wgpu<spirv>" => Self::Spirv,
            _ => Self::Wgsl,
        }
    }

    /// Whether nobody but the driver decides, so that it is worth a trial.
    pub(crate) fn is_open(info: &DeviceInfo) -> bool {
        asked().is_none() && Self::usual(info) == Self::Spirv
    }
}

fn asked() -> Option<ShaderLanguage> {
    let name = std::env::var(VARIABLE).ok()?;
    [ShaderLanguage::Spirv, ShaderLanguage::Wgsl].into_iter().find(|language| language.name() == name)
}

/// Opens Vulkan's adapter of this number for kernels in WGSL.
///
/// The library asks the driver for the features that its SPIR-V needs by a function of Vulkan 1.1, which nothing else
/// uses: the graphics library has the older extension of the same name for its own questions. Here that function says
/// that the card has none of them. Both libraries have no other switch.
///
/// # Errors
/// What the graphics library says, where there is no such adapter or it refuses.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn open_for_wgsl(number: usize) -> Result<burn::tensor::wgpu::WgpuSetup, String> {
    use ash::vk;
    use burn::tensor::wgpu::{WgpuSetup, wgpu};
    use wgpu::hal::{api::Vulkan, vulkan};

    unsafe extern "system" fn no_features(_: vk::PhysicalDevice, _: *mut vk::PhysicalDeviceFeatures2<'_>) {}

    let missing = || "Vulkan is not there any more".to_owned();
    let description = wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let (flags, thresholds) = (description.flags, description.memory_budget_thresholds);
    let whole = wgpu::Instance::new(description);
    // SAFETY: it is only asked, and `whole` outlives what is taken from it, below.
    let shared = unsafe { whole.as_hal::<Vulkan>() }.ok_or_else(missing)?.shared_instance();
    let raw = shared.raw_instance();
    let mut functions = raw.fp_v1_1().clone();
    functions.get_physical_device_features2 = no_features;
    let changed = ash::Instance::from_parts_1_3(raw.handle(), raw.fp_v1_0().clone(), functions, raw.fp_v1_3().clone());
    let (entry, version, extensions) =
        (shared.entry().clone(), shared.instance_api_version(), shared.extensions().to_vec());
    let keep = whole.clone();
    // SAFETY: the handle, its version and its extensions are those of `whole`, which lives until this one is dropped.
    let instance = unsafe {
        let drop_last = Box::new(move || drop(keep));
        vulkan::Instance::from_raw(
            entry,
            changed,
            version,
            0,
            None,
            extensions,
            flags,
            thresholds,
            false,
            Some(drop_last),
        )
    };
    let instance = instance.map_err(|e| e.to_string())?;
    // SAFETY: a valid instance that nothing else uses.
    let instance = unsafe { wgpu::Instance::from_hal::<Vulkan>(instance) };
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    let adapter = adapters.into_iter().nth(number).ok_or_else(|| "the adapter is not there any more".to_owned())?;
    // The same as the tensor library asks for: it takes for granted that the device has what the adapter has.
    let device = adapter.request_device(&wgpu::DeviceDescriptor {
        label: None,
        required_features: adapter.features().difference(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS),
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        trace: wgpu::Trace::Off,
        // SAFETY: none of them is used in another way than the tensor library always does.
        experimental_features: unsafe { wgpu::ExperimentalFeatures::enabled() },
    });
    let (device, queue) = pollster::block_on(device).map_err(|e| e.to_string())?;
    Ok(WgpuSetup { instance, adapter, device, queue, backend: wgpu::Backend::Vulkan })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(api: &str, software: bool) -> DeviceInfo {
        DeviceInfo { api: api.into(), software, kind: "discrete".into(), ..DeviceInfo::processor() }
    }

    #[test]
    fn real_gpus_get_spirv_through_vulkan_and_all_others_wgsl() {
        if asked().is_some() {
            return;
        }
        let best = if cfg!(target_vendor = "apple") { ShaderLanguage::Wgsl } else { ShaderLanguage::Spirv };
        assert_eq!(ShaderLanguage::usual(&device(VULKAN, false)), best);
        assert_eq!(ShaderLanguage::is_open(&device(VULKAN, false)), best == ShaderLanguage::Spirv);
        for (api, software) in [(VULKAN, true), ("Metal", false), ("DirectX 12", false), ("DirectX 12", true)] {
            assert_eq!(ShaderLanguage::usual(&device(api, software)), ShaderLanguage::Wgsl, "{api}, {software}");
            assert!(!ShaderLanguage::is_open(&device(api, software)));
        }
    }
}
