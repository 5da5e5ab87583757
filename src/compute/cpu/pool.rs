//! Buffers for another time.
//!
//! A training step makes the same tensors again and again. Memory fresh from the system has to be cleared and mapped
//! page by page, which cost a tenth of a step; a buffer that was used before is ready. Each thread keeps its own.

use std::cell::RefCell;

/// Smaller buffers cost nothing.
const SMALLEST: usize = 1 << 12;
/// Numbers that a thread keeps at most (256 MiB); the oldest go first.
const MOST: usize = 1 << 26;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { buffers: Vec::new(), held: 0 }) };
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with places for these many numbers each, whatever they hold. `work` must not ask for such places itself.
pub fn with_scratch<const N: usize>(lengths: [usize; N], work: impl FnOnce([&mut [f32]; N])) {
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

/// From the oldest to the newest.
struct Pool {
    buffers: Vec<Vec<f32>>,
    held: usize,
}

/// A buffer of `length` numbers, whatever they are: the caller writes them all.
pub fn take(length: usize) -> Vec<f32> {
    let found = (length >= SMALLEST)
        .then(|| {
            POOL.with_borrow_mut(|pool| {
                let place = pool.buffers.iter().rposition(|buffer| buffer.len() == length)?;
                pool.held -= length;
                Some(pool.buffers.remove(place))
            })
        })
        .flatten();
    found.unwrap_or_else(|| vec![0.0; length])
}

/// Keeps a buffer that nobody needs any more.
pub fn give(buffer: Vec<f32>) {
    if !(SMALLEST..=MOST).contains(&buffer.len()) {
        return;
    }
    POOL.with_borrow_mut(|pool| {
        pool.held += buffer.len();
        pool.buffers.push(buffer);
        let mut old = 0;
        while pool.held > MOST {
            pool.held -= pool.buffers[old].len();
            old += 1;
        }
        pool.buffers.drain(..old);
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
    fn places_lie_side_by_side() {
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
        POOL.with_borrow(|pool| assert!(pool.buffers.iter().all(|b| b.len() != size - 4)));
    }
}
