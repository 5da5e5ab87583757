//! Readings of a training that lasted days: fewer of them, with the same extremes.

use crate::engine::protocol::event::StepMetrics;
use crate::train::Thinner;

/// The step of a reading and all that a plot shows of it. NaN stands for a value that there is not.
pub(crate) fn plotted(m: &StepMetrics) -> (u64, [f32; 6]) {
    let augmented = m.augmented.unwrap_or(f32::NAN);
    (m.step, [m.loss_d, m.loss_g, m.d_real, m.d_fake, m.r_t.unwrap_or(f32::NAN), augmented])
}

/// Thins readings in memory as the run folder does its lines: what is near the newest and near the beginning stays, and
/// the extremes of what lies between.
pub(crate) fn thin_readings(readings: &mut Vec<StepMetrics>) {
    let now = readings.last().map_or(0, |m| m.step);
    let mut thinner = Thinner::new(now);
    let mut kept = Vec::new();
    for reading in std::mem::take(readings) {
        let (step, values) = plotted(&reading);
        kept.extend(thinner.push(step, values, reading));
    }
    kept.extend(thinner.finish());
    *readings = kept;
}
