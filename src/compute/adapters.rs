//! The devices of this machine, in the order in which the tensor library counts them.

use super::language::VULKAN;
use crate::config::DeviceInfo;
use burn::tensor::DeviceKind;
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::wgpu::wgpu;
use std::sync::{Mutex, MutexGuard};

/// An adapter and the selector by which the tensor library finds the same one again.
#[derive(Debug, Clone)]
pub(super) struct Adapter {
    pub info: DeviceInfo,
    /// Its place among the adapters of its API.
    #[cfg_attr(target_vendor = "apple", allow(dead_code))]
    pub number: usize,
    pub kind: DeviceKind,
    pub api: WgpuBackend,
}

/// The graphics APIs worth trying, best first. OpenGL is left out: its compute support is too uneven to train on.
const APIS: [(wgpu::Backends, WgpuBackend, &str); 3] = [
    (wgpu::Backends::METAL, WgpuBackend::Metal, "Metal"),
    (wgpu::Backends::VULKAN, WgpuBackend::Vulkan, VULKAN),
    (wgpu::Backends::DX12, WgpuBackend::Dx12, "DirectX 12"),
];

/// Held while an instance of a graphics API is made or given up: some loaders crash where several threads do that.
pub(super) fn instances() -> MutexGuard<'static, ()> {
    static INSTANCES: Mutex<()> = Mutex::new(());
    INSTANCES.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Every device that can train, the CPU last; exactly one is `preferred`.
pub(crate) fn list_devices() -> Vec<DeviceInfo> {
    let mut devices: Vec<_> = adapters().into_iter().map(|a| a.info).collect();
    devices.push(cpu_info());
    // `auto`: the first real GPU, discrete before integrated; otherwise the CPU, which beats a software GPU.
    let rank = |d: &DeviceInfo| match d.kind.as_str() {
        "discrete" => 0,
        "integrated" => 1,
        "virtual" | "other" => 2,
        "cpu" => 3,
        _ => 4,
    };
    if let Some(best) = devices.iter_mut().min_by_key(|d| rank(d)) {
        best.preferred = true;
    }
    devices
}

/// The graphics adapters of the first API that has a real GPU, otherwise of the first that has any adapter.
pub(super) fn adapters() -> Vec<Adapter> {
    let mut software_only = Vec::new();
    for (backends, api, api_name) in APIS {
        let found = adapters_of(backends, api, api_name);
        if found.iter().any(|a| !a.info.software) {
            return found;
        }
        if software_only.is_empty() {
            software_only = found;
        }
    }
    software_only
}

fn adapters_of(backends: wgpu::Backends, api: WgpuBackend, api_name: &str) -> Vec<Adapter> {
    let _alone = instances();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let found = pollster::block_on(instance.enumerate_adapters(backends));
    let infos: Vec<_> = found.iter().map(|adapter| (adapter.get_info(), memory(adapter))).collect();
    // The tensor library counts each kind of adapter from zero.
    let (mut discrete, mut integrated, mut virtual_) = (0, 0, 0);
    let next = |n: &mut usize| {
        *n += 1;
        *n - 1
    };
    infos
        .into_iter()
        .map(|(info, memory)| {
            let (kind, word) = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => (DeviceKind::DiscreteGpu(next(&mut discrete)), "discrete"),
                wgpu::DeviceType::IntegratedGpu => (DeviceKind::IntegratedGpu(next(&mut integrated)), "integrated"),
                wgpu::DeviceType::VirtualGpu => (DeviceKind::VirtualGpu(next(&mut virtual_)), "virtual"),
                wgpu::DeviceType::Cpu => (DeviceKind::Cpu, "software"),
                // Cannot be selected by kind; the default selector may still find it.
                wgpu::DeviceType::Other => (DeviceKind::DefaultDevice, "other"),
            };
            (info, memory, kind, word)
        })
        .enumerate()
        .map(|(number, (info, memory, kind, word))| Adapter {
            info: DeviceInfo {
                id: format!("gpu:{number}"),
                name: info.name,
                api: api_name.to_owned(),
                kind: word.to_owned(),
                software: word == "software",
                driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
                preferred: false,
                memory,
            },
            number,
            kind,
            api,
        })
        .collect()
}

/// The CPU as a device.
pub(super) fn cpu_info() -> DeviceInfo {
    let threads = rayon::current_num_threads();
    DeviceInfo {
        id: "cpu".to_owned(),
        name: if threads == 1 { "CPU, 1 thread".to_owned() } else { format!("CPU, {threads} threads") },
        api: "CPU".to_owned(),
        kind: "cpu".to_owned(),
        software: false,
        driver: String::new(),
        preferred: false,
        memory: None,
    }
}

/// Bytes of the largest memory that is the adapter's own: of an integrated GPU, what it may use of the computer's. Only
/// Vulkan is asked, which is what is used wherever there is a choice.
#[cfg(not(target_vendor = "apple"))]
fn memory(adapter: &wgpu::Adapter) -> Option<u64> {
    /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`.
    const OWN: u32 = 1;
    // SAFETY: it is only asked; nothing that the library owns is changed or outlives it.
    let adapter = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let instance = adapter.shared_instance().raw_instance();
    // SAFETY: the device is one of this instance, which `adapter` keeps alive.
    let memory = unsafe { instance.get_physical_device_memory_properties(adapter.raw_physical_device()) };
    let own = memory.memory_heaps_as_slice().iter().filter(|heap| heap.flags.as_raw() & OWN != 0);
    own.map(|heap| heap.size).max()
}

#[cfg(target_vendor = "apple")]
fn memory(_: &wgpu::Adapter) -> Option<u64> {
    None
}
