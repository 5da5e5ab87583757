//! A shared allowance of memory for decoding.

use std::sync::{Condvar, Mutex, PoisonError};

/// Lets many small pictures decode at once, but few giant ones: without it, sixteen threads with a 100-megapixel
/// picture each would need 16 times the memory of one.
pub(super) struct Budget {
    total: u64,
    free: Mutex<u64>,
    returned: Condvar,
}

/// Gives its share back when dropped.
pub(super) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    pub(super) fn new(total: u64) -> Self {
        Self { total, free: Mutex::new(total), returned: Condvar::new() }
    }

    /// Waits until `bytes` are free. A request beyond the whole budget waits for all of it and then runs alone.
    pub(super) fn take(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(self.total);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.returned.wait_while(free, |free| *free < bytes).unwrap_or_else(PoisonError::into_inner);
        *free -= bytes;
        Share { budget: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self.budget.free.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.budget.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn never_more_than_the_total_at_once() {
        let budget = Budget::new(10);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for bytes in [4, 4, 4, 99, 1, 6] {
                let (budget, now, most) = (&budget, &now, &most);
                scope.spawn(move || {
                    let share = budget.take(bytes);
                    most.fetch_max(now.fetch_add(share.bytes, Ordering::SeqCst) + share.bytes, Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    now.fetch_sub(share.bytes, Ordering::SeqCst);
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 10);
        assert_eq!(*budget.free.lock().unwrap(), 10);
    }
}
