//! Lines and labels on the plot of the losses: what to compare with, and where settings changed.

use super::canvas::LossPlots;
use crate::engine::{TunablesChange, loss_reference};
use crate::ui::text;
use egui::{Align2, Color32, RichText};
use egui_plot::{HLine, LineStyle, PlotPoint, PlotUi, Text, VLine};
use std::borrow::Cow;

/// Height of a label with its gap, in points.
pub(super) const LABEL: f32 = 18.0;

/// Longest list of changes on a label, in characters: the longest single change fits.
const MARK_COLUMNS: usize = 44;

/// A dashed line with its name.
pub(super) struct ReferenceLine {
    pub name: &'static str,
    /// The loss at which it stands.
    pub at: f64,
    /// The label hangs below the line: the curve stays above it.
    below: bool,
}

impl<'a> LossPlots<'a> {
    /// Where the discriminator's loss stands if it only guesses, and the best that smoothed labels allow. For the rest
    /// the best is 0, where the axis is.
    pub(super) fn references(&self) -> Vec<ReferenceLine> {
        let Some(loss) = self.run.loss() else { return Vec::new() };
        let [guessing, best] = loss_reference(loss, self.run.tunables.smoothing);
        let mut lines = vec![ReferenceLine { name: "D at chance", at: guessing, below: false }];
        if best > 0.0 {
            lines.push(ReferenceLine { name: "D at best", at: best, below: true });
        }
        lines
    }

    pub(super) fn reference(&self, name: &str, y: f64) -> HLine {
        HLine::new(name, y).color(self.p.border_strong).style(LineStyle::dashed_loose()).width(1.0).allow_hover(false)
    }

    pub(super) fn reference_labels(&self, plot: &mut PlotUi<'a>, lines: &[ReferenceLine], height: f32) {
        let bounds = plot.plot_bounds();
        // While the plot follows the run, a label past the data would push its edge further at every frame.
        let data_end = self.run.metrics.last().map_or(0.0, |m| self.axis.of(m));
        let right = if plot.auto_bounds().x { data_end } else { bounds.max()[0] };
        let per_point = bounds.height() / f64::from(height.max(1.0));
        for ReferenceLine { name, at, below } in lines {
            let fits_below = at - f64::from(LABEL) * per_point > bounds.min()[1];
            let anchor = if *below && fits_below { Align2::RIGHT_TOP } else { Align2::RIGHT_BOTTOM };
            let words = format!("{name} {at:.3}");
            self.label(plot, (name, "label"), PlotPoint::new(right, *at), &words, anchor, self.p.weak);
        }
    }

    /// A line per change of a live setting.
    pub(super) fn mark_lines(&self, plot: &mut PlotUi<'a>) {
        for mark in self.run.marks.iter().filter(|mark| mark.revision > 0) {
            let line = VLine::new("", self.x_of(mark)).id((mark.revision, "mark"));
            let line = line.color(self.p.accent.gamma_multiply(0.55)).width(1.0);
            plot.vline(line.style(LineStyle::dashed_dense()).allow_hover(false));
        }
    }

    /// What was changed, where there is room, the newest first.
    pub(super) fn mark_labels(&self, plot: &mut PlotUi<'a>) {
        let bounds = plot.plot_bounds();
        let (left, right) = (bounds.min()[0], bounds.max()[0]);
        let per_pixel = (right - left).max(f64::MIN_POSITIVE) / f64::from(self.width.max(1.0));
        let mut free_from = f64::INFINITY;
        for mark in self.run.marks.iter().rev().filter(|mark| mark.revision > 0) {
            let x = self.x_of(mark);
            let shown = first_changes(&mark.text, MARK_COLUMNS);
            let width = (shown.chars().count() as f64 * 5.8 + 8.0) * per_pixel;
            // From the line towards the right, or further left where that would leave the plot.
            let from = x.min(right - width);
            if x < left || x > right || from + width > free_from || from < left {
                continue;
            }
            free_from = from;
            // In the colour of words: one curve has that of the line.
            let at = PlotPoint::new(from, bounds.max()[1]);
            self.label(plot, (mark.revision, "label"), at, &shown, Align2::LEFT_TOP, self.p.text);
        }
    }

    fn label(
        &self,
        plot: &mut PlotUi<'a>,
        id: impl std::hash::Hash,
        at: PlotPoint,
        words: &str,
        anchor: Align2,
        colour: Color32,
    ) {
        let back = self.p.card.gamma_multiply(0.8);
        let words = RichText::new(format!(" {words} ")).size(11.0).background_color(back);
        plot.text(Text::new("", at, words).id(id).anchor(anchor).color(colour).allow_hover(false));
    }

    fn x_of(&self, mark: &TunablesChange) -> f64 {
        self.axis.at(mark.step, self.run.info.as_ref().map_or(0, |info| info.steps_per_epoch))
    }
}

/// As many whole changes of a list as fit into `width` characters, at least the first; the readout tells the others.
fn first_changes(changes: &str, width: usize) -> Cow<'_, str> {
    if changes.chars().count() <= width {
        return changes.into();
    }
    let ends = changes.match_indices([',', ':']).filter(|&(at, end)| changes[at + end.len()..].starts_with(' '));
    let fitting = ends.map(|(at, _)| &changes[..at]).take_while(|start| start.chars().count() <= width);
    match fitting.last() {
        Some(start) => format!("{start}, …").into(),
        None => text::middle(changes, width).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_whole_changes() {
        let rates = "Discriminator learning rate 2e-4 → 1.1e-5";
        assert_eq!(first_changes(rates, MARK_COLUMNS), rates);
        assert_eq!(first_changes(&format!("{rates}, Label smoothing 0.1 → 0"), MARK_COLUMNS), format!("{rates}, …"));
        let back = format!("Rolled back from step 1200 to 1000: {rates}");
        assert_eq!(first_changes(&back, MARK_COLUMNS), "Rolled back from step 1200 to 1000, …");
        assert_eq!(first_changes(&"x".repeat(60), 20).chars().count(), 20);
    }
}
