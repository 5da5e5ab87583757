//! Measuring on the command line.

use super::exit::{Exit, Failure};
use super::interrupt;
use super::output::{Meter, Output};
use super::text::{plural, thousands};
use crate::engine::{self, EvaluateReport, EvaluateRequest, Floor};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait evaluate runs/cats ~/Pictures/other-cats
  purrtrait evaluate bundled ~/Pictures/cats --count 1000 --json
  purrtrait evaluate generated-pictures ~/Pictures/cats --training ~/Pictures/trained-on
  purrtrait evaluate runs/cats ~/Pictures/other-cats --inception pt_inception-2015-12-05-6726825d.pth
FOLDER should hold pictures that the generator was not trained on. Beside each number stands what real pictures reach
against real pictures. Compare only numbers of equally many pictures of one size.")]
pub struct EvaluateArgs {
    /// Folder of a run, a checkpoint, a model file, `bundled`, or a folder of generated pictures
    #[arg(value_name = "MODEL|PICTURES")]
    pub source: PathBuf,
    /// Folder of real pictures to compare with
    pub folder: PathBuf,
    /// How many pictures of each kind [default: those in FOLDER, at most 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(50..=100_000))]
    pub count: Option<u32>,
    /// Another seed draws other cats
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Use the newest weights of a run instead of their average
    #[arg(long)]
    pub raw: bool,
    /// The pictures that were trained on, to find copies of them [default: those of the run, if they are still there]
    #[arg(long, value_name = "FOLDER")]
    pub training: Option<PathBuf>,
    /// Side in pixels at which a folder of generated pictures is measured: 16, 32, 64, 128 or 256 [default: 64]
    #[arg(long, value_name = "S", value_parser = size)]
    pub size: Option<u32>,
    /// Inception weights (the state dict of pytorch-fid as .pth or .safetensors): adds FID and KID as published numbers are
    /// made. Takes some seconds for every 100 pictures
    #[arg(long, value_name = "FILE")]
    pub inception: Option<PathBuf>,
}

pub fn evaluate(args: EvaluateArgs, out: &Output) -> Result<Exit, Failure> {
    let EvaluateArgs { source, folder, count, seed, raw, training, size, inception } = args;
    interrupt::watch("Stopping.");
    let meter = Meter::new(out, "pictures");
    let request = EvaluateRequest { source, folder, count, seed, raw, training, size, inception };
    let progress = |what: &'static str, done: usize, total: usize| {
        meter.show_named(what, done as u64, Some(total as u64), "");
    };
    let result = engine::evaluate(&request, &interrupt::PRESSED, &progress);
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        print(&report, out);
    }
    Ok(Exit::Ok)
}

fn size(text: &str) -> Result<u32, String> {
    let size = text.parse().ok().filter(|s| [16, 32, 64, 128, 256].contains(s));
    size.ok_or_else(|| "is not one of 16, 32, 64, 128, 256".to_owned())
}

fn print(report: &EvaluateReport, out: &Output) {
    let q = &report.quality;
    let n = plural(q.pictures, "generated picture", "generated pictures");
    let step = report.step.filter(|s| *s > 0).map_or_else(String::new, |s| format!(", step {}", thousands(s)));
    out.line(&format!("{}{step}: {n} of {} px against as many of {}", report.source, q.side, report.folder));
    out.line(&format!("\n{:34}{:>10}{:>10}  ", "", "generated", "real"));
    let row = |name: &str, value: f64, floor: f64, digits: usize, what: &str| {
        out.line(&format!("{name:34}{value:>10.digits$}{floor:>10.digits$}  {what}"));
    };
    let (m, f) = (&q.measures, &q.floor);
    row("Texture and shape (SWD x 1,000)", m.swd, f.swd, 2, "smaller is better");
    for ((side, value), (_, floor)) in m.swd_levels.iter().zip(&f.swd_levels) {
        row(&format!("  details at {side} px"), *value, *floor, 2, "");
    }
    row("Colours (grey levels)", m.colour, f.colour, 2, "smaller is better");
    let error = format!("smaller is better; give or take {:.2} and {:.2} *", m.kid_error, f.kid_error);
    row("Distance (KID x 1,000)", m.kid, f.kid, 2, &error);
    row("Realism (precision)", m.precision, f.precision, 3, "larger is better *");
    row("Realism (density)", m.density, f.density, 3, "larger is better *");
    row("Variety (recall)", m.recall, f.recall, 3, "larger is better *");
    row("Variety (coverage)", m.coverage, f.coverage, 3, "larger is better *");
    row(
        "Difference between pictures",
        m.diversity,
        f.diversity,
        3,
        "1 is right, below 0.7 suspicious, below 0.4 collapsed",
    );
    if let Some(inception) = &report.inception {
        let row = |name: &str, value: f64, floor: Option<f64>, what: &str| {
            let floor = floor.map_or_else(|| "-".to_owned(), |floor| format!("{floor:.2}"));
            out.line(&format!("{name:34}{value:>10.2}{floor:>10}  {what}"));
        };
        let n = thousands(inception.pictures as u64);
        let what = format!("smaller is better; of {n} pictures, compare only with as many **");
        row("FID (Inception)", inception.fid, inception.floor_fid, &what);
        let of = if inception.kid_subsets { "subsets scatter by" } else { "give or take" };
        let what = format!("smaller is better; {of} {:.2} **", inception.kid_error);
        row("KID (Inception) x 1,000", inception.kid, inception.floor_kid, &what);
    }
    if let Some(ratio) = q.memorisation {
        row("Distance to training pictures", ratio, 1.0, 3, "far below 1: copies");
    }
    if let Some(r) = q.r_train {
        let held = q.r_held.map_or_else(|| "         -".to_owned(), |r| format!("{r:>10.3}"));
        let what = "discriminator on training pictures, and on those here; it overfits where they part";
        out.line(&format!("{:34}{r:>10.3}{held}  {what}", "Mean sign of the logits"));
    }
    let halves = match q.floor_from {
        Floor::Training => {
            format!("{} training pictures against as many of the folder", thousands(q.floor_pictures as u64))
        }
        Floor::Halves => {
            let n = thousands(q.floor_pictures as u64);
            format!("{n} pictures of the folder against {n} others of it; fewer pictures, so a little too high")
        }
    };
    out.line(&format!("\nreal: {halves}"));
    out.line(&format!("* {}", report.features));
    if let Some(inception) = &report.inception {
        out.line(&format!("** {}: {}", inception.file, inception.advice.join("; ")));
    }
    for note in &q.notes {
        out.line(&format!("note: {note}"));
    }
    out.line(&format!("{:.1} s, of which {:.1} s for measuring", report.seconds, report.measuring_seconds));
}
