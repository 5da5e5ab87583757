//! Who asks the program to end, and whether they ask again.

use std::time::Duration;

/// A request to end the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndRequest {
    /// Somebody, with Ctrl+C or `kill`; the number tells them apart.
    Person(u32),
    /// The terminal or the session is gone.
    Session,
}

impl EndRequest {
    /// Whether it counts as a second request, `elapsed` after the first one. The end of a session comes as several
    /// signals at once, from the terminal, the shell and the system: within a second only a person who repeats the same
    /// one means it.
    pub(super) fn counts_after(self, before: Self, elapsed: Duration) -> bool {
        elapsed >= Duration::from_secs(1) || (self == before && self != Self::Session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_session_is_one_request() {
        let (at_once, later) = (Duration::from_millis(50), Duration::from_millis(1500));
        let (ctrl_c, term, hang_up) = (EndRequest::Person(2), EndRequest::Person(15), EndRequest::Session);
        assert!(ctrl_c.counts_after(ctrl_c, at_once) && term.counts_after(term, at_once));
        for (before, request) in [(term, hang_up), (hang_up, term), (hang_up, hang_up), (ctrl_c, term)] {
            assert!(
                !request.counts_after(before, at_once) && request.counts_after(before, later),
                "{before:?}, {request:?}"
            );
        }
    }
}
