//! The list of all favourites, while it is scrolled.

use super::{FrameBench, frame_with, scrolled};
use crate::config::ModelConfig;
use crate::engine::{EngineHandle, Event, ExploreCommand, ExploreEvent, ExploreModel, ExploreSource, Keepsake, Latent};
use crate::pixels::Frame;
use crate::ui::App;
use crate::ui::action::{Dialog, Screen};
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Context, Pos2, Vec2};
use std::sync::Arc;

/// Favourites in the list.
const FAVOURITES: u32 = 5000;
/// Side of their pictures in pixels.
const SIDE: u32 = 64;
const WINDOW: Vec2 = Vec2::new(1280.0, 720.0);
/// How far one frame scrolls, in points: more than a row.
const SCROLL: f32 = 90.0;

/// Measures `frames` frames of a window of 1280 x 720 points with the list of 5,000 favourites, whose pictures are of
/// 64 x 64 pixels. It is scrolled in two frames of three, so that new pictures are asked for and uploaded all the time.
pub fn favourites_times(frames: usize) -> FrameBench {
    measured(frames).0
}

/// Also counts the pictures that were uploaded.
fn measured(frames: usize) -> (FrameBench, usize) {
    let ctx = Context::default();
    let (commands, _requests) = bounded(256);
    let (events, inbox) = bounded(16);
    let (explore, asked) = bounded(256);
    let (answers, answered) = bounded(256);
    let handle = EngineHandle::new(commands, inbox, None).with_explorer_channels(explore, answered);
    let mut app = App::new(&ctx, handle);
    let first_frame_ms = frame_with(&ctx, &mut app, 0, WINDOW, Vec::new());
    let _ = events.try_send(Event::Settings(Default::default()));
    app.user.screen = Screen::Explore;
    app.user.explore.started = true;
    begin(&answers);
    app.user.dialog = Some(Dialog::Favourites);
    for n in 1..=30 {
        frame_with(&ctx, &mut app, n, WINDOW, Vec::new());
        answer(&asked, &answers);
    }
    let mut times = Vec::with_capacity(frames);
    for n in 0..frames.max(1) {
        let input = scrolled(n, Pos2::new(420.0, 400.0), SCROLL);
        times.push(frame_with(&ctx, &mut app, 31 + n, WINDOW, input));
        answer(&asked, &answers);
    }
    (FrameBench::new(first_frame_ms, times), app.uploads())
}

fn begin(answers: &Sender<ExploreEvent>) {
    let config = ModelConfig { size: SIDE, latent_size: 128, ..ModelConfig::default() };
    let model = ExploreModel {
        label: "cats".into(),
        source: ExploreSource::Bundled,
        config,
        hash: String::new(),
        step: 12_000,
        run_seed: None,
        discriminator: true,
        steps: Default::default(),
    };
    let kept = |i: u32| {
        let latent: Latent = (0..128).map(|n| ((i * 131 + n) % 257) as f32 / 64.0 - 2.0).collect();
        Arc::new(Keepsake { name: format!("Cat {i}"), ..Keepsake::new(latent, 1.0, 12_000) })
    };
    let list = (0..FAVOURITES).map(kept).collect();
    let told = [
        ExploreEvent::Opened(Arc::new(model)),
        ExploreEvent::Favourites { file: "favourites.jsonl".into(), list, notice: None },
    ];
    told.into_iter().for_each(|event| _ = answers.try_send(event));
}

/// Draws what was asked for: all at once, which is more than a real explorer does.
fn answer(asked: &Receiver<ExploreCommand>, answers: &Sender<ExploreEvent>) {
    for command in asked.try_iter() {
        if let ExploreCommand::Thumbnails { purpose: "favourites", stamp, specs, .. } = command {
            let picture = |spec| match spec {
                crate::engine::LatentSpec::Latent(latent) => {
                    let grey = (latent.iter().sum::<f32>() * 100.0) as u8;
                    Some((latent, Arc::new(Frame::filled(SIDE, SIDE, [grey, 90, 120]))))
                }
                _ => None,
            };
            let pictures = specs.into_iter().filter_map(picture).collect();
            let _ = answers.try_send(ExploreEvent::Thumbnails { purpose: "favourites", stamp, first: 0, pictures });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_measured_while_it_scrolls() {
        let (result, uploads) = measured(12);
        assert!((60..400).contains(&uploads), "{uploads} pictures were in sight");
        assert_eq!(result.frames, 12);
        assert!(result.median_ms > 0.0 && result.p99_ms <= result.slowest_ms);
    }
}
