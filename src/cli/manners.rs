//! How a training treats the computer: flags of `train` and `resume`.

use crate::config::{Manners, Share};
use crate::engine::own_manners;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

const SHARE_MORE: &str = "\
How much of the device the training takes: full; polite, about 60 % of the time; or background, about 25 %. It rests \
between its steps, so that everything else on the computer stays quick; the weights are the same to the bit, only \
later. On another machine it holds there. The window can change it while a run trains, and remembers it; this flag \
holds for this training [default: as chosen in the window, at first full]";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// What is not said is as the window remembers it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "This computer")]
pub(super) struct MannersFlags {
    /// How much of the device the training takes: full, polite (about 60 % of the time) or background (about 25 %)
    #[arg(long, value_name = "SHARE", long_help = SHARE_MORE, value_parser = share_parser())]
    share: Option<Share>,
    /// Pause, saved, while the computer runs on battery, and go on once it is plugged in; `=off` does not [default: as
    /// chosen in the window, at first off]
    #[arg(long, value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    pause_on_battery: Option<Switch>,
    /// Let the system go to sleep by itself while the run trains; `=off` keeps it awake [default: as chosen in the
    /// window, at first off]
    #[arg(long, value_name = "SWITCH", num_args = 0..=1, require_equals = true, default_missing_value = "on")]
    let_sleep: Option<Switch>,
}

fn share_parser() -> impl TypedValueParser<Value = Share> {
    PossibleValuesParser::new(Share::ALL.map(Share::name)).try_map(|name| name.parse::<Share>())
}

impl MannersFlags {
    /// The remembered manners with what the flags say.
    pub(super) fn manners(&self) -> Manners {
        self.over(own_manners())
    }

    fn over(&self, remembered: Manners) -> Manners {
        let is_on = |switch: Switch| switch == Switch::On;
        Manners {
            share: self.share.unwrap_or(remembered.share),
            pause_on_battery: self.pause_on_battery.map_or(remembered.pause_on_battery, is_on),
            keep_awake: self.let_sleep.map_or(remembered.keep_awake, |switch| !is_on(switch)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Command, FromArgMatches};

    fn read(flags: &[&str]) -> Result<MannersFlags, String> {
        let command = MannersFlags::augment_args(Command::new("train").no_binary_name(true));
        let matches = command.try_get_matches_from(flags).map_err(|e| e.to_string())?;
        Ok(MannersFlags::from_arg_matches(&matches).unwrap())
    }

    #[test]
    fn flags_count_before_what_is_remembered() {
        let remembered = Manners { share: Share::Polite, pause_on_battery: true, keep_awake: false };
        for (flags, now) in [
            (&[][..], remembered),
            (&["--share", "background"], Manners { share: Share::Background, ..remembered }),
            (&["--share=full", "--pause-on-battery=off"], Manners { keep_awake: false, ..Manners::default() }),
            (&["--let-sleep=off"], Manners { keep_awake: true, ..remembered }),
        ] {
            assert_eq!(read(flags).unwrap().over(remembered), now, "{flags:?}");
        }
        let both = read(&["--pause-on-battery", "--let-sleep"]).unwrap().over(Manners::default());
        assert_eq!(both, Manners { share: Share::Full, pause_on_battery: true, keep_awake: false });
    }

    #[test]
    fn an_unknown_share_is_refused_with_those_that_there_are() {
        let refusal = read(&["--share", "half"]).unwrap_err();
        assert!(refusal.contains("[possible values: full, polite, background]"), "{refusal}");
    }
}
