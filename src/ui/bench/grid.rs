//! The grid of prepared pictures, at rest and while it is scrolled.

use super::{FrameBench, frame_with, scrolled};
use crate::engine::{
    Burst, DatasetReport, EngineHandle, Event, LeftOut, PhotoFile, PixelPoint, Placement, PreparedPicture,
    PreparedPictures, Square, Trait,
};
use crate::ui::App;
use crate::ui::action::Screen;
use crossbeam_channel::bounded;
use egui::{Context, Pos2, Vec2};
use std::sync::Arc;

/// Pictures in the grid.
const PICTURES: u32 = 10_000;
/// Their side in pixels.
const SIDE: u32 = 64;
/// A large window, in points.
const WINDOW: Vec2 = Vec2::new(2560.0, 1440.0);
/// How far one frame scrolls, in points: more than a row.
const SCROLL: f32 = 130.0;

/// Measures `frames` frames of a window of 2560 x 1440 points with 10,000 prepared pictures of 64 x 64 pixels, of which
/// most carry words. It is scrolled in two frames of three, so that new rows are uploaded all the time.
pub fn grid_times(frames: usize) -> FrameBench {
    measured(frames).0
}

/// Also counts the pictures that were uploaded.
fn measured(frames: usize) -> (FrameBench, usize) {
    let ctx = Context::default();
    let (commands, _requests) = bounded(256);
    let (events, inbox) = bounded(16);
    let mut app = App::new(&ctx, EngineHandle::new(commands, inbox, None));
    let first_frame_ms = frame_with(&ctx, &mut app, 0, WINDOW, Vec::new());
    let pictures = Some(Arc::new(pictures()));
    let report = DatasetReport { name: "cats".into(), size: SIDE, usable: 9_000, pictures, ..Default::default() };
    let told = [Event::Settings(Default::default()), Event::DataReady(Arc::new(report))];
    told.into_iter().for_each(|event| _ = events.try_send(event));
    app.user.screen = Screen::Setup;
    for n in 1..=30 {
        frame_with(&ctx, &mut app, n, WINDOW, Vec::new());
    }
    let mut times = Vec::with_capacity(frames);
    for n in 0..frames.max(1) {
        let input = scrolled(n, Pos2::new(700.0, 700.0), SCROLL);
        times.push(frame_with(&ctx, &mut app, 31 + n, WINDOW, input));
    }
    (FrameBench::new(first_frame_ms, times), app.uploads())
}

fn pictures() -> PreparedPictures {
    let photos = (0..PICTURES).map(|n| PhotoFile {
        path: format!("/cats/IMG_{n:05}.jpg").into(),
        content: format!("{n:032x}"),
        width: 4000,
        height: 3000,
        corrected: n % 50 == 0,
    });
    let square = Square { middle: PixelPoint { x: 2000.0, y: 1500.0 }, side: 900.0, angle: 0.1 };
    let picture = |n: u32| {
        let mut picture = PreparedPicture::new(n, square, Placement::Finder);
        match n % 6 {
            0 => picture.left_out = Some(LeftOut::NoFace),
            1 => picture.burst = Some(Burst { group: n / 6, size: 7, best: true }),
            2 => picture.traits = vec![Trait::Blurred, Trait::Dark],
            3 => picture.included = true,
            _ => {}
        }
        picture
    };
    let bytes = (SIDE * SIDE * 3) as usize;
    let mut pixels = Vec::with_capacity(bytes * PICTURES as usize);
    for n in 0..PICTURES {
        pixels.resize(pixels.len() + bytes, (n * 37 % 256) as u8);
    }
    PreparedPictures::in_memory(photos.collect(), (0..PICTURES).map(picture).collect(), SIDE, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_measured_while_it_scrolls() {
        let (result, uploads) = measured(12);
        assert!(uploads > 200, "only {uploads} pictures were in sight");
        assert_eq!(result.frames, 12);
        assert!(result.median_ms > 0.0 && result.median_ms <= result.p99_ms && result.p99_ms <= result.slowest_ms);
    }
}
