//! A window, the other ends of its channels, and a worker's lines to say.

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{Modifiers, Theme, Vec2, vec2};
use egui_kittest::{Harness, HarnessBuilder};
use purrtrait::config::{AppSettings, Motion, RunConfig, Tunables};
use purrtrait::engine::{
    AboutRun, Advice, Burst, Command, DatasetReport, DeviceInfo, EngineHandle, Event, ExploreCommand, ExploreEvent,
    FaceReport, FindingKind, LeftOut, PhotoFile, PixelPoint, Placement, PreparedPicture, PreparedPictures, Progress,
    RunInfo, RunState, RunSummary, SkippedFile, Square, StepMetrics, StepSpeed, Trait, TunablesChange,
};
use purrtrait::pixels::{Frame, tile};
use purrtrait::ui::App;
use purrtrait::ui::view::Panel;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The time of day in every test.
pub const NOW: u64 = 1_760_000_000;

/// The harness leaves this much empty around what it draws.
pub const MARGINS: f32 = 16.0;

pub struct Stage {
    pub harness: Harness<'static>,
    pub commands: Receiver<Command>,
    /// Measurements that were asked for.
    measured: Vec<Command>,
    /// None once the worker is dead.
    pub events: Option<Sender<Event>>,
    pub explored: Receiver<ExploreCommand>,
    /// What the explorer was asked for at once.
    pub opened: Vec<ExploreCommand>,
    explorer: Sender<ExploreEvent>,
    app: Rc<RefCell<Option<App>>>,
    used: Rc<Cell<Vec2>>,
    /// Notifications of the system's since the last look.
    pub notified: Rc<RefCell<Vec<String>>>,
}

impl Stage {
    /// The whole window.
    pub fn window(builder: HarnessBuilder, width: f32, height: f32, theme: Theme) -> Self {
        Self::open(builder, [width + MARGINS, height + MARGINS], theme, |app, ui| app.draw(ui))
    }

    /// A usual window for tests of behaviour.
    pub fn usual() -> Self {
        Self::window(Harness::builder(), 1280.0, 720.0, Theme::Dark)
    }

    /// One panel alone, as large as it is in a window of 1280 x 720.
    pub fn panel(panel: &'static Panel, theme: Theme, width: f32) -> Self {
        let size = [width + MARGINS, panel.size[1] + MARGINS];
        Self::open(Harness::builder(), size, theme, move |app, ui| app.draw_panel(ui, panel))
    }

    fn open(
        builder: HarnessBuilder,
        size: [f32; 2],
        theme: Theme,
        draw: impl Fn(&mut App, &mut egui::Ui) + 'static,
    ) -> Self {
        let (command_sender, commands) = bounded(256);
        let (events, inbox) = bounded(1024);
        let (explore_sender, explored) = bounded(256);
        let (explorer, explorer_inbox) = bounded(256);
        let app: Rc<RefCell<Option<App>>> = Rc::default();
        let used: Rc<Cell<Vec2>> = Rc::default();
        let notified: Rc<RefCell<Vec<String>>> = Rc::default();
        let (made, drawn, measured, notifier) = (app.clone(), app.clone(), used.clone(), notified.clone());
        let harness = builder
            .with_size(vec2(size[0], size[1]))
            .with_theme(theme)
            .with_render_cursor(false)
            .with_context_setup(move |ctx| {
                let handle = EngineHandle::new(command_sender, inbox, None);
                let handle = handle.with_explorer_channels(explore_sender, explorer_inbox);
                let mut app = App::new(ctx, handle);
                app.fixed_time = Some(NOW);
                app.notify_by(move |text| notifier.borrow_mut().push(text.to_owned()));
                *made.borrow_mut() = Some(app);
            })
            .build_ui(move |ui| {
                let mut app = drawn.borrow_mut();
                let app = app.as_mut().expect("the window is made before its first frame");
                app.logic(ui.ctx());
                draw(app, ui);
                measured.set(ui.min_rect().size());
            });
        let mut stage = Self {
            harness,
            commands,
            measured: Vec::new(),
            opened: Vec::new(),
            events: Some(events),
            explored,
            explorer,
            app,
            used,
            notified,
        };
        let theme = if theme == Theme::Dark { purrtrait::config::Theme::Dark } else { purrtrait::config::Theme::Light };
        // Nothing moves by itself, and all settings are on show: most tests are not about either.
        let settings = AppSettings { theme, motion: Motion::Reduced, all_settings: true, ..AppSettings::default() };
        stage.tell(Event::Settings(settings));
        stage.tell(Event::Devices(devices()));
        stage.opened = stage.explored.try_iter().collect();
        stage
    }

    /// The worker says something, and the window draws it.
    pub fn tell(&mut self, event: Event) {
        self.events.as_ref().expect("a dead worker says nothing").send(event).expect("the window listens");
        self.harness.run_steps(2);
    }

    /// The explorer says something, and the window draws it.
    pub fn explorer_tells(&mut self, event: ExploreEvent) {
        self.explorer.send(event).expect("the window listens");
        self.harness.run_steps(2);
    }

    /// The worker is gone without a word.
    pub fn kill_worker(&mut self) {
        self.events = None;
        self.harness.run_steps(2);
    }

    pub fn with_app<R>(&self, f: impl FnOnce(&mut App) -> R) -> R {
        f(self.app.borrow_mut().as_mut().expect("the window exists"))
    }

    /// The room that was taken in the last frame.
    pub fn used(&self) -> Vec2 {
        self.used.get()
    }

    /// What the window asked for since the last look, but for measurements that it makes by the way.
    pub fn asked(&mut self) -> Vec<Command> {
        self.harness.run_steps(2);
        let by_the_way = |c: &Command| matches!(c, Command::MeasureSpeed(_) | Command::CancelSpeed);
        let (measured, asked) = self.commands.try_iter().partition(by_the_way);
        self.measured.extend::<Vec<Command>>(measured);
        asked
    }

    /// The recipe whose speed is wanted, once the recipe has rested.
    pub fn to_measure(&mut self) -> Option<RunConfig> {
        self.harness.run_steps(6);
        self.asked();
        match std::mem::take(&mut self.measured).pop() {
            Some(Command::MeasureSpeed(config)) => Some(*config),
            _ => None,
        }
    }

    /// Measures what is wanted: a step of each recipe takes so many seconds.
    pub fn measure(&mut self, seconds: impl Fn(&RunConfig) -> f64) {
        while let Some(config) = self.to_measure() {
            let speed = StepSpeed { step: seconds(&config), first_step: 1.0 };
            self.tell(Event::Speed { config: Box::new(config), found: Ok(speed) });
        }
    }

    pub fn key(&mut self, modifiers: Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(3);
    }

    /// Presses the button with this name.
    pub fn press(&mut self, name: &str) {
        use egui_kittest::kittest::Queryable;
        // Not by the pointer, whose position would be another in an enlarged window.
        self.harness.get_by_role_and_label(egui::accesskit::Role::Button, name).click_accesskit();
        self.harness.run_steps(3);
    }

    /// Whether some text on the screen contains this.
    pub fn shows(&self, text: &str) -> bool {
        use egui_kittest::kittest::Queryable;
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    /// Takes the demo cats and lets the worker prepare them.
    pub fn with_pictures(&mut self, report: DatasetReport) {
        self.press("Try drawn cats");
        self.tell(Event::DataReady(Arc::new(report)));
    }

    /// A run in full swing, with a past of `steps` steps.
    pub fn with_run(&mut self, steps: u64) {
        self.with_run_of(RunConfig::default(), Vec::new(), steps);
    }

    /// The same with these settings, where this is not watched.
    pub fn with_run_of(&mut self, config: RunConfig, unwatched: Vec<FindingKind>, steps: u64) {
        self.tell(Event::RunStarted(Arc::new(RunInfo { unwatched, ..info(config) })));
        self.tell(Event::State(RunState::Running));
        self.tell(Event::Metrics((1..=steps).map(metrics).collect()));
        self.tell(progress(steps, Some(steps * 2)));
    }
}

/// The facts of a run with these settings.
pub fn info(config: RunConfig) -> RunInfo {
    RunInfo {
        path: "runs/0007-cats".into(),
        config,
        device: devices()[0].clone(),
        pictures: 4270,
        held_out: 120,
        unwatched: Vec::new(),
        steps_per_epoch: 66,
        generator_parameters: 3_576_704,
        discriminator_parameters: 2_765_568,
        first_step: 0,
    }
}

pub fn devices() -> Vec<DeviceInfo> {
    let device = |id: &str, name: &str, api: &str, kind: &str, software: bool| DeviceInfo {
        id: id.into(),
        name: name.into(),
        api: api.into(),
        kind: kind.into(),
        software,
        driver: String::new(),
        preferred: id == "cpu",
        memory: None,
    };
    vec![
        device("cpu", "A quick processor", "CPU", "cpu", false),
        device("gpu:0", "A painted graphics card", "Vulkan", "software", true),
    ]
}

/// A picture that a PNG holds in few bytes.
pub fn cat(i: u32, side: u32) -> Frame {
    let mut frame = Frame::filled(side, side, [90 + (i * 37 % 120) as u8, 120, 200 - (i * 53 % 120) as u8]);
    let fur = [220, 120 + (i * 29 % 90) as u8, 60];
    for y in 0..side {
        for x in 0..side {
            let (u, v) = (x as f32 / side as f32 - 0.5, y as f32 / side as f32 - 0.58);
            let head = (u / 0.34).powi(2) + (v / 0.30).powi(2) < 1.0;
            let ear = v < 0.0 && v > -0.42 && (u.abs() - 0.23).abs() < (v + 0.42) * 0.4;
            let eye = (u.abs() - 0.13).powi(2) + (v + 0.05).powi(2) < 0.003;
            let at = ((y * side + x) * 3) as usize;
            if eye {
                frame.data[at..at + 3].copy_from_slice(&[20, 30, 20]);
            } else if head || ear {
                frame.data[at..at + 3].copy_from_slice(&fur);
            }
        }
    }
    frame
}

pub fn sample(step: u64, fresh: bool) -> Event {
    let tiles: Vec<Frame> = (0..36).map(|i| cat(i + step as u32, 32)).collect();
    Event::Sample { step, fresh, frame: Arc::new(tile(&tiles, [24; 3])), tiles: 36, side: 32 }
}

pub fn report() -> DatasetReport {
    let skipped = |i: usize, reason: &str| SkippedFile {
        path: format!("/pictures/cats/2019/IMG_{i:04} a rather long name from a phone camera.jpg").into(),
        reason: reason.into(),
    };
    DatasetReport {
        name: "demo cats".into(),
        folder: Some("/pictures/cats".into()),
        size: 32,
        usable: 4270,
        files: 4283,
        skipped: vec![skipped(12, "The file is truncated."), skipped(31, "The file is empty.")],
        notes: vec![("grey".into(), 123), ("turned by EXIF".into(), 312)],
        smallest: Some((120, 98)),
        largest: Some((6000, 4000)),
        seconds: 3.4,
        pictures: Some(Arc::new(pictures(48))),
        faces: Some(FaceReport {
            on: true,
            faces: 44,
            without: 4,
            text: "44 photos show whole cats and were cut to their faces; 4 without a face are left out.".into(),
        }),
        advice: vec![Advice {
            good: true,
            text: "44 of 48 photos show a face well, and are cropped to it.".into(),
            remedies: Vec::new(),
        }],
        ..DatasetReport::default()
    }
}

/// Prepared pictures of which some are left out and some have properties, in a fixed pattern.
pub fn pictures(count: u32) -> PreparedPictures {
    let photo = |i| PhotoFile {
        path: format!("/pictures/cats/IMG_{i:04}.jpg").into(),
        content: format!("{i:032x}"),
        width: 400,
        height: 300,
        corrected: i % 24 == 5,
    };
    let picture = |i: u32| {
        let middle = PixelPoint { x: 180.0 + f64::from(i % 7), y: 150.0 };
        let square = Square { middle, side: 200.0, angle: 0.1 };
        let mut picture = PreparedPicture::new(i, square, Placement::Finder);
        picture.eyes = Some([PixelPoint { x: 150.0, y: 130.0 }, PixelPoint { x: 210.0, y: 136.0 }]);
        match i % 12 {
            2 => (picture.left_out, picture.placement) = (Some(LeftOut::NoFace), Placement::Crop),
            4 => picture.left_out = Some(LeftOut::ByYou),
            7 => picture.burst = Some(Burst { group: i / 12, size: 2, best: true }),
            8 => {
                picture.burst = Some(Burst { group: i / 12, size: 2, best: false });
                picture.left_out = Some(LeftOut::Burst);
            }
            9 => picture.traits = vec![Trait::Blurred, Trait::Dark],
            10 => picture.included = true,
            _ => {}
        }
        picture
    };
    let pixels = (0..count).flat_map(|i| cat(i, 32).data).collect();
    PreparedPictures::in_memory((0..count).map(photo).collect(), (0..count).map(picture).collect(), 32, pixels)
}

pub fn runs() -> Vec<RunSummary> {
    let run = |path: &str, step, age, thumbnail| RunSummary {
        path: path.into(),
        preset: "classic-64".into(),
        source: "cats".into(),
        step,
        saved_at: NOW - age,
        training: false,
        about: AboutRun::default(),
        thumbnail,
    };
    let picture = Arc::new(tile(&(0..9).map(|i| cat(i, 16)).collect::<Vec<_>>(), [24; 3]));
    vec![
        run("/runs/0007-cats", 12_345, 300, Some(picture)),
        run("/runs/0006-a very long folder name with all of my cats since 2009 and some dogs", 800, 90_000, None),
    ]
}

pub fn metrics(step: u64) -> StepMetrics {
    let x = step as f32;
    StepMetrics {
        step,
        epoch: step as f64 / 66.0,
        loss_d: 0.9 + 0.3 * (x / 90.0).sin(),
        loss_g: 1.7 - 0.5 * (x / 140.0).cos(),
        d_real: 0.7 + 0.1 * (x / 50.0).sin(),
        d_fake: 0.3 - 0.1 * (x / 50.0).sin(),
        lr_g: 2e-4,
        lr_d: 2e-4,
        r_t: Some(0.4),
        augmented: None,
        revision: 0,
        seconds: step as f64 / 20.0,
    }
}

pub fn progress(step: u64, last_step: Option<u64>) -> Event {
    Event::Progress(Progress {
        step,
        epoch: step as f64 / 66.0,
        steps_per_second: 19.7,
        images_per_second: 1260.0,
        eta_seconds: last_step.map(|last| (last - step) as f64 / 19.7),
        last_step,
    })
}

pub fn mark(step: u64, tunables: Tunables) -> Event {
    let text = "Generator learning rate 2e-4 -> 1e-4".into();
    Event::TunablesApplied(TunablesChange { step, revision: 1, text, tunables, rolled_back: false })
}
