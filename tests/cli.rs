//! The program as a user or a script runs it: the real binary, real files, exit codes and signals. On the CPU.

#[path = "cli/blend.rs"]
mod blend;
#[path = "cli/compare.rs"]
mod compare;
#[path = "cli/compat.rs"]
mod compat;
#[path = "cli/drivers.rs"]
mod drivers;
#[path = "cli/evaluate.rs"]
mod evaluate;
#[path = "cli/faces.rs"]
mod faces;
#[path = "cli/favourites.rs"]
mod favourites;
#[path = "cli/films.rs"]
mod films;
#[path = "cli/folders.rs"]
mod folders;
#[path = "cli/frames.rs"]
mod frames;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/manners.rs"]
mod manners;
#[path = "cli/nearest.rs"]
mod nearest;
#[path = "cli/phone.rs"]
mod phone;
#[path = "cli/queue.rs"]
mod queue;
#[path = "cli/race.rs"]
mod race;
#[cfg(unix)]
#[path = "cli/remote.rs"]
mod remote;
#[path = "cli/runs.rs"]
mod runs;
#[path = "cli/sharpen.rs"]
mod sharpen;
#[path = "cli/starting.rs"]
mod starting;
#[path = "cli/stopping.rs"]
mod stopping;
#[path = "cli/story.rs"]
mod story;
#[path = "cli/strangers.rs"]
mod strangers;
#[cfg(unix)]
#[path = "cli/watch.rs"]
mod watch;
#[path = "cli/words.rs"]
mod words;
#[path = "cli/worker.rs"]
mod worker;

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing here takes nearly as long, also on a slow machine that does other things.
const PATIENCE: Duration = Duration::from_secs(180);
/// Networks and pictures so small that a step takes milliseconds.
const TINY: &str = "--preset quick-32 --device cpu --g-width 4 --d-width 4 --latent-size 8 --batch 8 --demo-count 64 \
                    --sample-count 4 --metrics-every 1 --held-out 0";

/// The binary with its own folders in `home` and no display.
fn purrtrait(home: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_purrtrait"));
    command.args(arguments.split_whitespace()).env("PURRTRAIT_HOME", home.path().join("home")).current_dir(home.path());
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    hear_the_terminal(&mut command);
    command
}

/// As from a terminal that is open, also where these tests run under `nohup`, which has their children ignore SIGHUP.
#[cfg(unix)]
fn hear_the_terminal(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let reset = || {
        // SAFETY: between fork and exec only calls that may be made in a signal handler are allowed; this is one.
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: as above.
    unsafe { command.pre_exec(reset) };
}

#[cfg(not(unix))]
fn hear_the_terminal(_: &mut Command) {}

/// What a finished command left.
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Done {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
    /// The JSON lines of a training.
    fn lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines();
        lines.map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}\n{self:?}"))).collect()
    }
    fn events(&self, name: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|l| l["event"] == name).collect()
    }
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

fn run(mut command: Command) -> Done {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Both pipes are emptied at once, or a full one would stop the program.
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        });
        let waiter = scope.spawn(move || wait(&mut child));
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).unwrap();
        Done {
            code: waiter.join().unwrap().code(),
            stdout: String::from_utf8_lossy(&text).into_owned(),
            stderr: reader.join().unwrap(),
        }
    })
}

/// The end of a program, which is killed when it does not come.
fn wait(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            return child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Trains a tiny run in `home/run` and gives what it printed.
fn train_tiny(home: &TempDir, more: &str) -> Done {
    run(purrtrait(home, &format!("train demo {TINY} --json {more}")))
}

/// The files below a folder with their bytes.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|p| (p.clone(), fs::read(p).unwrap())).collect()
}

#[test]
fn the_help_shows_every_command_setting_and_exit_code() {
    let home = home();
    let help = run(purrtrait(&home, "--help")).expect(0).stdout;
    for word in [
        "train",
        "resume",
        "watch",
        "queue",
        "race",
        "generate",
        "directions",
        "project",
        "export",
        "import",
        "evaluate",
        "restore",
        "interpolate",
        "walk",
        "timelapse",
        "dataset",
        "devices",
        "presets",
        "bench",
        "worker",
        "engine",
        "130",
        "PURRTRAIT_HOME",
    ] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    let help = run(purrtrait(&home, "train --help")).expect(0).stdout;
    use purrtrait::config::{DATA, MODEL, RUN, TUNABLES};
    let keys = DATA.iter().map(|p| p.key).chain(MODEL.iter().map(|p| p.key));
    for key in keys.chain(RUN.iter().map(|p| p.key)).chain(TUNABLES.iter().map(|p| p.key)) {
        assert!(help.contains(&format!("--{key} ")), "--{key} is missing in\n{help}");
    }
    for command in [
        "train",
        "resume",
        "watch",
        "queue",
        "race",
        "generate",
        "directions",
        "project",
        "export",
        "import",
        "curate",
        "nearest",
        "evaluate",
        "restore",
        "interpolate",
        "walk",
        "timelapse",
        "dataset check",
        "dataset demo",
        "bench",
    ] {
        let help = run(purrtrait(&home, &format!("{command} --help"))).expect(0).stdout;
        assert!(help.contains(&format!("\n  purrtrait {command} ")), "no example in\n{help}");
    }
    let version = run(purrtrait(&home, "--version")).expect(0).stdout;
    assert_eq!(version.trim(), format!("purrtrait {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn presets_and_devices_are_listed() {
    let home = home();
    let presets = run(purrtrait(&home, "presets --json")).expect(0).json();
    let names: Vec<_> = presets["presets"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["quick-32", "modern-64", "modern-128", "modern-256", "classic-64", "article-128"]);
    assert_eq!(presets["presets"][1]["config"]["model"]["size"], 64);
    let devices = run(purrtrait(&home, "devices --json")).expect(0).json();
    let devices = devices["devices"].as_array().unwrap().clone();
    assert!(devices.iter().any(|d| d["id"] == "cpu"), "{devices:?}");
    assert_eq!(devices.iter().filter(|d| d["preferred"] == true).count(), 1, "{devices:?}");
    assert!(!devices.iter().any(|d| d["software"] == true && d["preferred"] == true), "{devices:?}");
    let text = run(purrtrait(&home, "devices")).expect(0).stdout;
    assert!(text.contains("* "), "{text}");
}

#[test]
fn wrong_settings_are_refused_by_name() {
    let home = home();
    for (arguments, words) in [
        ("train demo --lr-g -1", &["lr-g", "not a number from 1e-7 to 0.01"][..]),
        ("train demo --lr-g nan", &["lr-g", "NaN is not a number from"]),
        ("train demo --batch 1e9", &["batch", "2 to 1024"]),
        ("train demo --batch 2.5", &["batch", "whole number"]),
        ("train demo --flip perhaps", &["flip", "on or off"]),
        ("train demo --loss wgan", &["loss", "rpgan"]),
        ("train demo --preset quick-23", &["quick-32", "modern-64", "modern-128", "classic-64", "article-128"]),
        ("train demo --lrg 1e-4", &["--lr-g", "--smoothing", "--demo-count"]),
        ("train demo --device tpu", &["device", "gpu:N"]),
        ("train demo --preset article-128 --kernel 4", &["kernel", "odd"]),
        ("train", &["FOLDER"]),
        ("generate somewhere", &["--out", "--grid"]),
        ("export somewhere --format gguf --out x", &["format", "safetensors", "onnx", "html"]),
        ("export somewhere --format onnx --half --out x", &["half", "safetensors"]),
        ("dataset check . --size 63", &["size", "128"]),
        ("frobnicate", &["frobnicate"]),
    ] {
        let done = run(purrtrait(&home, arguments)).expect(2);
        assert!(done.stdout.is_empty(), "{arguments}: {done:?}");
        for word in words {
            assert!(done.stderr.contains(word), "{arguments}: {word} is missing: {done:?}");
        }
        let done = run(purrtrait(&home, &format!("{arguments} --json"))).expect(2);
        assert_eq!(done.json()["exit_code"], 2, "{arguments}: {done:?}");
    }
    assert!(!home.path().join("home").exists(), "nothing was started");
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    let home = home();
    fs::create_dir(home.path().join("empty")).unwrap();
    fs::write(home.path().join("file"), "text").unwrap();
    for (arguments, code, cause) in [
        (format!("train nowhere {TINY}"), 3, "data"),
        (format!("train empty {TINY}"), 3, "data"),
        ("dataset check nowhere".to_owned(), 3, "data"),
        (format!("train demo {}", TINY.replace("--device cpu", "--device gpu:99")), 4, "device"),
        (format!("train demo {TINY} --out file"), 6, "run"),
        ("resume nowhere".to_owned(), 6, "run"),
        ("resume empty".to_owned(), 6, "run"),
        ("generate nowhere --out pictures".to_owned(), 6, "run"),
        ("generate file --out pictures".to_owned(), 6, "run"),
        ("export nowhere --format onnx --out x.onnx".to_owned(), 6, "run"),
        ("import file".to_owned(), 6, "run"),
    ] {
        let done = run(purrtrait(&home, &format!("{arguments} --json"))).expect(code);
        let error = done.lines().pop().unwrap();
        assert_eq!((&error["event"], &error["cause"]), (&"error".into(), &cause.into()), "{arguments}: {done:?}");
        assert!(done.stderr.contains("error: "), "{arguments}: {done:?}");
    }
}

#[test]
fn a_folder_is_checked_and_left_as_it_was() {
    let home = home();
    run(purrtrait(&home, "dataset demo cats --count 12 --size 48 --seed 5")).expect(0);
    let cats = home.path().join("cats");
    fs::write(cats.join("broken.jpg"), b"\xff\xd8\xff\xe0 this is no picture").unwrap();
    fs::write(cats.join("empty.png"), b"").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let odd = std::ffi::OsStr::from_bytes(b"odd-\xff-name.gif");
        // Some file systems refuse such names.
        let _ = fs::write(cats.join(odd), b"GIF89a");
    }
    let before = contents(&cats);
    let report = run(purrtrait(&home, "dataset check cats --size 32 --json")).expect(0).json();
    assert_eq!(report["usable"], 12, "{report:#}");
    assert_eq!(report["size"], 32);
    let skipped = report["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), before.len() - 12, "{report:#}");
    assert!(skipped.iter().all(|s| !s["reason"].as_str().unwrap().is_empty()));
    assert_eq!(contents(&cats), before, "no file was changed");
    let text = run(purrtrait(&home, "dataset check cats --size 32")).expect(0).stdout;
    assert!(text.contains("12 pictures can be used") && text.contains("broken.jpg"), "{text}");
    // Files that are there already are not overwritten.
    let again = run(purrtrait(&home, "dataset demo cats --count 12 --size 48 --seed 6"));
    assert_ne!(again.code, Some(0), "{again:?}");
    assert_eq!(contents(&cats), before);
}

#[test]
fn a_run_is_trained_resumed_and_used() {
    let home = home();
    let done = train_tiny(&home, "--steps 5 --out run").expect(0);
    let started = &done.events("started")[0];
    assert_eq!(started["first_step"], 0);
    assert_eq!(started["pictures"], 64);
    assert_eq!(started["config"]["batch"], 8);
    let steps =
        |done: &Done| -> Vec<u64> { done.events("metrics").iter().map(|m| m["step"].as_u64().unwrap()).collect() };
    assert_eq!(steps(&done), [1, 2, 3, 4, 5]);
    assert!(done.events("metrics").iter().all(|m| m["loss_d"].as_f64().is_some_and(f64::is_finite)));
    assert_eq!(done.events("saved").last().unwrap()["step"], 5);
    assert_eq!(done.lines().last().unwrap()["reason"], "finished");

    // Its limit is in its settings; a new one continues from there, without printing the history again.
    let done = run(purrtrait(&home, "resume run --steps 8 --json")).expect(0);
    assert_eq!(done.events("started")[0]["first_step"], 5);
    assert_eq!(steps(&done), [6, 7, 8]);
    let done = run(purrtrait(&home, "resume run --json")).expect(0);
    assert_eq!(steps(&done), Vec::<u64>::new(), "it is at its limit");
    let occupied = train_tiny(&home, "--steps 5 --out run").expect(6);
    assert!(occupied.stderr.contains("resume"), "{occupied:?}");

    // A run in one go, with the same seed: the same pictures.
    train_tiny(&home, "--steps 8 --out straight").expect(0);
    let generate = |source: &str, out: &str| {
        let arguments =
            format!("generate {source} --device cpu --count 6 --seed 3 --out {out} --grid {out}.png --json");
        run(purrtrait(&home, &arguments)).expect(0).json()
    };
    let report = generate("run", "first");
    assert_eq!(report["files"].as_array().unwrap().len(), 6);
    assert_eq!(report["step"], 8);
    generate("run", "second");
    generate("straight", "third");
    // Two names for one model: the recipes inside the files say so, the pixels are the same.
    let pixels = |folder: &str| -> Vec<_> {
        let paths = contents(&home.path().join(folder)).into_iter().map(|(path, _)| path);
        let all = paths.chain([home.path().join(format!("{folder}.png"))]);
        all.map(|path| purrtrait::pixels::Frame::open_png(&path).unwrap()).collect()
    };
    let pictures = |folder: &str| -> Vec<Vec<u8>> {
        let files = contents(&home.path().join(folder)).into_iter().map(|(_, bytes)| bytes);
        files.chain([fs::read(home.path().join(format!("{folder}.png"))).unwrap()]).collect()
    };
    let first = pictures("first");
    assert_eq!(first.len(), 7);
    assert!(first.iter().all(|png| png.starts_with(b"\x89PNG")));
    assert_ne!(first[0], first[1], "two latents, two pictures");
    assert!(first == pictures("second"), "the same seed draws the same pictures");
    assert!(pixels("first") == pixels("third"), "stopped and resumed equals one go");
}

/// Width and height of a PNG, from its header.
fn png_size(path: &Path) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn latent_space_is_explored_without_a_window() {
    let home = home();
    train_tiny(&home, "--steps 2 --out run").expect(0);
    let seen = |arguments: &str| run(purrtrait(&home, &format!("{arguments} --device cpu --json")));
    for method in ["sefa", "pca"] {
        let files = format!("--count 3 --grid {method}.png --out {method}.toml");
        let report = seen(&format!("directions run --method {method} {files}")).expect(0).json();
        let found = report["directions"].as_array().unwrap();
        assert_eq!(found.len(), 3, "{report}");
        for direction in found {
            let vector = direction["vector"].as_array().unwrap();
            let square: f64 = vector.iter().map(|x| x.as_f64().unwrap().powi(2)).sum();
            assert!(vector.len() == 8 && (square - 1.0).abs() < 1e-5, "{direction}");
        }
        // Seven pictures of 32 px in each of three rows, two pixels apart.
        assert_eq!(png_size(&home.path().join(format!("{method}.png"))), (7 * 34 + 2, 3 * 34 + 2));
        let text = fs::read_to_string(home.path().join(format!("{method}.toml"))).unwrap();
        let names: Vec<&str> = found.iter().map(|direction| direction["name"].as_str().unwrap()).collect();
        assert!(text.contains(report["model"].as_str().unwrap()), "{text}");
        assert!(names.iter().all(|name| !name.is_empty() && text.contains(*name)), "{names:?}, {text}");
        seen(&format!("directions run --method {method} {files}")).expect(1);
    }

    run(purrtrait(&home, "dataset demo cats --count 1 --size 70 --seed 5")).expect(0);
    let search = "--model run --restarts 2 --steps 3 --rounds 1";
    let report = seen(&format!("project cats/cat-00000.png {search} --out found.png")).expect(0).json();
    assert_eq!(report["latent"].as_array().unwrap().len(), 8);
    assert_eq!((&report["steps"], report["error"].as_f64().unwrap() > 0.0), (&4.into(), true), "{report}");
    assert_eq!(png_size(&home.path().join("found.png")), (32, 32));
    let again = seen(&format!("project cats/cat-00000.png {search}")).expect(0).json();
    assert_eq!(again["latent"], report["latent"], "the same seed finds the same");
    let lost = seen(&format!("project nobody.png {search}")).expect(3);
    assert!(lost.stderr.contains("nobody.png: not found"), "{lost:?}");
    seen(&format!("project run/run.toml {search}")).expect(3);
    seen("project cats/cat-00000.png --model nowhere").expect(6);
    seen(&format!("project cats/cat-00000.png {search} --out found.png")).expect(1);
    // Another part of the picture, and a square beside it.
    let part = seen(&format!("project cats/cat-00000.png {search} --crop 30,40,20")).expect(0).json();
    assert_eq!((&part["placed_by"], &part["crop"]["side"]), (&"hand".into(), &20.0.into()));
    assert_ne!(part["error"], report["error"]);
    seen(&format!("project cats/cat-00000.png {search} --crop 300,40,20")).expect(2);
    seen(&format!("project cats/cat-00000.png {search} --crop left")).expect(2);
}

/// A cat becomes a model of its own, which knows where it came from and which point is the cat.
#[test]
fn a_cat_is_put_into_a_copy_of_a_generator() {
    let home = home();
    train_tiny(&home, "--steps 2 --out run").expect(0);
    run(purrtrait(&home, "dataset demo cats --count 1 --size 70 --seed 5")).expect(0);
    let seen = |arguments: &str| run(purrtrait(&home, &format!("{arguments} --device cpu --json")));
    let search = "project cats/cat-00000.png --model run --restarts 2 --steps 3 --rounds 1 --tune-steps 4";
    seen(&format!("{search} --tune mine.onnx")).expect(1);
    let report = seen(&format!("{search} --tune mine.safetensors --sheet sheet.png")).expect(0).json();
    let tuned = &report["tuned"];
    assert!(tuned["error"].as_f64().unwrap() < report["error"].as_f64().unwrap(), "{report}");
    assert!(tuned["moved"].as_f64().unwrap() > 0.0 && tuned["model"] != report["model"], "{report}");
    assert!(png_size(&home.path().join("sheet.png")).0 > 2 * 32, "more than one picture of 32 px across");
    let checked = run(purrtrait(&home, "import mine.safetensors --json")).expect(0);
    let notice = format!("made from the model {}", report["model"].as_str().unwrap());
    assert!(checked.stdout.contains(&notice), "{checked:?}");
    let kept = run(purrtrait(&home, "favourites mine.safetensors --json")).expect(0);
    assert!(kept.stdout.contains("My cat (cat-00000)"), "{kept:?}");
    let again = seen(&format!("{search} --tune mine.safetensors")).expect(1);
    assert!(again.stderr.contains("mine.safetensors"), "nothing is overwritten: {again:?}");
}

/// A model leaves the program and comes back: the same pictures, and nothing is overwritten.
#[test]
fn a_model_is_exported_imported_and_draws_the_same() {
    let home = home();
    train_tiny(&home, "--steps 2 --out run").expect(0);
    let json = |arguments: &str| run(purrtrait(&home, &format!("{arguments} --json"))).expect(0).json();
    let exported = json("export run --format safetensors --out cats.safetensors");
    assert_eq!((&exported["step"], &exported["snippet"]), (&2.into(), &"cats.py".into()));
    for format in ["onnx", "html"] {
        let report = json(&format!("export run --format {format} --out cats.{format}"));
        assert_eq!(report["bytes"], fs::metadata(home.path().join(format!("cats.{format}"))).unwrap().len());
        assert_eq!(report["model"], exported["model"]);
    }
    let imported = json("import cats.safetensors --out again.safetensors");
    assert_eq!((&imported["model"], &imported["config"]["size"]), (&exported["model"], &32.into()));
    let bytes = |name: &str| fs::read(home.path().join(name)).unwrap();
    assert!(bytes("cats.safetensors") == bytes("again.safetensors"));
    // Raw weights are others than the averaged ones.
    json("export run --raw --format safetensors --out raw.safetensors");
    assert!(bytes("cats.safetensors") != bytes("raw.safetensors"));
    // By seed, and by latents: eight numbers for each picture.
    json("generate run --device cpu --count 2 --seed 5 --grid a.png");
    json("generate cats.safetensors --device cpu --count 2 --seed 5 --grid b.png");
    // The recipes inside name another place of the same generator; the pixels are the same.
    let frame = |path: &str| purrtrait::pixels::Frame::open_png(&home.path().join(path)).unwrap();
    assert!(frame("a.png") == frame("b.png"));
    fs::write(home.path().join("z.json"), "[[0,0,0,0,0,0,0,1],[1,0,0,0,0,0,0,0],[0,0,0,0,0,0,0,1]]").unwrap();
    let report = json("generate cats.safetensors --device cpu --latents z.json --out pictures");
    let files = report["files"].as_array().unwrap();
    assert_eq!((files.len(), report["count"].as_u64()), (3, Some(3)));
    let picture = |i: usize| frame(files[i].as_str().unwrap());
    assert!(picture(0) == picture(2) && picture(0) != picture(1));
    fs::write(home.path().join("short.json"), "[[0,0]]").unwrap();
    let short = run(purrtrait(&home, "generate run --device cpu --latents short.json --grid c.png")).expect(1);
    assert!(short.stderr.contains("short.json") && short.stderr.contains("takes 8"), "{short:?}");
    // Nothing is overwritten, also not the program beside the model.
    let before = bytes("cats.safetensors");
    run(purrtrait(&home, "export run --raw --format safetensors --out cats.safetensors")).expect(1);
    run(purrtrait(&home, "import raw.safetensors --out cats.safetensors")).expect(1);
    fs::write(home.path().join("new.py"), "mine").unwrap();
    run(purrtrait(&home, "export run --format safetensors --out new.safetensors")).expect(1);
    assert!(bytes("cats.safetensors") == before && bytes("new.py") == b"mine");
    assert!(!home.path().join("new.safetensors").exists());
    // A damaged file says so, by name.
    let mut damaged = before.clone();
    let last = damaged.len() - 3;
    damaged[last] ^= 1;
    fs::write(home.path().join("damaged.safetensors"), damaged).unwrap();
    let refused = run(purrtrait(&home, "generate damaged.safetensors --grid d.png")).expect(6);
    assert!(refused.stderr.contains("damaged.safetensors: ") && refused.stderr.contains("checksum"), "{refused:?}");
}

#[test]
fn people_get_words_and_no_bars_in_a_pipe() {
    let home = home();
    let done = run(purrtrait(&home, &format!("train demo {TINY} --steps 3 --out run"))).expect(0);
    for words in ["Run folder  run", "64 of demo cats", "generator", "Finished after step 3", "purrtrait resume run"] {
        assert!(done.stdout.contains(words), "{words} is missing: {done:?}");
    }
    assert!(!done.stdout.contains('\u{1b}') && !done.stderr.contains('\u{1b}'), "no terminal codes: {done:?}");
}

/// Starts a training without a limit and waits until it has printed `event`.
fn start_and_wait_for(command: Command, event: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    start_and_wait_for_words(command, &format!("\"event\":\"{event}\""))
}

/// The same until it has printed these words.
#[expect(clippy::zombie_processes, reason = "who asked for it waits for it")]
fn start_and_wait_for_words(mut command: Command, wanted: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut all = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).unwrap() == 0 {
            let _ = child.wait();
            panic!("ended before {wanted}:\n{all}");
        }
        all.push_str(&line);
        if line.contains(wanted) {
            return (child, lines);
        }
    }
}

/// What a program still prints until it ends, and its end.
fn rest(mut child: Child, mut lines: impl Read) -> Done {
    std::thread::scope(|scope| {
        let waiter = scope.spawn(move || wait(&mut child));
        let mut stdout = String::new();
        lines.read_to_string(&mut stdout).unwrap();
        Done { code: waiter.join().unwrap().code(), stdout, stderr: String::new() }
    })
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    signal(child, "INT");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
#[test]
fn a_training_tells_how_good_its_pictures_are() {
    let home = home();
    let command = format!("train demo {TINY} --measure-every 0.5 --json --out run");
    let (child, lines) = start_and_wait_for(purrtrait(&home, &command), "quality");
    interrupt(&child);
    rest(child, lines).expect(130);
    // Its checkpoint is the best so far, and can be named as such wherever a model is named.
    for task in
        ["generate run@best --count 1 --out best", "export run@best --format safetensors --out best.safetensors"]
    {
        let report = run(purrtrait(&home, &format!("{task} --json"))).expect(0).json();
        assert!(report["model"].is_string(), "{report}");
    }
    let report = run(purrtrait(&home, "import best.safetensors --json")).expect(0).json();
    assert_eq!(report["step"].as_u64(), Some(4));
    train_tiny(&home, "--steps 1 --measure-every 0 --out unmeasured").expect(0);
    let told = run(purrtrait(&home, "generate unmeasured@best --count 1 --out none")).expect(6).stderr;
    assert!(told.contains("unmeasured") && told.contains("--measure-every"), "{told}");
    let lines = fs::read_to_string(home.path().join("run/quality.jsonl")).unwrap();
    let quality: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    // 64 cats in batches of 8.
    assert_eq!((quality["step"].as_u64(), quality["pictures"].as_u64()), (Some(4), Some(64)));
    for name in ["kid", "swd", "colour", "coverage", "density", "precision", "recall", "diversity", "seconds"] {
        assert!(quality[name].is_number(), "{name} in {quality}");
    }
    assert!(quality["floor"]["kid"].is_number() && quality["memorisation"].is_number(), "{quality}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_exits_130() {
    let home = home();
    let (child, lines) =
        start_and_wait_for(purrtrait(&home, &format!("train demo {TINY} --json --out run")), "metrics");
    interrupt(&child);
    let done = rest(child, lines).expect(130);
    let end = done.lines().pop().unwrap();
    assert_eq!((&end["event"], &end["reason"]), (&"ended".into(), &"stopped".into()));
    assert_eq!(done.events("saved").last().unwrap()["step"], end["step"]);
    let step = end["step"].as_u64().unwrap();
    let resumed = run(purrtrait(&home, &format!("resume run --steps {} --json", step + 1))).expect(0);
    assert_eq!(resumed.events("started")[0]["first_step"], step, "nothing was lost");
}

#[cfg(unix)]
#[test]
fn without_a_display_it_trains_on_the_demo_cats() {
    let home = home();
    let mut child = purrtrait(&home, "").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut why = String::new();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    errors.read_line(&mut why).unwrap();
    assert!(why.contains("demo cats") && why.contains("Ctrl+C"), "{why}");
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("Run folder") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended early");
    }
    interrupt(&child);
    let done = rest(child, lines).expect(130);
    assert!(done.stdout.contains("Stopped after step"), "{done:?}");
    let runs = fs::read_dir(home.path().join("home").join("runs")).unwrap().count();
    assert_eq!(runs, 1, "one run in Purrtrait's own folder");
}

#[test]
fn a_closed_pipe_ends_a_training_with_a_save() {
    let home = home();
    let (child, lines) =
        start_and_wait_for(purrtrait(&home, &format!("train demo {TINY} --json --out run")), "metrics");
    drop(lines);
    rest(child, std::io::empty()).expect(130);
    let resumed = run(purrtrait(&home, "resume run --steps 1 --json")).expect(0);
    assert!(resumed.events("started")[0]["first_step"].as_u64().unwrap() >= 1, "{resumed:?}");
}

/// Kills that hit at any moment, saving included, never cost more than the steps since the last save.
/// `tests/reference/kill9.sh` does the same more often.
#[test]
fn a_killed_run_can_always_be_resumed() {
    let home = home();
    // A checkpoint after every step: most of the time is spent saving.
    let begin = format!("train demo {TINY} --json --out run --checkpoint-every 0.01");
    let mut saved = 0;
    for round in 0..8u64 {
        let arguments = if round == 0 {
            begin.clone()
        } else {
            // Looking at the run (below) left it with a limit.
            "resume run --steps 0 --json".to_owned()
        };
        let (mut child, mut lines) = start_and_wait_for(purrtrait(&home, &arguments), "saved");
        // Different moments in each round, spread over a few saves.
        std::thread::sleep(Duration::from_millis(7 + round * 13));
        child.kill().unwrap();
        child.wait().unwrap();
        // The last line may be cut in the middle.
        let mut printed = String::new();
        lines.read_to_string(&mut printed).unwrap();
        let steps = printed.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        let newest = steps.filter(|l| l["event"] == "saved").filter_map(|l| l["step"].as_u64()).max();
        let done = run(purrtrait(&home, "resume run --steps 1 --json")).expect(0);
        let first = done.events("started")[0]["first_step"].as_u64().unwrap();
        assert!(first >= newest.unwrap_or(saved) && first > saved, "round {round}: {first} after {newest:?}, {saved}");
        saved = first;
    }
}
