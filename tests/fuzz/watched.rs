//! Runs that are watched: their folders, and what another machine tells of one and is asked.

use super::input::{Input, Part};
use super::world::World;
use purrtrait::engine::{Event, ask_to_show, keep_shown, look_at_run, requests_to_bytes, show_run};
use purrtrait::train::RunDirError;
use std::fs;

const SESSION: &str = r#"{"began":1790000000000000000,"device":{"id":"cpu","name":"CPU","api":"cpu","kind":"cpu",
"software":false,"driver":"","preferred":true},"pictures":90,"held_out":9,"unwatched":["copying"],"steps_per_epoch":3,
"generator_parameters":4,"discriminator_parameters":5,"first_step":0,"state":"Running","findings":[{"kind":"collapse",
"severity":"alarm","since_step":2,"text":"All alike.","suggestion":{"advice":"Wait."}}],"not_measured":"Too few.",
"end":null}"#;
const LOCK: &str = "process 1\n9f0e7f0e-8f8e-4c52-9be4-0c2b1a5d8a11 pid:[4026531836]\n1234\n";

/// The files that are read of a run that trains.
pub fn run_seeds(world: &World) -> Vec<Input> {
    let mut input = world.files("run", ["run.toml", "metrics.jsonl", "samples/step-000000002.png"]);
    let texts = [("session.json", SESSION), ("run.lock", LOCK)];
    input.0.extend(Input::of(texts.map(|(name, text)| (name, text.into()))).0);
    let folder = world.scratch("watched-seed");
    input.write(&folder);
    let events = look_at_run(&folder).expect("a run");
    let known = |event: &Event| matches!(event, Event::RunStarted(info) if info.pictures == 90);
    assert!(events.iter().any(known), "a good session to begin with: {events:?}");
    vec![input]
}

pub fn look(world: &World, input: &Input) -> String {
    let folder = world.scratch("watched");
    input.write(&folder);
    words(look_at_run(&folder))
}

fn words(looked: Result<Vec<Event>, RunDirError>) -> String {
    match looked {
        Ok(events) => {
            let said = events.into_iter().map(|event| match event {
                Event::RunStarted(info) => format!("{:?} {}", info.device.kind, info.pictures.min(1000)),
                Event::Notice { text, .. } => text,
                Event::Findings(findings) => format!("{} findings", findings.len()),
                Event::RunEnded(end) => format!("{end:?}"),
                Event::State(state) => format!("{state:?}"),
                _ => String::new(),
            });
            said.collect()
        }
        Err(e) => e.to_string(),
    }
}

/// A file for each message, which gets its length when all are sent: whatever is changed, the next one is found.
fn messages(stream: &[u8]) -> Input {
    let mut rest = &stream[requests_to_bytes(&[]).expect("a greeting").len()..];
    let mut parts = Vec::new();
    while let Some((length, after)) = rest.split_at_checked(4) {
        let (bytes, after) = after.split_at(u32::from_le_bytes(length.try_into().expect("four bytes")) as usize);
        parts.push(Part { name: format!("{:03}", parts.len()), bytes: bytes.to_vec() });
        rest = after;
    }
    Input(parts)
}

fn stream(input: &Input) -> Vec<u8> {
    let mut stream = requests_to_bytes(&[]).expect("a greeting");
    for part in &input.0 {
        stream.extend((part.bytes.len() as u32).to_le_bytes());
        stream.extend(&part.bytes);
    }
    stream
}

/// All that is told of a run with a session.
pub fn told_seeds(world: &World) -> Vec<Input> {
    let run = world.scratch("shown-seed");
    run_seeds(world)[0].write(&run);
    let checkpoint = "checkpoints/step-000000002";
    let files = ["weights.safetensors", "state.json", "manifest.json"];
    let whole = world.files(&format!("run/{checkpoint}"), files);
    fs::create_dir_all(run.join(checkpoint)).unwrap();
    whole.0.iter().for_each(|part| fs::write(run.join(checkpoint).join(&part.name), &part.bytes).unwrap());
    let asked = ask_to_show(&world.scratch("nothing")).expect("a request");
    let told = show_run(&asked, &run).expect("a run");
    let input = messages(&told);
    assert!(stream(&input) == told && input.0.len() > 6, "{} messages", input.0.len());
    let copies = world.scratch("shown-copies");
    let copy = keep_shown(&told, &copies).expect("a copy");
    assert!(copy.join(checkpoint).join("manifest.json").is_file(), "all of it");
    let _ = fs::remove_dir_all(copies);
    vec![input]
}

/// Whatever is told becomes a copy or an error, and only files inside the copy.
pub fn keep(world: &World, input: &Input) -> String {
    let copies = world.scratch("shown");
    let _ = fs::remove_dir_all(&copies);
    let kept = keep_shown(&stream(input), &copies);
    let beside = fs::read_dir(&copies).map_or(0, |entries| entries.count());
    assert!(beside <= 1, "something lies beside the copy");
    match kept {
        Ok(copy) => words(look_at_run(&copy)),
        Err(e) => e.to_string(),
    }
}

/// What a machine asks that has all of a run.
pub fn asked_seeds(world: &World) -> Vec<Input> {
    vec![messages(&ask_to_show(&world.root.join("run")).expect("a request"))]
}

pub fn answer(world: &World, input: &Input) -> String {
    match show_run(&stream(input), &world.root.join("run")) {
        Ok(told) => format!("{} messages", messages(&told).0.len()),
        Err(e) => e.to_string(),
    }
}
