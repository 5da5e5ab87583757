use super::*;

fn run(losses: impl IntoIterator<Item = f32>) -> RunView {
    let metrics = losses.into_iter().enumerate().map(|(i, loss)| reading(i, loss)).collect();
    RunView { serial: 1, metrics, ..RunView::default() }
}

fn reading(i: usize, loss: f32) -> StepMetrics {
    StepMetrics {
        step: i as u64 + 1,
        epoch: i as f64 / 100.0,
        loss_d: loss,
        loss_g: 1.0,
        d_real: 0.5,
        d_fake: 0.5,
        lr_g: 2e-4,
        lr_d: 2e-4,
        r_t: None,
        augmented: None,
        revision: 0,
        seconds: 0.0,
    }
}

#[test]
fn labels_have_room_above_the_smoothed_curves() {
    let mut curves = Curves::default();
    curves.update(&run([2.0; 50]), XAxis::Steps, 0.5, None, 400.0);
    let (low, high) = loss_range(&curves, 0.693, 0.2);
    assert!(low < 0.0 && ((2.0 - low) / (high - low) - 0.8).abs() < 1e-9, "{low} {high}");
    // Where both losses are small, the line of guessing is still visible.
    curves.update(&RunView { serial: 2, ..run([0.1; 50]) }, XAxis::Steps, 0.5, None, 400.0);
    assert!(loss_range(&curves, 2.0, 0.1).1 > 2.2);
}

#[test]
fn many_readings_become_two_points_a_pixel_and_keep_their_spikes() {
    let run = run((0..100_000).map(|i| if i == 54_321 { 50.0 } else { (i % 7) as f32 }));
    let mut curves = Curves::default();
    curves.update(&run, XAxis::Steps, 0.5, None, 500.0);
    let points = curves.raw(Reading::LossD);
    assert!((500..=1_100).contains(&points.len()), "{}", points.len());
    assert!(points.iter().any(|p| p.y == 50.0 && p.x == 54_322.0));
    assert!(points.windows(2).all(|w| w[0].x <= w[1].x));
}

#[test]
fn growing_gives_the_same_points_as_starting_anew() {
    for pixels in [10.0, 100.0, 10_000.0] {
        let whole = run((0..5_000).map(|i| (i as f32 * 0.7).sin()));
        let mut grown = Curves::default();
        for n in [1, 2, 700, 701, 3_000, 5_000] {
            let part = RunView { serial: 1, metrics: whole.metrics[..n].to_vec(), ..RunView::default() };
            grown.update(&part, XAxis::Steps, 0.9, None, pixels);
        }
        let mut fresh = Curves::default();
        fresh.update(&whole, XAxis::Steps, 0.9, None, pixels);
        for reading in READINGS {
            assert_eq!(grown.raw(reading), fresh.raw(reading));
            assert_eq!(grown.smooth(reading), fresh.smooth(reading));
        }
    }
}

#[test]
fn a_zoomed_view_holds_the_range_and_little_more() {
    let run = run((0..10_000).map(|i| i as f32));
    let mut curves = Curves::default();
    curves.update(&run, XAxis::Steps, 0.0, Some((2_000.0, 2_100.0)), 400.0);
    let points = curves.raw(Reading::LossD);
    assert!(points[0].x <= 2_000.0 && points[points.len() - 1].x >= 2_100.0);
    assert!(points.len() < 120, "{}", points.len());
}

#[test]
fn smoothing_is_unbiased_at_the_start_and_survives_nan() {
    let run = run([3.0, 3.0, f32::NAN, 3.0]);
    let mut curves = Curves::default();
    curves.update(&run, XAxis::Steps, 0.99, None, 100.0);
    assert!(curves.smooth(Reading::LossD).iter().all(|p| (p.y - 3.0).abs() < 1e-4));
    assert!(curves.raw(Reading::LossD).iter().all(|p| p.y == 3.0));
}
