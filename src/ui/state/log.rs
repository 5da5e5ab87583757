//! What happened, line by line.

use crate::engine::Level;
use crate::printable;
use std::collections::VecDeque;

/// Lines kept; a week of training writes fewer that matter.
const LINES: usize = 1000;

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Seconds since the window opened.
    pub at: f64,
    pub level: Level,
    pub text: String,
}

/// The newest messages, oldest first.
#[derive(Default)]
pub struct Log {
    lines: VecDeque<Line>,
    /// Warnings and errors since the log was last looked at.
    pub faults: usize,
}

impl Log {
    /// Adds a message that came at `at` seconds; the oldest makes room.
    pub fn push(&mut self, at: f64, level: Level, text: &str) {
        if matches!(level, Level::Warning | Level::Error) {
            self.faults += 1;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { at, level, text: printable::line(text).into_owned() });
    }

    /// Oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &Line> + ExactSizeIterator {
        self.lines.iter()
    }

    /// The newest message.
    pub fn last(&self) -> Option<&Line> {
        self.lines.back()
    }
}
