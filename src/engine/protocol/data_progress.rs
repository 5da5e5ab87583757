//! How far preparing the pictures is.

use crate::data::{LOOKING_FOR_FACES, PREPARING};
use serde::{Deserialize, Serialize};

/// How far preparing the pictures is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataProgress {
    /// What is counted.
    pub phase: DataPhase,
    /// How many of `total` are done.
    pub done: usize,
    /// 0 while the folder is still being searched.
    pub total: usize,
}

/// A part of preparing the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataPhase {
    /// Some photos are looked at, to decide whether all are cut to the faces in them.
    Looking,
    /// Pictures are prepared.
    Preparing,
}

impl DataPhase {
    /// What is counted, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Looking => LOOKING_FOR_FACES,
            Self::Preparing => PREPARING,
        }
    }
}
