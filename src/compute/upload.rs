//! Numbers on their way to a device while it works: counted, as what comes back is (`readback`).

use burn::tensor::{Device, Int, Tensor, TensorData};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

static UPLOADS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// A tensor of these values. There must be as many as the shape asks for.
pub(crate) fn upload<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    count(values.len());
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// As [`upload`], for whole numbers.
pub(crate) fn upload_int<const D: usize>(values: Vec<i32>, shape: [usize; D], device: &Device) -> Tensor<D, Int> {
    count(values.len());
    Tensor::from_data(TensorData::new(values, shape), device)
}

thread_local! {
    /// Each thread has its own memory on a GPU.
    static CONSTANTS: RefCell<Vec<(&'static str, Device, Tensor<1>)>> = const { RefCell::new(Vec::new()) };
}

/// Numbers of the program's own, which are sent to each device once. `name` tells them apart.
pub(crate) fn constant(name: &'static str, values: impl FnOnce() -> Vec<f32>, device: &Device) -> Tensor<1> {
    CONSTANTS.with_borrow_mut(|known| {
        if let Some((.., tensor)) = known.iter().find(|(n, d, _)| *n == name && d == device) {
            return tensor.clone();
        }
        let values = values();
        let tensor = upload(values.clone(), [values.len()], device);
        known.push((name, device.clone(), tensor.clone()));
        tensor
    })
}

/// Both kinds of numbers have four bytes.
fn count(numbers: usize) {
    UPLOADS.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(4 * numbers as u64, Ordering::Relaxed);
}

/// `(uploads, bytes)` since the program started.
pub fn upload_counts() -> (u64, u64) {
    (UPLOADS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}
