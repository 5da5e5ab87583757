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
    #[cfg(test)]
    lost::look()?;
    // SYNC: the host waits here.
    let data = transaction.try_execute().map_err(|e| DeviceError::lost(&e.to_string()))?;
    READS.fetch_add(1, Ordering::Relaxed);
    // Whoever generates or measures pictures reads each batch of them.
    work_done();
    data.into_iter()
        .map(|d| {
            BYTES.fetch_add(d.as_bytes().len() as u64, Ordering::Relaxed);
            d.try_into_vec::<f32>().map_err(|e| DeviceError::lost(&format!("{e:?}")))
        })
        .collect()
}

/// `(reads, bytes)` since the program started.
pub(crate) fn readback_counts() -> (u64, u64) {
    (READS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

/// For tests: a device that is lost while somebody works with it.
#[cfg(test)]
pub(crate) mod lost {
    use super::DeviceError;
    use std::cell::Cell;

    thread_local! {
        static READS_LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// So many reads of this thread find their device, all later ones none.
    pub(crate) fn after(reads: u32) {
        READS_LEFT.set(Some(reads));
    }

    pub(super) fn look() -> Result<(), DeviceError> {
        match READS_LEFT.get() {
            Some(0) => Err(DeviceError::lost("a test has lost it")),
            left => {
                READS_LEFT.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }
}
