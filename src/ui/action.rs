//! What a panel asks for. Panels never touch the engine: they push actions, and the app carries them out after drawing.

use super::curation::CurationAction;
use super::evaluate::EvaluateAction;
use super::explorer::ExploreAction;
use super::queueing::QueueAction;
use super::starting::Origin;
use crate::config::{Manners, RunPlace, Theme, Tunables};
use crate::engine::{Finding, Lane, Level, Remedy, ResumeOptions, RunSummary, Suggestion};
use std::path::PathBuf;

/// What a panel or a key asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Show this screen.
    Goto(Screen),
    /// Do something with the generator in the explorer.
    Explore(ExploreAction),
    /// Measure a generator or a folder of pictures, as filled in.
    Evaluate(EvaluateAction),
    /// Look through the pictures and decide about them.
    Curate(CurationAction),
    /// Ask for a folder or file with the system's dialog.
    Browse(Purpose),
    /// Train on the pictures in this folder.
    OpenFolder(PathBuf),
    /// Train on the demo cats.
    OpenDemo,
    /// Settings of the pictures changed: prepare them again once the person pauses.
    DataChanged,
    /// Prepare the pictures again.
    RescanNow,
    /// Stop preparing the pictures.
    CancelScan,
    /// Fill the recipe with this preset's settings.
    ChoosePreset(&'static str),
    /// Take the networks of the next run from here; a model is named by the typed path.
    StartFrom(Origin),
    /// Set up a run that trains this model further.
    TrainFurther(PathBuf),
    /// Fill the recipe with the settings that suit the device and the pictures.
    UseSuggested,
    /// Measure the speed of the recipe once more: other programs may have been at work.
    MeasureAgain,
    /// Do what helps against a fault of the pictures.
    Remedy(Remedy),
    /// Show all settings of the recipe, or those that most people need.
    AllSettings(bool),
    /// Let nothing move by itself, or let it.
    ReduceMotion(bool),
    /// The system tells when a training ends or needs somebody, or does not.
    Notifications(bool),
    /// Trainings treat the computer like this from now on.
    Manners(Manners),
    /// Start a run with the recipe.
    Start,
    /// Resume a run.
    Resume {
        /// Its folder.
        run: PathBuf,
        /// How it is resumed.
        options: ResumeOptions,
    },
    /// Set up a race of the recipe on show against a copy of it, or no race any more.
    SetUpRace(bool),
    /// Show this recipe of the race that is set up.
    ShowRecipe(Lane),
    /// Show this run of the race.
    ShowLane(Lane),
    /// Put the two runs of the race side by side.
    CompareRacers,
    /// Do something with the queue of trainings.
    Queue(QueueAction),
    /// Watch a run that another program trains.
    Watch(RunPlace),
    /// Watch no more.
    Unwatch,
    /// A live setting was moved.
    Tune {
        /// The setting: tells changes of one drag from separate ones.
        key: &'static str,
        /// All live settings after the change.
        tunables: Tunables,
    },
    /// Undo the last change of a live setting.
    UndoTune,
    /// Do what the coach suggests.
    Follow(Suggestion),
    /// Dismiss a finding of the coach.
    Dismiss(Finding),
    /// Pause the run, or resume it.
    TogglePause,
    /// Save a checkpoint and end the run.
    Stop,
    /// Generate the sample grid now.
    SampleNow,
    /// Save a checkpoint now.
    SaveNow,
    /// The scrubber wants the sample grid of this step from the run folder.
    LoadSample(u64),
    /// Read the list of runs again.
    RefreshRuns,
    /// Ask for a name and notes of this run.
    DescribeRun(RunSummary),
    /// Take over the typed name and notes.
    SaveRunForm,
    /// Compare this run with others.
    Compare(RunSummary),
    /// Take this run into the comparison, or out of it.
    ToggleCompared(PathBuf),
    /// Ask where the story of this run is written.
    AskForStory(RunSummary),
    /// Write it to the typed file.
    WriteStory,
    /// Ask whether this run is to be moved to the bin.
    AskToBin(RunSummary),
    /// Move the run that was asked about to the bin.
    BinRun,
    /// Close the message about how the run ended.
    DismissEnd,
    /// Draw in these colours, and remember them.
    SetTheme(Theme),
    /// Show or hide the log.
    ToggleLog,
    /// Open this dialog, or close the one that is open.
    Dialog(Option<Dialog>),
    /// Copy this text to the clipboard.
    Copy(String),
    /// Show a folder in the system's file manager.
    Reveal(PathBuf),
    /// Show a short message in the corner.
    Toast(Level, String),
    /// Start the program again and close this window.
    Restart,
    /// Close the window.
    Leave {
        /// Once the work in progress is done, not now.
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
    /// The folder of the training pictures.
    Pictures,
    /// The folder of a run to resume.
    Run,
    /// Where the pictures of a run are now.
    RunPictures,
    /// Where the new run is stored.
    Output,
    /// The file of a model that the new run starts from.
    StartModel,
    /// The folder of a run or of a checkpoint that the new run starts from.
    StartFolder,
    /// Where faces are written as `.cat` files.
    Landmarks,
    /// A generator as a file, or the folder of a run that has one.
    Model,
    /// The folder of a run or of a checkpoint whose generator is opened.
    ModelFolder,
    /// A picture of a cat.
    Photo,
    /// Where pictures are saved.
    SaveFolder,
    /// Where favourites and other pictures are exported.
    ExportFolder,
    /// The page that tells the story of a run.
    StoryFile,
    /// The file of a film.
    FilmFile,
    /// The file of an exported generator.
    ExportFile,
    /// The generator to blend with.
    BlendModel,
    /// The file of a blend.
    BlendFile,
    /// The model file that a cat is put into.
    CatFile,
    /// What is measured: the folder of a run, of a checkpoint or of pictures.
    Measured,
    /// What is measured: a model file.
    MeasuredFile,
    /// The real pictures that a measurement compares with.
    RealPictures,
    /// The training pictures that a measurement compares with.
    TrainingPictures,
    /// Inception weights.
    Inception,
}

/// A window on top of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    /// How it works, and the keyboard.
    Help,
    /// Is the run to be stopped?
    ConfirmStop,
    /// Something would be lost if the window closed now.
    ConfirmClose,
    /// Name and notes of a run.
    DescribeRun,
    /// Runs side by side.
    Compare,
    /// The trainings that wait.
    Queue,
    /// Where the story of a run is written.
    Story,
    /// Is a run to be moved to the bin?
    ConfirmBin,
    /// Where the pictures of the run are that could not be resumed.
    RunPictures,
    /// This tile of the sample grid, large.
    Tile(u32),
    /// Choose a generator by its path.
    OpenModel,
    /// How pictures are saved.
    SaveOptions,
    /// Make a film.
    Film,
    /// Train the network that sharpens the pictures.
    Sharpen,
    /// Write the generator to a file.
    Export,
    /// Blend the generator with another one.
    Blend,
    /// Search for the latent of a picture.
    Search,
    /// All favourites of the generator.
    Favourites,
    /// The generated pictures that the discriminator finds most real.
    Curator,
    /// The training pictures most like the one on show.
    Neighbours,
    /// Measure a generator or a folder of pictures.
    Evaluate,
    /// Mark the faces of a photo.
    Photo,
}
