//! Buffers that are used again.
//!
//! A training step makes the same tensors again and again. Memory fresh from the system has to be cleared and mapped
//! page by page, which cost a tenth of a step; a buffer that was used before is ready. Each thread keeps its own.
//!
//! More comes back than is taken: some buffers are the tensor library's own and of lengths that nobody asks for, and
//! pictures are generated now and then. So whatever lay idle while the thread's work was done a few times over is
//! freed; see [`work_done`].

use std::cell::RefCell;
use std::collections::VecDeque;

/// Smaller buffers cost nothing.
const SMALLEST: usize = 1 << 12;
/// Numbers that a thread keeps at most (256 MiB); the oldest go first.
const MOST: usize = 1 << 26;
/// A buffer is freed once this many pieces of work were done without it. The next step takes what this one gives; a
/// step whose losses are read counts twice.
const IDLE: u64 = 4;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { buffers: VecDeque::new(), held: 0, done: 0 }) };
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with scratch memory of these lengths, whatever it holds. `work` must not ask for scratch memory itself.
pub(crate) fn with_scratch<const N: usize>(lengths: [usize; N], work: impl FnOnce([&mut [f32]; N])) {
    SCRATCH.with_borrow_mut(|scratch| {
        let all = lengths.iter().sum();
        if scratch.len() < all {
            scratch.resize(all, 0.0);
        }
        let mut rest = scratch.as_mut_slice();
        work(lengths.map(|length| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
            rest = after;
            part
        }));
    });
}

struct Pool {
    /// From the oldest to the newest, each with the pieces of work that were done before it came.
    buffers: VecDeque<(u64, Vec<f32>)>,
    held: usize,
    /// Pieces of work done so far.
    done: u64,
}

impl Pool {
    fn free_while(&mut self, surplus: impl Fn(&Self, u64) -> bool) {
        while let Some((since, _)) = self.buffers.front()
            && surplus(self, *since)
            && let Some((_, buffer)) = self.buffers.pop_front()
        {
            self.held -= buffer.len();
        }
    }
}

/// A buffer of `length` numbers, whatever they are: the caller writes them all.
pub(crate) fn take(length: usize) -> Vec<f32> {
    let found = (length >= SMALLEST)
        .then(|| {
            POOL.with_borrow_mut(|pool| {
                let index = pool.buffers.iter().rposition(|(_, buffer)| buffer.len() == length)?;
                pool.held -= length;
                pool.buffers.remove(index)
            })
        })
        .flatten();
    found.map_or_else(|| vec![0.0; length], |(_, buffer)| buffer)
}

/// Keeps a buffer that nobody needs any more.
pub(crate) fn give(buffer: Vec<f32>) {
    if !(SMALLEST..=MOST).contains(&buffer.len()) {
        return;
    }
    POOL.with_borrow_mut(|pool| {
        pool.held += buffer.len();
        pool.buffers.push_back((pool.done, buffer));
        pool.free_while(|pool, _| pool.held > MOST);
    });
}

/// A piece of this thread's work is done, such as a training step or a picture, and the next will need about the same.
/// Frees the buffers that the last few had no use for.
pub(crate) fn work_done() {
    POOL.with_borrow_mut(|pool| {
        pool.done += 1;
        pool.free_while(|pool, since| pool.done - since > IDLE);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_to_who_asks_for_its_length() {
        let buffer = vec![7.0; SMALLEST + 3];
        let address = buffer.as_ptr();
        give(buffer);
        let other = take(SMALLEST + 4);
        assert!(other.iter().all(|v| *v == 0.0));
        let same = take(SMALLEST + 3);
        assert!(same.as_ptr() == address && same.len() == SMALLEST + 3);
        let another = take(SMALLEST + 3);
        assert_ne!(another.as_ptr(), address);
    }

    #[test]
    fn scratch_memory_lies_side_by_side() {
        with_scratch([3, 5], |[a, b]| {
            a.fill(1.0);
            b.fill(2.0);
            assert_eq!((a.len(), b.len(), a[2], b[0]), (3, 5, 1.0, 2.0));
        });
        with_scratch([2], |[a]| assert_eq!(a.len(), 2));
    }

    #[test]
    fn the_oldest_go_first() {
        let size = MOST / 4;
        let address: Vec<_> = (0..5)
            .map(|i| {
                let buffer = vec![0.0; size + i - 4];
                let address = buffer.as_ptr();
                give(buffer);
                address
            })
            .collect();
        let (newest, second) = (take(size), take(size - 3));
        assert_eq!([newest.as_ptr(), second.as_ptr()], [address[4], address[1]]);
        POOL.with_borrow(|pool| assert!(pool.buffers.iter().all(|(_, b)| b.len() != size - 4)));
    }

    /// Steps that give what nobody takes, and pictures of many sizes in between: what is held stays below what a few
    /// steps use, and the buffers of a step are still the same ones.
    #[test]
    fn what_is_held_follows_the_work() {
        let lengths = [SMALLEST, 3 * SMALLEST, 8 * SMALLEST];
        let step: usize = lengths.iter().sum();
        let mut known: Option<Vec<*const f32>> = None;
        for round in 0..2000 {
            let buffers: Vec<_> = lengths.iter().map(|length| take(*length)).collect();
            let mut addresses: Vec<_> = buffers.iter().map(|b| b.as_ptr()).collect();
            addresses.sort_unstable();
            assert_eq!(*known.get_or_insert_with(|| addresses.clone()), addresses, "step {round} found other memory");
            buffers.into_iter().for_each(give);
            // As the tensor library makes them, each of another length, up to as large as all of the step.
            give(vec![0.0; SMALLEST + 1 + round % 11 * SMALLEST]);
            work_done();
            let held = POOL.with_borrow(|pool| pool.held);
            assert!(held <= step * (IDLE as usize + 2), "{held} numbers after step {round}, of which one uses {step}");
        }
        (0..=IDLE).for_each(|_| work_done());
        assert_eq!(POOL.with_borrow(|pool| (pool.held, pool.buffers.len())), (0, 0));
    }
}
