//! Watching a run that another program trains.

use super::exit::{Exit, Failure};
use super::follow::follow;
use super::output::Output;
use crate::config::{Manners, RunPlace};
use crate::engine::{Command, check_run};
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

const WHAT: &str = "\
Follows a run live that somebody else trains: losses, quality, samples, changed settings, what the coach finds, and \
its newest checkpoint in Explore. Only reads: nothing in the run folder is written, locked or deleted, and closing the \
window or Ctrl+C ends the watching, not the training. The window opens; with --plain or --json, or where there is no \
display, the events are printed instead, as `train` prints them, until the run ends. The exit code then says how it \
ended, as that of `train` does: 0 finished, 130 stopped, 5 diverged; 1 if its process was killed or crashed, 6 if the \
folder is no run or vanished. Watching that is ended by Ctrl+C gives 130, too.";

const EXAMPLES: &str = "\
Examples:
  purrtrait watch runs/cats
  purrtrait watch runs/cats --plain
  purrtrait watch /shared/runs/cats --json | jq 'select(.event == \"quality\")'
  purrtrait watch ssh://anna@cluster/home/anna/runs/cats
  purrtrait watch 'ssh://cluster/~/runs/cats?program=/opt/purrtrait'
The system's ssh must reach the other machine, and the same version of Purrtrait must be there. What is seen of the run
is copied into Purrtrait's own folder here, so that it can be explored. On a folder that machines share, it cannot be
seen whether the process on the other machine is alive: watching then ends with the run, but not with a crash.";

#[derive(Debug, Args)]
#[command(long_about = WHAT, after_long_help = EXAMPLES)]
pub(super) struct WatchArgs {
    /// Run folder, or ssh://[USER@]HOST[:PORT]/FOLDER for one on another machine, where `/~/` is the home folder
    #[arg(value_name = "RUN", value_parser = OsStringValueParser::new().try_map(|text| RunPlace::typed(&text)))]
    pub(super) run: RunPlace,
    /// Print the events as lines instead of opening the window
    #[arg(long)]
    pub(super) plain: bool,
}

/// Whether there is a run in the folder, as far as that can be told from here.
///
/// # Errors
/// There is none.
pub(super) fn check(run: &RunPlace) -> Result<(), Failure> {
    match run {
        RunPlace::Here(folder) => Ok(check_run(folder)?),
        RunPlace::There(..) => Ok(()),
    }
}

pub(super) fn watch(args: WatchArgs, out: &Output) -> Result<Exit, Failure> {
    check(&args.run)?;
    out.note(&format!("Watching {}. Ctrl+C ends the watching, not the training.", args.run));
    // What trains is another process, with manners of its own.
    follow(Command::Watch(args.run), Manners::default(), out)
}
