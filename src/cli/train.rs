//! Training on the command line: `train` and `resume`.

use super::exit::{Exit, Failure};
use super::flags::{model_help, preset_parser};
use super::follow::follow;
use super::forecast::forecast;
use super::manners::MannersFlags;
use super::output::Output;
use super::settings::RunSettings;
use crate::config::{DataSource, FINE_TUNING, Manners, PRESETS, Preset, RunConfig, TrainingPlace, Usage, typed_path};
use crate::engine::{self, Command, EngineError, ResumeOptions};
use clap::{Args, Parser};
use std::ffi::OsString;
use std::path::PathBuf;

const FROM: &str = "Model to start from instead of from scratch";
const FROM_MORE: &str = "Both networks and the averaged generator are taken over; optimisers, steps and latents begin \
                         anew. The settings of the networks are those of the model. A model file needs its \
                         discriminator (`export --discriminator`), unless --d-first has a new one learn";

const ELSEWHERE: &str = "\
Where to train: auto, gpu, cpu, gpu:N (N from `purrtrait devices`), or another machine, ssh://[USER@]HOST[:PORT], \
where HOST may be a name from your ssh configuration. The system's ssh must reach it, and the same version of \
Purrtrait must be there: as `purrtrait`, or named as in ssh://HOST?program=/opt/purrtrait. ssh://HOST?device=gpu:1 \
chooses one of its devices. The prepared squares are sent there, not the photos; the run folder stays here, with every \
checkpoint. If the line breaks, training goes on there and this program reconnects; Ctrl+C stops it there.

A list shares each batch among several devices: gpu:0,gpu:1 of this machine, and devices that `purrtrait worker` \
lends, worker://HOST:PORT or worker://HOST:PORT?token-file=PATH (%2C for a comma in a path); \
ssh://HOST?device=gpu:0,gpu:1 does so there. Each device takes an equal slice of the batch and sends its gradients to \
the first one, which must be of this machine; the pictures, latents and augmentation are those that one device would \
use. Batch normalisation sees the slice instead of the batch, and its running statistics are averaged; relativistic \
losses with a mean (ra-lsgan, ra-hinge) take the mean of the slice. So with these, results differ a little from one \
device, and small slices are noisy; everything else differs by rounding only. If a worker is lost, the run is saved \
and ends; resume it on the rest. `purrtrait bench --together cpu,worker://HOST:PORT` tells whether it pays";

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait train demo --steps 500
  purrtrait train ~/Pictures/cats --preset classic-64 --out runs/cats --epochs 100
  purrtrait train ~/Pictures/phone --preset modern-64 --faces on --exclude not-these.txt
  purrtrait train ~/Pictures/cats --preset classic-64 --g-width 32 --d-width 32 --lr-d 1e-4 --device cpu
  purrtrait train ~/Pictures/cats --device ssh://anna@gpu-box
  purrtrait train ~/Pictures/cats --device gpu:0,gpu:1
  purrtrait train ~/Pictures/mimi --from bundled --freeze-d 2
  purrtrait train ~/Pictures/mimi --from runs/cats --out runs/mimi
  purrtrait train ~/Pictures/cats --share background --pause-on-battery
  purrtrait train ~/Pictures/cats --preset modern-64 --forecast
Training continues until it reaches a limit or is stopped by Ctrl+C (or SIGTERM, SIGHUP, a closed console). It saves
before it stops, and the exit code is then 130. `purrtrait resume RUN` resumes the run.")]
pub(super) struct TrainArgs {
    #[command(flatten)]
    recipe: RecipeArgs,
    /// Say how long it would take on this device, and which recipe suits it, instead of training
    ///
    /// Prepares the pictures and takes a few steps of the recipe, for some seconds; no run is begun.
    #[arg(long, conflicts_with = "out")]
    pub(super) forecast: bool,
    #[command(flatten)]
    pub(super) manners: MannersFlags,
}

/// A new run: its pictures, its recipe and its folder.
#[derive(Debug, Clone, Args)]
pub(super) struct RecipeArgs {
    /// Folder of pictures (subfolders included), or `demo` for the demo cats; `./demo` is a folder of that name
    #[arg(value_name = "FOLDER|demo")]
    source: OsString,
    /// Preset to start from; the settings below override its values [default: quick-32; with --from a recipe for
    /// fine-tuning]
    #[arg(long, value_parser = preset_parser())]
    preset: Option<String>,
    #[arg(long, value_name = "MODEL", help = FROM, long_help = format!("{FROM}: {}. {FROM_MORE}", model_help()))]
    from: Option<PathBuf>,
    /// New folder for the run [default: a numbered folder in Purrtrait's runs folder]
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,
    /// Where to train: auto, gpu, cpu, gpu:N (N from `purrtrait devices`), another machine, ssh://[USER@]HOST[:PORT],
    /// or a list that shares each batch, such as gpu:0,gpu:1,worker://HOST:PORT
    #[arg(long, default_value_t, long_help = ELSEWHERE)]
    device: TrainingPlace,
    #[command(flatten)]
    settings: RunSettings,
    /// What stands in place of some of them: of the second run of a race.
    #[arg(skip)]
    instead: Option<RunSettings>,
}

/// What the second run of a race has instead.
#[derive(Debug, Parser)]
#[command(name = "--against", no_binary_name = true, disable_help_flag = true)]
struct Against {
    #[arg(long, value_parser = preset_parser())]
    preset: Option<String>,
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    settings: RunSettings,
}

/// The words of a line, of which some are in quotes.
///
/// # Errors
/// A quote that does not end.
fn words(line: &str) -> Result<Vec<String>, Failure> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => (quote, word) = (Some(c), Some(word.unwrap_or_default())),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(Failure::new(Exit::Usage, "--against: a quotation mark has no end"));
    }
    words.extend(word);
    Ok(words)
}

impl TrainArgs {
    /// See [`RecipeArgs::config`].
    ///
    /// # Errors
    /// A setting that cannot be used; a model that cannot be started from.
    pub(super) fn config(self) -> Result<(RunConfig, Option<PathBuf>), EngineError> {
        self.recipe.config()
    }
}

impl RecipeArgs {
    /// The same run with these flags in place of some of its own, in a folder of its own.
    ///
    /// # Errors
    /// A flag that cannot be used.
    pub(super) fn against(&self, flags: &str) -> Result<Self, Failure> {
        let wrong = |e: clap::Error| {
            let text = e.to_string();
            let text = text.strip_prefix("error: ").unwrap_or(&text).lines().next().unwrap_or_default().to_owned();
            Failure::new(Exit::Usage, format!("--against: {text}"))
        };
        let Against { preset, out, settings } = Against::try_parse_from(words(flags)?).map_err(wrong)?;
        let preset = preset.or_else(|| self.preset.clone());
        Ok(Self { preset, out, instead: Some(settings), ..self.clone() })
    }

    /// The preset with the settings of the command line written over it, and the folder of the run.
    ///
    /// # Errors
    /// A setting that cannot be used; a model that cannot be started from.
    pub(super) fn config(self) -> Result<(RunConfig, Option<PathBuf>), EngineError> {
        let usual = if self.from.is_some() { &FINE_TUNING } else { &PRESETS[0] };
        let mut config = self.preset.as_deref().and_then(Preset::find).unwrap_or(usual).config();
        let start = self.from.as_deref().map(engine::start_info).transpose()?;
        if let Some(start) = &start {
            start.apply(&mut config, self.settings.size())?;
        }
        config.set_place(self.device);
        if self.source != "demo" {
            config.data.source = DataSource::Folder(typed_path(&self.source));
        }
        let settings = match self.instead {
            Some(instead) => {
                self.settings.write(&mut config)?;
                instead
            }
            None => self.settings,
        };
        for line in settings.apply(&mut config)? {
            log::warn!("{line}");
        }
        if let Some(start) = &start {
            start.check(&config)?;
        }
        Ok((config, self.out))
    }
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait resume runs/cats
  purrtrait resume runs/cats --steps 20000 --device gpu
  purrtrait resume runs/cats --device ssh://gpu-box
  purrtrait resume runs/cats --pictures /media/new-disk/cats
  purrtrait resume runs/cats --exclude not-these.txt
Moved pictures are recognised wherever they are. At least half of the pictures that the run was trained on must be
there; with --accept-other-pictures the run resumes with whatever is there.")]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    resumed: ResumedArgs,
    #[command(flatten)]
    manners: MannersFlags,
}

/// A run that is resumed, and what is changed of its settings.
#[derive(Debug, Args)]
pub(super) struct ResumedArgs {
    /// Run folder
    run: PathBuf,
    /// Stop after this many steps in all; 0 removes the limit [default: the run's own]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    steps: Option<u64>,
    /// Stop after this many epochs in all; 0 removes the limit [default: the run's own]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    epochs: Option<u32>,
    /// Where to train: auto, gpu, cpu, gpu:N, another machine, ssh://[USER@]HOST[:PORT], or a list that shares each
    /// batch, such as gpu:0,gpu:1,worker://HOST:PORT [default: where it trained]
    #[arg(long)]
    device: Option<TrainingPlace>,
    /// Folder where the pictures are now; the run remembers it [default: where they were]
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// Text file that lists the pictures not to train on, in place of the run's own list; the run remembers it. An
    /// empty file excludes nothing [default: the run's own]
    #[arg(long, value_name = "LIST")]
    exclude: Option<PathBuf>,
    /// Resume even if fewer than half of the run's training pictures are there
    #[arg(long)]
    accept_other_pictures: bool,
    /// Train on without this picture: its digest, as `purrtrait nearest` prints it. May be given several times
    #[arg(long, value_name = "DIGEST")]
    leave_out: Vec<String>,
    /// Show this picture three times an epoch
    #[arg(long, value_name = "DIGEST")]
    favour: Vec<String>,
    /// Use this picture once an epoch again
    #[arg(long, value_name = "DIGEST")]
    as_usual: Vec<String>,
}

impl ResumedArgs {
    /// The run, and how it is resumed.
    pub(super) fn options(self) -> (PathBuf, ResumeOptions) {
        let Self { run, steps, epochs, device, pictures, exclude, accept_other_pictures, .. } = self;
        let usages = [(self.leave_out, Usage::LeftOut), (self.favour, Usage::Favoured), (self.as_usual, Usage::Usual)];
        let usage = usages.into_iter().flat_map(|(digests, usage)| digests.into_iter().map(move |d| (d, usage)));
        let options = ResumeOptions {
            max_steps: steps,
            max_epochs: epochs,
            device,
            pictures,
            exclude,
            other_pictures: accept_other_pictures,
            usage: usage.collect(),
        };
        (run, options)
    }
}

pub(super) fn train(args: TrainArgs, out: &Output) -> Result<Exit, Failure> {
    let (only_forecast, manners) = (args.forecast, args.manners.manners());
    let (config, folder) = args.config()?;
    if only_forecast { forecast(&config, out) } else { start(config, folder, manners, out) }
}

/// The first preset on the demo cats, in a fresh run folder, until Ctrl+C.
pub(super) fn train_demo(out: &Output) -> Result<Exit, Failure> {
    start(PRESETS[0].config(), None, MannersFlags::default().manners(), out)
}

pub(super) fn resume(args: ResumeArgs, out: &Output) -> Result<Exit, Failure> {
    let (run, options) = args.resumed.options();
    follow(Command::Resume { run, options }, args.manners.manners(), out).map_err(|failure| match failure.exit {
        Exit::Data => Failure::new(Exit::Data, format!("{} {MOVED}", failure.text)),
        _ => failure,
    })
}

fn start(config: RunConfig, folder: Option<PathBuf>, manners: Manners, out: &Output) -> Result<Exit, Failure> {
    follow(Command::Start { config: Box::new(config), out: folder }, manners, out)
}

/// What to do about pictures of a run that are missing.
const MOVED: &str = "If the pictures have moved, name the folder where they are now (`resume RUN --pictures FOLDER`); \
                     `--accept-other-pictures` resumes the run with other pictures.";
