//! How a training treats the computer that it runs on. A choice of the machine and its people, not of the recipe:
//! nothing here changes what a step computes, so none of it is in the settings of a run.

use super::param::SettingError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How much of a device a training takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// All of it.
    #[default]
    Full,
    /// A good half: other programs stay quick.
    Polite,
    /// A quarter: hardly noticed.
    Background,
}

impl Share {
    /// All of them, the largest first.
    pub const ALL: [Self; 3] = [Self::Full, Self::Polite, Self::Background];

    /// The part of the time in which the training works, from 0 to 1.
    pub fn busy(self) -> f64 {
        match self {
            Self::Full => 1.0,
            Self::Polite => 0.6,
            Self::Background => 0.25,
        }
    }

    /// As in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Polite => "polite",
            Self::Background => "background",
        }
    }

    /// How long a training rests after it has worked for so long.
    pub fn rest_after(self, work: Duration) -> Duration {
        work.mul_f64(1.0 / self.busy() - 1.0)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Share {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let unknown = || SettingError::new("share", "takes full, polite or background");
        Self::ALL.into_iter().find(|share| share.name() == text).ok_or_else(unknown)
    }
}

/// All that a person can choose about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Manners {
    /// How much of the device a training takes.
    pub share: Share,
    /// A training pauses, saved, while the computer runs on battery. Off unless somebody asks for it: whoever starts a
    /// training on battery wants it to train.
    pub pause_on_battery: bool,
    /// The system does not go to sleep by itself while a training runs. Its display may.
    pub keep_awake: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self { share: Share::Full, pause_on_battery: false, keep_awake: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_and_rest_make_the_share() {
        assert_eq!(Share::Full.rest_after(Duration::from_secs(9)), Duration::ZERO);
        for share in Share::ALL {
            let work = Duration::from_millis(300);
            let all = work + share.rest_after(work);
            assert!((work.as_secs_f64() / all.as_secs_f64() - share.busy()).abs() < 1e-6, "{share}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for share in Share::ALL {
            assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
            assert_eq!(serde_json::to_value(share).unwrap(), share.name());
        }
        assert!("half".parse::<Share>().unwrap_err().to_string().contains("full, polite or background"));
    }

    #[test]
    fn what_a_file_does_not_say_is_as_usual() {
        let read: Manners = serde_json::from_str(r#"{"share":"polite"}"#).unwrap();
        assert_eq!(read, Manners { share: Share::Polite, ..Manners::default() });
    }
}
