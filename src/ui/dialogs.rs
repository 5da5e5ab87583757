//! The system's dialogs for folders and files, on a thread of its own: a dialog may stay open for minutes, and the
//! window keeps drawing.

use super::action::Purpose;
use crate::engine::FileUse;
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::Context;
use std::cell::Cell;
use std::path::PathBuf;

/// What was chosen: none if the dialog was closed.
type Chosen = Result<Option<PathBuf>, NoDialog>;

/// What a dialog was for, and what was chosen in it.
type Answer = (Purpose, Chosen);

/// The system has no dialog to show.
#[derive(Debug, PartialEq)]
pub(crate) struct NoDialog;

thread_local! {
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// Hears what libraries log. Only there the library of dialogs tells that it has none: it asks the desktop's portal,
/// then starts zenity, and when that fails too it answers as for a dialog that was closed.
pub fn overhear(record: &log::Record) {
    if record.level() == log::Level::Error && record.target().starts_with("rfd") {
        FAILED.set(record.args().to_string().contains("zenity"));
    }
}

/// Shows a dialog from this thread, and waits.
fn outcome(show: impl FnOnce() -> Option<PathBuf>) -> Chosen {
    FAILED.set(false);
    match show() {
        None if FAILED.get() => Err(NoDialog),
        chosen => Ok(chosen),
    }
}

/// What files a dialog shows, with the name of the filter; none where a folder is chosen.
fn filter(purpose: Purpose) -> Option<(&'static str, FileUse)> {
    match purpose {
        Purpose::Model | Purpose::MeasuredFile | Purpose::StartModel | Purpose::BlendModel => {
            Some(("Generators", FileUse::ModelInput))
        }
        Purpose::Inception => Some(("Weights", FileUse::ModelInput)),
        Purpose::Photo => Some(("Pictures", FileUse::Picture)),
        Purpose::ExportFile | Purpose::BlendFile | Purpose::CatFile => Some(("Generators", FileUse::ModelOutput)),
        Purpose::FilmFile => Some(("Films", FileUse::Film)),
        Purpose::StoryFile => Some(("Web pages", FileUse::Page)),
        Purpose::Pictures
        | Purpose::Run
        | Purpose::RunPictures
        | Purpose::Output
        | Purpose::StartFolder
        | Purpose::Landmarks
        | Purpose::ModelFolder
        | Purpose::SaveFolder
        | Purpose::ExportFolder
        | Purpose::Measured
        | Purpose::RealPictures
        | Purpose::TrainingPictures => None,
    }
}

/// What to do where there is no dialog.
pub(crate) fn without_dialog(purpose: Purpose) -> String {
    let field = match purpose {
        Purpose::Pictures => "the field below \"Use my own photos…\", then press Open",
        Purpose::Run => "the field above the list of runs, then press Resume",
        _ => "the field beside the button",
    };
    format!(
        "Cannot open a file dialog: neither a desktop portal nor zenity is available. Type or paste the path into \
         {field}."
    )
}

pub(crate) struct FolderDialogs {
    ctx: Context,
    answers: (Sender<Answer>, Receiver<Answer>),
    open: bool,
}

impl FolderDialogs {
    pub(super) fn new(ctx: Context) -> Self {
        Self { ctx, answers: bounded(1), open: false }
    }

    /// Opens the dialog in front of `window`, unless one is open already.
    pub(super) fn ask(&mut self, purpose: Purpose, start: Option<PathBuf>, window: &eframe::Frame) {
        if self.open {
            return;
        }
        let title = match purpose {
            Purpose::Pictures => "Choose a folder of pictures",
            Purpose::Run => "Choose a run folder",
            Purpose::RunPictures => "Choose the folder that now holds the run's pictures",
            Purpose::Output => "Choose where to store the run",
            Purpose::StartModel => "Choose a model to start from",
            Purpose::StartFolder => "Choose a run folder or a checkpoint to start from",
            Purpose::Landmarks => "Choose where to write .cat files",
            Purpose::Model => "Choose a generator",
            Purpose::ModelFolder => "Choose a run folder or a checkpoint",
            Purpose::Photo => "Choose a picture of a cat",
            Purpose::SaveFolder => "Choose where to save pictures",
            Purpose::ExportFolder => "Choose where to export pictures",
            Purpose::ExportFile => "Choose where to export the generator",
            Purpose::BlendModel => "Choose the generator to blend with",
            Purpose::BlendFile => "Choose where to save the blend",
            Purpose::CatFile => "Choose where to save the model with your cat",
            Purpose::StoryFile => "Choose where to write the story",
            Purpose::FilmFile => "Choose where to save the film",
            Purpose::Measured => "Choose what to evaluate: a run, a checkpoint, or pictures",
            Purpose::MeasuredFile => "Choose the generator to evaluate",
            Purpose::RealPictures => "Choose a folder of real pictures",
            Purpose::TrainingPictures => "Choose the folder of training pictures",
            Purpose::Inception => "Choose Inception weights",
        };
        let mut dialog = rfd::FileDialog::new().set_title(title).set_parent(window);
        if let Some(start) = start {
            dialog = dialog.set_directory(start);
        }
        let (ctx, sender) = (self.ctx.clone(), self.answers.0.clone());
        let spawned = std::thread::Builder::new().name("folder dialog".to_owned()).spawn(move || {
            // The receiver lives as long as the window; without one nobody waits for the answer.
            let chosen = outcome(|| match filter(purpose) {
                None => dialog.pick_folder(),
                Some((name, wanted)) => {
                    let dialog = dialog.add_filter(name, &wanted.extensions());
                    if matches!(wanted, FileUse::Film | FileUse::ModelOutput | FileUse::Page) {
                        dialog.save_file()
                    } else {
                        dialog.pick_file()
                    }
                }
            });
            let _ = sender.send((purpose, chosen));
            ctx.request_repaint();
        });
        match spawned {
            Ok(_) => self.open = true,
            Err(error) => log::error!("cannot open a folder dialog: {error}"),
        }
    }

    /// The chosen folder, once.
    pub(super) fn answer(&mut self) -> Option<(Purpose, Result<PathBuf, NoDialog>)> {
        let (purpose, chosen) = self.answers.1.try_recv().ok()?;
        self.open = false;
        Some((purpose, chosen.transpose()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's own words, from its source (rfd 0.17.2, `backend/xdg_desktop_portal.rs`).
    fn says(target: &str, text: &str) -> Option<PathBuf> {
        let args = format_args!("{text}");
        overhear(&log::Record::builder().level(log::Level::Error).target(target).args(args).build());
        None
    }

    #[test]
    fn a_dialog_that_cannot_be_shown_is_told_from_one_that_was_closed() {
        let bus = || says("rfd::backend::xdg_desktop_portal::portal::libdbus", "Failed to connect to session bus: ..");
        let zenity = || says("rfd::backend::xdg_desktop_portal", "Failed to pick folder with zenity: No such file");
        assert_eq!(outcome(|| bus().or_else(zenity)), Err(NoDialog));
        assert_eq!(outcome(|| None), Ok(None), "closed, and nothing is left of the time before");
        assert_eq!(outcome(bus), Ok(None), "closed in zenity");
        assert_eq!(outcome(|| says("elsewhere", "zenity is a fine word")), Ok(None));
        let folder = PathBuf::from("cats");
        assert_eq!(outcome(|| bus().or(Some(folder.clone()))), Ok(Some(folder)));
        assert!(without_dialog(Purpose::Pictures).contains("\"Use my own photos…\""));
    }

    /// Dropped files and the scanner of pictures read the same table.
    #[test]
    fn a_dialog_shows_every_file_that_it_is_for() {
        for (purpose, extensions) in [
            (Purpose::Photo, &["jpg", "jfif", "apng", "tiff"][..]),
            (Purpose::Model, &["safetensors", "pth", "pt", "ckpt"]),
            (Purpose::Inception, &["safetensors", "pth"]),
            (Purpose::ExportFile, &["safetensors", "onnx", "html"]),
            (Purpose::FilmFile, &["webm", "gif", "apng", "mp4"]),
        ] {
            let (_, wanted) = filter(purpose).unwrap();
            assert!(extensions.iter().all(|extension| wanted.extensions().contains(extension)), "{purpose:?}");
            assert!(wanted.extensions().iter().all(|end| wanted.accepts(&PathBuf::from(format!("cat.{end}")))));
        }
        assert_eq!(filter(Purpose::Pictures), None);
    }
}
