//! How bad a finding is.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth watching; it may pass.
    Warning,
    /// The training will not recover by itself.
    Alarm,
}

/// The worse of two signs that is there.
pub(super) fn worse(warning: bool, alarm: bool) -> Option<Severity> {
    match (warning, alarm) {
        (_, true) => Some(Severity::Alarm),
        (true, false) => Some(Severity::Warning),
        (false, false) => None,
    }
}
