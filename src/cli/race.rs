//! Two recipes side by side, in turns.

use super::compare::show;
use super::exit::{Exit, Failure};
use super::follow::follow_race;
use super::manners::MannersFlags;
use super::output::Output;
use super::train::RecipeArgs;
use crate::engine::{self, QueuedTraining, Race};
use crate::interrupt::JobControl;
use clap::Args;

const WHAT: &str = "\
Trains two runs on the same pictures, in turns on one device, so that both have trained for about the same time at any \
moment: never more than 20 seconds apart. Both have the same seed, so their sample grids show the same latents, they \
see the pictures in the same order, and hold out the same ones. Each run has a folder of its own and is what it would \
be without the other; it can be resumed, explored and compared like any run. All flags of `train` are for both; \
--against says what the second has instead. At the end both are compared.";

const EXAMPLES: &str = "\
Examples:
  purrtrait race ~/Pictures/cats --preset modern-64 --steps 5000 --against '--lr-d 1e-4'
  purrtrait race ~/Pictures/cats --minutes 60 --preset classic-64 --against '--preset modern-64 --batch 16'
  purrtrait race demo --minutes 5 --out runs/a --against '--loss hinge --out runs/b' --json
Lines begin with A: or B:, JSON lines have the field `lane`. Ctrl+C saves and ends both; `purrtrait resume` goes on with
either. The exit code is that of the run that went worse.";

#[derive(Debug, Args)]
#[command(long_about = WHAT, after_long_help = EXAMPLES)]
pub(super) struct RaceArgs {
    #[command(flatten)]
    recipe: RecipeArgs,
    /// Flags of `train` for the second run, in quotes: settings, --preset, --out
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    against: String,
    /// Each run ends after so many minutes of training, besides its limits
    #[arg(long, value_name = "M", value_parser = minutes)]
    minutes: Option<f64>,
    #[command(flatten)]
    manners: MannersFlags,
}

fn minutes(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|m| (0.01..=1e6).contains(m));
    number.ok_or_else(|| "not a number of minutes from 0.01 to 1,000,000".to_owned())
}

pub(super) fn race(args: RaceArgs, out: &Output) -> Result<Exit, Failure> {
    let second = args.recipe.against(&args.against)?;
    let lane = |recipe: RecipeArgs| {
        let (config, out) = recipe.config()?;
        Ok::<_, Failure>(QueuedTraining::Start { config: Box::new(config), out })
    };
    let lanes = [lane(args.recipe)?, lane(second)?];
    let race = Race { lanes, seconds: args.minutes.unwrap_or(0.0) * 60.0 };
    let (result, runs) = follow_race(race, args.manners.manners(), out);
    if runs.len() == 2 {
        // Also of a race that was stopped.
        match engine::compare(&runs, JobControl::unattended()) {
            Ok(comparison) => show(&comparison, out),
            Err(e) => out.note(&format!("warning: the runs cannot be compared: {e}")),
        }
    }
    result
}
