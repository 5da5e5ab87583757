//! The explorer as a window sees it: places in, pictures out.

use super::{PATIENCE, engine, folder, send, tiny, train};
use purrtrait::engine::{
    Command, EngineHandle, Event, ExploreCommand, ExploreEvent, ExploreSource, FavouriteEdit, FilmPath, Keepsake,
    Latent, LatentSpec, Photo,
};
use purrtrait::pixels::{Frame, GridLayout};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn ask(engine: &EngineHandle, command: ExploreCommand) {
    assert!(engine.explore(command), "the explorer takes commands");
}

/// The first answer that `found` wants; a failure fails the test.
pub fn answer<T>(engine: &mut EngineHandle, mut found: impl FnMut(ExploreEvent) -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match engine.poll() {
            Some(Event::Explore(ExploreEvent::Failed { text, .. })) => panic!("{text}"),
            Some(Event::Explore(event)) => {
                if let Some(found) = found(event) {
                    return found;
                }
            }
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    panic!("no answer");
}

fn failure(engine: &mut EngineHandle) -> String {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match engine.poll() {
            Some(Event::Explore(ExploreEvent::Failed { text, .. })) => return text,
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    panic!("no failure");
}

fn open(engine: &mut EngineHandle, source: ExploreSource) {
    ask(engine, ExploreCommand::Open(source));
    answer(engine, |event| matches!(event, ExploreEvent::Opened(_)).then_some(()));
}

fn picture(engine: &mut EngineHandle, spec: LatentSpec) -> (Latent, Arc<Frame>) {
    ask(engine, ExploreCommand::Show { stamp: 7, spec, psi: 1.0 });
    answer(engine, |event| match event {
        ExploreEvent::Picture(drawn) if drawn.stamp == 7 => Some((drawn.latent, drawn.frame)),
        _ => None,
    })
}

/// An engine that trains without end, and whose explorer was asked for the weights of that training.
fn training_explored(out: PathBuf) -> EngineHandle {
    let mut config = tiny(0);
    config.tunables.sample_every = 1000;
    let engine = engine();
    send(&engine, Command::Start { config: Box::new(config), out: Some(out) });
    ask(&engine, ExploreCommand::Open(ExploreSource::Live));
    engine
}

/// What a person sees in the training's sample grid is what the explorer shows, to the bit.
#[test]
fn a_tile_of_the_sample_grid_opens_as_it_was() {
    let dir = folder();
    let run = dir.path().join("run");
    train(tiny(6), &run);
    let sheet = Frame::open_png(&run.join("samples/step-000000006.png")).unwrap();
    let layout = GridLayout::new(4, 32);
    let mut engine = engine();
    open(&mut engine, ExploreSource::File(run));
    for tile in 0..4 {
        let (_, frame) = picture(&mut engine, LatentSpec::Tile { seed: 1, tile, count: 4 });
        let (x, y) = layout.origin(tile);
        for row in 0..32 {
            let start = (((y + row) * sheet.width + x) * 3) as usize;
            let own = (row * 32 * 3) as usize;
            assert_eq!(frame.data[own..own + 96], sheet.data[start..start + 96], "tile {tile}, row {row}");
        }
    }
    engine.shutdown();
}

fn favourites(engine: &mut EngineHandle, source: ExploreSource) -> (PathBuf, Vec<Arc<Keepsake>>, Option<String>) {
    ask(engine, ExploreCommand::Open(source));
    answer(engine, |event| match event {
        ExploreEvent::Favourites { file, list, notice } => Some((file, list, notice)),
        _ => None,
    })
}

/// In the run folder, whatever checkpoint is open; a tile is kept without opening the run, and a program that ends at
/// once has written all.
#[test]
fn favourites_of_a_run_are_there_again() {
    let dir = folder();
    let run = dir.path().join("run");
    train(tiny(6), &run);
    let mut first = engine();
    let (file, list, _) = favourites(&mut first, ExploreSource::File(run.clone()));
    assert!(file == run.join("favourites.jsonl") && list.is_empty());
    let (latent, frame) = picture(&mut first, LatentSpec::Seed { seed: 5, number: 2 });
    let kept = Keepsake { name: "Minka".into(), seed: Some(5), number: Some(2), ..Keepsake::new(latent, 1.0, 6) };
    let kept = vec![Arc::new(kept)];
    ask(&first, ExploreCommand::EditFavourites { file, edit: FavouriteEdit::Keep(kept.clone()) });
    ask(&first, ExploreCommand::KeepTile { run: run.clone(), tile: 1, count: 4, step: 6 });
    first.shutdown();
    let mut again = engine();
    let checkpoint = run.join("checkpoints/step-000000006");
    let (_, list, notice) = favourites(&mut again, ExploreSource::File(checkpoint));
    assert_eq!((list.len(), &list[0], notice), (2, &kept[0], None));
    let (tile, _) = picture(&mut again, LatentSpec::Tile { seed: 1, tile: 1, count: 4 });
    assert_eq!(list[1].latent, tile);
    // Exported, its picture is the one that was on show, and leads back to its point.
    let out = dir.path().join("export");
    let export = ExploreCommand::ExportPictures { kept: list, upscale: 1, sharpen: false, folder: out.clone() };
    ask(&again, export);
    answer(&mut again, |event| matches!(event, ExploreEvent::PicturesExported { count: 2, .. }).then_some(()));
    let png = out.join("0001-Minka.png");
    assert_eq!(Frame::open_png(&png).unwrap(), *frame);
    ask(&again, ExploreCommand::Restore(png));
    let back = answer(&mut again, |event| match event {
        ExploreEvent::Restored { latent, .. } => Some(latent),
        _ => None,
    });
    assert_eq!(back, kept[0].latent);
    // Damaged, it is set aside.
    std::fs::write(run.join("favourites.jsonl"), "scribble\n").unwrap();
    let (_, list, notice) = favourites(&mut again, ExploreSource::File(run.clone()));
    assert!(list.is_empty() && notice.unwrap().contains("favourites.bad.jsonl"));
    assert_eq!(std::fs::read_to_string(run.join("favourites.bad.jsonl")).unwrap(), "scribble\n");
    again.shutdown();
}

#[test]
fn a_saved_picture_leads_back_to_its_point() {
    let dir = folder();
    let mut engine = engine();
    open(&mut engine, ExploreSource::Bundled);
    let spec = LatentSpec::Plane { seed: 3, x: 0.25, y: -1.5 };
    let (latent, frame) = picture(&mut engine, spec.clone());
    let save = ExploreCommand::Save {
        spec,
        psi: 1.0,
        upscale: 1,
        sharpen: false,
        folder: dir.path().to_path_buf(),
        template: "cat-{model}".to_owned(),
    };
    ask(&engine, save);
    let path = answer(&mut engine, |event| if let ExploreEvent::Saved(path) = event { Some(path) } else { None });
    assert_eq!(path, dir.path().join("cat-bundled.png"));
    assert_eq!(Frame::open_png(&path).unwrap(), *frame);
    ask(&engine, ExploreCommand::Restore(path));
    let back = answer(&mut engine, |event| match event {
        ExploreEvent::Restored { latent, .. } => Some(latent),
        _ => None,
    });
    assert_eq!(back, latent);
    engine.shutdown();
}

/// Trained on the run's own pictures, found at once, used for what is shown and what is saved.
#[test]
fn a_sharpening_network_is_trained_and_used() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(4);
    config.data.demo_count = 40;
    train(config, &run);
    let mut engine = engine();
    open(&mut engine, ExploreSource::File(run.clone()));
    let told = |event| if let ExploreEvent::Sharpener(network) = event { Some(network) } else { None };
    assert_eq!(answer(&mut engine, told), None);
    ask(&engine, ExploreCommand::TrainSharpener { minutes: 0.02 });
    let mut progress = 0;
    let report = answer(&mut engine, |event| match event {
        ExploreEvent::Sharpening { .. } => {
            progress += 1;
            None
        }
        ExploreEvent::SharpenerTrained(report) => Some(report),
        _ => None,
    });
    assert!(progress > 0 && report.steps > 0 && run.join("sharpen.safetensors").is_file());
    ask(&engine, ExploreCommand::Sharpen(true));
    let network = answer(&mut engine, told).expect("the network that was trained");
    assert_eq!((network.to, network.on, network.better), (256, true, report.better));

    let spec = LatentSpec::Seed { seed: 1, number: 0 };
    let (_, small) = picture(&mut engine, spec.clone());
    let large = answer(&mut engine, |event| match event {
        ExploreEvent::Sharpened { stamp: 7, frame } => Some(frame),
        _ => None,
    });
    assert_eq!((small.width, large.width), (32, 256));
    for (upscale, sharpen, name) in [(8, true, "large"), (8, false, "plain"), (3, true, "odd")] {
        let (folder, template) = (dir.path().to_path_buf(), name.to_owned());
        ask(&engine, ExploreCommand::Save { spec: spec.clone(), psi: 1.0, upscale, sharpen, folder, template });
        answer(&mut engine, |event| matches!(event, ExploreEvent::Saved(_)).then_some(()));
    }
    let open = |name: &str| Frame::open_png(&dir.path().join(format!("{name}.png"))).unwrap();
    assert_eq!(open("large"), *large, "what is saved is what is shown");
    assert_ne!(open("plain"), *large);
    assert_eq!(open("odd").width, 96, "no network gives this size");
    ask(&engine, ExploreCommand::Sharpen(false));
    assert!(!answer(&mut engine, told).unwrap().on);
    engine.shutdown();
}

#[test]
fn a_training_is_filmed_at_one_point() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(20);
    config.tunables.checkpoint_every = 1.0;
    train(config, &run);
    let mut engine = engine();
    open(&mut engine, ExploreSource::File(run));
    let (point, frame) = picture(&mut engine, LatentSpec::Seed { seed: 1, number: 0 });
    let film = |point: &Latent, out: &str| ExploreCommand::Film {
        path: FilmPath::Training { point: point.clone() },
        closed: false,
        easing: purrtrait::engine::Easing::Linear,
        frames: 2,
        fps: 10,
        upscale: 1,
        sharpen: false,
        out: dir.path().join(out),
    };
    ask(&engine, film(&point, "film"));
    let made = answer(&mut engine, |event| if let ExploreEvent::Filmed { out, .. } = event { Some(out) } else { None });
    // Epochs 2, 3 and 4 are kept, of 20 steps of 4 pictures out of 20.
    let mut frames: Vec<_> = std::fs::read_dir(made).unwrap().map(|entry| entry.unwrap().path()).collect();
    frames.sort();
    assert_eq!(frames.len(), 3);
    assert_eq!(Frame::open_png(&frames[2]).unwrap(), *frame, "the last is the newest");
    open(&mut engine, ExploreSource::Bundled);
    let (point, _) = picture(&mut engine, LatentSpec::Seed { seed: 1, number: 0 });
    ask(&engine, film(&point, "none"));
    assert!(failure(&mut engine).contains("needs a run"));
    engine.shutdown();
}

/// Weights of a run arrive while it trains, and again later.
#[test]
fn a_run_is_explored_while_it_trains() {
    let dir = folder();
    let mut engine = training_explored(dir.path().join("run"));
    let first = answer(&mut engine, |event| if let ExploreEvent::Opened(m) = event { Some(m.step) } else { None });
    let (latent, before) = picture(&mut engine, LatentSpec::Seed { seed: 1, number: 0 });
    let next =
        answer(&mut engine, |event| if let ExploreEvent::Refreshed { step } = event { Some(step) } else { None });
    assert!(next > first, "{first}, then {next}");
    let (again, after) = picture(&mut engine, LatentSpec::Latent(latent.clone()));
    assert!(again == latent && after != before, "the same point, drawn by newer weights");
    // It goes on where nothing else can be opened.
    ask(&engine, ExploreCommand::Open(ExploreSource::File(dir.path().join("none.safetensors"))));
    assert!(failure(&mut engine).contains("none.safetensors"));
    answer(&mut engine, |event| matches!(event, ExploreEvent::Refreshed { .. }).then_some(()));
    engine.shutdown();
}

/// A checkpoint that was chosen stays on show while the run trains on, until the newest weights are wanted again.
#[test]
fn a_chosen_checkpoint_is_not_replaced_by_newer_weights() {
    let dir = folder();
    let mut engine = training_explored(dir.path().join("run"));
    answer(&mut engine, |event| matches!(event, ExploreEvent::Opened(_)).then_some(()));
    send(&engine, Command::SaveNow);
    let steps = answer(&mut engine, |event| if let ExploreEvent::Steps(steps) = event { Some(steps) } else { None });
    let step = *steps.all.last().expect("it was saved");
    ask(&engine, ExploreCommand::AtStep(Some(step)));
    let refreshed = |event| if let ExploreEvent::Refreshed { step } = event { Some(step) } else { None };
    while answer(&mut engine, refreshed) != step {}
    // Weights come every three seconds.
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(5) {
        match engine.poll() {
            // The newest weights may have been of the same step.
            Some(Event::Explore(event)) => assert!(refreshed(event).is_none_or(|at| at == step)),
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    ask(&engine, ExploreCommand::AtStep(None));
    assert!(answer(&mut engine, refreshed) > step);
    engine.shutdown();
}

/// Comparing says how far it is the first time, and the pictures are kept for the next. Half of the 60 are held back.
#[test]
fn training_pictures_are_compared_with() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = purrtrait::config::RunConfig { held_out: 50.0, ..tiny(6) };
    config.data.demo_count = 60;
    train(config, &run);
    let mut engine = engine();
    open(&mut engine, ExploreSource::File(run));
    let compare =
        || ExploreCommand::FindNeighbours { spec: LatentSpec::Seed { seed: 1, number: 0 }, psi: 1.0, count: 60 };
    for again in [false, true] {
        ask(&engine, compare());
        let mut counted = 0;
        let found = answer(&mut engine, |event| match event {
            ExploreEvent::Comparing { .. } => {
                counted += 1;
                None
            }
            ExploreEvent::Neighbours { found, .. } => Some(found.len()),
            _ => None,
        });
        assert_eq!((found, counted == 0), (30, again));
    }
    engine.shutdown();
}

#[test]
fn a_run_is_exported_with_both_networks() {
    let dir = folder();
    let run = dir.path().join("run");
    train(tiny(2), &run);
    let mut engine = engine();
    open(&mut engine, ExploreSource::File(run));
    for discriminator in [false, true] {
        let out = dir.path().join(format!("cats-{discriminator}.safetensors"));
        ask(&engine, ExploreCommand::Export { out: out.clone(), discriminator });
        answer(&mut engine, |event| matches!(event, ExploreEvent::Exported(_)).then_some(()));
        assert_eq!(purrtrait::engine::start_info(&out).unwrap().discriminator, discriminator);
    }
    engine.shutdown();
}

#[test]
fn films_exports_and_bad_requests_end_with_an_answer() {
    let dir = folder();
    let mut engine = engine();
    ask(&engine, ExploreCommand::FindDirections(purrtrait::engine::DirectionMethod::Sefa));
    assert!(failure(&mut engine).contains("open a generator first"));
    open(&mut engine, ExploreSource::Bundled);
    let (start, _) = picture(&mut engine, LatentSpec::Seed { seed: 1, number: 0 });
    let film = |path, name: &str| ExploreCommand::Film {
        path,
        closed: false,
        easing: purrtrait::engine::Easing::Linear,
        frames: 5,
        fps: 10,
        upscale: 1,
        sharpen: false,
        out: dir.path().join(name),
    };
    ask(&engine, film(FilmPath::Walk { start: start.clone(), seed: 4 }, "walk"));
    let made = answer(&mut engine, |event| if let ExploreEvent::Filmed { out, .. } = event { Some(out) } else { None });
    assert_eq!(std::fs::read_dir(made).unwrap().count(), 5);
    let other: Latent = vec![0.0; 3].into();
    ask(&engine, film(FilmPath::Points(vec![start, other]), "way"));
    assert!(failure(&mut engine).contains("3 components"));
    let export = |name: &str| ExploreCommand::Export { out: dir.path().join(name), discriminator: true };
    ask(&engine, export("cats.onnx"));
    answer(&mut engine, |event| matches!(event, ExploreEvent::Exported(_)).then_some(()));
    ask(&engine, export("cats.onnx"));
    let second = answer(&mut engine, |event| if let ExploreEvent::Exported(path) = event { Some(path) } else { None });
    assert_eq!(second, dir.path().join("cats-2.onnx"), "nothing is overwritten");
    ask(&engine, export("cats.doc"));
    assert!(failure(&mut engine).contains("the extension selects the format"));
    ask(&engine, ExploreCommand::OpenPhoto(Photo::File("nobody.png".into())));
    assert!(failure(&mut engine).contains("nobody.png"));
    ask(&engine, ExploreCommand::Open(ExploreSource::File(Path::new("nowhere").into())));
    assert!(failure(&mut engine).contains("nowhere"));
    // What was open stays open.
    picture(&mut engine, LatentSpec::Seed { seed: 1, number: 1 });
    engine.shutdown();
}

/// By the bundled generator: names come by themselves after the directions, say what changes, and are there again.
#[test]
fn directions_get_names_for_what_they_change() {
    let mut engine = engine();
    open(&mut engine, ExploreSource::Bundled);
    ask(&engine, ExploreCommand::FindDirections(purrtrait::engine::DirectionMethod::Sefa));
    let names = |event| match event {
        ExploreEvent::DirectionsNamed(all) => Some(all.into_iter().map(|d| d.name).collect::<Vec<_>>()),
        _ => None,
    };
    let named = answer(&mut engine, names);
    assert_eq!(named.len(), 10);
    let words = named.iter().filter(|name| !name.starts_with("change")).count();
    assert!(words >= 5, "{named:?}");
    let different: std::collections::HashSet<_> = named.iter().collect();
    assert_eq!(different.len(), named.len(), "{named:?}");
    open(&mut engine, ExploreSource::Bundled);
    let kept = |event| match event {
        ExploreEvent::Directions(all) => Some(all.into_iter().map(|d| d.name).collect::<Vec<_>>()),
        _ => None,
    };
    assert_eq!(answer(&mut engine, kept), named);
    engine.shutdown();
}
