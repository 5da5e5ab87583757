//! The parent: starts a child for each target, looks at its clock, and starts another one behind an input that killed
//! it.

use super::work::{Finding, JOB, Job, PREPARE, Page, keep, now_ms};
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Of one target; then it is time to mend.
const MOST_PROBLEMS: usize = 20;

pub struct Driver {
    folder: TempDir,
    patience: Duration,
}

/// How much of a target is wanted.
pub struct Wish {
    pub inputs: u64,
    pub seconds: f64,
    pub seed: u64,
    pub replay: Vec<PathBuf>,
}

/// What came of a target.
#[derive(Default)]
pub struct Outcome {
    pub inputs: u64,
    seconds: f64,
    slowest_ms: u64,
    most_bytes: usize,
    /// How many different answers there were: a measure of how far the inputs come.
    answers: usize,
    /// Panics of decoders that the program caught.
    caught: u64,
    /// One for each distinct failure, with how to see it again.
    pub problems: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.inputs as f64 / self.seconds.max(1e-3);
        write!(f, "{:>8} inputs, {rate:>6.0} a second, slowest {} ms, ", self.inputs, self.slowest_ms)?;
        write!(f, "most memory {} MiB, {} different answers", self.most_bytes >> 20, self.answers)?;
        if self.caught > 0 {
            write!(f, ", {} panics of libraries caught", self.caught)?;
        }
        write!(f, ", {} problems", self.problems.len())
    }
}

/// Tells at once, which `println!` in a test does not.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

impl Driver {
    pub fn new(patience: Duration) -> Self {
        // In memory where the system has such a folder: thousands of small files are written.
        let shared = PathBuf::from("/dev/shm");
        let folder = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
        Self { folder: folder.expect("a temporary folder"), patience }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the good files that the inputs are made of.
    pub fn prepare(&self) {
        let wish = Wish { inputs: 0, seconds: 0.0, seed: 0, replay: Vec::new() };
        let job = self.job(PREPARE, &wish);
        fs::create_dir_all(&job.world).expect("a folder");
        let mut child = self.start(&job);
        let status = child.wait().expect("the child");
        assert!(status.success(), "{status}: {}", self.errors());
    }

    fn job(&self, target: &str, wish: &Wish) -> Job {
        Job {
            target: target.to_owned(),
            world: self.path("world"),
            page: self.path("page"),
            report: self.path("report"),
            seed: wish.seed,
            done: 0,
            inputs: wish.inputs,
            seconds: wish.seconds,
            replay: wish.replay.clone(),
        }
    }

    fn start(&self, job: &Job) -> std::process::Child {
        let program = std::env::current_exe().expect("this program");
        let errors = File::create(self.path("errors")).expect("a file for errors");
        Command::new(program)
            .args(["--exact", "child", "--ignored", "--nocapture"])
            .env(JOB, serde_json::to_string(job).expect("a job"))
            .env("PURRTRAIT_HOME", &job.world)
            // Its last lines are shown.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .expect("a child process")
    }

    /// The end of what the child wrote to standard error.
    fn errors(&self) -> String {
        let text = String::from_utf8_lossy(&fs::read(self.path("errors")).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(4)..].join(" | ")
    }

    /// Feeds one target.
    pub fn fuzz(&self, target: &str, wish: &Wish) -> Outcome {
        let began = Instant::now();
        let mut outcome = Outcome::default();
        let mut job = self.job(target, wish);
        let _ = fs::remove_file(&job.report);
        loop {
            Page::create(&job.page);
            let died = self.watch(&job);
            let (number, _) = Page::clock(&job.page);
            outcome.inputs = number;
            self.collect(&job, &mut outcome);
            if !job.replay.is_empty() {
                say(&self.errors());
            }
            let Some((kind, text)) = died else { break };
            outcome.problems.push(problem(target, &text, &keep(target, kind, &Page::input(&job.page))));
            if outcome.problems.len() >= MOST_PROBLEMS || !job.replay.is_empty() {
                break;
            }
            outcome.inputs = number + 1;
            job.done = number + 1;
            job.seconds = wish.seconds - began.elapsed().as_secs_f64();
            if job.done >= job.inputs || job.seconds <= 0.0 {
                break;
            }
        }
        outcome.seconds = began.elapsed().as_secs_f64();
        outcome
    }

    /// Runs a child to its end; tells how it died, if it did not end well.
    fn watch(&self, job: &Job) -> Option<(&'static str, String)> {
        let mut child = self.start(job);
        let status: ExitStatus = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status;
            }
            std::thread::sleep(Duration::from_millis(20));
            let (_, start) = Page::clock(&job.page);
            if start > 0 && now_ms().saturating_sub(start) > self.patience.as_millis() as u64 {
                let _ = child.kill();
                let _ = child.wait();
                return Some(("hang", format!("takes longer than {} s", self.patience.as_secs())));
            }
        };
        (!status.success()).then(|| ("death", format!("the process ended ({status}): {}", self.errors())))
    }

    /// Reads the lines of the report, which then begins anew.
    fn collect(&self, job: &Job, outcome: &mut Outcome) {
        for line in fs::read_to_string(&job.report).unwrap_or_default().lines() {
            match serde_json::from_str(line).expect("a finding") {
                Finding::Panic { text, input } => {
                    outcome.problems.push(problem(&job.target, &format!("panic: {text}"), &input));
                }
                Finding::Memory { text, input } => outcome.problems.push(problem(&job.target, &text, &input)),
                Finding::Done { slowest_ms, most_bytes, caught, answers } => {
                    outcome.answers = outcome.answers.max(answers);
                    outcome.slowest_ms = outcome.slowest_ms.max(slowest_ms);
                    outcome.most_bytes = outcome.most_bytes.max(most_bytes);
                    outcome.caught += caught;
                }
            }
        }
        let _ = fs::remove_file(&job.report);
    }
}

fn problem(target: &str, text: &str, input: &std::path::Path) -> String {
    format!(
        "{target}: {text}\n    again: PURRTRAIT_FUZZ_TARGET={target} PURRTRAIT_FUZZ_REPLAY={} cargo test --release \
         --test fuzz",
        input.display()
    )
}
