//! The command line: the same commands and events as the window, for people on a terminal and, with `--json`, for
//! programs.
//!
//! `args` lists the commands, each in a file of its own; `settings` turns every `config::Param` into a flag and
//! `follow` drives a training. Results go to standard output, everything else to standard error.

mod args;
mod bench;
mod blend;
mod compare;
mod curate;
mod dataset;
mod dataset_report;
mod ending;
mod engine;
mod evaluate;
mod events;
mod exit;
mod explore;
mod faces;
mod favourites;
mod films;
mod flags;
mod follow;
mod follower;
mod forecast;
mod lists;
mod manners;
mod models;
mod nearest;
mod output;
mod pictures;
mod queue;
mod race;
mod runs;
mod settings;
mod sharpen;
mod story;
mod text;
mod train;
mod watch;
mod worker;

pub use args::{Cli, parse};
pub use bench::WindowBench;
pub use exit::Exit;
pub use output::{LogWriter, log_record};

use args::Task;
use exit::Failure;
use output::Output;
use std::process::ExitCode;

/// Does what the arguments ask; without a subcommand, trains on the demo cats until Ctrl+C.
pub fn run(cli: Cli, window: Option<WindowBench>) -> ExitCode {
    let out = Output::new(cli.json);
    if !matches!(cli.command, Some(Task::Engine(_))) {
        // The engine has its own way to end: it saves, and says nothing to a terminal.
        ending::watch(cli.command.as_ref(), out);
    }
    let result = match cli.command {
        None => train::train_demo(&out),
        Some(Task::Train(args)) => train::train(args, &out),
        Some(Task::Resume(args)) => train::resume(args, &out),
        Some(Task::Directions(args)) => explore::directions(args, &out),
        Some(Task::Project(args)) => explore::project(args, &out),
        Some(Task::Race(args)) => race::race(*args, &out),
        Some(Task::Queue(args)) => queue::queue(args, &out),
        Some(Task::Watch(args)) => watch::watch(args, &out),
        Some(Task::Generate(args)) => pictures::generate(args, &out),
        Some(Task::Restore(args)) => pictures::restore(args, &out),
        Some(Task::Interpolate(args)) => films::interpolate(args, &out),
        Some(Task::Walk(args)) => films::walk(args, &out),
        Some(Task::Timelapse(args)) => films::timelapse(args, &out),
        Some(Task::Story(args)) => story::story(args, &out),
        Some(Task::Export(args)) => models::export(args, &out),
        Some(Task::Import(args)) => models::import(args, &out),
        Some(Task::Blend(args)) => blend::blend(args, &out),
        Some(Task::Sharpen(args)) => sharpen::sharpen(args, &out),
        Some(Task::Compare(args)) => compare::compare(args, &out),
        Some(Task::Nearest(args)) => nearest::nearest(args, &out),
        Some(Task::Curate(args)) => curate::curate(args, &out),
        Some(Task::Favourites(args)) => favourites::favourites(args, &out),
        Some(Task::Evaluate(args)) => evaluate::evaluate(args, &out),
        Some(Task::Dataset { task }) => dataset::dataset(task, &out),
        Some(Task::Runs(args)) => runs::runs(args, &out),
        Some(Task::Devices) => lists::devices(&out),
        Some(Task::Presets) => lists::presets(&out),
        Some(Task::Bench(args)) => bench::bench(args, window, &out),
        Some(Task::Worker(args)) => worker::worker(args, &out),
        Some(Task::Engine(args)) => engine::engine(args),
    };
    finish(result, &out)
}

/// Where no window can be opened: says why, and does without one what it was to show.
pub fn without_window(cli: Cli, why: &str) -> ExitCode {
    let out = Output::new(cli.json);
    if cli.command.is_some() {
        out.note(why);
        return run(cli, None);
    }
    ending::watch(None, out);
    out.note(&format!(
        "{why} Training on the demo cats without a window instead; Ctrl+C saves and stops. `purrtrait --help` lists \
         the commands that need no window."
    ));
    let result = train::train_demo(&out);
    finish(result, &out)
}

fn finish(result: Result<Exit, Failure>, out: &Output) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            out.failure(&failure);
            failure.exit.into()
        }
    }
}
