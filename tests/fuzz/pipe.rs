//! Messages between a front end and an engine in another process.

use super::input::Input;
use super::targets::QUALITY;
use super::world::{World, config};
use purrtrait::config::AppSettings;
use purrtrait::engine::{
    Command, DatasetReport, Event, PictureEdit, PictureId, QualityPoint, QueueEdit, QueueRequest, QueuedTraining,
    answers_from_bytes, answers_to_bytes, requests_to_bytes, worker_answers_to_bytes, worker_orders_to_bytes,
};
use std::slice;
use std::sync::Arc;

/// One message each, so that [`frame_message`] knows where it is.
pub fn answer_seeds(world: &World) -> Vec<Input> {
    let report = World::photos(&world.root, &world.root.join("cache")).report().clone();
    let kept_in_memory = DatasetReport { pictures: None, ..(*report).clone() };
    let quality: QualityPoint = serde_json::from_str(&QUALITY.replace('\n', "")).expect("a good line");
    let frame = Arc::new(purrtrait::data::draw_demo_cat(1, 2, 20));
    let events = [
        Event::DataReady(report),
        Event::DataReady(Arc::new(kept_in_memory)),
        Event::Quality(Arc::new(quality)),
        Event::Settings(AppSettings::default()),
        Event::Sample { step: 2, fresh: true, frame, tiles: 1, side: 20 },
    ];
    let bytes = events.map(|event| answers_to_bytes(vec![event], None));
    let weights = answers_to_bytes(Vec::new(), Some(world.model.clone()));
    bytes.into_iter().chain([weights]).map(|bytes| Input::one(bytes.expect("a message"))).collect()
}

pub fn request_seeds(_: &World) -> Vec<Input> {
    let id = PictureId { photo: "00ff".to_owned(), at: [0.25, 0.5].into() };
    let start = QueuedTraining::Start { config: Box::new(config()), out: None };
    let commands = [
        Command::Start { config: Box::new(config()), out: Some("run".into()) },
        Command::EditPictures(PictureEdit::Verdicts(vec![(id, None)])),
        Command::SetTunables(config().tunables),
        Command::Queue(QueueRequest::Edit(QueueEdit::Add { name: "a cat".to_owned(), training: start })),
    ];
    commands.iter().map(|c| Input::one(requests_to_bytes(slice::from_ref(c)).expect("a message"))).collect()
}

pub fn worker_order_seeds(_: &World) -> Vec<Input> {
    worker_orders_to_bytes(&config()).expect("messages").into_iter().map(Input::one).collect()
}

pub fn worker_answer_seeds(_: &World) -> Vec<Input> {
    worker_answers_to_bytes().expect("messages").into_iter().map(Input::one).collect()
}

/// The right greeting, and one message as long as it is.
pub fn frame_message(input: &mut Input) {
    let greeting = requests_to_bytes(&[]).expect("a greeting");
    let bytes = input.first().to_vec();
    let Some(message) = bytes.get(greeting.len() + 4..) else { return };
    let length = (message.len() as u32).to_le_bytes();
    *input = Input::one([&greeting[..], &length, message].concat());
}

pub fn hear_answers(_: &World, input: &Input) -> String {
    match answers_from_bytes(input.first()) {
        Ok((events, generators)) => {
            for event in &events {
                // What the window does with pictures.
                if let Event::DataReady(report) = event
                    && let Some(pictures) = &report.pictures
                {
                    (0..pictures.pictures.len()).for_each(|n| _ = (pictures.pixels(n), pictures.photo_of(n)));
                }
            }
            format!("{} events, {} generators", events.len(), generators.len())
        }
        Err(e) => e.to_string(),
    }
}
