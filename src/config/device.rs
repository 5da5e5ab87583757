//! What a device is, in words; the tensors' side of it is in `compute`.

use serde::Serialize;

/// One device that can train.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeviceInfo {
    /// What to write after `--device`: `cpu`, `gpu:0`, ...
    pub id: String,
    pub name: String,
    /// Vulkan, Metal, Dx12 or CPU.
    pub api: String,
    /// `discrete`, `integrated`, `virtual`, `software`, `other` or `cpu`.
    pub kind: String,
    /// A GPU in name only: it runs on the CPU and is slower than the `cpu` device.
    pub software: bool,
    pub driver: String,
    /// Chosen by `auto`.
    pub preferred: bool,
}
