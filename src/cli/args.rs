//! The commands of the command line, and how arguments are read.

use super::bench::BenchArgs;
use super::blend::BlendArgs;
use super::compare::CompareArgs;
use super::curate::CurateArgs;
use super::dataset::DatasetTask;
use super::engine::EngineArgs;
use super::evaluate::EvaluateArgs;
use super::exit::{Exit, FOR_SCRIPTS};
use super::explore::{DirectionsArgs, ProjectArgs};
use super::favourites::FavouritesArgs;
use super::films::{InterpolateArgs, TimelapseArgs, WalkArgs};
use super::models::{ExportArgs, ImportArgs};
use super::nearest::NearestArgs;
use super::output::{Output, write_json, write_stderr};
use super::pictures::{GenerateArgs, RestoreArgs};
use super::queue::QueueArgs;
use super::race::RaceArgs;
use super::runs::RunsArgs;
use super::settings::setting_flags;
use super::sharpen::SharpenArgs;
use super::story::StoryArgs;
use super::train::{ResumeArgs, TrainArgs};
use super::watch::{self, WatchArgs};
use super::worker::WorkerArgs;
use crate::config::{RunPlace, typed_path};
use crate::engine::model_path;
use crate::printable;
use clap::builder::{PathBufValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::any::TypeId;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Train a GAN on a folder of cat pictures, watch it learn, and keep the pictures.
///
/// Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "purrtrait", version, after_help = FOR_SCRIPTS)]
pub struct Cli {
    /// Print JSON: one object on standard output, or one per line while training
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub(super) command: Option<Task>,
}

impl Cli {
    /// Whether it asks for the window: for no command, or for one that shows a run in it.
    pub fn wants_window(&self) -> bool {
        match &self.command {
            None => true,
            Some(Task::Watch(args)) => !args.plain && !self.json,
            Some(_) => false,
        }
    }

    /// The run that the window is to show.
    ///
    /// # Errors
    /// There is no run there: the exit code, once that was said.
    pub fn watched(&self) -> Result<Option<RunPlace>, ExitCode> {
        let Some(Task::Watch(args)) = &self.command else { return Ok(None) };
        watch::check(&args.run).map_err(|failure| {
            Output::new(self.json).failure(&failure);
            ExitCode::from(failure.exit)
        })?;
        Ok(Some(args.run.clone()))
    }
}

/// One of the things that need no window, or open it for something.
#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// Train on a folder of pictures, or on the built-in demo cats
    Train(TrainArgs),
    /// Resume a run from its newest good checkpoint
    Resume(ResumeArgs),
    /// Two recipes on the same pictures, in turns on one device, and what became of each
    Race(Box<RaceArgs>),
    /// Trainings one after another: add, list, move, remove, run them
    Queue(QueueArgs),
    /// Lend a device of this machine to trainings on other machines, which share their batches with it
    Worker(WorkerArgs),
    /// Watch a run that another program trains, here or on another machine, reading only
    Watch(WatchArgs),
    /// Generate pictures with a trained generator
    Generate(GenerateArgs),
    /// Train the network that enlarges a run's pictures with details from your photos
    Sharpen(SharpenArgs),
    /// Find the directions in latent space that change the pictures most
    Directions(DirectionsArgs),
    /// Find the point in latent space whose picture is closest to yours
    Project(ProjectArgs),
    /// Regenerate a picture from the recipe stored in it, and compare
    Restore(RestoreArgs),
    /// Make a film of a path between points in latent space
    Interpolate(InterpolateArgs),
    /// Make a film of a random walk through latent space
    Walk(WalkArgs),
    /// Make a film of the progress of a run
    Timelapse(TimelapseArgs),
    /// Put runs side by side: what differs, how they went, what they draw
    Compare(CompareArgs),
    /// Write the story of a run as a page for any browser
    Story(StoryArgs),
    /// Export a generator to a file for other programs
    Export(ExportArgs),
    /// Inspect a model file from another program, and convert it
    Import(ImportArgs),
    /// Blend two models that have a training in common
    Blend(BlendArgs),
    /// Generate many pictures and keep those that the discriminator rates most real
    Curate(CurateArgs),
    /// Find the training pictures that are most like a generated one
    Nearest(NearestArgs),
    /// List the favourites of a generator, and export them with their latents
    Favourites(FavouritesArgs),
    /// Measure the quality of generated pictures against real ones
    Evaluate(EvaluateArgs),
    /// Check a folder of pictures, or write demo cats into one
    Dataset {
        #[command(subcommand)]
        task: DatasetTask,
    },
    /// List your runs, name them, move them to the bin
    Runs(RunsArgs),
    /// List the devices that can train on this machine
    Devices,
    /// List the built-in presets
    Presets,
    /// Benchmark speed and memory on this machine
    Bench(BenchArgs),
    /// Serve a window: it starts this by itself, so that a crash of the training never takes the window along
    Engine(EngineArgs),
}

/// Reads the arguments.
///
/// # Errors
/// The exit code, once help, version or the error has been printed.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let args: Vec<OsString> = args.into_iter().collect();
    read(&args).map_err(|error| {
        // An error quotes what was typed: names of files, as shells complete them.
        let shown = args.iter().map(|arg| printable::line(&arg.to_string_lossy()).into_owned());
        let error = read(shown).err().unwrap_or(error);
        // A reader that has gone away is no reason to fail.
        let _ = error.print();
        if error.kind() == ErrorKind::UnknownArgument && args.iter().any(|a| a == "train") {
            write_stderr(&format!("\nThe settings are: {}\n", setting_flags()));
        }
        if error.use_stderr() && args.iter().any(|a| a == "--json") {
            let text = error.render().to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
            write_json(&super::events::error(Exit::Usage, text).to_string());
        }
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
    })
}

fn read<S: Into<OsString> + Clone>(args: impl IntoIterator<Item = S>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&understand_paths(Cli::command()).try_get_matches_from(args)?)
}

/// Reads every path as the window's path fields do, and finds the best checkpoint where a model is named.
fn understand_paths(command: clap::Command) -> clap::Command {
    let is_path = |arg: &clap::Arg| arg.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let is_model = |arg: &clap::Arg| arg.get_value_names().is_some_and(|names| names[0].starts_with("MODEL"));
    let command = command.mut_args(|arg| match (is_path(&arg), is_model(&arg)) {
        (true, true) => arg.value_parser(PathBufValueParser::new().map(|path| model_path(typed_path(path)))),
        (true, false) => arg.value_parser(PathBufValueParser::new().map(typed_path)),
        (false, _) => arg,
    });
    command.mut_subcommands(understand_paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DataSource, DeviceChoice, RunConfig};

    fn train(args: &[&str]) -> Result<RunConfig, String> {
        let args = ["purrtrait", "train"].iter().chain(args);
        let cli = read(args).map_err(|e| e.to_string())?;
        match cli.command {
            Some(Task::Train(args)) => args.config().map(|(config, _)| config).map_err(|e| e.to_string()),
            _ => Err("not train".to_owned()),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_reach_their_fields() {
        let config = train(&[
            "cats",
            "--preset",
            "classic-64",
            "--lr-g",
            "1e-4",
            "--flip",
            "off",
            "--loss",
            "hinge",
            "--steps",
            "7",
            "--device",
            "gpu:1",
        ])
        .unwrap();
        assert_eq!(config.preset, "classic-64");
        assert_eq!(config.tunables.lr_g, 1e-4);
        assert!(!config.data.flip);
        assert_eq!(config.data.source, DataSource::Folder("cats".into()));
        assert_eq!(config.model.loss, crate::config::LossKind::Hinge);
        assert_eq!(config.max_steps, 7);
        assert_eq!(config.device, DeviceChoice::Adapter(1));
        assert_eq!(config.batch, 64, "the preset's");
    }

    #[test]
    fn a_wrong_value_says_what_is_allowed() {
        for (flag, value, reason) in [
            ("--lr-g", "-1", "-1 is not a number from 1e-7"),
            ("--lr-g", "NaN", "NaN is not a number from 1e-7"),
            ("--batch", "1", "1 is not a whole number from 2 to 1024"),
            ("--batch", "2.5", "2.5 is not a whole number from 2 to 1024"),
            ("--flip", "maybe", "is not on or off"),
            ("--loss", "wgan", "is not one of bce, lsgan"),
            ("--device", "tpu", "is not auto, gpu, cpu, gpu:N, ssh://HOST or a list"),
            ("--preset", "quick-23", "quick-32"),
        ] {
            let error = train(&["demo", flag, value]).unwrap_err();
            assert!(error.contains(reason), "{flag} {value}: {error}");
        }
        // Each is fine alone, together they are not.
        let error = train(&["demo", "--preset", "article-128", "--kernel", "4"]).unwrap_err();
        assert!(error.starts_with("kernel: "), "{error}");
    }

    #[test]
    fn a_misspelt_setting_is_guessed() {
        let error = train(&["demo", "--lrg", "1e-4"]).unwrap_err();
        assert!(error.contains("--lr-g"), "{error}");
    }

    #[test]
    fn a_run_is_watched_in_the_window_unless_lines_are_wanted() {
        let cli = |args: &[&str]| read(["purrtrait"].iter().chain(args)).unwrap();
        assert!(cli(&[]).wants_window() && cli(&["watch", "run"]).wants_window());
        assert!(!cli(&["watch", "run", "--plain"]).wants_window() && !cli(&["watch", "run", "--json"]).wants_window());
        let error = read(["purrtrait", "watch", "ssh://box"]).unwrap_err().to_string();
        assert!(error.contains("it names no folder"), "{error}");
    }

    #[test]
    fn generate_wants_somewhere_to_write() {
        assert!(read(["purrtrait", "generate", "run"]).is_err());
        assert!(read(["purrtrait", "generate", "run", "--grid", "x.png"]).is_ok());
    }

    /// Every argument that is a path, of every command, by the type of its value.
    #[test]
    fn paths_are_taken_as_in_the_window() {
        assert!(train(&["file:///my%20cats"]).unwrap().data.source == DataSource::Folder("/my cats".into()));
        let cli = read(["purrtrait", "generate", "'my run'", "--out", " ~/cats ", "--grid=\"a b.png\""]).unwrap();
        let Some(Task::Generate(args)) = cli.command else { panic!("{cli:?}") };
        assert_eq!((args.source.model, args.grid), ("my run".into(), Some("a b.png".into())));
        assert_eq!(args.out, Some(typed_path("~/cats")));
        let cli = read(["purrtrait", "dataset", "check", "'cats'"]).unwrap();
        assert!(
            matches!(&cli.command, Some(Task::Dataset { task: DatasetTask::Check(args) })
            if args.folder.as_path() == "cats"),
            "{cli:?}"
        );
        let cli = read(["purrtrait", "interpolate", "run", "'a.png'", "7", "--out", "x.gif"]).unwrap();
        let Some(Task::Interpolate(args)) = cli.command else { panic!("{cli:?}") };
        assert_eq!(args.points[0], crate::engine::KeyPoint::Picture("a.png".into()));
    }
}
