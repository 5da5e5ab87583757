//! How many threads share the work on the CPU.

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
    match rayon::ThreadPoolBuilder::new().num_threads(most).build_global() {
        Ok(()) => log::warn!("{VARIABLE}: {most} threads are used, {PER_CORE} per processor core"),
        Err(e) => log::warn!("{VARIABLE}: cannot be limited to {most} threads: {e}"),
    }
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
