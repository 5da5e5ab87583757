//! Everything that the program reads and somebody else may have written.

use super::containers::{Shape, renew_manifest};
use super::input::Input;
use super::pipe::{answer_seeds, frame_message, hear_answers, request_seeds, worker_answer_seeds, worker_order_seeds};
use super::watched;
use super::world::{World, config, phone_pictures, pictures, pytorch};
use purrtrait::compute::ComputeDevice;
use purrtrait::config::{AppSettings, CropMode, DataConfig, DataSource, FaceMode};
use purrtrait::data::{ChoicesFile, DataError, DataHome, Dataset, open_upright};
use purrtrait::engine::{
    Command, Event, QualityPoint, QueueEdit, QueueRequest, RestoreRequest, StepMetrics, TunablesChange, Waited,
    load_generator, recipe_of, requests_from_bytes, restore, start, start_info, worker_answers_from_bytes,
    worker_orders_from_bytes,
};
use purrtrait::formats::{FavouriteEdit, FavouritesFile, import, read_tensors, write_safetensors};
use purrtrait::interrupt::JobControl;
use purrtrait::latent::{DirectionSet, sefa};
use purrtrait::model::SavedGenerator;
use purrtrait::sharpen::SavedSharpener;
use purrtrait::train::{Checkpoint, RunDir, Trainer};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const MIB: usize = 1 << 20;
/// What reading a small file may take, with room for what the libraries keep.
const LITTLE: usize = 256 * MIB;
/// What the limits of `data::decode` promise: 210 million pixels of at most 640 MiB as stored, and nine bytes for each
/// while they become RGB and are cut out. Of HEIC, AVIF and JPEG XL it is 32 bytes for each of 64 million pixels.
const PICTURE: usize = 640 * MIB + 9 * 210_000_000 + 64 * MIB;

/// Where a whole PNG is opened: `pixels::Frame` takes 512 MiB as stored and as many as RGB, and what is drawn again is
/// as large as the picture.
const SHEET: usize = 3 * 512 * MIB + LITTLE;

/// One kind of files, and what is done with them.
pub struct Target {
    pub name: &'static str,
    /// The most bytes of memory that one input may take.
    pub budget: usize,
    pub seeds: fn(&World) -> Vec<Input>,
    /// How the file of this name is built.
    pub shape: fn(&str) -> Shape,
    /// Makes a changed input consistent again; done to three of four.
    pub repair: fn(&mut Input),
    /// Reads the input as the program would; gives what came of it, in words.
    pub run: fn(&World, &Input) -> String,
}

const PLAIN: Target = Target {
    name: "",
    budget: LITTLE,
    seeds: |_| Vec::new(),
    shape: |_| Shape::Bytes,
    repair: |_| {},
    run: |_, _| String::new(),
};

pub static TARGETS: [Target; 21] = [
    Target {
        name: "pictures",
        budget: PICTURE,
        seeds: |_| pictures().into_iter().map(Input::one).collect(),
        shape: |_| Shape::Png,
        run: read_picture,
        ..PLAIN
    },
    Target {
        name: "photos",
        budget: PICTURE,
        seeds: |_| phone_pictures().into_iter().map(Input::one).collect(),
        run: read_picture,
        ..PLAIN
    },
    Target {
        name: "landmarks",
        budget: PICTURE,
        seeds: landmark_seeds,
        shape: |name| if name.ends_with(".cat") { Shape::Text } else { Shape::Png },
        run: prepare_folder,
        ..PLAIN
    },
    Target {
        name: "choices",
        budget: PICTURE,
        seeds: choices_seeds,
        shape: |name| if name.ends_with(".png") { Shape::Png } else { Shape::Text },
        run: prepare_chosen,
        ..PLAIN
    },
    Target { name: "cache", seeds: |world| vec![Input::one(cache_file(world))], run: open_cache, ..PLAIN },
    Target {
        name: "safetensors",
        seeds: safetensors_seeds,
        shape: |_| Shape::Safetensors,
        run: |world, input| import_model(world, input, "model.safetensors"),
        ..PLAIN
    },
    Target {
        name: "sharpen",
        seeds: |_| vec![Input::one(SavedSharpener::untrained(2, 64).to_bytes().unwrap())],
        shape: |_| Shape::Safetensors,
        run: |_, input| told(SavedSharpener::from_bytes(input.first())),
        ..PLAIN
    },
    Target { name: "answers", budget: SHEET, seeds: answer_seeds, repair: frame_message, run: hear_answers, ..PLAIN },
    Target {
        name: "requests",
        seeds: request_seeds,
        repair: frame_message,
        run: |_, input| told(requests_from_bytes(input.first())),
        ..PLAIN
    },
    Target {
        name: "worker orders",
        seeds: worker_order_seeds,
        repair: frame_message,
        run: |_, input| told(worker_orders_from_bytes(input.first())),
        ..PLAIN
    },
    Target {
        name: "worker answers",
        seeds: worker_answer_seeds,
        repair: frame_message,
        run: |_, input| told(worker_answers_from_bytes(input.first())),
        ..PLAIN
    },
    Target {
        name: "pytorch",
        seeds: |world| pytorch(&world.model).map(Input::one).into(),
        shape: |_| Shape::Zip,
        run: |world, input| import_model(world, input, "model.pth"),
        ..PLAIN
    },
    Target {
        name: "recipe",
        budget: SHEET,
        seeds: |world| [1, 4].into_iter().flat_map(|n| world.with_recipe(n)).map(Input::one).collect(),
        shape: |_| Shape::Png,
        run: restore_picture,
        ..PLAIN
    },
    Target {
        name: "run",
        budget: SHEET,
        seeds: run_seeds,
        shape: |name| if name.ends_with(".png") { Shape::Png } else { Shape::Text },
        run: open_run,
        ..PLAIN
    },
    Target {
        name: "watched",
        budget: SHEET,
        seeds: watched::run_seeds,
        shape: |name| if name.ends_with(".png") { Shape::Png } else { Shape::Text },
        run: watched::look,
        ..PLAIN
    },
    Target { name: "told", budget: SHEET, seeds: watched::told_seeds, run: watched::keep, ..PLAIN },
    Target { name: "asked", seeds: watched::asked_seeds, run: watched::answer, ..PLAIN },
    Target {
        name: "checkpoint",
        seeds: checkpoint_seeds,
        shape: |name| if name.ends_with(".json") { Shape::Text } else { Shape::Safetensors },
        repair: renew_manifest,
        run: open_checkpoint,
        ..PLAIN
    },
    Target { name: "queue", seeds: queue_seeds, shape: |_| Shape::Text, run: load_queue, ..PLAIN },
    Target { name: "settings", seeds: settings_seeds, shape: |_| Shape::Text, run: load_settings, ..PLAIN },
    Target { name: "directions", seeds: direction_seeds, shape: |_| Shape::Text, run: parse_directions, ..PLAIN },
];

/// Writes a single file into a folder of its own; what others left there is gone.
fn put(world: &World, input: &Input, name: &str) -> std::path::PathBuf {
    let folder = world.scratch(name);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, input.first()).unwrap();
    path
}

fn told<T>(result: Result<T, impl std::fmt::Display>) -> String {
    result.map_or_else(|e| e.to_string(), |_| "good".to_owned())
}

fn read_picture(world: &World, input: &Input) -> String {
    told(open_upright(&put(world, input, "cat"), 16))
}

const FACE: &[u8] = b"9 8 8 14 8 11 14 5 7 5 2 8 5 14 5 17 2 17 7\n";

fn landmark_seeds(_: &World) -> Vec<Input> {
    let of = |(i, bytes): (usize, Vec<u8>)| Input::of([("cat.png", bytes), ("cat.png.cat", FACE.repeat(1 + i % 3))]);
    pictures().into_iter().take(6).enumerate().map(of).collect()
}

fn prepare_folder(world: &World, input: &Input) -> String {
    let (folder, cache) = (world.scratch("folder"), world.scratch("folder-cache"));
    input.write(&folder);
    let _ = fs::remove_dir_all(&cache);
    let crop = [CropMode::Center, CropMode::Pad, CropMode::Stretch][input.first().len() % 3];
    // What is broken here are files; searching whatever they show for cats would leave time for few of them.
    let faces = FaceMode::Off;
    let config = DataConfig { source: DataSource::Folder(folder), align: true, crop, faces, ..DataConfig::default() };
    match Dataset::prepare(&config, 8, &DataHome::at(&cache), JobControl::unattended()) {
        Ok(dataset) => format!("{:?}", dataset.report().notes),
        Err(DataError::NoPictures { report }) => format!("{:?}", report.skipped.first().map(|s| &s.reason)),
        Err(e) => panic!("one bad file ends everything: {e}"),
    }
}

/// Stands for the name that the photo beside it gets by its content.
const CONTENT: &str = "CONTENT";

fn choices_seeds(_: &World) -> Vec<Input> {
    let face = r#"{"square":{"middle":[9.5,8],"side":12,"angle":0.2},"eyes":[[7,6],[12,7]]}"#;
    let verdicts = r#"[[[0.5,0.5],"leave-out"],[[0.6,0.4],"use"]]"#;
    let choices =
        format!(r#"{{"version":1,"photos":{{"{CONTENT}":{{"faces":[{face},{face}],"verdicts":{verdicts}}}}}}}"#);
    let of = |png: Vec<u8>| {
        let list = b"# not these\ncat.png\ndeep/other.png\n".to_vec();
        Input::of([("photos/cat.png", png), ("choices.json", choices.clone().into_bytes()), ("list.txt", list)])
    };
    pictures().into_iter().take(3).map(of).collect()
}

/// What a person decided, and a list of exclusions.
fn prepare_chosen(world: &World, input: &Input) -> String {
    let (folder, cache) = (world.scratch("chosen"), world.scratch("chosen-cache"));
    let _ = fs::remove_dir_all(&cache);
    input.write(&folder);
    let (photos, file) = (folder.join("photos"), folder.join("choices.json"));
    let digest = Sha256::digest(fs::read(photos.join("cat.png")).unwrap_or_default());
    let content: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    if let Ok(text) = fs::read_to_string(&file) {
        fs::write(&file, text.replace(CONTENT, &content)).unwrap();
    }
    let loaded = match ChoicesFile::new(file).load() {
        Ok(loaded) => loaded,
        Err(e) => return e.to_string(),
    };
    let home = DataHome { cache, choices: Arc::new(loaded.choices) };
    let exclude = Some(folder.join("list.txt"));
    let config =
        DataConfig { source: DataSource::Folder(photos), faces: FaceMode::Off, exclude, ..DataConfig::default() };
    let report = match Dataset::prepare(&config, 8, &home, JobControl::unattended()) {
        Ok(dataset) => dataset.report().clone(),
        Err(DataError::NoPictures { report }) => report,
        Err(e) => return e.to_string(),
    };
    format!("{:?} {:?}", loaded.notice, report.left_out)
}

/// The only file of the folder of caches.
fn cache_file(world: &World) -> Vec<u8> {
    fs::read(cache_path(&world.root.join("cache"))).expect("a cache")
}

fn cache_path(cache: &Path) -> std::path::PathBuf {
    let mut entries = fs::read_dir(cache.join("pictures")).expect("a folder of caches");
    entries.next().expect("a cache").expect("a cache").path()
}

/// Whatever the cache holds, the pictures are those of the files.
fn open_cache(world: &World, input: &Input) -> String {
    let good = World::photos(&world.root, &world.root.join("cache"));
    let cache = world.scratch("cache");
    let path = cache.join("pictures").join(cache_path(&world.root.join("cache")).file_name().unwrap());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, input.first()).unwrap();
    let read = World::photos(&world.root, &cache);
    assert_eq!(read.len(), good.len(), "pictures were lost");
    for i in 0..good.len() {
        assert!(read.picture(i) == good.picture(i), "a damaged cache gives wrong pixels");
    }
    format!("cached: {}", read.report().from_cache)
}

fn safetensors_seeds(world: &World) -> Vec<Input> {
    let own = write_safetensors(&world.model, None, false).expect("a model file");
    let noted = SavedGenerator { notice: "A notice.".to_owned(), ..world.model.clone() };
    let half = write_safetensors(&noted, None, true).expect("a model file");
    let both = write_safetensors(&noted, world.discriminator.as_ref(), false).expect("a model file");
    // As others write them: without our description.
    let tensors = world.model.tensors.iter().map(|t| {
        let view = safetensors::tensor::TensorView::new(
            safetensors::Dtype::F32,
            t.shape.clone(),
            bytemuck::cast_slice(&t.values),
        );
        (t.name.clone(), view.expect("a tensor"))
    });
    let foreign = safetensors::serialize(tensors, None).expect("a model file");
    [own, half, both, foreign].map(Input::one).into()
}

fn import_model(world: &World, input: &Input, name: &str) -> String {
    let path = put(world, input, name);
    let _ = read_tensors(&path);
    let _ = load_generator(&path, false);
    let _ = start_info(&path);
    told(import(&path))
}

fn restore_picture(world: &World, input: &Input) -> String {
    let picture = put(world, input, "cat.png");
    if let Err(e) = recipe_of(&picture) {
        return e.to_string();
    }
    let request = RestoreRequest::of(picture);
    let found = told(restore(&request));
    // The model at hand, whatever the recipe says made it.
    let model = Some(world.root.join("run"));
    found + &told(restore(&RestoreRequest { model, any_model: true, ..request }))
}

pub const QUALITY: &str = r#"{"step":2,"seconds":2.5,"pictures":500,"side":64,"swd":9.5,"swd_levels":[[32,9.5]],"colour":
1.5,"kid":45.25,"kid_error":2.0,"density":0.5,"coverage":0.25,"precision":0.5,"recall":0.5,"diversity":0.75,"floor":
{"swd":9.5,"swd_levels":[[32,9.5]],"colour":1.5,"kid":45.25,"kid_error":2.0,"density":0.5,"coverage":0.25,
"precision":0.5,"recall":0.5,"diversity":0.75},"floor_from":"halves","floor_pictures":250,
"memorisation":1.25,"notes":["Few."]}"#;

fn run_seeds(world: &World) -> Vec<Input> {
    let names = ["run.toml", "held-out.json", "pictures.json", "metrics.jsonl", "samples/step-000000002.png"];
    let mut input = world.files("run", names);
    let mark = TunablesChange {
        step: 2,
        revision: 1,
        text: "Generator learning rate 2e-4 -> 1e-4".to_owned(),
        tunables: config().tunables,
        rolled_back: false,
    };
    let quality = QUALITY.replace('\n', "") + "\n";
    assert!(serde_json::from_str::<QualityPoint>(&quality).is_ok(), "a good line to begin with");
    let mark = serde_json::to_vec(&mark).expect("a mark");
    let favourites = "{\"format\":1}\n{\"keep\":{\"latent\":\"3f800000bf800000\",\"psi\":0.7,\"name\":\"Minka\"}}\n\
                      {\"remove\":\"3f800000bf800000\"}\n";
    let about = "{\"name\":\"Minka\",\"notes\":\"two\\nlines\"}";
    let texts = [("favourites.jsonl", favourites), ("about.json", about)].map(|(name, text)| (name, text.into()));
    input.0.extend(Input::of([("marks.jsonl", mark), ("quality.jsonl", quality.into_bytes())]).0);
    input.0.extend(Input::of(texts).0);
    vec![input]
}

fn open_run(world: &World, input: &Input) -> String {
    let folder = world.scratch("run");
    input.write(&folder);
    let (run, config) = match RunDir::open(&folder) {
        Ok(opened) => opened,
        Err(e) => return e.to_string(),
    };
    let mut all = told(config.validate());
    all += &told(run.read_held_out());
    all += &told(run.read_pictures());
    all += &told(run.rewind(|m: &StepMetrics| m.step <= 2, |m: &TunablesChange| m.revision <= 1));
    all += &told(run.rewind_quality(|point: &QualityPoint| point.step <= 2));
    all += &told(run.load_sample(2));
    let about = run.about();
    assert!(about.name.chars().count() <= 120, "a name without an end");
    let favourites = FavouritesFile::new(folder.join("favourites.jsonl"));
    if let Ok(loaded) = favourites.load() {
        assert!(loaded.list.iter().all(|kept| kept.latent.iter().all(|value| value.is_finite())));
        let kept = loaded.list.len();
        all += &told(favourites.apply(&FavouriteEdit::Keep(loaded.list)));
        assert_eq!(favourites.load().map(|again| again.list.len()).ok(), Some(kept), "favourites were lost");
    }
    all + &told(run.newest())
}

fn checkpoint_seeds(world: &World) -> Vec<Input> {
    let folder = "run/checkpoints/step-000000002";
    vec![world.files(folder, ["weights.safetensors", "state.json", "manifest.json"])]
}

fn open_checkpoint(world: &World, input: &Input) -> String {
    let folder = world.scratch("checkpoint");
    input.write(&folder);
    let checkpoint = match Checkpoint::read(&folder) {
        Ok(checkpoint) => checkpoint,
        Err(e) => return e.to_string(),
    };
    let device = ComputeDevice::cpu();
    let mut all = [false, true].map(|raw| told(checkpoint.generator(raw))).concat();
    all += &told(checkpoint.discriminator(device.device()));
    let data = config();
    let dataset =
        Dataset::prepare(&data.data, 32, &DataHome::at(world.root.join("cache-demo")), JobControl::unattended());
    match Trainer::resume(data, device, Arc::new(dataset.expect("demo cats")), &checkpoint) {
        Ok(mut trainer) => {
            trainer.step().unwrap();
            all + &told(trainer.read_losses())
        }
        Err(e) => all + &e.to_string(),
    }
}

fn settings_seeds(_: &World) -> Vec<Input> {
    let mut settings = AppSettings::default();
    settings.remember_folder(Path::new("/home/me/cats"));
    settings.remember_run(Path::new("/home/me/runs/a"));
    settings.runs_folder = Some("/home/me/runs".into());
    vec![Input::one(serde_json::to_vec_pretty(&settings).expect("settings"))]
}

/// Through the engine, which also looks at the runs that are named.
fn load_settings(world: &World, input: &Input) -> String {
    fs::write(world.root.join("settings.json"), input.first()).unwrap();
    let mut engine = start(Arc::new(|| {}));
    assert!(engine.send(Command::LoadSettings), "the engine takes commands");
    let mut words = String::new();
    loop {
        match engine.wait(Duration::from_secs(60)) {
            Waited::Event(event) => match *event {
                Event::Settings(settings) => words += &format!("{settings:?}"),
                Event::Notice { text, .. } => words += &text,
                Event::Runs(_) => break,
                Event::WorkerDied(text) => panic!("{text}"),
                _ => {}
            },
            _ => panic!("the engine does not answer"),
        }
    }
    engine.shutdown();
    words
}

fn queue_seeds(_: &World) -> Vec<Input> {
    let config = serde_json::to_value(config()).expect("settings");
    let start = serde_json::json!({ "config": config, "start": null });
    let options = serde_json::json!({ "max_steps": 9, "max_epochs": null, "device": null, "pictures": null,
        "exclude": null, "other_pictures": true, "usage": [] });
    let queue = serde_json::json!({ "version": 1, "trainings": [
        { "id": 1, "name": "a cat", "training": { "start": { "config": start, "out": null } },
            "state": { "is": "waiting" }, "run": null },
        { "id": 2, "name": "", "training": { "resume": { "run": "/runs/a", "options": options } },
            "state": { "is": "failed", "text": "No disk." }, "run": "/runs/a" },
    ]});
    vec![Input::one(serde_json::to_vec_pretty(&queue).expect("a queue"))]
}

/// Through the engine, which also looks at the runs that are named, and changes what it has read.
fn load_queue(world: &World, input: &Input) -> String {
    fs::write(world.root.join("queue.json"), input.first()).unwrap();
    let mut engine = start(Arc::new(|| {}));
    let edits = [QueueRequest::List, QueueRequest::Edit(QueueEdit::ClearOver)];
    assert!(edits.map(Command::Queue).into_iter().all(|command| engine.send(command)), "the engine takes commands");
    assert!(engine.send(Command::ListDevices), "the engine takes commands");
    let mut words = String::new();
    loop {
        match engine.wait(Duration::from_secs(60)) {
            Waited::Event(event) => match *event {
                Event::Queue(list) => words += &format!("{list:?}"),
                Event::Notice { text, .. } => words += &text,
                Event::Devices(_) => break,
                Event::WorkerDied(text) => panic!("{text}"),
                _ => {}
            },
            _ => panic!("the engine does not answer"),
        }
    }
    engine.shutdown();
    for entry in fs::read_dir(&world.root).unwrap().flatten() {
        // A name for each damaged file would slow the next ones down.
        if entry.file_name().to_string_lossy().starts_with("queue.bad") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    words
}

fn direction_seeds(world: &World) -> Vec<Input> {
    let set = DirectionSet { model: world.hash.clone(), directions: sefa(&world.model, 2) };
    vec![Input::one(set.to_toml().expect("directions"))]
}

fn parse_directions(world: &World, input: &Input) -> String {
    let text = String::from_utf8_lossy(input.first());
    told(DirectionSet::parse(&text, &world.hash, world.model.config.latent_size as usize))
}
