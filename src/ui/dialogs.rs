//! The system's dialogs for folders and files, on a thread of its own: it may stay open for minutes, and the window goes on drawing.

use super::action::Purpose;
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::Context;
use std::path::PathBuf;

const PICTURES: &[&str] = &["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"];

type Answer = (Purpose, Option<PathBuf>);

pub struct FolderDialogs {
    ctx: Context,
    answers: (Sender<Answer>, Receiver<Answer>),
    open: bool,
}

impl FolderDialogs {
    pub fn new(ctx: Context) -> Self {
        Self { ctx, answers: bounded(1), open: false }
    }

    /// Opens the dialog in front of `window`, unless one is open already.
    pub fn ask(&mut self, purpose: Purpose, start: Option<PathBuf>, window: &eframe::Frame) {
        if self.open {
            return;
        }
        let title = match purpose {
            Purpose::Pictures => "Choose a folder of pictures",
            Purpose::Run => "Choose the folder of a run",
            Purpose::RunPictures => "Choose the folder where the run's pictures are now",
            Purpose::Output => "Choose where the run is stored",
            Purpose::Model => "Choose a generator",
            Purpose::ModelFolder => "Choose the folder of a run or a checkpoint",
            Purpose::Photo => "Choose a picture of a cat",
            Purpose::SaveFolder => "Choose where pictures are saved",
            Purpose::ExportFile => "Choose where the generator is written",
            Purpose::FilmFile => "Choose where the film is saved",
            Purpose::Measured => "Choose what is measured: a run, a checkpoint, or pictures",
            Purpose::MeasuredFile => "Choose the generator that is measured",
            Purpose::RealPictures => "Choose a folder of real pictures",
            Purpose::TrainingPictures => "Choose the folder of the training pictures",
            Purpose::Inception => "Choose Inception weights",
        };
        let mut dialog = rfd::FileDialog::new().set_title(title).set_parent(window);
        if let Some(start) = start {
            dialog = dialog.set_directory(start);
        }
        let (ctx, sender) = (self.ctx.clone(), self.answers.0.clone());
        let spawned = std::thread::Builder::new().name("folder dialog".to_owned()).spawn(move || {
            // The receiver lives as long as the window; without one nobody waits for the answer.
            let chosen = match purpose {
                Purpose::Model | Purpose::MeasuredFile => {
                    dialog.add_filter("Generators", &["safetensors", "pth", "pt"]).pick_file()
                }
                Purpose::Inception => dialog.add_filter("Weights", &["pth", "pt", "safetensors"]).pick_file(),
                Purpose::Photo => dialog.add_filter("Pictures", PICTURES).pick_file(),
                Purpose::ExportFile => dialog.add_filter("Generators", &["safetensors", "onnx", "html"]).save_file(),
                Purpose::FilmFile => dialog.add_filter("Films", &["webm", "gif", "apng"]).save_file(),
                _ => dialog.pick_folder(),
            };
            let _ = sender.send((purpose, chosen));
            ctx.request_repaint();
        });
        match spawned {
            Ok(_) => self.open = true,
            Err(error) => log::error!("cannot open a folder dialog: {error}"),
        }
    }

    /// The chosen folder, once.
    pub fn answer(&mut self) -> Option<(Purpose, PathBuf)> {
        let (purpose, path) = self.answers.1.try_recv().ok()?;
        self.open = false;
        Some((purpose, path?))
    }
}
