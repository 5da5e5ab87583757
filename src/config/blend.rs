//! How much of each of two models goes into their blend.

use super::param::SettingError;
use std::fmt;
use std::str::FromStr;

/// Sides of maps, in pixels, that a point can be set at.
const SIDES: std::ops::RangeInclusive<u32> = 4..=256;

/// The share of the second model in each layer, by the side of the layer's map: between points it changes evenly with
/// every doubling of the side, outside it is that of the nearest point.
#[derive(Debug, Clone, PartialEq)]
pub struct BlendAmounts {
    /// Sides, each larger than the one before, and shares from 0 to 1; at least one.
    points: Vec<(u32, f64)>,
}

impl BlendAmounts {
    /// The same share in every layer, from 0 to 1.
    pub fn even(share: f64) -> Self {
        Self { points: vec![(*SIDES.start(), share.clamp(0.0, 1.0))] }
    }

    /// From one share at 4 px to another at the side of the pictures, both from 0 to 1.
    pub fn from_low_to_high(low: f64, high: f64, side: u32) -> Self {
        let high_at = side.clamp(SIDES.start() + 1, *SIDES.end());
        Self { points: vec![(*SIDES.start(), low.clamp(0.0, 1.0)), (high_at, high.clamp(0.0, 1.0))] }
    }

    /// The share in layers whose maps have this side.
    pub fn at(&self, side: usize) -> f64 {
        let doublings = |side: f64| side.max(1.0).log2();
        let at = doublings(side as f64);
        let next = self.points.iter().position(|(s, _)| *s as usize >= side);
        match next {
            None => self.points.last().map_or(0.0, |(_, share)| *share),
            Some(0) => self.points[0].1,
            Some(next) => {
                let ((from, low), (to, high)) = (self.points[next - 1], self.points[next]);
                let [from, to] = [from, to].map(|side| doublings(side.into()));
                low + (high - low) * (at - from) / (to - from)
            }
        }
    }
}

/// `0.5`, or points such as `4:0,16:0.5,64:1`.
impl FromStr for BlendAmounts {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let fail = |part: &str| {
            let reason = format!(
                "{part:?} is none: it takes a share from 0 to 1, or shares by the side of the layers in pixels, \
                 smallest first, such as 4:0,16:0.5,64:1"
            );
            SettingError::new("amount", reason)
        };
        let share = |text: &str| text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share));
        if let Some(share) = share(text) {
            return Ok(Self::even(share));
        }
        let mut points: Vec<(u32, f64)> = Vec::new();
        for part in text.split(',') {
            let point =
                part.split_once(':').and_then(|(side, amount)| Some((side.trim().parse().ok()?, share(amount)?)));
            let (side, amount) = point.filter(|(side, _)| SIDES.contains(side)).ok_or_else(|| fail(part))?;
            if points.last().is_some_and(|(before, _)| *before >= side) {
                return Err(fail(part));
            }
            points.push((side, amount));
        }
        Ok(Self { points })
    }
}

/// As it is typed.
impl fmt::Display for BlendAmounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [(_, share)] = self.points[..] {
            return write!(f, "{share}");
        }
        let points: Vec<String> = self.points.iter().map(|(side, share)| format!("{side}:{share}")).collect();
        write!(f, "{}", points.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_change_evenly_with_every_doubling() {
        let even: BlendAmounts = "0.25".parse().unwrap();
        assert_eq!([4, 64, 256].map(|side| even.at(side)), [0.25; 3]);
        let points: BlendAmounts = "8:0,32:1, 64:0.5".parse().unwrap();
        assert_eq!([4, 8, 16, 32, 64, 128].map(|side| points.at(side)), [0.0, 0.0, 0.5, 1.0, 0.5, 0.5]);
        assert_eq!(BlendAmounts::from_low_to_high(1.0, 0.0, 64).at(16), 0.5);
        for text in ["0.25", "8:0,32:1,64:0.5"] {
            assert_eq!(text.parse::<BlendAmounts>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_share_is_refused_with_an_example() {
        for text in
            ["", "1.5", "-0.1", "half", "NaN", "4:0,4:1", "64:1,4:0", "3:0", "512:1", "4:", ":1", "4:0,", "4:inf"]
        {
            let error = text.parse::<BlendAmounts>().unwrap_err().to_string();
            assert!(error.contains("4:0,16:0.5,64:1"), "{text:?}: {error}");
        }
    }
}
