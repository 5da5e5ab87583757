//! How much work goes to a GPU at once.
//!
//! Kernels are queued and submitted in groups. Windows takes a driver for dead whose GPU needs two seconds for one
//! group, and where the desktop is drawn by the same GPU, its frames wait between groups at the latest. The library
//! counts kernels alone (`KERNELS_AT_ONCE` in `compute/device`), but one of `article-128` may have thousands of times
//! the work of one of `quick-32`. Nearly all work is in the convolutions, so theirs is added up, and what is queued is
//! submitted before it becomes too much.

use cubecl::client::Client;
use std::cell::RefCell;

/// Floating-point operations of the convolutions that are submitted together: 32 ms of a weak card that reaches
/// 1 TFLOP/s, which leaves room for what lies between them. A strong one reaches 10 and more, so that a submission
/// still has milliseconds of work and costs microseconds. A single kernel may have more; it cannot be divided.
pub(crate) const FLOP_AT_ONCE: u64 = 32_000_000_000;

/// The work that waits to be submitted, as far as it is known: the library may have submitted it already.
#[derive(Debug, Default)]
struct Queue {
    flop: u64,
}

impl Queue {
    /// Adds a kernel. Gives whether what was there before it must be submitted first.
    fn add(&mut self, flop: u64) -> bool {
        let full = self.flop > 0 && self.flop + flop > FLOP_AT_ONCE;
        self.flop = if full { flop } else { self.flop + flop };
        full
    }
}

thread_local! {
    /// All kernels of a device are started by one thread.
    static QUEUE: RefCell<Queue> = RefCell::default();
}

/// To be called before a kernel with so much work is started: submits what is queued if both would be too much.
pub(super) fn before_kernel(client: &Client, flop: u64) {
    let full = QUEUE.with_borrow_mut(|queue| queue.add(flop));
    if full && let Err(e) = client.flush() {
        // Whoever reads the results is told.
        log::debug!("submitting to the device: {e}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of any sequence of kernels: no submission has more work than allowed, or it is a single kernel; and none is
    /// made while the next kernel would have fitted.
    #[test]
    fn submissions_are_bounded_by_their_work() {
        let sizes = [1, FLOP_AT_ONCE / 100, FLOP_AT_ONCE / 3, FLOP_AT_ONCE, 4 * FLOP_AT_ONCE, 1000];
        let mut queue = Queue::default();
        let mut submissions: Vec<Vec<u64>> = vec![Vec::new()];
        for i in 0..3000 {
            let flop = sizes[i * 7919 % 4099 % sizes.len()];
            if queue.add(flop) {
                submissions.push(Vec::new());
            }
            submissions.last_mut().unwrap().push(flop);
        }
        assert!(submissions.len() > 1000);
        for (kernels, next) in submissions.iter().zip(&submissions[1..]) {
            let flop: u64 = kernels.iter().sum();
            assert!(flop <= FLOP_AT_ONCE || kernels.len() == 1, "{kernels:?}");
            assert!(flop + next[0] > FLOP_AT_ONCE, "{kernels:?} and then {}", next[0]);
        }
    }

    /// Kernels without work never cause a submission, so small networks have none but the library's.
    #[test]
    fn small_networks_are_left_to_the_library() {
        let mut queue = Queue::default();
        assert!((0..1_000_000).all(|_| !queue.add(30_000)));
    }
}
