//! Watching a run that another process trains, on a terminal and over a stand-in for `ssh`.

use super::{Done, TINY, home, interrupt, purrtrait, rest, run, start_and_wait_for, train_tiny, wait};
use crate::remote::{ssh, there};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::SystemTime;
use tempfile::TempDir;

fn steps(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["step"].as_u64().unwrap()).collect()
}

/// All files below a folder with their content and their times.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let modified = path.metadata().unwrap().modified().unwrap();
            if path.is_dir() {
                folders.push(path.clone());
            }
            let bytes = if path.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
            found.insert(path, (bytes, modified));
        }
    }
    found
}

/// A training without an end, whose output is read so that it never waits for that.
fn endless(home: &TempDir, out: &str) -> Child {
    let command = format!("train demo {TINY} --measure-every 0 --checkpoint-every 1 --json --out {out}");
    let (child, mut lines) = start_and_wait_for(purrtrait(home, &command), "saved");
    std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
    child
}

/// From the first step that is told on, each one.
fn without_gaps(done: &Done) {
    let steps = steps(&done.events("metrics"));
    assert!(!steps.is_empty() && steps == (steps[0]..steps[0] + steps.len() as u64).collect::<Vec<_>>(), "{steps:?}");
}

#[test]
fn another_process_is_watched_until_it_ends_and_the_exit_code_says_how() {
    let home = home();
    let mut trainer = endless(&home, "run");
    // Ctrl+C ends the watching, not the training.
    let (watcher, lines) = start_and_wait_for(purrtrait(&home, "watch run --json"), "metrics");
    interrupt(&watcher);
    rest(watcher, lines).expect(130);
    assert!(trainer.try_wait().unwrap().is_none(), "it trains on");

    let (watcher, lines) = start_and_wait_for(purrtrait(&home, "watch run --json"), "metrics");
    interrupt(&trainer);
    let done = rest(watcher, lines).expect(130);
    wait(&mut trainer);
    without_gaps(&done);
    let end = done.lines().pop().unwrap();
    let last = fs::read_to_string(home.path().join("run/metrics.jsonl")).unwrap();
    let last: Value = serde_json::from_str(last.lines().last().unwrap()).unwrap();
    assert_eq!((&end["event"], &end["reason"], &end["step"]), (&"ended".into(), &"stopped".into(), &last["step"]));
    assert_eq!(done.events("saved").last().unwrap()["step"], last["step"]);

    // A process that is killed cannot say so.
    let mut trainer = endless(&home, "lost");
    let (watcher, lines) = start_and_wait_for(purrtrait(&home, "watch lost --json"), "metrics");
    trainer.kill().unwrap();
    trainer.wait().unwrap();
    let done = rest(watcher, lines).expect(1);
    assert!(done.events("error")[0]["text"].as_str().unwrap().contains("killed, or it crashed"), "{done:?}");

    // One that has ended, with and without JSON, and without a display instead of the window.
    train_tiny(&home, "--steps 3 --measure-every 0 --out done").expect(0);
    let before = listing(&home.path().join("done"));
    let done = run(purrtrait(&home, "watch done --json")).expect(0);
    assert_eq!((done.events("watched").len(), &done.events("ended")[0]["reason"]), (1, &"finished".into()));
    let done = run(purrtrait(&home, "watch done --plain")).expect(0);
    assert!(done.stdout.contains("Finished after step 3") && done.stdout.contains("purrtrait resume"), "{done:?}");
    let done = run(purrtrait(&home, "watch done")).expect(0);
    assert!(done.stderr.contains("Ctrl+C ends the watching"), "{done:?}");
    #[cfg(not(target_os = "macos"))]
    assert!(done.stderr.contains("no display") || done.stderr.contains("no window"), "{done:?}");
    assert_eq!(listing(&home.path().join("done")), before);

    for (what, code, words) in [
        ("nowhere --json", 6, "is not a run folder"),
        ("nowhere", 6, "is not a run folder"),
        ("ssh://box --plain", 2, "it names no folder"),
        ("ssh://-x/run --json", 2, "no address of a run"),
    ] {
        let done = run(purrtrait(&home, &format!("watch {what}"))).expect(code);
        assert!(done.stderr.contains(words), "{what}: {done:?}");
    }
}

#[test]
fn a_run_on_another_machine_is_watched_and_a_copy_of_it_kept() {
    let home = home();
    let (address, script) = there(&home);
    let mut trainer = endless(&home, "far/its");
    let far = home.path().join("far/its");
    let watch = |path: &str| {
        let address = address.replace("ssh://box?", &format!("ssh://box{path}?"));
        let mut watch = purrtrait(&home, &format!("watch {address} --json"));
        ssh(&home, &mut watch, &script);
        watch
    };
    let path = far.display().to_string();
    let (watcher, lines) = start_and_wait_for(watch(&path), "metrics");
    interrupt(&trainer);
    let done = rest(watcher, lines).expect(130);
    wait(&mut trainer);
    without_gaps(&done);
    assert_eq!(done.lines().pop().unwrap()["reason"], "stopped");
    // What was seen is here, whole, and nothing of it is locked any more.
    let copies: Vec<_> = fs::read_dir(home.path().join("home/watched")).unwrap().flatten().collect();
    let [copy] = &copies[..] else { panic!("{copies:?}") };
    for file in ["metrics.jsonl", "marks.jsonl", "run.toml", "session.json"] {
        assert_eq!(fs::read(copy.path().join(file)).ok(), fs::read(far.join(file)).ok(), "{file}");
    }
    let newest = |run: &Path| fs::read_dir(run.join("checkpoints")).unwrap().map(|e| e.unwrap().file_name()).max();
    assert_eq!(newest(&copy.path()), newest(&far));
    let pictures = format!("generate {} --count 1 --out cats --json", copy.path().display());
    run(purrtrait(&home, &pictures)).expect(0);

    // Watched again, it has ended; its folder is only read.
    let before = listing(&far);
    let again = run(watch(&path)).expect(130);
    assert_eq!(again.events("ended").len(), 1);
    assert_eq!(listing(&far), before);

    let done = run(watch("/nowhere")).expect(6);
    assert!(done.stderr.contains("box: /nowhere: is not a run folder"), "{done:?}");
    let mut refused = watch(&path);
    ssh(&home, &mut refused, "echo 'sh: 1: purrtrait: not found' >&2; exit 127");
    let done = run(refused).expect(1);
    assert!(done.stderr.contains("box has no program"), "{done:?}");
}

#[test]
fn a_line_that_breaks_is_only_a_pause_for_who_watches() {
    let home = home();
    let (address, script) = there(&home);
    let mut trainer = endless(&home, "far/run");
    // The first connection breaks after three seconds.
    let breaking = format!(
        "if mkdir {0}/broken 2>/dev/null; then PURRTRAIT_HOME='{0}/far' exec timeout -s KILL 3 sh -c \"exec $command\"; fi\n\
         {script}",
        home.path().display()
    );
    let path = home.path().join("far/run");
    let address = address.replace("ssh://box?", &format!("ssh://box{}?", path.display()));
    let mut watch = purrtrait(&home, &format!("watch {address} --json"));
    ssh(&home, &mut watch, &breaking);
    let (watcher, mut lines) = start_and_wait_for(watch, "watched");
    let mut heard = String::new();
    while !heard.contains("The line to box is back") {
        assert!(lines.read_line(&mut heard).unwrap() > 0, "it has ended: {heard}");
    }
    assert!(heard.contains("The run is not affected"), "{heard}");
    interrupt(&trainer);
    let mut done = rest(watcher, lines).expect(130);
    wait(&mut trainer);
    done.stdout.insert_str(0, &heard);
    without_gaps(&done);
}
