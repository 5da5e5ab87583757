//! Whoever asks for the end, and however: a training is saved, and of other work nothing half-written is left.
#![cfg(unix)]

use super::{Done, PATIENCE, TINY, home, purrtrait, rest, run, signal, start_and_wait_for, train_tiny};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ends a training by a signal; it went as with Ctrl+C.
fn is_saved_after(name: &str) {
    let home = home();
    let (child, lines) =
        start_and_wait_for(purrtrait(&home, &format!("train demo {TINY} --json --out run")), "metrics");
    signal(&child, name);
    let done = rest(child, lines).expect(130);
    let end = done.lines().pop().unwrap();
    assert_eq!((&end["event"], &end["reason"]), (&"ended".into(), &"stopped".into()), "{name}");
    assert_eq!(done.events("saved").last().unwrap()["step"], end["step"], "{name}");
    let step = end["step"].as_u64().unwrap();
    let resumed = run(purrtrait(&home, &format!("resume run --steps {} --json", step + 1))).expect(0);
    assert_eq!(resumed.events("started")[0]["first_step"], step, "{name}");
}

#[test]
fn sigterm_saves_and_exits_130() {
    is_saved_after("TERM");
}

#[test]
fn sighup_saves_and_exits_130() {
    is_saved_after("HUP");
}

/// The end of a session, or of a job on a cluster, comes as several signals at once; they are one wish.
#[test]
fn the_end_of_a_session_is_not_taken_for_two_requests() {
    let home = home();
    let (child, lines) =
        start_and_wait_for(purrtrait(&home, &format!("train demo {TINY} --json --out run")), "metrics");
    let id = child.id().to_string();
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -HUP {id}; kill -TERM {id}; sleep 0.1; kill -TERM {id}; kill -HUP {id}")])
        .status();
    assert!(sent.unwrap().success());
    rest(child, lines).expect(130);
}

/// A training whose output goes to files continues after its terminal was closed.
#[test]
fn a_training_under_nohup_outlives_its_terminal() {
    let home = home();
    let mut command = Command::new("sh");
    // As `nohup` does, which also moves the output.
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_purrtrait"), "train", "demo", "--json"]);
    command.args(TINY.split_whitespace()).args(["--out", "run"]).stdin(Stdio::null());
    command.env("PURRTRAIT_HOME", home.path().join("home")).current_dir(home.path());
    let (child, mut lines) = start_and_wait_for(command, "metrics");
    signal(&child, "HUP");
    // One that had heard it would say only a few more, one for each step.
    for _ in 0..300 {
        assert!(lines.read_line(&mut String::new()).unwrap() > 0, "it has ended");
    }
    signal(&child, "TERM");
    rest(child, lines).expect(130);
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let home = home();
    // A step that takes many seconds: the second signal comes long before the first is served.
    let slow = "train demo --preset classic-64 --device cpu --batch 256 --demo-count 256 --json --out run";
    let mut command = purrtrait(&home, slow);
    command.env("RAYON_NUM_THREADS", "1");
    let (child, lines) = start_and_wait_for(command, "started");
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(100));
    signal(&child, "INT");
    // Had it waited for the step, it would have saved, and the code would be another.
    rest(child, lines).expect(1);
}

/// Waits until a program watches for SIGTERM, so that it ends as it wants to.
fn until_it_watches(child: &mut Child) {
    let began = Instant::now();
    let watches = |child: &Child| {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"))?;
        Some(u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << (15 - 1)) != 0)
    };
    // Other systems have no such file.
    while !watches(child).unwrap_or_else(|| began.elapsed() > Duration::from_secs(2)) {
        assert!(child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE, "it has ended before it began");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The files and folders below a folder, by their paths.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.push(path);
        }
    }
    found
}

/// Starts a command, ends it by a signal once `begun` holds, and gives what it left.
fn stopped(home: &TempDir, arguments: &str, name: &str, begun: impl Fn() -> bool) -> Done {
    let mut command = purrtrait(home, arguments);
    fs::create_dir_all(home.path().join("tmp")).unwrap();
    command.env("TMPDIR", home.path().join("tmp"));
    stop(command, name, begun)
}

/// The same for any command.
pub(super) fn stop(mut command: Command, name: &str, begun: impl Fn() -> bool) -> Done {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until_it_watches(&mut child);
    let began = Instant::now();
    while !begun() {
        assert!(child.try_wait().unwrap().is_none() && began.elapsed() < PATIENCE, "{command:?}: it has ended");
        std::thread::sleep(Duration::from_millis(10));
    }
    signal(&child, name);
    let mut stderr = String::new();
    let (lines, mut errors) = (BufReader::new(child.stdout.take().unwrap()), child.stderr.take().unwrap());
    let done = rest(child, lines);
    errors.read_to_string(&mut stderr).unwrap();
    Done { stderr, ..done }
}

/// Every command that takes long, asked to end in the middle of it.
#[test]
fn whatever_takes_long_ends_cleanly() {
    let home = home();
    train_tiny(&home, "--steps 1 --out run").expect(0);
    run(purrtrait(&home, "dataset demo cats --count 60 --size 32")).expect(0);
    let at = |name: &str| home.path().join(name);
    let parts = || tree(home.path()).into_iter().any(|path| path.to_string_lossy().contains(".part"));
    let nothing = || true;
    let has = |name: &'static str| move |home: &TempDir| home.path().join(name).is_dir();
    let (generated, drawn) = (has("pictures"), has("drawn"));
    let films = ["walk run", "walk run", "interpolate run --seeds 1,2", "interpolate run --seeds 1,2"]
        .iter()
        .zip(["long.webm", "long.gif", "long.apng", "frames"])
        .map(|(command, out)| format!("{command} --frames 1000000 --device cpu --out {out}"));
    let jobs: [(&str, &dyn Fn() -> bool); 8] = [
        ("generate run --count 1000000 --device cpu --out pictures", &|| generated(&home)),
        ("walk run --frames 1000000 --device cpu --out long.mp4", &parts),
        ("dataset demo drawn --count 100000", &|| drawn(&home)),
        ("curate run --count 1000000 --device cpu --grid best.png", &nothing),
        ("evaluate bundled cats --count 50 --training cats", &nothing),
        ("project cats/cat-00000.png --model run --steps 100000 --rounds 1000 --device cpu --out near.png", &nothing),
        ("bench --preset classic-64 --device cpu --batch 128 --steps 100000", &nothing),
        ("bench --explore", &nothing),
    ];
    let films: Vec<String> = films.collect();
    let films = films.iter().map(|film| (film.as_str(), &parts as &dyn Fn() -> bool));
    for (arguments, begun) in films.chain(jobs) {
        let done = stopped(&home, &format!("{arguments} --json"), "TERM", begun).expect(130);
        assert!(done.stderr.contains("Stopping.") && done.stderr.contains("nothing half-written is left"), "{done:?}");
        let error = done.lines().pop().unwrap();
        assert_eq!((&error["cause"], &error["exit_code"]), (&"interrupted".into(), &130.into()), "{arguments}");
        assert!(!parts(), "{arguments}: {:?}", tree(home.path()));
        assert_eq!(tree(&at("tmp")), Vec::<PathBuf>::new(), "{arguments}");
    }
    for name in ["long.webm", "long.mp4", "long.gif", "long.apng", "frames", "best.png", "near.png"] {
        assert!(!at(name).exists(), "{name}");
    }
    // What was done by then is whole.
    for folder in ["pictures", "drawn"] {
        for path in tree(&at(folder)) {
            purrtrait::pixels::Frame::open_png(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
    }
}

/// `ulimit -f`: an error like a full disk, not the end of the program.
#[test]
fn a_limit_on_file_sizes_pauses_a_training() {
    let home = home();
    let mut command = Command::new("sh");
    // Blocks of 512 or 1,024 bytes: enough for what is said, too little for a checkpoint.
    command.args([
        "-c",
        "ulimit -f 40; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_purrtrait"),
        "train",
        "demo",
        "--json",
    ]);
    command.args(TINY.replace("width 4", "width 16").split_whitespace()).args(["--out", "run"]).stdin(Stdio::null());
    command.env("PURRTRAIT_HOME", home.path().join("home")).current_dir(home.path());
    command.args(["--checkpoint-every", "0.1"]);
    let (child, lines) = start_and_wait_for(command, "notice");
    signal(&child, "TERM");
    let done = rest(child, lines).expect(6);
    let error = done.lines().pop().unwrap();
    assert_eq!(error["cause"], "run", "{done:?}");
    // Nothing of the half of a checkpoint is left.
    let names: Vec<_> = fs::read_dir(home.path().join("run/checkpoints")).unwrap().collect();
    assert!(names.is_empty(), "{names:?}");
}

/// A run that is deleted while it trains is lost, and the program says so and ends.
#[test]
fn a_deleted_run_is_not_called_safe() {
    let home = home();
    let mut command = purrtrait(&home, &format!("train demo {TINY} --json --out run"));
    command.stderr(Stdio::piped());
    let (child, lines) = start_and_wait_for(command, "metrics");
    let run = home.path().join("run");
    while run.exists() {
        // The training puts files there meanwhile.
        let _ = fs::remove_dir_all(&run);
    }
    let done = rest(child, lines).expect(6);
    let error = done.lines().pop().unwrap();
    assert!(error["text"].as_str().unwrap().contains("was deleted or moved during training"), "{done:?}");
    assert!(!done.stdout.contains("nothing is lost"), "{done:?}");
    assert!(!run.exists(), "half of it came back: {:?}", tree(&run));
}
