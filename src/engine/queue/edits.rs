//! What a change does to the list of trainings that wait.

use super::file::{MOST_ENTRIES, QueueEntry};
use crate::engine::bundled;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::queue::{EntryState, QueueEdit, QueuedTraining};
use crate::engine::run_pictures::{kept, kept_list};
use std::path::{Path, PathBuf, absolute};

/// Makes a change; `busy` tells that a program runs the queue, so that an entry that trains really does.
///
/// # Errors
/// There is no such entry, it cannot be changed now, or a setting cannot be used.
pub(in crate::engine) fn apply(entries: &mut Vec<QueueEntry>, edit: QueueEdit, busy: bool) -> Result<(), EngineError> {
    let trains = |entry: &QueueEntry| busy && entry.state == EntryState::Running;
    match edit {
        QueueEdit::Add { name, training } => {
            if entries.len() >= MOST_ENTRIES {
                let text = format!("The queue has {MOST_ENTRIES} entries, the most there can be: remove some first.");
                return Err(EngineError::Other(text));
            }
            let training = from_anywhere(training)?;
            let id = entries.iter().map(|entry| entry.id).max().unwrap_or(0).saturating_add(1);
            entries.push(QueueEntry::new(id, name, training));
        }
        QueueEdit::Move { id, to } => {
            let entry = entries.remove(place(entries, id)?);
            entries.insert(to.min(entries.len()), entry);
        }
        QueueEdit::Rename { id, name } => {
            let place = place(entries, id)?;
            entries[place].rename(&name);
        }
        QueueEdit::Remove(id) => {
            let place = place(entries, id)?;
            if trains(&entries[place]) {
                let text = "This training is under way: stop it before you take it out of the queue.";
                return Err(EngineError::Other(text.to_owned()));
            }
            entries.remove(place);
        }
        QueueEdit::Clear => entries.retain(trains),
        QueueEdit::ClearOver => entries.retain(|entry| entry.state.waits() || entry.state == EntryState::Running),
        QueueEdit::Limit { id, max_steps } => {
            let place = place(entries, id)?;
            let entry = &mut entries[place];
            if !entry.state.waits() {
                let text = "A limit can be set for a training whose turn is to come; this one has had it.";
                return Err(EngineError::Other(text.to_owned()));
            }
            match &mut entry.training {
                QueuedTraining::Start { config, .. } => {
                    let mut limited = config.clone();
                    limited.max_steps = max_steps;
                    limited.validate()?;
                    *config = limited;
                }
                QueuedTraining::Resume { options, .. } => options.max_steps = Some(max_steps),
            }
        }
        QueueEdit::Again(id) => {
            let place = place(entries, id)?;
            let entry = &mut entries[place];
            if !matches!(entry.state, EntryState::Stopped { .. } | EntryState::Failed { .. }) {
                let text = "Only a training that was stopped or failed can have another turn.";
                return Err(EngineError::Other(text.to_owned()));
            }
            entry.state = EntryState::Waiting;
        }
    }
    Ok(())
}

/// The training with absolute paths, as it may begin in a program that was started in another folder.
///
/// # Errors
/// A setting or a path that cannot be used.
fn from_anywhere(training: QueuedTraining) -> Result<QueuedTraining, EngineError> {
    let whole = |path: PathBuf| absolute(&path).unwrap_or(path);
    Ok(match training {
        QueuedTraining::Start { mut config, out } => {
            config.validate()?;
            config.data.source = kept(config.data.source)?;
            config.data.exclude = config.data.exclude.as_deref().map(kept_list).transpose()?;
            let named = |source: &Path| [bundled::LABEL, bundled::LABEL_128].map(Path::new).contains(&source);
            if let Some(start) = config.start.as_mut().filter(|start| !named(&start.source)) {
                start.source = whole(std::mem::take(&mut start.source));
            }
            QueuedTraining::Start { config, out: out.map(whole) }
        }
        QueuedTraining::Resume { run, mut options } => {
            options.pictures = options.pictures.take().map(whole);
            options.exclude = options.exclude.take().map(whole);
            QueuedTraining::Resume { run: whole(run), options }
        }
    })
}

fn place(entries: &[QueueEntry], id: u64) -> Result<usize, EngineError> {
    let gone = || EngineError::Other("This entry is not in the queue any more.".to_owned());
    entries.iter().position(|entry| entry.id == id).ok_or_else(gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use crate::engine::protocol::command::ResumeOptions;

    fn new(steps: u64) -> QueuedTraining {
        QueuedTraining::Start { config: Box::new(RunConfig { max_steps: steps, ..RunConfig::default() }), out: None }
    }

    fn queue(count: u64) -> Vec<QueueEntry> {
        let mut entries = Vec::new();
        for i in 1..=count {
            apply(&mut entries, QueueEdit::Add { name: format!("Cat {i}"), training: new(i) }, false).unwrap();
        }
        entries
    }

    fn ids(entries: &[QueueEntry]) -> Vec<u64> {
        entries.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn entries_are_added_moved_and_removed() {
        let mut entries = queue(4);
        assert_eq!(ids(&entries), [1, 2, 3, 4]);
        apply(&mut entries, QueueEdit::Move { id: 4, to: 0 }, false).unwrap();
        assert_eq!(ids(&entries), [4, 1, 2, 3]);
        apply(&mut entries, QueueEdit::Move { id: 4, to: 99 }, false).unwrap();
        assert_eq!(ids(&entries), [1, 2, 3, 4], "beyond the end is the end");
        apply(&mut entries, QueueEdit::Remove(2), false).unwrap();
        let error = apply(&mut entries, QueueEdit::Remove(2), false).unwrap_err().to_string();
        assert!(error.contains("not in the queue any more"), "{error}");
        apply(&mut entries, QueueEdit::Add { name: String::new(), training: new(9) }, false).unwrap();
        assert_eq!(ids(&entries), [1, 3, 4, 5], "no number is given twice while it is in use");
    }

    #[test]
    fn what_trains_stays_and_what_is_over_can_have_another_turn() {
        let mut entries = queue(4);
        entries[0].state = EntryState::Done { step: 1 };
        entries[1].state = EntryState::Failed { text: "No disk.".into() };
        entries[2].state = EntryState::Running;
        assert!(apply(&mut entries, QueueEdit::Remove(3), true).is_err());
        assert!(apply(&mut entries, QueueEdit::Again(1), true).is_err(), "it is done");
        apply(&mut entries, QueueEdit::Again(2), true).unwrap();
        apply(&mut entries, QueueEdit::ClearOver, true).unwrap();
        assert_eq!(ids(&entries), [2, 3, 4]);
        apply(&mut entries, QueueEdit::Clear, true).unwrap();
        assert_eq!(ids(&entries), [3]);
        apply(&mut entries, QueueEdit::Remove(3), false).unwrap();
        assert!(entries.is_empty(), "nobody trains it: its program is gone");
    }

    #[test]
    fn there_is_a_limit_to_everything() {
        let mut entries = queue(MOST_ENTRIES as u64);
        let error = apply(&mut entries, QueueEdit::Add { name: String::new(), training: new(1) }, false).unwrap_err();
        assert!(error.to_string().contains("200 entries"), "{error}");
        let mut entries = queue(1);
        apply(&mut entries, QueueEdit::Limit { id: 1, max_steps: 500 }, false).unwrap();
        assert_eq!(entries[0].training, new(500));
        assert!(apply(&mut entries, QueueEdit::Limit { id: 1, max_steps: u64::MAX }, false).is_err());
        let (run, options) = ("run".into(), Box::<ResumeOptions>::default());
        let resume = QueuedTraining::Resume { run, options };
        apply(&mut entries, QueueEdit::Add { name: String::new(), training: resume }, false).unwrap();
        apply(&mut entries, QueueEdit::Limit { id: 2, max_steps: 7 }, false).unwrap();
        assert!(matches!(&entries[1].training, QueuedTraining::Resume { options, .. } if options.max_steps == Some(7)));
        entries[0].state = EntryState::Running;
        assert!(apply(&mut entries, QueueEdit::Limit { id: 1, max_steps: 9 }, true).is_err());
        let wrong = RunConfig { batch: 0, ..RunConfig::default() };
        let training = QueuedTraining::Start { config: Box::new(wrong), out: None };
        let error = apply(&mut entries, QueueEdit::Add { name: String::new(), training }, false).unwrap_err();
        assert!(error.to_string().starts_with("batch"), "{error}");
    }
}
