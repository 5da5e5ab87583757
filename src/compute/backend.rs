//! Which backend a device belongs to.

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// Whether tensors on this device are computed by the CPU backend.
pub(crate) fn is_cpu(device: &Device) -> bool {
    match device.as_dispatch() {
        DispatchDevice::Flex(_) => true,
        DispatchDevice::Autodiff(inner) => matches!(**inner, DispatchDevice::Flex(_)),
        _ => false,
    }
}
