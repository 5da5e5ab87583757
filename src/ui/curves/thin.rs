//! Many readings as few points that keep every spike.

use egui_plot::PlotPoint;

/// Appends the least and greatest value of each bucket in the order in which they happened.
pub(super) fn thin(
    out: &mut Vec<PlotPoint>,
    range: std::ops::Range<usize>,
    bucket: usize,
    x: impl Fn(usize) -> f64,
    y: impl Fn(usize) -> f32,
) {
    let mut previous = out.last().map_or(0.0, |p| p.y as f32);
    // A diverged run ends in NaN: the curve stays where it was.
    let mut finite = |i: usize| {
        let value = y(i);
        if value.is_finite() {
            previous = value;
        }
        previous
    };
    if bucket == 1 {
        out.extend(range.map(|i| PlotPoint::new(x(i), finite(i))));
        return;
    }
    let mut start = range.start;
    while start < range.end {
        let end = (start + bucket).min(range.end);
        let first = finite(start);
        let (mut low, mut high) = ((start, first), (start, first));
        for i in start + 1..end {
            let value = finite(i);
            if value < low.1 {
                low = (i, value);
            }
            if value > high.1 {
                high = (i, value);
            }
        }
        let (a, b) = if low.0 <= high.0 { (low, high) } else { (high, low) };
        out.push(PlotPoint::new(x(a.0), a.1));
        out.push(PlotPoint::new(x(b.0), b.1));
        start = end;
    }
}

/// The height below which this part of the points lies; 0 without points.
pub(super) fn quantile<'a>(points: impl Iterator<Item = &'a PlotPoint>, part: f64) -> f64 {
    let mut values: Vec<f64> = points.map(|p| p.y).collect();
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f64 * part) as usize;
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}
