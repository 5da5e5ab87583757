//! Trainings one after another: `queue` and what it can do.

use super::exit::{Exit, Failure};
use super::follow::follow_queue;
use super::manners::MannersFlags;
use super::output::Output;
use super::text::{plural, quoted, thousands};
use super::train::{RecipeArgs, ResumedArgs};
use crate::engine::{EntryState, QueueEdit, QueueItem, QueueList, QueuedTraining, edit_queue, queue as read_queue};
use clap::{Args, Subcommand};

const WHAT: &str = "\
A list of trainings that begin one after another, also overnight, each with its own recipe. It is kept in a file \
of Purrtrait's own, the same that the window shows, so it is there again after a crash or a restart of the computer. \
The next training begins when one has reached its limit, failed or diverged; a failed one is marked and not tried \
again by itself. One that was interrupted is resumed first. The list may be changed while another program runs it: \
each change is made under a lock, and the file is read again before the next training begins. Only one program at a \
time runs the queue.";

const EXAMPLES: &str = "\
Examples:
  purrtrait queue add ~/Pictures/cats --preset modern-64 --steps 20000
  purrtrait queue add ~/Pictures/cats --preset modern-64 --steps 20000 --lr-d 1e-4 --name 'slower discriminator'
  purrtrait queue resume runs/cats-001 --steps 40000
  purrtrait queue
  purrtrait queue move 3 1
  purrtrait queue run --share background
Ctrl+C saves the training under way and leaves the queue as it is; `queue run` goes on with it. The exit code of
`queue run` is 0 if every training ended by itself, 1 if one failed, 6 if another program runs the queue, 130 if it was
stopped. With --json it prints the events of `train --json`, and `queue` and `queue-ended`.";

#[derive(Debug, Args)]
#[command(long_about = WHAT, after_long_help = EXAMPLES)]
pub(super) struct QueueArgs {
    #[command(subcommand)]
    task: Option<QueueTask>,
}

#[derive(Debug, Subcommand)]
enum QueueTask {
    /// List the trainings in their order (also without a command)
    List,
    /// Add a new run, with all flags of `train`
    Add {
        /// What the entry is called [default: its pictures and its preset]
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        name: String,
        #[command(flatten)]
        recipe: Box<RecipeArgs>,
    },
    /// Add a run that is resumed, with all flags of `resume`
    Resume {
        /// What the entry is called [default: the name of its folder]
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        name: String,
        #[command(flatten)]
        resumed: Box<ResumedArgs>,
    },
    /// Move an entry to another place
    Move {
        /// Its number in the list
        entry: usize,
        /// The number that it is to have
        place: usize,
    },
    /// Give an entry another name
    Rename {
        /// Its number in the list
        entry: usize,
        /// What it is called; empty: by its pictures and its preset
        name: String,
    },
    /// Set where an entry ends that has not had its turn
    Limit {
        /// Its number in the list
        entry: usize,
        /// Stop after this many steps in all; 0 removes the limit
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
        steps: u64,
    },
    /// Give an entry that was stopped or failed another turn: its run is resumed, if there is one
    Again {
        /// Its number in the list
        entry: usize,
    },
    /// Take an entry out of the queue; its run stays
    Remove {
        /// Its number in the list
        entry: usize,
    },
    /// Take all entries out of the queue but the one that trains
    Clear {
        /// Only those whose turn is over
        #[arg(long)]
        over: bool,
    },
    /// Train one entry after another, until none waits
    Run(MannersFlags),
}

impl QueueArgs {
    /// Whether it trains, and saves when it is to end.
    pub(super) fn trains(&self) -> bool {
        matches!(self.task, Some(QueueTask::Run(_)))
    }
}

pub(super) fn queue(args: QueueArgs, out: &Output) -> Result<Exit, Failure> {
    let edit = match args.task {
        None | Some(QueueTask::List) => {
            let (list, notice) = read_queue()?;
            notice.iter().for_each(|text| out.note(&format!("warning: {text}")));
            show(&list, out);
            return Ok(Exit::Ok);
        }
        Some(QueueTask::Run(manners)) => return follow_queue(manners.manners(), out),
        Some(QueueTask::Add { name, recipe }) => {
            let (config, folder) = recipe.config()?;
            QueueEdit::Add { name, training: QueuedTraining::Start { config: Box::new(config), out: folder } }
        }
        Some(QueueTask::Resume { name, resumed }) => {
            let (run, options) = resumed.options();
            crate::engine::check_run(&run)?;
            QueueEdit::Add { name, training: QueuedTraining::Resume { run, options: Box::new(options) } }
        }
        Some(QueueTask::Move { entry, place }) => QueueEdit::Move { id: id_of(entry)?, to: place.saturating_sub(1) },
        Some(QueueTask::Rename { entry, name }) => QueueEdit::Rename { id: id_of(entry)?, name },
        Some(QueueTask::Limit { entry, steps }) => QueueEdit::Limit { id: id_of(entry)?, max_steps: steps },
        Some(QueueTask::Again { entry }) => QueueEdit::Again(id_of(entry)?),
        Some(QueueTask::Remove { entry }) => QueueEdit::Remove(id_of(entry)?),
        Some(QueueTask::Clear { over: true }) => QueueEdit::ClearOver,
        Some(QueueTask::Clear { over: false }) => QueueEdit::Clear,
    };
    let added = matches!(edit, QueueEdit::Add { .. });
    let list = edit_queue(edit)?;
    show(&list, out);
    if let Some((place, text)) = list.entries.iter().enumerate().rev().find_map(|(i, e)| Some((i + 1, e.endless()?)))
        && (added && place == list.entries.len())
    {
        out.note(&format!("warning: {text} `purrtrait queue limit {place} --steps N` sets a limit."));
    }
    Ok(Exit::Ok)
}

/// The entry with this number in the list as it is now.
fn id_of(entry: usize) -> Result<u64, Failure> {
    let (list, _) = read_queue()?;
    let found = entry.checked_sub(1).and_then(|i| list.entries.get(i)).map(|entry| entry.id);
    let there = match list.entries.len() {
        0 => "the queue is empty".to_owned(),
        n => format!("the queue has entries 1 to {n}; `purrtrait queue` lists them"),
    };
    found.ok_or_else(|| Failure::new(Exit::Usage, format!("there is no entry {entry}: {there}")))
}

fn show(list: &QueueList, out: &Output) {
    out.json(list);
    if out.is_json() {
        return;
    }
    for (i, entry) in list.entries.iter().enumerate() {
        out.line(&format!("{}. {}: {}", i + 1, entry.name, state(entry)));
        recipe(entry).into_iter().for_each(|line| out.line(&format!("   {line}")));
    }
    let waiting = list.waiting();
    let elsewhere = if list.elsewhere { "; another program runs the queue" } else { "" };
    out.line(&format!("{}, {} to come{elsewhere}", plural(list.entries.len(), "training", "trainings"), waiting));
    if waiting > 0 && !list.elsewhere {
        out.line("`purrtrait queue run` trains them one after another.");
    }
}

fn state(entry: &QueueItem) -> String {
    match &entry.state {
        EntryState::Waiting => "waiting".to_owned(),
        EntryState::Running => "under way".to_owned(),
        EntryState::Interrupted => "interrupted; it is resumed first".to_owned(),
        EntryState::Done { step } => format!("done at step {}", thousands(*step)),
        EntryState::Copies { step } => format!("done at step {}, as copies had begun", thousands(*step)),
        EntryState::Stopped { step } => format!("stopped at step {}", thousands(*step)),
        EntryState::Failed { text } => format!("failed: {text}"),
    }
}

/// What it trains, in lines.
fn recipe(entry: &QueueItem) -> Vec<String> {
    if !entry.trouble.is_empty() {
        return vec![format!("cannot be trained as it is: {}", entry.trouble)];
    }
    let end = match entry.end.as_str() {
        "" => "no limit".to_owned(),
        end => format!("until {end}"),
    };
    let what = if entry.resumes { "resumes" } else { "new run" };
    let QueueItem { pictures, preset, size, device, .. } = entry;
    let mut lines = vec![format!("{what}, {pictures}, {preset}, {size} px, {device}, {end}")];
    if !entry.differs.is_empty() {
        lines.push(format!("changed: {}", entry.differs.join("; ")));
    }
    lines.extend(entry.run.iter().map(|run| format!("run {}", quoted(run))));
    lines
}
