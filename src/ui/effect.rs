//! What is to be done after a message or an action, and only the window can do. The parts of the window change what
//! they know and return effects; the app carries them out, in one place.

use super::action::{Dialog, Purpose, Screen};
use crate::config::Theme;
use crate::engine::{Command, DatasetReport, ExploreCommand, ExploreEvent, Level, RunInfo, StartInfo};
use crate::pixels::Frame;
use std::path::PathBuf;
use std::sync::Arc;

/// One thing to be done.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Ask the engine, now or as soon as its queue has room.
    Send(Command),
    /// Ask the explorer; whether it had room is told to the explorer's part of the window.
    Explore(ExploreCommand),
    /// The explorer told this; its part of the window takes it in.
    Explored(ExploreEvent),
    /// A short message in the corner, and a line of the log.
    Notice(Level, String),
    /// A short message in the corner.
    Toast(Level, String),
    /// A notification of the system's, where the person wants them and does something else.
    Notify(String),
    /// Fill the window with this screen.
    Show(Screen),
    /// Open this dialog, or close the one that is open.
    Dialog(Option<Dialog>),
    /// Open the system's dialog for a folder or a file.
    Browse(Purpose),
    /// Read the picture on the clipboard.
    Paste,
    /// Copy this to the clipboard, and say so.
    CopyText(String),
    /// Copy this picture to the clipboard, and say so.
    CopyPicture(Arc<Frame>),
    /// Show a folder in the system's file manager.
    Reveal(PathBuf),
    /// Draw in these colours.
    Theme(Theme),
    /// Let controls change without moving, or let them move.
    Motion(bool),
    /// The size of everything; 1 is the system's.
    Zoom(f32),
    /// Start the program again and close this window.
    Restart,
    /// The window stays open although its cross was pressed.
    KeepOpen,
    /// Close the window.
    Close,
    /// The pictures are prepared: what is selected and decided follows.
    PicturesReady(Arc<DatasetReport>),
    /// The engine has looked at a model that a run may start from: what the person has chosen follows.
    ModelInspected(PathBuf, Result<StartInfo, String>),
    /// The engine has begun a run: what the person sees and has chosen follows.
    RunStarted(Arc<RunInfo>),
    /// The run was rolled back to a checkpoint.
    RolledBack,
    /// The run is over, however it ended.
    RunEnded,
}

impl Effect {
    /// A message in the corner.
    pub(crate) fn toast(level: Level, text: &str) -> Self {
        Self::Toast(level, text.to_owned())
    }
}
