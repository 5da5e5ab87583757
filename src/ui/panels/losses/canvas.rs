//! What both plots draw on and from.

use super::words;
use crate::ui::curves::{Curves, Reading, XAxis};
use crate::ui::panels::plot_style;
use crate::ui::state::RunView;
use crate::ui::theme::Palette;
use egui::{Color32, Id, vec2};
use egui_plot::{Line, Plot, PlotPoint, PlotUi};

/// The plots of this group share their horizontal axis.
const GROUP: &str = "purrtrait_plots";

/// What both plots draw from.
pub(super) struct LossPlots<'a> {
    pub run: &'a RunView,
    pub curves: &'a Curves,
    pub axis: XAxis,
    pub p: &'static Palette,
    pub width: f32,
}

impl<'a> LossPlots<'a> {
    /// An empty plot that says at the pointer what was read there.
    pub(super) fn plot(&self, name: &'static str, height: f32, reset: bool) -> Plot<'a> {
        let (run, curves, axis) = (self.run, self.curves, self.axis);
        plot_style::plot(name, vec2(self.width, height), axis, self.p, reset)
            .link_axis(Id::unique(GROUP), [true, false])
            .link_cursor(Id::unique(GROUP), [true, false])
            .label_formatter(move |at| Some(words::readout(run, curves, axis, at)))
    }

    /// Draws the raw readings faintly and the smoothed ones boldly.
    pub(super) fn curve(&self, plot: &mut PlotUi<'a>, reading: Reading, colour: Color32) {
        // A resumed run may have begun before this was written down.
        let unknown = self.run.metrics.partition_point(|m| reading.of(m).is_none());
        let Some(from) = self.run.metrics.get(unknown).map(|m| self.axis.of(m)) else { return };
        let known = |points: &'a [PlotPoint]| &points[points.partition_point(|p| p.x < from)..];
        let raw = Line::new("", known(self.curves.raw(reading))).id((reading as usize, "raw"));
        plot.line(raw.color(colour.gamma_multiply(0.28)).width(1.0).allow_hover(false));
        let smooth = Line::new("", known(self.curves.smooth(reading))).id((reading as usize, "smooth"));
        plot.line(smooth.color(colour).width(2.0).allow_hover(false));
    }
}
