//! Where things are on the pad: from its units to the screen and back, and words on it.

use crate::ui::explorer::Exploration;
use crate::ui::theme::Palette;
use egui::{Align2, FontId, Painter, Pos2, Rect, vec2};

/// From the pad's units to the screen and back.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    pub rect: Rect,
    window: [[f64; 2]; 2],
}

impl Scale {
    pub(super) fn new(rect: Rect, form: &Exploration) -> Self {
        Self { rect, window: form.window() }
    }

    pub(super) fn to_screen(self, at: [f64; 2]) -> Pos2 {
        let share = |axis: usize| {
            let [low, high] = self.window[axis];
            ((at[axis] - low) / (high - low)) as f32
        };
        self.rect.min + vec2(share(0), share(1)) * self.rect.size()
    }

    pub(super) fn to_pad(self, pos: Pos2) -> [f64; 2] {
        let share = (pos - self.rect.min) / self.rect.size();
        let at = |axis: usize, share: f32| {
            let [low, high] = self.window[axis];
            low + f64::from(share) * (high - low)
        };
        [at(0, share.x), at(1, share.y)]
    }

    /// Length of one unit on the screen.
    pub(super) fn unit(self) -> f32 {
        (f64::from(self.rect.width()) / (self.window[0][1] - self.window[0][0]).abs()) as f32
    }
}

/// Words over pictures.
pub(super) fn label(painter: &Painter, p: &Palette, at: Pos2, anchor: Align2, words: String) {
    let galley = painter.layout_no_wrap(words, FontId::proportional(12.0), p.text);
    let rect = anchor.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(6.0, 2.0)), 6.0, p.card.gamma_multiply(0.88));
    painter.galley(rect.min, galley, p.text);
}
