//! Where to compute, in words; the tensors' side of it is in `compute`.

use super::param::SettingError;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Where to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The best real GPU, or the CPU where there is none. A software adapter counts as none.
    #[default]
    Auto,
    /// Any GPU adapter, a software one too.
    Gpu,
    /// The CPU.
    Cpu,
    /// The adapter with this number in `purrtrait devices`.
    Adapter(u32),
}

impl FromStr for DeviceChoice {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|n| n.parse().ok())
                .map(Self::Adapter)
                .ok_or_else(|| SettingError::new("device", format!("{text:?} is not auto, gpu, cpu or gpu:N"))),
        }
    }
}

impl DeviceChoice {
    /// The device that this chooses among those of this machine.
    pub(crate) fn among(self, devices: &[DeviceInfo]) -> Option<&DeviceInfo> {
        match self {
            Self::Auto => devices.iter().find(|device| device.preferred),
            Self::Gpu => {
                let mut gpus = devices.iter().filter(|device| device.kind != "cpu");
                gpus.clone().find(|device| !device.software).or_else(|| gpus.next())
            }
            named => devices.iter().find(|device| device.id == named.to_string()),
        }
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Gpu => f.write_str("gpu"),
            Self::Cpu => f.write_str("cpu"),
            Self::Adapter(n) => write!(f, "gpu:{n}"),
        }
    }
}

/// One device that can train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// What to write after `--device`: `cpu`, `gpu:0`, ...
    pub id: String,
    /// The adapter's name, or CPU and its number of threads.
    pub name: String,
    /// Vulkan, Metal, Dx12 or CPU.
    pub api: String,
    /// `discrete`, `integrated`, `virtual`, `software`, `other` or `cpu`.
    pub kind: String,
    /// A GPU in name only: it runs on the CPU and is slower than the `cpu` device.
    pub software: bool,
    /// Name and version of the driver; may be empty.
    pub driver: String,
    /// Chosen by `auto`.
    pub preferred: bool,
    /// Bytes of memory that a GPU has, where it tells.
    #[serde(default)]
    pub memory: Option<u64>,
}

#[cfg(test)]
impl DeviceInfo {
    /// The processor, for tests.
    pub(crate) fn processor() -> Self {
        Self {
            id: "cpu".into(),
            name: "A processor".into(),
            api: "CPU".into(),
            kind: "cpu".into(),
            software: false,
            driver: String::new(),
            preferred: true,
            memory: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_finds_its_device() {
        let device = |id: &str, kind: &str, preferred| DeviceInfo {
            id: id.into(),
            kind: kind.into(),
            software: kind == "software",
            preferred,
            ..DeviceInfo::processor()
        };
        let all = [device("cpu", "cpu", false), device("gpu:0", "software", false), device("gpu:1", "discrete", true)];
        let found = |choice: DeviceChoice| choice.among(&all).map(|device| device.id.as_str());
        assert_eq!(found(DeviceChoice::Auto), Some("gpu:1"));
        assert_eq!(found(DeviceChoice::Gpu), Some("gpu:1"));
        assert_eq!(DeviceChoice::Gpu.among(&all[..2]).map(|device| device.id.as_str()), Some("gpu:0"));
        assert_eq!(found(DeviceChoice::Cpu), Some("cpu"));
        assert_eq!(found(DeviceChoice::Adapter(0)), Some("gpu:0"));
        assert_eq!(found(DeviceChoice::Adapter(7)), None);
    }
}
