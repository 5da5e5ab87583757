//! What the plots have in common: they run over training time, and one can move and zoom them by pointer and by keys.

use crate::ui::curves::XAxis;
use crate::ui::focus;
use crate::ui::text;
use crate::ui::theme::Palette;
use crate::ui::ticks;
use egui::{EventFilter, Id, Key, Modifiers, Pos2, Rect, TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};
use egui_plot::{Plot, PlotMemory, PlotUi};
use std::ops::RangeInclusive;

/// How to move and zoom a plot, for its tooltips and the help.
pub(super) const KEYS: &str = "The wheel zooms, over an axis only along that axis; dragging moves; a double click \
                               shows everything again. With the keyboard: Tab to a plot, then the arrow keys, + and -, \
                               and Home.";

/// Points of the wheel for a zoom by a factor of e.
const WHEEL: f64 = 240.0;
/// The part that is seen after one press of +.
const KEY_ZOOM: f64 = 0.8;
/// The part of what is seen by which an arrow key moves.
const KEY_STEP: f64 = 0.1;
/// The narrowest and the widest that may be seen along an axis.
const SPAN: RangeInclusive<f64> = 1e-6..=1e12;

/// Makes the numbers on the axes smaller than running text.
pub(super) fn small_numbers(ui: &mut Ui) {
    if let Some(body) = ui.style_mut().text_styles.get_mut(&TextStyle::Body) {
        body.size = 12.0;
    }
}

/// Whether the plot of this name has never been drawn.
pub(super) fn is_new(ui: &Ui, name: &str) -> bool {
    PlotMemory::load(ui.ctx(), Id::unique(name)).is_none()
}

/// An empty plot of `size` points; after `reset` it follows the run again.
pub(super) fn plot<'a>(name: &'static str, size: Vec2, axis: XAxis, p: &Palette, reset: bool) -> Plot<'a> {
    let plot = Plot::new(name)
        .id(Id::unique(name))
        .height(size.y)
        .width(size.x)
        .allow_scroll(false)
        .auto_bounds([true, false])
        .set_margin_fraction(vec2(0.01, 0.0))
        .show_background(false)
        .grid_color(p.border_strong)
        .cursor_color(p.weak)
        .y_axis_min_width(34.0)
        .y_axis_formatter(|mark, _| text::value(mark.value))
        .custom_x_axes(vec![ticks::hints(axis)])
        .x_grid_spacer(ticks::spacer(axis, size.x));
    if reset { plot.reset() } else { plot }
}

/// Draws what `add` adds, moves and zooms as the person asks, and says what it is and, with `words` about the visible
/// range of x, what it shows to those who do not see it. A fresh plot follows the run in both directions: along x the
/// data, along y exactly the range given with `include_y`, so that one spike does not flatten everything else.
pub(super) fn show<'a>(
    ui: &mut Ui,
    plot: Plot<'a>,
    (name, size): (&'static str, Vec2),
    fresh: bool,
    words: impl FnOnce(RangeInclusive<f64>) -> String,
    add: impl FnOnce(&mut PlotUi<'a>) + 'a,
) {
    let wheel = wheel(ui, Rect::from_min_size(ui.available_rect_before_wrap().min, size));
    let enabled = ui.is_enabled();
    let shown = plot.show(ui, move |plot| {
        if fresh {
            plot.set_auto_bounds(true);
        }
        if let Some((at, by)) = wheel {
            zoom_at(plot, at, by);
        }
        if enabled && plot.response().has_focus() {
            by_keys(plot);
        }
        add(plot);
    });
    let words = words(shown.transform.bounds().range_x());
    shown.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Canvas, enabled, name);
        info.current_text_value = Some(words.clone());
        info
    });
    focus::ring(ui, &shown.response);
}

/// Takes the wheel, so that the page stays where it is: at the pointer, the part of what is seen that is left.
fn wheel(ui: &Ui, rect: Rect) -> Option<(Pos2, f64)> {
    if !ui.is_enabled() || !ui.rect_contains_pointer(rect) {
        return None;
    }
    let (at, by) = ui.input_mut(|i| (i.pointer.hover_pos(), std::mem::take(&mut i.smooth_scroll_delta).y));
    at.filter(|_| by != 0.0).map(|at| (at, (-f64::from(by) / WHEEL).exp()))
}

/// Zooms along the axis at which the pointer is, or along both. What is under the pointer stays there.
fn zoom_at(plot: &mut PlotUi, at: Pos2, by: f64) {
    let inside = plot.response().rect;
    let [on_y, on_x] = [at.x < inside.left(), at.y > inside.bottom()];
    let value = plot.plot_from_screen(at);
    if !on_y {
        zoom(plot, 0, value.x, by);
    }
    if !on_x {
        zoom(plot, 1, value.y, by);
    }
}

fn by_keys(plot: &mut PlotUi) {
    let ctx = plot.ctx().clone();
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ctx.memory_mut(|memory| memory.set_focus_lock_filter(plot.response().id, filter));
    let presses = |key| ctx.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key) as f64);
    let right = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
    let up = presses(Key::ArrowUp) - presses(Key::ArrowDown);
    // Plus is on a key of its own, or with Shift on that of the equals sign.
    let closer = presses(Key::Plus) + presses(Key::Equals) - presses(Key::Minus);
    for (axis, steps) in [right, up].into_iter().enumerate() {
        if steps != 0.0 {
            let (from, to) = seen(plot, axis);
            let by = steps * KEY_STEP * (to - from);
            see(plot, axis, from + by, to + by);
        }
        if closer != 0.0 {
            let (from, to) = seen(plot, axis);
            zoom(plot, axis, 0.5 * (from + to), KEY_ZOOM.powf(closer));
        }
    }
    if presses(Key::Home) + presses(Key::Num0) > 0.0 {
        plot.set_auto_bounds(true);
    }
}

fn seen(plot: &PlotUi, axis: usize) -> (f64, f64) {
    let bounds = plot.plot_bounds();
    (bounds.min()[axis], bounds.max()[axis])
}

fn see(plot: &mut PlotUi, axis: usize, from: f64, to: f64) {
    if axis == 0 { plot.set_plot_bounds_x(from..=to) } else { plot.set_plot_bounds_y(from..=to) }
}

/// Leaves `by` of what is seen along an axis, around `at`.
fn zoom(plot: &mut PlotUi, axis: usize, at: f64, by: f64) {
    let (from, to) = seen(plot, axis);
    if SPAN.contains(&(by * (to - from))) {
        see(plot, axis, at + by * (from - at), at + by * (to - at));
    }
}
