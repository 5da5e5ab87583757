//! Feeds broken and hostile files to everything that reads files which somebody else may have written, and looks for
//! panics, for what takes longer than ten seconds, for memory beyond a budget and for stacks that run over.
//!
//!     cargo test --release --test fuzz                                  (20 seconds, part of the usual tests)
//!     PURRTRAIT_FUZZ_SECONDS=28800 cargo test --release --test fuzz     (a night)
//!     PURRTRAIT_FUZZ_INPUTS=100000 cargo test --release --test fuzz     (so many, whatever time they take)
//!
//! PURRTRAIT_FUZZ_SEED=N makes other inputs, PURRTRAIT_FUZZ_TARGET=NAME feeds one target alone. What failed is kept as
//! a file, and the failure says how to feed it again (PURRTRAIT_FUZZ_REPLAY). Files that failed once belong into
//! `tests/fuzz/seeds/TARGET/`; they are read first, every time.
//!
//! An own driver because the usual ones do not fit one build with the stable compiler and nothing else installed:
//! libFuzzer (`cargo fuzz`) and AFL need a nightly compiler or a C++ one, and a second build of all libraries with
//! their instrumentation; `bolero` and `proptest` without it run in the process of the test, which ends with the first
//! stack that runs over, and know nothing of zip archives, chunks and checksums. In place of coverage, an input that
//! draws new words from the program (another error) is kept to be changed further.

#[path = "fuzz/containers.rs"]
mod containers;
#[path = "fuzz/driver.rs"]
mod driver;
#[path = "fuzz/input.rs"]
mod input;
#[path = "fuzz/memory.rs"]
mod memory;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/pipe.rs"]
mod pipe;
#[path = "fuzz/planted.rs"]
mod planted;
#[path = "fuzz/targets.rs"]
mod targets;
#[path = "fuzz/watched.rs"]
mod watched;
#[path = "fuzz/work.rs"]
mod work;
#[path = "fuzz/world.rs"]
mod world;

use driver::{Driver, Wish, say};
use std::time::Duration;

#[global_allocator]
static COUNTING: memory::Counting = memory::Counting;

/// An input that takes longer hangs, for a person who waits.
const PATIENCE: Duration = Duration::from_secs(10);

fn wish<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

#[test]
fn nothing_that_is_read_panics_hangs_or_takes_the_memory() {
    let name: Option<String> = std::env::var("PURRTRAIT_FUZZ_TARGET").ok();
    let chosen: Vec<_> = targets::TARGETS.iter().filter(|t| name.as_ref().is_none_or(|n| t.name == n)).collect();
    let names: Vec<_> = targets::TARGETS.iter().map(|t| t.name).collect();
    assert!(!chosen.is_empty(), "PURRTRAIT_FUZZ_TARGET is none of {}", names.join(", "));
    let (inputs, seconds) = (wish::<u64>("PURRTRAIT_FUZZ_INPUTS"), wish::<f64>("PURRTRAIT_FUZZ_SECONDS"));
    let seconds = seconds.unwrap_or(if inputs.is_some() { 1e9 } else { 20.0 });
    let seed = wish("PURRTRAIT_FUZZ_SEED").unwrap_or(1);
    let replay = std::env::var_os("PURRTRAIT_FUZZ_REPLAY").map(|path| vec![path.into()]).unwrap_or_default();

    let driver = Driver::new(PATIENCE);
    driver.prepare();
    let (mut total, mut problems) = (0, Vec::new());
    for target in &chosen {
        let share = chosen.len() as u64;
        let inputs = inputs.map_or(u64::MAX, |all| all.div_ceil(share));
        let wish = Wish { inputs, seconds: seconds / share as f64, seed, replay: replay.clone() };
        let outcome = driver.fuzz(target.name, &wish);
        say(&format!("fuzz {:<12} {outcome}", target.name));
        total += outcome.inputs;
        problems.extend(outcome.problems);
    }
    say(&format!("fuzz: {total} inputs of seed {seed}, {} problems", problems.len()));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The driver finds each kind of fault, and goes on behind it.
#[test]
fn planted_faults_are_found() {
    let driver = Driver::new(Duration::from_secs(2));
    driver.prepare();
    let wish = Wish { inputs: 6, seconds: 60.0, seed: 1, replay: Vec::new() };
    let outcome = driver.fuzz("planted", &wish);
    assert_eq!((outcome.inputs, outcome.problems.len()), (6, 4), "{:#?}", outcome.problems);
    for (problem, words) in outcome.problems.iter().zip(["panic", "longer than 2 s", "MiB", "ended"]) {
        assert!(problem.contains(words) && problem.contains("PURRTRAIT_FUZZ_REPLAY="), "{words}: {problem}");
    }
}

/// Not a test: what the driver starts to read inputs in a process of their own.
#[test]
#[ignore = "started by the driver"]
fn child() {
    let Ok(job) = std::env::var(work::JOB) else { return };
    let job: work::Job = serde_json::from_str(&job).expect("a job");
    // The stack that a thread has unless it asks for more, as the program's threads have.
    let work = std::thread::Builder::new().name("fuzz".into()).stack_size(2 << 20).spawn(move || work::work(&job));
    work.expect("a thread").join().expect("the work");
}
