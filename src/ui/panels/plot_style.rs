//! What the plots have in common: they run over training time, and one can move and zoom them.

use crate::ui::curves::XAxis;
use crate::ui::text;
use crate::ui::theme::Palette;
use crate::ui::ticks;
use egui::{Id, Response, TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};
use egui_plot::{Plot, PlotMemory};

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

/// Says what it is to those who do not see it.
pub(super) fn named(plot: &Response, name: &str) {
    plot.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, name));
}
