//! Who asks the program to end, and whether they ask again.

use std::time::Duration;

/// A request to end the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndRequest {
    /// Somebody, with Ctrl+C; the number tells the keys apart.
    Person(u32),
    /// The terminal or the session is gone, or a scheduler, a service manager or `kill` ends the program.
    System,
}

impl EndRequest {
    /// Whether it counts as a second request, `elapsed` after the first one. What ends a session or a job sends several
    /// signals at once, to the shell, which passes its own on, and to the program itself: within a second only a person
    /// who repeats the same keys means it.
    pub(super) fn counts_after(self, before: Self, elapsed: Duration) -> bool {
        elapsed >= Duration::from_secs(1) || (self == before && self != Self::System)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_session_or_a_job_is_one_request() {
        let (at_once, later) = (Duration::from_millis(50), Duration::from_millis(1500));
        let (ctrl_c, system) = (EndRequest::Person(2), EndRequest::System);
        assert!(ctrl_c.counts_after(ctrl_c, at_once));
        for (before, request) in [(system, system), (system, ctrl_c), (ctrl_c, system)] {
            assert!(
                !request.counts_after(before, at_once) && request.counts_after(before, later),
                "{before:?}, {request:?}"
            );
        }
    }
}
