//! Commands about the latent space of a trained generator.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, ModelArg, SeedFlag, model_help};
use super::output::{Meter, Output, metered};
use super::text::plural;
use crate::engine::{
    self, CropWish, DirectionMethod, DirectionsRequest, PixelPoint, Placement, ProjectReport, ProjectRequest,
    ProjectSettings, Square, TuneSettings,
};
use crate::interrupt::{self, JobControl};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait directions runs/cats --grid directions.png
  purrtrait directions runs/cats --method pca --count 5 --out cats-pca.toml --json
Each row of the grid is one direction, strongest first, from -3 to 3 standard deviations around the same picture.")]
pub(super) struct DirectionsArgs {
    #[command(flatten)]
    model: ModelArg,
    /// How to find the directions
    #[arg(long, value_enum, default_value = "sefa")]
    method: Method,
    /// Number of directions, strongest first; at most as many as there are latent dimensions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1024))]
    count: u32,
    #[command(flatten)]
    seed: SeedFlag,
    /// PNG file to write with a row of pictures for each direction
    #[arg(long, value_name = "FILE")]
    grid: Option<PathBuf>,
    /// TOML file to write the directions to
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceFlag,
}

/// How directions are found.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Method {
    /// What the first layer amplifies most
    Sefa,
    /// Principal components after the first stage
    Pca,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait project my-cat.jpg --model runs/cats --out closest.png
  purrtrait project my-cat.jpg --model bundled --crop 310,240,200 --sheet compared.png
  purrtrait project my-cat.jpg --model runs/cats --tune my-cat.safetensors --sheet put-in.png --json
The surest face is cut out, framed as the generator frames faces; without a face it is the middle of the picture.
A generator can only make what it has learned: the verdict says whether it has seen such a cat. --tune puts the cat in:
a copy of the generator learns until its picture is yours while other latents keep theirs (pivotal tuning, Roich et al.
2021). The copy is a model of its own with the licence of the original, and the cat is among its favourites.")]
pub(super) struct ProjectArgs {
    /// Picture file; it is not changed
    picture: PathBuf,
    #[arg(long, value_name = "MODEL", help = model_help())]
    model: PathBuf,
    /// Number of starting points, optimised together
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=256))]
    restarts: u16,
    /// Optimisation steps before the best two points are refined
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    steps: u32,
    /// Maximum number of refinement rounds
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(0..=1000))]
    rounds: u32,
    #[command(flatten)]
    seed: SeedFlag,
    /// Compare only pixels, not also what a network for photos sees
    #[arg(long)]
    pixels_only: bool,
    /// Part of the picture that counts: face, whole (the middle square), or X,Y,SIDE[,DEGREES]: the middle and the side
    /// of a square in pixels of the upright picture, and how far it is turned clockwise
    #[arg(long, value_name = "CROP", default_value = "face", value_parser = crop)]
    crop: CropWish,
    /// PNG file to write your picture as it was cut, the closest one and, with --tune, the one put in, on one sheet
    #[arg(long, value_name = "PNG")]
    sheet: Option<PathBuf>,
    /// Model file (.safetensors) to write a copy of the generator to that is tuned until its picture is yours
    #[arg(long, value_name = "FILE")]
    tune: Option<PathBuf>,
    /// Steps of tuning: more come closer to your picture, and move other pictures more
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tune_steps: u32,
    /// PNG file to write the closest picture to
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceFlag,
}

pub(super) fn directions(args: DirectionsArgs, out: &Output) -> Result<Exit, Failure> {
    let method = match args.method {
        Method::Sefa => DirectionMethod::Sefa,
        Method::Pca => DirectionMethod::Pca,
    };
    let DirectionsArgs { model, count, seed, grid, out: file, device, .. } = args;
    let (ModelArg { model }, SeedFlag { seed }, DeviceFlag { device }) = (model, seed, device);
    let request = DirectionsRequest { model, method, count: count as usize, seed, grid, out: file, device };
    let report = metered(out, |control| engine::directions(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        out.line(&format!(
            "{} of generator {}, each with its share of the variance:",
            plural(report.directions.len(), "direction", "directions"),
            report.model
        ));
        for direction in &report.directions {
            out.line(&format!("  {:28} {:5.1} %", direction.name, 100.0 * direction.strength));
        }
        for path in [&report.grid, &report.out].into_iter().flatten() {
            out.line(&format!("saved as {}", path.display()));
        }
    }
    Ok(Exit::Ok)
}

pub(super) fn project(args: ProjectArgs, out: &Output) -> Result<Exit, Failure> {
    let settings = ProjectSettings {
        restarts: args.restarts.into(),
        steps: args.steps as usize,
        rounds: args.rounds as usize,
        seed: args.seed.seed,
        features: !args.pixels_only,
    };
    let tuning = TuneSettings { steps: args.tune_steps as usize, seed: args.seed.seed };
    let ProjectArgs { picture, model, crop, out: file, sheet, tune, device: DeviceFlag { device }, .. } = args;
    let tune = tune.map(|file| (file, tuning));
    let request = ProjectRequest { picture, model, crop, settings, out: file, sheet, tune, device };
    let (meter, mut error) = (Meter::new(out), String::new());
    let result = engine::project(&request, JobControl::silent(interrupt::flag()), &mut |p, now| {
        if let Some(now) = now {
            error = format!("error {now:.1} of 255");
        }
        meter.job(p, &error);
    });
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        projected(&report, out);
    }
    Ok(Exit::Ok)
}

/// What was found, for people.
fn projected(report: &ProjectReport, out: &Output) {
    out.line(match report.placed_by {
        Placement::Finder => "searched for the face that the cat finder found",
        Placement::Hand => "searched for the square that was given",
        Placement::Landmarks | Placement::Crop => "searched for the middle of the picture: no face is known (--crop)",
    });
    out.line(report.verdict);
    out.line(&format!("{} ({:.1} s)", report.likeness.numbers(), report.seconds));
    if let Some(tuned) = &report.tuned {
        out.line(&format!(
            "put in: mean pixel error {:.1} of 255 ({:.1} s); 100 other latents' pictures moved by {:.1} of 255, at \
             most {:.1}",
            tuned.error, tuned.seconds, tuned.moved, tuned.moved_most
        ));
        out.line(&format!("saved the model as {}", tuned.file.display()));
    }
    for path in [&report.out, &report.sheet].into_iter().flatten() {
        out.line(&format!("saved as {}", path.display()));
    }
    out.line(&format!("with generator {} on {}", report.model, report.device.name));
}

/// `face`, `whole`, or three or four numbers.
fn crop(text: &str) -> Result<CropWish, String> {
    match text {
        "face" => return Ok(CropWish::Face),
        "whole" => return Ok(CropWish::Whole),
        _ => {}
    }
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse::<f64>()).collect();
    let (x, y, side, degrees) = match numbers.as_deref() {
        Ok([x, y, side]) => (*x, *y, *side, 0.0),
        Ok([x, y, side, degrees]) => (*x, *y, *side, *degrees),
        _ => return Err("give face, whole, or X,Y,SIDE or X,Y,SIDE,DEGREES in pixels of the picture".to_owned()),
    };
    Ok(CropWish::Square(Square { middle: PixelPoint { x, y }, side, angle: degrees.to_radians() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_is_a_word_or_a_square() {
        assert_eq!(crop("face"), Ok(CropWish::Face));
        assert_eq!(crop("whole"), Ok(CropWish::Whole));
        let Ok(CropWish::Square(square)) = crop("310, 240,200,90") else { panic!() };
        assert_eq!((square.middle.x, square.middle.y, square.side), (310.0, 240.0, 200.0));
        assert!((square.angle - std::f64::consts::FRAC_PI_2).abs() < 1e-12);
        assert!(["1,2", "1,2,3,4,5", "left", ""].into_iter().all(|text| crop(text).is_err()));
    }
}
