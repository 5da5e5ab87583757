//! What every film has, and what every format of films does.

use crate::formats::error::ExportError;
use crate::pixels::Frame;

/// Frames per second that a film may have.
pub(crate) const FPS: std::ops::RangeInclusive<u32> = 1..=120;

/// What a film is like. All its frames are of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FilmSpec {
    /// Of a frame, in pixels.
    pub width: u32,
    /// Of a frame, in pixels.
    pub height: u32,
    /// How many there will be, at least 1.
    pub frames: u32,
    /// Frames per second, in [`FPS`].
    pub fps: u32,
    /// Whether players start again at the end, in formats that can say so.
    pub repeat: bool,
}

/// One format. Frames have the right size and number when they come here.
pub(super) trait Sink {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError>;
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}
