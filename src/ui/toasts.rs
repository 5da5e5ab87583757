//! Short messages at the lower right: each goes away by itself, or when its cross is pressed.

use super::text;
use super::theme::{self, CONTROL, S, palette};
use super::widgets::{icon_button, remember, remembered, status_dot};
use crate::engine::Level;
use crate::printable;
use egui::{Align, Align2, Area, Context, Id, Label, Layout, Order, Ui, vec2};
use std::time::Duration;

/// The newest few are enough; the log has them all.
const MOST: usize = 4;
/// Letters in a line.
const WIDTH: usize = 52;

struct Toast {
    level: Level,
    text: String,
    /// When it goes, in seconds since the window opened.
    until: f64,
    number: u64,
}

#[derive(Default)]
pub(super) struct Toasts {
    shown: Vec<Toast>,
    count: u64,
}

impl Toasts {
    pub(super) fn add(&mut self, level: Level, message: &str, now: f64) {
        let seconds = match level {
            Level::Info | Level::Good => 4.0,
            Level::Warning => 8.0,
            Level::Error => 12.0,
        };
        self.count += 1;
        self.shown.push(Toast {
            level,
            text: text::wrap(&printable::line(message), WIDTH),
            until: now + seconds,
            number: self.count,
        });
        if self.shown.len() > MOST {
            self.shown.remove(0);
        }
    }

    /// Lets go of those whose time has passed.
    fn pass(&mut self, now: f64) {
        self.shown.retain(|toast| now < toast.until);
    }

    pub(super) fn show(&mut self, ctx: &Context, now: f64) {
        self.pass(now);
        let Some(next) = self.shown.iter().map(|toast| toast.until).reduce(f64::min) else { return };
        ctx.request_repaint_after(Duration::from_secs_f64((next - now).max(0.05)));
        let area = Area::new(Id::unique("toasts"))
            .order(Order::Tooltip)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -40.0))
            .layout(Layout::top_down(Align::Max));
        let area = area.show(ctx, |ui| {
            ui.spacing_mut().item_spacing.y = S;
            self.shown.retain(|toast| !closed(ui, toast));
        });
        if area.response.contains_pointer() {
            // Whoever points at one is reading it.
            self.shown.iter_mut().for_each(|toast| toast.until = toast.until.max(now + 1.0));
        }
    }
}

/// Draws a message. True when it is to go.
fn closed(ui: &mut Ui, toast: &Toast) -> bool {
    let p = palette(ui);
    let frame = egui::Frame::new()
        .fill(p.control)
        .corner_radius(8)
        .inner_margin(egui::Margin::symmetric(10, 6))
        .shadow(theme::toast_shadow());
    let row = |ui: &mut Ui| {
        status_dot(ui, p.level(toast.level));
        ui.add(Label::new(&toast.text).extend());
        let tip = "Close this message. The log keeps it (Ctrl+L).";
        icon_button(ui, "×", "Close the message", tip, None).clicked()
    };
    // It hangs on the right edge and is read from the left: its width in the pass before tells where it begins.
    let id = Id::unique(("width of a toast", toast.number));
    let size = vec2(remembered(ui, id).unwrap_or(0.0), CONTROL);
    let shown = ui.push_id(toast.number, |ui| {
        frame.show(ui, |ui| ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), row)).inner
    });
    remember(ui, id, shown.inner.response.rect.width());
    shown.inner.inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_few_are_shown_and_errors_longest() {
        let mut toasts = Toasts::default();
        for i in 0..6 {
            toasts.add(Level::Info, &format!("message {i}"), 0.0);
        }
        assert_eq!(toasts.shown.iter().map(|t| t.number).collect::<Vec<_>>(), [3, 4, 5, 6]);
        toasts.add(Level::Error, "an error", 0.0);
        toasts.pass(5.0);
        assert_eq!(toasts.shown.iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["an error"]);
        toasts.pass(13.0);
        assert!(toasts.shown.is_empty());
    }
}
