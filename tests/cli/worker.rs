//! Workers over loopback: the same training as with threads, a worker that is lost, and who may not use one.

use super::{TINY, purrtrait, run};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use tempfile::TempDir;

/// A worker on a free port, which ends with the test.
struct Worker {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    address: String,
}

impl Worker {
    fn start(home: &TempDir, flags: &str) -> Self {
        let mut command = purrtrait(home, &format!("worker --listen 127.0.0.1:0 --device cpu --json {flags}"));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut worker = Self { child, lines, address: String::new() };
        worker.address = worker.hear("listening")["address"].as_str().unwrap().to_owned();
        worker
    }

    /// Its next words, which must be these.
    fn hear(&mut self, event: &str) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        assert_eq!(told["event"], event, "{told}");
        told
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn weights(run: &Path, step: u32) -> Vec<u8> {
    fs::read(run.join(format!("checkpoints/step-{step:09}/weights.safetensors"))).unwrap()
}

fn on(devices: &str) -> String {
    TINY.replace("--device cpu", &format!("--device {devices} --measure-every 0 --json"))
}

/// Two workers one after the other in use, squares sent once each, and the bits of threads.
#[test]
fn workers_compute_what_threads_do() {
    let home = tempfile::tempdir().unwrap();
    let far = tempfile::tempdir().unwrap();
    let mut workers = [Worker::start(&far, ""), Worker::start(&far, "")];
    let devices = format!("cpu,worker://{},worker://{}", workers[0].address, workers[1].address);
    let done = run(purrtrait(&home, &format!("train demo {} --steps 6 --out far", on(&devices)))).expect(0);
    let device = done.events("started")[0]["device"]["name"].as_str().unwrap().to_owned();
    assert!(device.contains(&format!(" + worker {} (", workers[1].address)), "{device}");
    run(purrtrait(&home, &format!("train demo {} --steps 6 --out near", on("cpu,cpu,cpu")))).expect(0);
    let place = |name: &str| home.path().join(name);
    assert!(weights(&place("far"), 6) == weights(&place("near"), 6));
    for worker in &mut workers {
        let working = worker.hear("working");
        assert!(working["on"].as_str().unwrap().contains("of 8 pictures of each batch"), "{working}");
        assert_eq!(worker.hear("ended")["steps"], 6);
    }
    // Where it trained is where it resumes; the worker serves again.
    let again = run(purrtrait(&home, "resume far --steps 8 --json")).expect(0);
    assert_eq!(again.events("started")[0]["first_step"], 6);
    assert_eq!(
        (workers[0].hear("working")["event"].as_str(), workers[0].hear("ended")["steps"].as_u64()),
        (Some("working"), Some(2))
    );
    let squares = fs::read_dir(far.path().join("home/cache/worker")).unwrap().count();
    assert_eq!(squares, 1, "the squares were sent once");
}

/// It is killed in the middle: the run names it, has saved the last whole step, and resumes without it.
#[test]
fn a_run_outlives_a_worker_that_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let mut worker = Worker::start(&home, "");
    let devices = format!("cpu,worker://{}", worker.address);
    let mut train = purrtrait(&home, &format!("train demo {} --out run", on(&devices)));
    let mut child = train.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    worker.hear("working");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = Value::Null;
    let mut steps = 0;
    for line in lines.map_while(Result::ok) {
        let told: Value = serde_json::from_str(&line).unwrap();
        if told["event"] == "metrics" {
            steps = told["step"].as_u64().unwrap();
            if steps == 5 {
                worker.child.kill().unwrap();
            }
        }
        last = told;
    }
    assert!(!child.wait().unwrap().success());
    let text = last.to_string();
    let named = format!("worker {} (", worker.address);
    for part in [&named, "is saved", "purrtrait resume", "--device"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let saved = fs::read_dir(home.path().join("run/checkpoints")).unwrap().flatten();
    let saved: Vec<u64> = saved.filter_map(|e| e.file_name().to_str()?.strip_prefix("step-")?.parse().ok()).collect();
    let newest = *saved.iter().max().unwrap();
    assert!(newest >= steps && newest >= 5, "{saved:?}, read up to {steps}");
    let rest = format!("resume run --steps {} --device cpu --json", newest + 2);
    let resumed = run(purrtrait(&home, &rest)).expect(0);
    assert_eq!(resumed.events("started")[0]["first_step"], newest);
    let same = run(purrtrait(&home, "resume run --steps 1 --json --device cpu,worker://127.0.0.1:1")).code;
    assert_ne!(same, Some(0), "nobody listens there");
}

#[test]
fn a_worker_serves_only_who_knows_its_token() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    write("token", "a token of this test\n");
    write("wrong", "another token of it\n");
    write("short", "short\n");
    let mut worker = Worker::start(&home, "--token-file token");
    let train = |query: &str| {
        let devices = format!("cpu,worker://{}{query}", worker.address);
        run(purrtrait(&home, &format!("train demo {} --steps 2 --out run", on(&devices))))
    };
    for (query, why) in [
        ("", "it asks for a token"),
        ("?token-file=wrong", "the token is not the one of this worker"),
        ("?token-file=short", "at least 16 characters"),
        ("?token-file=missing", "the token cannot be read"),
    ] {
        let failed = train(query);
        assert!(failed.code != Some(0) && failed.stdout.contains(why), "{query}: {failed:?}");
        assert!(!home.path().join("run").exists(), "nothing is left behind");
    }
    train("?token-file=token").expect(0);
    for why in ["it left without proving that it knows the token", "the token is not the one of this worker"] {
        assert_eq!(worker.hear("refused")["reason"], why);
    }
    worker.hear("working");
    // A worker that cannot prove that it knows the token is none.
    let open = Worker::start(&home, "");
    let devices = format!("cpu,worker://{}?token-file=token", open.address);
    let failed = run(purrtrait(&home, &format!("train demo {} --steps 2 --out other", on(&devices))));
    assert!(failed.code != Some(0) && failed.stdout.contains("it asks for no token"), "{failed:?}");
}

#[test]
fn other_addresses_need_a_token_and_are_warned_about() {
    let home = tempfile::tempdir().unwrap();
    let refused = run(purrtrait(&home, "worker --listen 0.0.0.0:0 --device cpu")).expect(2);
    assert!(refused.stderr.contains("a token is needed") && refused.stderr.contains("ssh -L"), "{refused:?}");
    let nonsense = run(purrtrait(&home, "worker --listen nowhere --device cpu")).expect(2);
    assert!(nonsense.stderr.contains("is no ADDRESS:PORT"), "{nonsense:?}");
    fs::write(home.path().join("token"), "a token of this test\n").unwrap();
    let mut command = purrtrait(&home, "worker --listen 0.0.0.0:0 --device cpu --json --token-file token");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let mut worker = Worker { child, lines, address: String::new() };
    worker.hear("listening");
    let warning = worker.hear("warning");
    assert!(warning["text"].as_str().unwrap().contains("not encrypted"), "{warning}");
}

#[test]
fn what_cannot_be_a_list_of_devices_is_one_sentence() {
    let home = tempfile::tempdir().unwrap();
    for (devices, why) in [
        ("gpu:0,gpu:0", "named twice"),
        ("worker://box:1,cpu", "first device must be one of this machine"),
        ("cpu,worker://127.0.0.1:1", "worker 127.0.0.1:1: it cannot be reached"),
        ("cpu,cpu,cpu,cpu,cpu,cpu,cpu,cpu,cpu", "cannot be shared among 9 devices"),
    ] {
        let failed = run(purrtrait(&home, &format!("train demo {} --steps 1 --out run", on(devices))));
        let text = format!("{}{}", failed.stdout, failed.stderr);
        assert!(failed.code != Some(0) && text.contains(why), "{devices}: {failed:?}");
        assert!(!home.path().join("run").exists());
    }
}
