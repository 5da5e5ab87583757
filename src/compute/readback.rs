//! The only place where numbers come back from the device.
//!
//! Each read makes the host wait for all queued work, so reads are rare (metrics every N steps, samples, checkpoints),
//! take everything they need in one transaction, and are counted.

use super::cpu::work_done;
use super::device::DeviceError;
use burn::tensor::{Tensor, Transaction};
use std::sync::atomic::{AtomicU64, Ordering};

static READS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// Waits for the device once and gives the values of all `tensors`, in order.
///
/// # Errors
/// When the device failed at any work queued before; a lost GPU shows here.
pub fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, DeviceError> {
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    // SYNC: the host waits here.
    let data = transaction.try_execute().map_err(|e| DeviceError::lost(e.to_string()))?;
    READS.fetch_add(1, Ordering::Relaxed);
    // Whoever generates or measures pictures reads each batch of them.
    work_done();
    data.into_iter()
        .map(|d| {
            BYTES.fetch_add(d.as_bytes().len() as u64, Ordering::Relaxed);
            d.try_into_vec::<f32>().map_err(|e| DeviceError::lost(format!("{e:?}")))
        })
        .collect()
}

/// `(reads, bytes)` since the program started.
pub(crate) fn readback_counts() -> (u64, u64) {
    (READS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}
