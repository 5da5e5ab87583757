//! The marks of the horizontal axes: round numbers, far enough apart, all written in the same way.

use super::curves::XAxis;
use super::text;
use egui::Rangef;
use egui_plot::{AxisHints, GridInput, GridMark, uniform_grid_spacer};

/// Points between two marks at least: the widest label and a gap.
const APART: f64 = 52.0;

/// Marks for a plot `width` points wide.
pub(crate) fn spacer(axis: XAxis, width: f32) -> impl Fn(GridInput) -> Vec<GridMark> + use<> {
    uniform_grid_spacer(move |GridInput { bounds, .. }| {
        let step = step((bounds.1 - bounds.0) * APART / f64::from(width.max(1.0)));
        // Steps are whole.
        let step = if axis == XAxis::Steps { step.max(1.0) } else { step };
        [step; 3]
    })
}

/// The axis itself.
pub(crate) fn hints(axis: XAxis) -> AxisHints<'static> {
    let hints = AxisHints::new_x().formatter(move |mark, range| label(mark.value, *range.end(), axis));
    // Every mark is far enough from the next one to be written out.
    hints.label_spacing(Rangef::new(20.0, 30.0))
}

/// The next larger of 1, 2 and 5 times a power of ten.
fn step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10f64.powi(least.log10().floor() as i32);
    [1.0, 2.0, 5.0].map(|n| n * power).into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// The label of a mark on an axis that ends at `end`.
fn label(x: f64, end: f64, axis: XAxis) -> String {
    match axis {
        _ if x < 0.0 => String::new(),
        XAxis::Steps if x.fract() != 0.0 => String::new(),
        XAxis::Steps if x > 0.0 && end >= 10_000.0 => format!("{}k", text::value(x / 1000.0)),
        XAxis::Steps => format!("{x:.0}"),
        // Sums of steps such as 0.1 are not exact.
        XAxis::Epochs => text::value((x * 1e6).round() / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(end: f64, axis: XAxis, width: f32) -> Vec<String> {
        let marks = spacer(axis, width)(GridInput { bounds: (-0.01 * end, 1.01 * end), base_step_size: end / 50.0 });
        marks.iter().map(|mark| label(mark.value, 1.01 * end, axis)).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn marks_are_round_far_apart_and_written_alike() {
        assert_eq!(labels(12_080.0, XAxis::Steps, 390.0), ["0", "2k", "4k", "6k", "8k", "10k", "12k"]);
        assert_eq!(labels(600.0, XAxis::Steps, 550.0), ["0", "100", "200", "300", "400", "500", "600"]);
        assert_eq!(labels(9_900.0, XAxis::Steps, 240.0), ["0", "5000"]);
        assert_eq!(labels(3.0, XAxis::Steps, 900.0), ["0", "1", "2", "3"]);
        assert_eq!(labels(0.4, XAxis::Epochs, 300.0), ["0", "0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(labels(101.0, XAxis::Epochs, 390.0), ["0", "20", "40", "60", "80", "100"]);
    }

    #[test]
    fn a_plot_without_room_or_data_has_marks_that_end() {
        for (end, width) in [(1.0, 0.0), (1e9, 1.0), (1e-9, 100.0)] {
            let marks = spacer(XAxis::Steps, width)(GridInput { bounds: (0.0, end), base_step_size: end });
            assert!(marks.len() < 10, "{}", marks.len());
        }
        assert_eq!(step(f64::NAN), 1.0);
        assert_eq!([0.011, 1.0, 2.1, 501.0].map(step), [0.02, 1.0, 5.0, 1000.0]);
    }
}
