//! For tests: how far numbers are from those that are expected.

/// The largest difference of two numbers; no number where one of them is none, which `f32::max` would pass over.
#[track_caller]
pub(crate) fn furthest(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let differences = expected.iter().zip(found).map(|(e, f)| (e - f).abs());
    differences.fold(0.0, |worst, d| if d > worst || d.is_nan() { d } else { worst })
}

#[test]
fn what_is_no_number_is_not_near() {
    assert_eq!(furthest(&[1.0, 2.0, 3.0], &[1.0, 2.5, 2.75]), 0.5);
    for found in [[f32::NAN, 2.0, 3.0], [1.0, f32::NAN, 4.0], [1.0, 2.0, f32::NAN]] {
        assert!(furthest(&[1.0, 2.0, 3.0], &found).is_nan());
    }
}
