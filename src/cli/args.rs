//! What can be asked on the command line.

use super::curate::CurateArgs;
use super::evaluate::EvaluateArgs;
use super::exit::{Exit, FOR_SCRIPTS};
use super::explore::{DirectionsArgs, ProjectArgs};
use super::films::{InterpolateArgs, TimelapseArgs, WalkArgs};
use super::models::{ExportArgs, ImportArgs};
use super::output::{write_json, write_stderr};
use super::pictures::{GenerateArgs, RestoreArgs};
use super::settings::{DataSettings, RunSettings, setting_flags};
use crate::config::{
    DataSource, DeviceChoice, MODEL, ModelConfig, PRESETS, Preset, RunConfig, SettingError, Value, typed_path,
};
use crate::printable;
use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::any::TypeId;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Train a GAN on a folder of cat pictures, watch it learn, and take the pictures with you.
///
/// Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "purrtrait", version, after_help = FOR_SCRIPTS)]
pub struct Cli {
    /// Machine-readable output: one JSON object on standard output, or one per line while training
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Option<Task>,
}

/// One of the things that need no window.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Train on a folder of pictures, or on the built-in demo cats
    Train(TrainArgs),
    /// Go on with a run from its newest good checkpoint
    Resume(ResumeArgs),
    /// Draw new pictures with a trained generator
    Generate(GenerateArgs),
    /// Find what a trained generator can change about its pictures
    Directions(DirectionsArgs),
    /// Find the picture of a trained generator that is closest to yours
    Project(ProjectArgs),
    /// Make a picture again from the recipe inside it, and compare
    Restore(RestoreArgs),
    /// Film the way between pictures
    Interpolate(InterpolateArgs),
    /// Film a random walk that begins at a picture
    Walk(WalkArgs),
    /// Film how a training went
    Timelapse(TimelapseArgs),
    /// Write a generator as a file for other programs
    Export(ExportArgs),
    /// Look at a model file of another program, and convert it
    Import(ImportArgs),
    /// Draw many pictures and keep those that the discriminator finds most real
    Curate(CurateArgs),
    /// Measure how good generated pictures are, against real ones
    Evaluate(EvaluateArgs),
    /// Look at a folder of pictures, or write demo cats into one
    Dataset {
        #[command(subcommand)]
        task: DatasetTask,
    },
    /// List what can train on this machine
    Devices,
    /// List the built-in recipes
    Presets,
    /// Measure speed and memory on this machine
    Bench(BenchArgs),
}

#[derive(Debug, Subcommand)]
pub enum DatasetTask {
    /// Say which files can be used, and why the others cannot; nothing is changed
    Check(CheckArgs),
    /// Draw demo cats into a folder; files that exist are not overwritten
    Demo(DemoArgs),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait train demo --steps 500
  purrtrait train ~/Pictures/cats --preset classic-64 --out runs/cats --epochs 100
  purrtrait train ~/Pictures/cats --preset classic-64 --g-width 32 --d-width 32 --lr-d 1e-4 --device cpu
Training goes on until a limit or Ctrl+C (or SIGTERM, SIGHUP, a closed console), which saves first; the exit code
is 130 then. `purrtrait resume` takes it up again.")]
pub struct TrainArgs {
    /// Folder of pictures (folders below it count too), or `demo`; a folder of that name is `./demo`
    #[arg(value_name = "FOLDER|demo")]
    pub source: OsString,
    /// Recipe to start from; every setting below changes a part of it
    #[arg(long, default_value = PRESETS[0].name, value_parser = preset_parser())]
    pub preset: String,
    /// New folder for the run [default: a numbered folder in Purrtrait's own runs folder]
    #[arg(long, value_name = "RUN")]
    pub out: Option<PathBuf>,
    /// auto, gpu, cpu or gpu:N (N from `purrtrait devices`)
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
    #[command(flatten)]
    pub settings: RunSettings,
}

impl TrainArgs {
    /// The preset with the settings of the command line written over it.
    pub fn config(self) -> Result<(RunConfig, Option<PathBuf>), SettingError> {
        let mut config = preset(&self.preset)?.config();
        config.device = self.device;
        if self.source != "demo" {
            config.data.source = DataSource::Folder(typed_path(&self.source));
        }
        for line in self.settings.apply(&mut config)? {
            log::warn!("{line}");
        }
        Ok((config, self.out))
    }
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait resume runs/cats
  purrtrait resume runs/cats --steps 20000 --device gpu
  purrtrait resume runs/cats --pictures /media/new-disk/cats
Pictures that were moved are recognised wherever they are. At least half of those that the run was trained on must be
there; with --accept-other-pictures it goes on with whatever is there.")]
pub struct ResumeArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Stop after this many steps, those already done included; 0 removes the limit [default: the run's own]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub steps: Option<u64>,
    /// Stop after this many epochs, those already done included; 0 removes the limit [default: the run's own]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub epochs: Option<u32>,
    /// auto, gpu, cpu or gpu:N [default: the run's own]
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// Folder where the pictures are now; the run keeps it [default: where they were]
    #[arg(long, value_name = "FOLDER")]
    pub pictures: Option<PathBuf>,
    /// Resume even if fewer than half of the pictures that the run was trained on are there
    #[arg(long)]
    pub accept_other_pictures: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait dataset check ~/Pictures/cats
  purrtrait dataset check ~/Pictures/cats --size 128 --crop pad --json
Left out are thumbnails, trash folders, previews inside photo libraries, blank pictures, pictures that are still in the
cloud, other kinds of files, and everything that Purrtrait made: runs, and the pictures and films that its networks drew.")]
pub struct CheckArgs {
    /// Folder of pictures
    pub folder: PathBuf,
    /// Side in pixels to which the pictures are prepared
    #[arg(long, value_name = "S", default_value = "64", value_parser = parse_size)]
    pub size: u32,
    #[command(flatten)]
    pub settings: DataSettings,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait dataset demo demo-cats --count 500 --size 128 --seed 3")]
pub struct DemoArgs {
    /// Folder to write PNG files into
    pub out: PathBuf,
    /// How many cats
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub count: u32,
    /// Side in pixels
    #[arg(long, value_name = "S", default_value_t = 128, value_parser = clap::value_parser!(u32).range(16..=2048))]
    pub size: u32,
    /// Another seed draws other cats
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait bench --preset classic-64 --device cpu --steps 20 --json
  purrtrait bench --folder ~/Pictures/cats
  purrtrait bench --window
Measures pictures per second of a training step, time to the first step, memory, drawing, and preparing pictures.")]
pub struct BenchArgs {
    /// Recipes to measure, with commas between them
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = preset_parser())]
    #[arg(default_value = "quick-32,classic-64")]
    pub preset: Vec<String>,
    /// Devices to measure, with commas between them [default: the CPU and every real GPU]
    #[arg(long, value_name = "D", value_delimiter = ',')]
    pub device: Vec<DeviceChoice>,
    /// Measured steps after the first three, rounded up to whole groups between two readings of the losses
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub steps: u32,
    /// Pictures per step [default: the recipe's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1024))]
    pub batch: Option<u32>,
    /// Width of both networks [default: the recipe's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..=256))]
    pub width: Option<u32>,
    /// Also measure how fast the pictures of this folder are prepared
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// Measure the CPU time of the window's frames instead; needs no display
    #[arg(long)]
    pub window: bool,
    /// Measure how fast a picture follows the pointer instead, alone and while a training runs
    #[arg(long, conflicts_with = "window")]
    pub explore: bool,
    /// Compare the convolution algorithms of each GPU instead, and say which are in use
    #[arg(long, alias = "forms", conflicts_with_all = ["window", "explore"])]
    pub conv_algorithms: bool,
    /// The generator for --explore [default: the bundled one]
    #[arg(long, value_name = "MODEL", requires = "explore")]
    pub model: Option<PathBuf>,
}

/// Reads the arguments. `Err` is the exit code once help, version or the error has been printed.
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

/// Takes every path as the window's path fields do.
fn understand_paths(command: clap::Command) -> clap::Command {
    let is_path = |arg: &clap::Arg| arg.get_value_parser().type_id() == TypeId::of::<PathBuf>();
    let command = command.mut_args(|arg| match is_path(&arg) {
        true => arg.value_parser(PathBufValueParser::new().map(typed_path)),
        false => arg,
    });
    command.mut_subcommands(understand_paths)
}

fn preset_parser() -> PossibleValuesParser {
    PossibleValuesParser::new(PRESETS.iter().map(|p| p.name))
}

fn preset(name: &str) -> Result<&'static Preset, SettingError> {
    Preset::find(name).ok_or_else(|| SettingError::new("preset", format!("{name:?} does not exist")))
}

/// A picture size, by the definition of the setting of that name.
fn parse_size(text: &str) -> Result<u32, SettingError> {
    let param = MODEL.iter().find(|p| p.key == "size");
    let param = param.ok_or_else(|| SettingError::new("size", "there is no such setting"))?;
    let value: Value = param.parse(text)?;
    let mut model = ModelConfig::default();
    param.set(&mut model, &value)?;
    Ok(model.size)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("--lr-g", "-1", "-1 is outside"),
            ("--lr-g", "NaN", "NaN is outside"),
            ("--batch", "1", "1 is not a whole number from 2 to 1024"),
            ("--batch", "2.5", "2.5 is not a whole number from 2 to 1024"),
            ("--flip", "maybe", "is not on or off"),
            ("--loss", "wgan", "is not one of bce, lsgan"),
            ("--device", "tpu", "is not auto, gpu, cpu or gpu:N"),
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
        assert_eq!((args.source, args.grid), ("my run".into(), Some("a b.png".into())));
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
