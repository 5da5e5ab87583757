//! What the pointer holds of a photo.

use crate::engine::PixelPoint;

/// What can be dragged of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handle {
    /// 0 is the left eye as seen in the photo.
    Eye(usize),
    /// From the top left one clockwise.
    Corner(usize),
    /// Turns the square.
    Knob,
}

/// What a drag moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Handle(Handle),
    /// The square of the chosen face.
    Square,
    /// The photo below them.
    Photo,
}

/// A part from the press on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Held {
    pub part: Part,
    /// Where the button was pressed, in pixels of the photo.
    pub pressed: PixelPoint,
    /// Where the part was then: it is not to jump to the pointer.
    pub from: PixelPoint,
}

impl Held {
    /// Where the part is to be with the pointer here.
    pub(crate) fn to(self, pointer: PixelPoint) -> PixelPoint {
        PixelPoint { x: self.from.x + pointer.x - self.pressed.x, y: self.from.y + pointer.y - self.pressed.y }
    }
}
