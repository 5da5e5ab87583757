//! What a panel asks for. Panels never touch the engine: they push actions, and the app carries them out after drawing.

use super::evaluate::EvaluateAction;
use super::explorer::ExploreAction;
use crate::config::{Theme, Tunables};
use crate::engine::{Finding, Level, ResumeOptions, Suggestion};
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Goto(Screen),
    /// Play with a generator.
    Explore(ExploreAction),
    /// Measure a generator or a folder of pictures, as filled in.
    Evaluate(EvaluateAction),
    /// Ask for a folder with the system's dialog.
    Browse(Purpose),
    /// Learn from the pictures in this folder.
    OpenFolder(PathBuf),
    OpenDemo,
    /// Settings of the pictures changed: look at them again once the person pauses.
    DataChanged,
    RescanNow,
    CancelScan,
    /// Fill the recipe with this preset's settings.
    ChoosePreset(&'static str),
    Start,
    Resume {
        run: PathBuf,
        limits: ResumeOptions,
    },
    /// A live setting was moved; the key tells changes of one drag from separate ones.
    Tune {
        key: &'static str,
        tunables: Tunables,
    },
    UndoTune,
    /// Do what the coach suggests.
    Follow(Suggestion),
    /// Put a finding of the coach away.
    Dismiss(Finding),
    TogglePause,
    Stop,
    SampleNow,
    SaveNow,
    /// The scrubber wants this picture grid from the run folder.
    LoadSample(u64),
    RefreshRuns,
    SetTheme(Theme),
    ToggleLog,
    Dialog(Option<Dialog>),
    Copy(String),
    /// Show a folder in the system's file manager.
    Reveal(PathBuf),
    Toast(Level, String),
    /// Start the program anew and close this window.
    Restart,
    /// Close, at once or as soon as the work under way is done.
    Leave {
        when_done: bool,
    },
    /// Do not close after all.
    Stay,
    /// Close without waiting for the worker.
    CloseNow,
}

/// What fills the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// Choose pictures or a run.
    #[default]
    Home,
    /// Look at the pictures, choose the recipe.
    Setup,
    /// Watch and steer the run.
    Training,
    /// Play with a trained generator.
    Explore,
}

/// What a dialog of the system is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Pictures,
    Run,
    /// Where the pictures of a run are now.
    RunPictures,
    Output,
    /// A generator as a file, or the folder of a run that has one.
    Model,
    ModelFolder,
    /// A picture of a cat.
    Photo,
    /// Where pictures are saved.
    SaveFolder,
    /// The file of a film.
    FilmFile,
    ExportFile,
    /// What is measured: a folder of a run, of a checkpoint or of pictures; or a model file.
    Measured,
    MeasuredFile,
    RealPictures,
    TrainingPictures,
    /// Inception weights.
    Inception,
}

/// A window on top of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    Help,
    ConfirmStop,
    /// Something would be lost if the window closed now.
    ConfirmClose,
    /// Where the pictures of the run are that could not be gone on with.
    RunPictures,
    /// This tile of the sample grid, large.
    Tile(u32),
    /// Choose a generator by its path.
    OpenModel,
    SaveOptions,
    Film,
    /// Write the generator to a file.
    Export,
    /// Find the latent of a picture.
    Search,
    /// What the discriminator likes best.
    Curator,
    /// The training pictures most like the one on show.
    Neighbours,
    /// Measure a generator or a folder of pictures.
    Evaluate,
}
