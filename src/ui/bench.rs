//! How long the window takes for one frame while a run trains, without a graphics card: receiving, drawing and
//! turning shapes into triangles, as the window does it.

mod favourites;
mod grid;

use super::App;
use super::action::Screen;
use crate::config::{Preset, RunConfig};
use crate::engine::{
    Command, DatasetReport, DeviceInfo, EngineHandle, Event, Progress, RunInfo, RunState, StepMetrics, TunablesChange,
};
use crate::pixels::{Frame, tile};
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Context, Modifiers, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase, Vec2, ViewportId};
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

pub use favourites::favourites_times;
pub use grid::grid_times;

/// CPU time per frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameBench {
    /// Frames that were measured.
    pub frames: usize,
    /// The very first frame, in milliseconds: fonts are loaded in it.
    pub first_frame_ms: f64,
    /// Half of the frames took less, in milliseconds.
    pub median_ms: f64,
    /// 99 of 100 frames took less, in milliseconds.
    pub p99_ms: f64,
    /// The slowest frame, in milliseconds.
    pub slowest_ms: f64,
}

/// Readings on the plots before the first measured frame.
const HISTORY: u64 = 20_000;
const MARKS: u64 = 12;
/// Frames between two new sample grids.
const GRID_EVERY: usize = 5;

/// Measures `frames` frames of a busy session in a window of 1280 x 720 points: 20,000 readings, twelve marks, new
/// losses and progress in every frame, and a new grid of 36 pictures of 64 x 64 pixels in every fifth.
pub fn frame_times(frames: usize) -> FrameBench {
    let ctx = Context::default();
    let (commands, requests) = bounded(256);
    let (events, inbox) = bounded(1024);
    let mut app = App::new(&ctx, EngineHandle::new(commands, inbox, None));
    let first_frame_ms = frame(&ctx, &mut app, 0);
    let mut script = Script { events, requests, grids: grids(), step: 0 };
    script.begin();
    app.user.screen = Screen::Training;
    for n in 1..=30 {
        frame(&ctx, &mut app, n);
        script.play(n);
    }
    let times = (0..frames.max(1)).map(|n| {
        script.play(n);
        frame(&ctx, &mut app, 31 + n)
    });
    FrameBench::new(first_frame_ms, times.collect())
}

impl FrameBench {
    fn new(first_frame_ms: f64, mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
        Self { frames: times.len(), first_frame_ms, median_ms: at(0.5), p99_ms: at(0.99), slowest_ms: at(1.0) }
    }
}

/// One frame as the window makes it. Returns its CPU time in milliseconds.
fn frame(ctx: &Context, app: &mut App, number: usize) -> f64 {
    // The pointer rests on the plot, so that its readout is part of the work.
    let rest = egui::Event::PointerMoved(Pos2::new(700.0, 330.0));
    frame_with(ctx, app, number, Vec2::new(1280.0, 720.0), vec![rest])
}

/// The same in a window of this size, with what the person does in it.
fn frame_with(ctx: &Context, app: &mut App, number: usize, size: Vec2, events: Vec<egui::Event>) -> f64 {
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
        time: Some(number as f64 / 60.0),
        focused: true,
        events,
        ..RawInput::default()
    };
    if let Some(viewport) = input.viewports.get_mut(&ViewportId::ROOT) {
        viewport.native_pixels_per_point = Some(1.0);
    }
    let began = Instant::now();
    let output = ctx.run_ui(input, |ui| {
        app.logic(ui.ctx());
        app.draw(ui);
    });
    let triangles = ctx.tessellate(output.shapes, output.pixels_per_point);
    std::hint::black_box(&triangles);
    began.elapsed().as_secs_f64() * 1e3
}

/// What a hand does that scrolls in two frames of three, so far at a time, with the pointer there.
fn scrolled(frame: usize, pointer: Pos2, by: f32) -> Vec<egui::Event> {
    let mut input = vec![egui::Event::PointerMoved(pointer)];
    if !frame.is_multiple_of(3) {
        input.push(egui::Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: Vec2::new(0.0, -by),
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
    }
    input
}

/// Plays the engine.
struct Script {
    events: Sender<Event>,
    /// Kept open and emptied, as a worker would.
    requests: Receiver<Command>,
    grids: Vec<Arc<Frame>>,
    step: u64,
}

impl Script {
    fn tell(&self, event: Event) {
        // The window has just emptied the queue; a full one would only make a frame easier.
        let _ = self.events.try_send(event);
    }

    fn begin(&mut self) {
        let config = Preset::find("classic-64").map_or_else(RunConfig::default, Preset::config);
        let device = DeviceInfo {
            id: "gpu:0".into(),
            name: "Graphics card".into(),
            api: "Vulkan".into(),
            kind: "discrete".into(),
            software: false,
            driver: String::new(),
            preferred: true,
            memory: Some(12 << 30),
        };
        self.tell(Event::Settings(Default::default()));
        self.tell(Event::Devices(vec![device.clone()]));
        self.tell(Event::Runs(Vec::new()));
        let report = DatasetReport { name: "cats".into(), size: 64, usable: 4270, files: 4270, ..Default::default() };
        self.tell(Event::DataReady(Arc::new(report)));
        self.tell(Event::State(RunState::Running));
        let tunables = config.tunables.clone();
        self.tell(Event::RunStarted(Arc::new(RunInfo {
            path: "runs/0001-cats".into(),
            config,
            device,
            pictures: 4270,
            held_out: 120,
            unwatched: Vec::new(),
            steps_per_epoch: 66,
            generator_parameters: 3_576_704,
            discriminator_parameters: 2_765_568,
            first_step: 0,
        })));
        self.step = HISTORY;
        self.tell(Event::Metrics((1..=HISTORY).map(metrics).collect()));
        for n in 1..=MARKS {
            let (step, text) = (n * HISTORY / MARKS, "Generator learning rate 2e-4 -> 1e-4".to_owned());
            self.tell(Event::TunablesApplied(TunablesChange {
                step,
                revision: n,
                text,
                tunables: tunables.clone(),
                rolled_back: false,
            }));
        }
    }

    fn play(&mut self, frame: usize) {
        self.requests.try_iter().for_each(drop);
        self.step += 1;
        let step = self.step;
        self.tell(Event::Metrics(vec![metrics(step)]));
        self.tell(Event::Progress(Progress {
            step,
            epoch: step as f64 / 66.0,
            steps_per_second: 60.0,
            images_per_second: 7680.0,
            eta_seconds: None,
            last_step: None,
        }));
        if frame.is_multiple_of(GRID_EVERY) {
            let picture = self.grids[frame / GRID_EVERY % self.grids.len()].clone();
            self.tell(Event::Sample { step, fresh: true, frame: picture, tiles: 36, side: 64 });
        }
    }
}

/// Losses that wander as real ones do.
fn metrics(step: u64) -> StepMetrics {
    let x = step as f32;
    let noise = ((x * 12.9898).sin() * 43_758.547).fract();
    StepMetrics {
        step,
        epoch: step as f64 / 66.0,
        loss_d: 0.8 + 0.2 * (x / 900.0).sin() + 0.2 * noise,
        loss_g: 1.6 + 0.4 * (x / 1300.0).cos() + 0.4 * noise,
        d_real: 0.7 + 0.1 * noise,
        d_fake: 0.3 + 0.1 * noise,
        lr_g: 2e-4,
        lr_d: 2e-4,
        r_t: Some(0.4),
        augmented: None,
        revision: 0,
        seconds: step as f64 / 60.0,
    }
}

/// A few grids to take turns.
fn grids() -> Vec<Arc<Frame>> {
    (0..8u8)
        .map(|n| {
            let tiles: Vec<Frame> = (0..36u8).map(|i| Frame::filled(64, 64, [i * 7, n * 30, 128])).collect();
            Arc::new(tile(&tiles, [0; 3]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchmark_measures_a_running_session() {
        let result = frame_times(20);
        assert_eq!(result.frames, 20);
        assert!(result.median_ms > 0.0 && result.median_ms <= result.p99_ms && result.p99_ms <= result.slowest_ms);
    }
}
