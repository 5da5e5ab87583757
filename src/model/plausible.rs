//! Numbers that cannot be those of a trained network.

/// Beyond any weight or running mean: Adam moves a weight by about its learning rate in a step, so a million steps of
/// 0.001 lead a thousand away. Far above that, because what a training saved, however badly it went, must be read
/// again; and the product of two such numbers is still finite.
const LARGEST: f32 = 1e18;

/// What is wrong with the numbers of a tensor.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{name} holds {what}: these are not the weights of a trained network; use another copy of the file or an earlier \
     checkpoint"
)]
pub struct ImplausibleError {
    name: String,
    what: String,
}

/// Looks at the values of one tensor of a network; `name` is PyTorch's, whatever stands before it.
///
/// # Errors
/// A value that is not finite or of an impossible size; a running variance below 0.
pub(crate) fn check_values(name: &str, values: &[f32]) -> Result<(), ImplausibleError> {
    let variance = name.ends_with("running_var");
    // A variance is a square.
    let range = if variance { 0.0..=LARGEST * LARGEST } else { -LARGEST..=LARGEST };
    let Some(value) = values.iter().find(|value| !range.contains(value)) else { return Ok(()) };
    let what = match *value {
        v if !v.is_finite() => "a value that is not a finite number".to_owned(),
        v if variance && v < 0.0 => format!("{v:?}, and a variance is never negative"),
        v => format!("{v:?}, which is far too large"),
    };
    Err(ImplausibleError { name: name.escape_debug().take(80).collect(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_training_can_lead_to_pass() {
        let says = |name: &str, value: f32| match check_values(name, &[0.5, value]) {
            Ok(()) => String::new(),
            Err(e) => e.to_string(),
        };
        for (name, value) in [("main.0.weight", -40.0), ("main.1.running_mean", 3e4), ("ema/main.1.running_var", 3e9)] {
            assert_eq!(says(name, value), "");
        }
        assert_eq!(says("main.1.running_var", 0.0), "");
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for name in ["main.0.weight", "main.1.running_var"] {
                assert!(says(name, value).contains("finite"), "{name} {value}");
            }
        }
        for (name, value) in [("main.0.weight", 3e38), ("g/main.1.running_mean", -3e38), ("main.1.running_var", 3e38)] {
            let text = says(name, value);
            assert!(text.starts_with(name) && text.contains("3e38") && text.contains("too large"), "{text}");
        }
        let negative = says("ema/main.1.running_var", -0.25);
        assert!(negative.contains("-0.25") && negative.contains("never negative"), "{negative}");
        assert_eq!(says("main.1.bias", -0.25), "");
    }
}
