//! Trainings that wait for their turn: the file that keeps them (`file`), what a change does to their list (`edits`),
//! and what is told of each (`facts`). Who trains them is the session (`run/session/queueing`).

pub(in crate::engine) mod edits;
mod facts;
pub(in crate::engine) mod file;

use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::queue::{QueueEdit, QueueList};
use facts::item;
use file::{QueueEntry, QueueFile};

/// The queue as its file has it. `here` tells that this program runs it.
pub(in crate::engine) fn listed(entries: &[QueueEntry], file: &QueueFile, here: bool, on: bool) -> QueueList {
    let elsewhere = !here && file.is_run();
    QueueList { entries: entries.iter().map(|entry| item(entry, here || elsewhere)).collect(), on, elsewhere }
}

/// The queue, for a program that does not run it, and what is to be said of its file.
///
/// # Errors
/// The file cannot be read, or is of a newer version.
pub(crate) fn queue() -> Result<(QueueList, Option<String>), EngineError> {
    let file = QueueFile::new(AppDirs::find().queue);
    let loaded = file.load()?;
    Ok((listed(&loaded.entries, &file, false, false), loaded.notice))
}

/// Changes the queue, which another program may run meanwhile, and gives it as it is then.
///
/// # Errors
/// The change is not possible, or the file cannot be read or written; then the queue is what it was.
pub(crate) fn edit_queue(edit: QueueEdit) -> Result<QueueList, EngineError> {
    let file = QueueFile::new(AppDirs::find().queue);
    let busy = file.is_run();
    let (entries, ()) = file.update(|entries| edits::apply(entries, edit, busy))?;
    Ok(listed(&entries, &file, false, false))
}
