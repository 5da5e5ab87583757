//! How many threads share the work on the CPU.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::cell::RefCell;
use std::num::NonZero;
use std::thread::available_parallelism;

/// What the thread pool reads.
const VARIABLE: &str = "RAYON_NUM_THREADS";
/// Threads for each core at most. More only wait for one another, and some thousands are more than a system has.
const PER_CORE: usize = 4;

/// Keeps the number of threads that somebody asks for within what this machine has a use for, and says so. To be called
/// before anything is computed.
pub fn limit_threads() {
    let Some(most) = limit(std::env::var(VARIABLE).ok().as_deref(), available_parallelism().map_or(1, NonZero::get))
    else {
        return;
    };
    match ThreadPoolBuilder::new().num_threads(most).build_global() {
        Ok(()) => log::warn!("{VARIABLE}: {most} threads are used, {PER_CORE} per processor core"),
        Err(e) => log::warn!("{VARIABLE}: cannot be limited to {most} threads: {e}"),
    }
}

thread_local! {
    /// What this thread shares its work with; it goes with the thread.
    static OWN_POOL: RefCell<Option<ThreadPool>> = const { RefCell::new(None) };
}

/// From now on this thread takes part in the work that it shares out, with as many threads as there are for a training.
///
/// A thread that is not of a pool hands each operation over, sleeps and is woken, some hundred times a training step: a
/// tenth of a small one, and with a single thread all of that for nothing.
pub(crate) fn work_along() {
    work_with(rayon::current_num_threads(), "the training only hands work over");
}

/// From now on this thread does its work alone: it takes no more than one core, and never waits behind the training's.
pub(crate) fn work_alone() {
    work_with(1, "the work shares the training's threads");
}

fn work_with(threads: usize, otherwise: &str) {
    OWN_POOL.with_borrow_mut(|own| {
        // A thread belongs to one pool for good.
        if own.is_some() {
            return;
        }
        match ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build() {
            Ok(pool) => *own = Some(pool),
            Err(e) => log::warn!("{otherwise}: {e}"),
        }
    });
}

/// The number to use instead of the one that was asked for, if that is too large.
fn limit(asked: Option<&str>, cores: usize) -> Option<usize> {
    let most = cores.saturating_mul(PER_CORE);
    let digits = asked?.trim();
    // A number without an end is too large, too.
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (number && digits.parse::<usize>().map_or(true, |asked| asked > most)).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::collections::HashSet;
    use std::thread::{self, ThreadId};

    /// Who worked on many small pieces.
    fn workers() -> HashSet<ThreadId> {
        (0..64).into_par_iter().with_max_len(1).map(|_| thread::current().id()).collect()
    }

    #[test]
    fn a_thread_takes_part_in_its_own_work() {
        let outside = thread::spawn(|| (workers(), thread::current().id())).join().unwrap();
        assert!(!outside.0.contains(&outside.1), "a thread of no pool worked itself: this test shows nothing");
        let along = || {
            work_along();
            work_along();
            (workers(), thread::current().id(), rayon::current_num_threads())
        };
        let (who, me, threads) = thread::spawn(along).join().unwrap();
        assert!(who.contains(&me), "{who:?} without {me:?}");
        assert_eq!(threads, rayon::current_num_threads());
        assert!(who.is_disjoint(&outside.0), "the work went to threads of others");
    }

    #[test]
    fn a_thread_alone_shares_nothing() {
        let alone = || {
            work_alone();
            (workers(), thread::current().id())
        };
        let (who, me) = thread::spawn(alone).join().unwrap();
        assert_eq!(who, HashSet::from([me]));
    }

    #[test]
    fn only_what_is_too_much_is_changed() {
        for (asked, used) in [
            (None, None),
            (Some(""), None),
            (Some("many"), None),
            (Some("-1"), None),
            (Some("0"), None),
            (Some("1"), None),
            (Some("32"), None),
            (Some("33"), Some(32)),
            (Some("100000"), Some(32)),
            (Some("99999999999999999999999999"), Some(32)),
        ] {
            assert_eq!(limit(asked, 8), used, "{asked:?}");
        }
    }
}
