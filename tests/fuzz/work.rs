//! The child process: makes inputs, reads them, and writes down what went wrong.
//!
//! What kills a process (a stack that runs over, memory that is refused) or never ends is seen by the parent. So that
//! it knows the input, each one stands in a file that the child has mapped.

use super::containers::change;
use super::input::Input;
use super::memory;
use super::mutate::Random;
use super::targets::{TARGETS, Target};
use super::world::World;
use memmap2::MmapMut;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a child is to do; handed over in the environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Name of the target; [`PREPARE`] makes the world.
    pub target: String,
    pub world: PathBuf,
    /// See [`Page`].
    pub page: PathBuf,
    /// Takes a line for each [`Finding`].
    pub report: PathBuf,
    pub seed: u64,
    /// So many have been read by children before this one, good seeds first.
    pub done: u64,
    /// The limits of the target as a whole.
    pub inputs: u64,
    pub seconds: f64,
    /// Read these files and nothing else.
    pub replay: Vec<PathBuf>,
}

pub const PREPARE: &str = "prepare";
pub const JOB: &str = "PURRTRAIT_FUZZ_JOB";

/// Something that went wrong, or how a child fared in all.
#[derive(Debug, Serialize, Deserialize)]
pub enum Finding {
    Panic { text: String, input: PathBuf },
    Memory { text: String, input: PathBuf },
    Done { slowest_ms: u64, most_bytes: usize, caught: u64, answers: usize },
}

/// The input under way, in a mapped file: its number, its start in milliseconds since 1970 (0 when there is none), its
/// length, its bytes.
pub struct Page(MmapMut);

const HEAD: usize = 24;
const PAGE: usize = 4 << 20;

impl Page {
    pub fn create(path: &Path) {
        File::create(path).and_then(|file| file.set_len(PAGE as u64)).expect("room for a page");
    }

    fn open(path: &Path) -> Self {
        let file = File::options().read(true).write(true).open(path).expect("the page");
        // SAFETY: made for this by the parent, which only reads it.
        Self(unsafe { MmapMut::map_mut(&file) }.expect("a map of the page"))
    }

    fn number(&mut self, place: usize, value: u64) {
        self.0[8 * place..][..8].copy_from_slice(&value.to_le_bytes());
    }

    fn begin(&mut self, index: u64, input: &Input) {
        let bytes = input.pack();
        let bytes = &bytes[..bytes.len().min(PAGE - HEAD)];
        self.0[HEAD..HEAD + bytes.len()].copy_from_slice(bytes);
        self.number(0, index);
        self.number(2, bytes.len() as u64);
        self.number(1, now_ms());
    }

    fn end(&mut self) {
        self.number(1, 0);
    }

    /// Number and start of the input under way.
    pub fn clock(path: &Path) -> (u64, u64) {
        let mut head = [0; HEAD];
        let _ = File::open(path).and_then(|mut file| file.read_exact(&mut head));
        let number = |place: usize| u64::from_le_bytes(std::array::from_fn(|i| head[8 * place + i]));
        (number(0), number(1))
    }

    /// Its bytes.
    pub fn input(path: &Path) -> Vec<u8> {
        let all = fs::read(path).unwrap_or_default();
        let length = all.get(16..).and_then(|b| b.first_chunk()).map_or(0, |b| u64::from_le_bytes(*b));
        all.get(HEAD..HEAD + length as usize).unwrap_or_default().to_vec()
    }
}

pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

/// Inputs that came to something new, kept to be changed further.
const CORPUS: usize = 400;
/// Where inputs that failed go; the build's own folder for tests.
pub fn failures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz")
}

static CAUGHT: AtomicU64 = AtomicU64::new(0);
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Remembers panics instead of printing them: a decoder of another library may panic, which `data` catches.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        CAUGHT.fetch_add(1, Relaxed);
        *LAST_PANIC.lock().unwrap() = info.to_string();
    }));
}

struct Child<'a> {
    target: &'a Target,
    world: World,
    page: Page,
    report: File,
    /// What went wrong already, without its numbers: once is enough.
    known: HashSet<String>,
    /// What the target said, without its numbers.
    answers: HashSet<String>,
    slowest: Duration,
    most: usize,
}

/// Does a job; returns when its limits are reached.
pub fn work(job: &Job) {
    fs::create_dir_all(failures()).expect("a folder for failures");
    if job.target == PREPARE {
        return World::make(&job.world);
    }
    let target = find(&job.target).expect("a target of this name");
    quiet_panics();
    let mut child = Child {
        target,
        world: World::open(&job.world),
        page: Page::open(&job.page),
        report: File::options().append(true).create(true).open(&job.report).expect("the report"),
        known: HashSet::new(),
        answers: HashSet::new(),
        slowest: Duration::ZERO,
        most: 0,
    };
    let began = Instant::now();
    let mut corpus: Vec<Input> = (target.seeds)(&child.world);
    corpus.extend(kept(target.name));
    if !job.replay.is_empty() {
        corpus = job.replay.iter().map(|path| Input::unpack(&fs::read(path).expect("the input"))).collect();
    }
    let seeds = corpus.clone();
    let mut number = job.done;
    for seed in seeds.iter().skip(number as usize) {
        child.read(number, seed);
        number += 1;
    }
    if !job.replay.is_empty() {
        eprintln!("{}", child.answers.iter().cloned().collect::<String>());
    }
    let mut random = Random::seed_from_u64(job.seed);
    // Another stream for each child, or a killed one's inputs would come again.
    random.set_stream(job.done);
    while job.replay.is_empty() && number < job.inputs && began.elapsed().as_secs_f64() < job.seconds {
        let next = [(); 2].map(|()| random.random_range(0..corpus.len()));
        let input = changed(target, &corpus[next[0]], &corpus[next[1]], &mut random);
        let new = child.read(number, &input);
        number += 1;
        if new && corpus.len() < CORPUS {
            corpus.push(input);
        }
    }
    child.page.number(0, number);
    let (caught, answers) = (CAUGHT.load(Relaxed), child.answers.len());
    child.tell(&Finding::Done {
        slowest_ms: child.slowest.as_millis() as u64,
        most_bytes: child.most,
        caught,
        answers,
    });
}

pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().chain([&super::planted::PLANTED]).find(|target| target.name == name)
}

/// Inputs that failed once, in the order of their names.
fn kept(target: &str) -> Vec<Input> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.sort();
    paths.iter().map(|path| Input::unpack(&fs::read(path).expect("a seed"))).collect()
}

/// One file of the input changes; a second one sometimes.
fn changed(target: &Target, input: &Input, other: &Input, random: &mut Random) -> Input {
    let mut out = input.clone();
    for _ in 0..if random.random_bool(0.1) { 2 } else { 1 } {
        let at = random.random_range(0..out.0.len());
        let name = out.0[at].name.clone();
        let donor = other.get(&name).map_or(other.first(), |part| &part.bytes);
        out.0[at].bytes = change((target.shape)(&name), &out.0[at].bytes, donor, random);
    }
    if random.random_bool(0.75) {
        (target.repair)(&mut out);
    }
    out
}

fn without_numbers(words: &str) -> String {
    words.chars().filter(|c| !c.is_ascii_digit()).take(300).collect()
}

impl Child<'_> {
    /// Reads one input under supervision; tells whether the target had a new answer.
    fn read(&mut self, number: u64, input: &Input) -> bool {
        self.page.begin(number, input);
        let (before, began) = (memory::now(), Instant::now());
        memory::forget_peak();
        let result = catch_unwind(AssertUnwindSafe(|| (self.target.run)(&self.world, input)));
        let bytes = memory::peak().saturating_sub(before);
        self.slowest = self.slowest.max(began.elapsed());
        self.most = self.most.max(bytes);
        self.page.end();
        if bytes > self.target.budget {
            let text = format!("{} MiB, more than {}", bytes >> 20, self.target.budget >> 20);
            self.found("memory", input, |text, input| Finding::Memory { text, input }, text);
        }
        match result {
            Ok(words) => self.answers.insert(without_numbers(&words)),
            Err(_) => {
                CAUGHT.fetch_sub(1, Relaxed);
                let text = std::mem::take(&mut *LAST_PANIC.lock().unwrap());
                self.found("panic", input, |text, input| Finding::Panic { text, input }, text);
                false
            }
        }
    }

    fn found(&mut self, kind: &str, input: &Input, finding: fn(String, PathBuf) -> Finding, text: String) {
        if self.known.insert(format!("{kind}{}", without_numbers(&text))) {
            let path = keep(self.target.name, kind, &input.pack());
            self.tell(&finding(text, path));
        }
    }

    fn tell(&mut self, finding: &Finding) {
        let line = serde_json::to_string(finding).expect("a line");
        writeln!(self.report, "{line}").expect("room for a line");
    }
}

/// Writes an input that failed to where it is found again.
pub fn keep(target: &str, kind: &str, bytes: &[u8]) -> PathBuf {
    let path = failures().join(format!("{target}-{kind}-{:08x}", crc32fast::hash(bytes)));
    fs::write(&path, bytes).expect("room for the input");
    path
}
