//! The devices of this machine, in the order in which the tensor library counts them.

use crate::config::DeviceInfo;
use burn::tensor::DeviceKind;
use burn::tensor::wgpu::WgpuBackend;
use burn::tensor::wgpu::wgpu;

/// An adapter and the selector by which the tensor library finds the same one again.
#[derive(Debug, Clone)]
pub(super) struct Adapter {
    pub info: DeviceInfo,
    pub kind: DeviceKind,
    pub api: WgpuBackend,
}

/// The graphics APIs worth trying, best first. OpenGL is left out: its compute support is too uneven to train on.
const APIS: [(wgpu::Backends, WgpuBackend, &str); 3] = [
    (wgpu::Backends::METAL, WgpuBackend::Metal, "Metal"),
    (wgpu::Backends::VULKAN, WgpuBackend::Vulkan, "Vulkan"),
    (wgpu::Backends::DX12, WgpuBackend::Dx12, "DirectX 12"),
];

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
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let infos: Vec<_> =
        pollster::block_on(instance.enumerate_adapters(backends)).iter().map(wgpu::Adapter::get_info).collect();
    // The tensor library counts each kind of adapter from zero.
    let (mut discrete, mut integrated, mut virtual_) = (0, 0, 0);
    let next = |n: &mut usize| {
        *n += 1;
        *n - 1
    };
    infos
        .into_iter()
        .map(|info| {
            let (kind, word) = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => (DeviceKind::DiscreteGpu(next(&mut discrete)), "discrete"),
                wgpu::DeviceType::IntegratedGpu => (DeviceKind::IntegratedGpu(next(&mut integrated)), "integrated"),
                wgpu::DeviceType::VirtualGpu => (DeviceKind::VirtualGpu(next(&mut virtual_)), "virtual"),
                wgpu::DeviceType::Cpu => (DeviceKind::Cpu, "software"),
                // Cannot be selected by kind; the default selector may still find it.
                wgpu::DeviceType::Other => (DeviceKind::DefaultDevice, "other"),
            };
            (info, kind, word)
        })
        .enumerate()
        .map(|(i, (info, kind, word))| Adapter {
            info: DeviceInfo {
                id: format!("gpu:{i}"),
                name: info.name,
                api: api_name.to_owned(),
                kind: word.to_owned(),
                software: word == "software",
                driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
                preferred: false,
            },
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
    }
}
