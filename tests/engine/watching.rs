//! A folder as people have it: 200 pictures and the modern recipe. Overfitting and copies are both watched, and found.

use super::{checkpoint, end_of, folder, train};
use purrtrait::config::{DataSource, DeviceChoice, Duplicates, Preset, RunConfig, Tunables};
use purrtrait::engine::{Event, FindingKind, QualityPoint, RunEnd, write_demo};
use purrtrait::interrupt::JobControl;
use purrtrait::pixels::{Frame, GridLayout};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

const CATS: u32 = 200;

/// The modern recipe, narrow and small. Its discriminator learns and its generator does not, so that the generated
/// pictures are known beforehand.
fn modern(cats: &Path) -> RunConfig {
    let mut config = Preset::find("modern-64").unwrap().config();
    (config.device, config.batch, config.sample_count) = (DeviceChoice::Cpu, 4, 36);
    (config.model.size, config.model.g_width, config.model.d_width) = (32, 4, 4);
    // Drawn cats are alike; all are wanted.
    config.data.duplicates = Duplicates::Keep;
    config.data.source = DataSource::Folder(cats.to_path_buf());
    let still = Tunables { lr_g: 1e-7, lr_d: 2e-3, ..config.tunables };
    // Steps are so short here that saves on the way would leave no time for the one that a measurement begins with.
    let every = Tunables { checkpoint_every: 1000.0, measure_every: 10.0, ..still };
    config.tunables = Tunables { metrics_every: 50, sample_every: 50, ..every };
    config
}

/// The pictures that its generator draws at the start.
fn first_samples(config: &RunConfig, out: &Path) -> Vec<Frame> {
    let mut config = RunConfig { max_steps: 1, ..config.clone() };
    config.tunables.measure_every = 0.0;
    let events = train(config, out);
    let sheet = events.iter().find_map(|e| match e {
        Event::Sample { frame, tiles, side, .. } => Some((frame.clone(), *tiles, *side)),
        _ => None,
    });
    let (sheet, tiles, side) = sheet.unwrap();
    let grid = GridLayout::new(tiles, side);
    let tile = |i: u32| {
        let (left, top) = grid.origin(i);
        let row = |y: u32| {
            let start = ((top + y) * sheet.width + left) as usize * 3;
            sheet.data[start..start + side as usize * 3].to_vec()
        };
        Frame { width: side, height: side, data: (0..side).flat_map(row).collect() }
    };
    (0..tiles).map(tile).collect()
}

/// A whole run: what was found, and the measurements. The last pictures are measured too, so there are two or more.
fn watch(config: &RunConfig, run: &Path) -> (HashSet<FindingKind>, Vec<QualityPoint>) {
    let mut config = config.clone();
    config.tunables.stop_on_copies = false;
    let events = train(config, run);
    assert!(matches!(end_of(&events), RunEnd::Finished { .. }), "{:?}", end_of(&events));
    let info = events.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info) } else { None }).unwrap();
    assert_eq!((info.pictures, info.held_out, &info.unwatched[..]), (180, 20, &[][..]));
    let (mut found, mut points) = (HashSet::new(), Vec::new());
    for event in events {
        match event {
            Event::Findings(findings) => found.extend(findings.iter().map(|f| f.kind)),
            Event::Quality(point) => points.push((*point).clone()),
            _ => {}
        }
    }
    assert!(points.len() > 1);
    (found, points)
}

#[test]
fn with_200_pictures_memorisation_is_found_and_a_healthy_training_left_alone() {
    let dir = folder();
    let cats = dir.path().join("cats");
    write_demo(&cats, CATS, 32, 3, JobControl::unattended()).unwrap();
    let config = RunConfig { max_steps: 950, ..modern(&cats) };
    let samples = first_samples(&config, &dir.path().join("first"));
    let (found, points) = watch(&config, &dir.path().join("healthy"));
    let both = [FindingKind::Overfitting, FindingKind::Copying];
    assert!(both.iter().all(|kind| !found.contains(kind)), "{found:?}");
    assert!(points.iter().all(|p| p.quality.memorisation.is_some_and(|ratio| ratio > 0.6)), "{points:#?}");
    assert!(points.iter().any(|p| p.quality.r_held.is_some()), "{points:#?}");

    // What is held back, each tenth, looks generated to the discriminator, as real pictures do to one that knows its
    // own by heart; and the generator draws what some training pictures show, as one does that has learned them by
    // heart.
    for (i, sample) in (0..CATS).filter(|i| i % 10 == 9 || i % 20 == 0).zip(samples) {
        fs::write(cats.join(format!("cat-{i:05}.png")), sample.to_png().unwrap()).unwrap();
    }
    let (found, points) = watch(&config, &dir.path().join("by-heart"));
    assert!(both.iter().all(|kind| found.contains(kind)), "{found:?}");
    assert!(points.iter().all(|p| p.quality.memorisation.is_some_and(|ratio| ratio < 0.25)), "{points:#?}");

    // The same run, left to the recipe: two measurements are enough to end it, saved, with nothing to recommend.
    let mut config = config;
    // As long as two measurements take.
    (config.max_steps, config.tunables.measure_every) = (20_000, 1.0);
    let run = dir.path().join("stopped");
    let events = train(config, &run);
    let &RunEnd::Copying { step } = end_of(&events) else { panic!("{:?}", end_of(&events)) };
    let measured = events.iter().filter(|e| matches!(e, Event::Quality(_))).count();
    assert!((2..=3).contains(&measured) && step < 20_000 && checkpoint(&run, step).is_dir(), "{measured} by {step}");
    assert!(!events.iter().any(|e| matches!(e, Event::Best(_))), "copies are never the best");
}
