use super::*;
use crate::config::{
    AppSettings, DataConfig, DataSource, DeviceInfo, Manners, RunConfig, RunPlace, Share, StartModel, Tunables,
};
use crate::data::{
    DatasetReport, LeftOut, PhotoFile, PictureEdit, PictureId, Placement, PreparedPicture, PreparedPictures,
    SkippedFile, Square, Verdict,
};
use crate::engine::bundled::generator;
use crate::engine::protocol::command::ResumeOptions;
use crate::engine::protocol::comparison::{ComparedRun, Difference, RunComparison};
use crate::engine::protocol::event::{
    BestCheckpoint, Cause, Change, DataPhase, DataProgress, Finding, FindingKind, Level, Progress, RunEnd, RunInfo,
    RunState, RunSummary, Severity, StepMetrics, Suggestion, TunablesChange,
};
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::speed::StepSpeed;
use crate::engine::protocol::start_info::StartInfo;
use crate::finder::PixelPoint;
use crate::pixels::Frame;
use crate::train::AboutRun;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// A name that is no text, where there can be one.
fn odd_path() -> PathBuf {
    #[cfg(unix)]
    let name = <OsString as std::os::unix::ffi::OsStringExt>::from_vec(b"/cats/\xff\xfe.png".to_vec());
    #[cfg(windows)]
    let name = <OsString as std::os::windows::ffi::OsStringExt>::from_wide(&[0x63, 0xD800]);
    PathBuf::from(name)
}

fn frame(side: u32) -> Frame {
    let data = (0..side * side * 3).map(|n| (n * 7) as u8).collect();
    Frame { width: side, height: side, data }
}

/// The settings of a run that starts from a model.
fn config() -> RunConfig {
    let start = StartModel { source: odd_path(), name: "cats".into(), ..StartModel::default() };
    let data =
        DataConfig { source: DataSource::Folder(odd_path()), exclude: Some(odd_path()), ..DataConfig::default() };
    RunConfig { start: Some(start), data, ..RunConfig::default() }
}

fn report() -> DatasetReport {
    let photo = |path| PhotoFile { path, content: "00ff".into(), width: 9, height: 8, corrected: true };
    let square = Square { middle: PixelPoint { x: 1.5, y: 2.0 }, side: 4.0, angle: 0.1 };
    let mut left_out = PreparedPicture::new(1, square, Placement::Finder);
    left_out.left_out = Some(LeftOut::Small);
    let pictures = vec![PreparedPicture::new(0, square, Placement::Hand), left_out];
    let pixels = [frame(2).data, vec![9; 12]].concat();
    let prepared = PreparedPictures::in_memory(vec![photo(odd_path()), photo("b.png".into())], pictures, 2, pixels);
    DatasetReport {
        name: "cats".into(),
        folder: Some(odd_path()),
        skipped: vec![SkippedFile { path: odd_path(), reason: "empty".into() }],
        smallest: Some((1, 2)),
        thumbnails: vec![Arc::new(frame(3))],
        pictures: Some(Arc::new(prepared)),
        ..DatasetReport::default()
    }
}

fn metrics() -> StepMetrics {
    let numbers = r#"{"step":7,"epoch":0.5,"loss_d":1.5,"loss_g":0.25,"d_real":0.5,"d_fake":0.5,"lr_g":2e-4,"lr_d":1e-4,
        "revision":1,"seconds":2.0}"#;
    let read: StepMetrics = serde_json::from_str(numbers).unwrap();
    StepMetrics { loss_g: f32::NAN, d_fake: f32::INFINITY, ..read }
}

fn comparison() -> RunComparison {
    let run = ComparedRun {
        path: odd_path(),
        name: "Mieze".into(),
        step: 9,
        losses: vec![(1, 0.5, 1.5)],
        kids: vec![(5, 45.25)],
        sheet_step: 9,
        count: 1,
        side: 3,
        sheet: Some(Arc::new(frame(7))),
    };
    let differences = vec![Difference { label: "Seed".into(), values: vec!["1".into(), "2".into()] }];
    let runs = vec![run.clone(), ComparedRun { sheet: None, ..run }];
    RunComparison { runs, differences, other_latents: "seed".into() }
}

const QUALITY: &str = r#"{"step":2,"seconds":2.5,"pictures":500,"side":64,"swd":9.5,"swd_levels":[[32,9.5]],
    "colour":1.5,"kid":45.25,"kid_error":2.0,"density":0.5,"coverage":0.25,"precision":0.5,"recall":0.5,
    "diversity":0.75,"floor":{"swd":9.5,"swd_levels":[[32,9.5]],"colour":1.5,"kid":45.25,"kid_error":2.0,
    "density":0.5,"coverage":0.25,"precision":0.5,"recall":0.5,"diversity":0.75},"floor_from":"halves",
    "floor_pictures":250,"notes":["Few."]}"#;

fn events() -> Vec<Event> {
    let text = || "Grüße".to_owned();
    let info = RunInfo {
        path: odd_path(),
        config: config(),
        device: DeviceInfo::processor(),
        pictures: 10,
        held_out: 2,
        unwatched: vec![FindingKind::Copying],
        steps_per_epoch: 3,
        generator_parameters: 4,
        discriminator_parameters: 5,
        first_step: 6,
    };
    let about = AboutRun { name: text(), notes: text() };
    let summary = |thumbnail| {
        let about = about.clone();
        RunSummary {
            path: odd_path(),
            preset: text(),
            source: text(),
            step: 1,
            saved_at: 2,
            training: true,
            about,
            thumbnail,
        }
    };
    let change = Change { key: "lr-g", label: "Generator learning rate", from: 1e-4, to: 5e-5 };
    let finding = |suggestion| Finding {
        kind: FindingKind::Collapse,
        severity: Severity::Alarm,
        since_step: 3,
        text: text(),
        suggestion,
    };
    let start = StartInfo { start: config().start.unwrap(), model: config().model, discriminator: true };
    let tunables = Tunables { lr_g: 3e-5, ..Tunables::default() };
    vec![
        Event::Devices(vec![DeviceInfo::processor()]),
        Event::Settings(AppSettings {
            recent_folders: vec![odd_path()],
            runs_folder: Some(odd_path()),
            ..AppSettings::default()
        }),
        Event::Runs(vec![summary(None), summary(Some(Arc::new(frame(4))))]),
        Event::DataProgress(DataProgress { phase: DataPhase::Looking, done: 1, total: 2 }),
        Event::DataReady(Arc::new(report())),
        Event::DataFailed(text()),
        Event::Compared(Ok(Box::new(comparison()))),
        Event::Compared(Err(text())),
        Event::Photo { path: odd_path(), frame: Arc::new(frame(5)), size: (50, 60) },
        Event::PhotoFailed { path: odd_path(), reason: text() },
        Event::ModelInspected { source: odd_path(), found: Ok(Box::new(start)) },
        Event::ModelInspected { source: "x".into(), found: Err(text()) },
        Event::Speed { config: Box::new(config()), found: Ok(StepSpeed { step: 0.5, first_step: 1.5 }) },
        Event::Speed { config: Box::new(config()), found: Err(text()) },
        Event::State(RunState::Stopping),
        Event::State(RunState::OnBattery),
        Event::Watched(true),
        Event::Preparing(text()),
        Event::RunStarted(Arc::new(info)),
        Event::Metrics(vec![metrics(), metrics()]),
        Event::Progress(Progress {
            step: 1,
            epoch: 0.5,
            steps_per_second: 2.0,
            images_per_second: 4.0,
            eta_seconds: None,
            last_step: Some(9),
        }),
        Event::TunablesApplied(TunablesChange { step: 1, revision: 2, text: text(), tunables, rolled_back: true }),
        Event::Findings(vec![
            finding(Suggestion::Set(vec![change])),
            finding(Suggestion::RollBack { step: 5, lower: 0.5 }),
            finding(Suggestion::Advice(text())),
        ]),
        Event::Measuring(Some(4)),
        Event::NotMeasured(text()),
        Event::Quality(Arc::new(serde_json::from_str(QUALITY).unwrap())),
        Event::Best(Some(BestCheckpoint { step: 2, kid: 1.5 })),
        Event::Sample { step: 1, fresh: true, frame: Arc::new(frame(6)), tiles: 4, side: 3 },
        Event::SampleSteps(vec![1, 2]),
        Event::SamplesGone(vec![3]),
        Event::Saved { step: 3, path: odd_path() },
        Event::Notice { level: Level::Good, text: text() },
        Event::RunEnded(RunEnd::Failed { cause: Cause::OtherPictures, text: text() }),
        Event::RunEnded(RunEnd::Finished { step: u64::MAX }),
        Event::Restarted { text: text(), resuming: true },
        Event::WorkerDied(text()),
    ]
}

#[test]
fn every_event_arrives_as_it_was_sent() {
    let sent = events();
    let (came, _) = answers_from_bytes(&answers_to_bytes(sent.clone(), None).unwrap()).unwrap();
    assert_eq!(sent.len(), came.len());
    for (sent, came) in sent.iter().zip(&came) {
        assert_eq!(format!("{sent:?}"), format!("{came:?}"));
    }
    let pictures = |events: &[Event]| match &events[4] {
        Event::DataReady(report) => {
            let pictures = report.pictures.clone().unwrap();
            (report.thumbnails.clone(), pictures.pictures.clone(), [0, 1].map(|n| pictures.pixels(n).to_vec()))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(pictures(&sent), pictures(&came), "pixels, too");
    let explored = Event::Explore(ExploreEvent::Cancelled);
    assert!(matches!(answers_to_bytes(vec![explored], None), Err(WireError::Unwritable(_))), "it has its own thread");
}

#[test]
fn every_request_arrives_as_it_was_sent() {
    let id = PictureId { photo: "00ff".into(), at: PixelPoint { x: 0.25, y: 0.5 } };
    let options = ResumeOptions {
        max_steps: Some(3),
        pictures: Some(odd_path()),
        exclude: Some(odd_path()),
        ..ResumeOptions::default()
    };
    let sent = vec![
        Command::ListDevices,
        Command::LoadSettings,
        Command::SaveSettings(AppSettings { recent_runs: vec![odd_path()], ..AppSettings::default() }),
        Command::ListRuns,
        Command::DescribeRun { run: odd_path(), about: AboutRun { name: "Mieze".into(), notes: "two\nlines".into() } },
        Command::WriteStory { run: odd_path(), out: odd_path() },
        Command::CompareRuns(vec![odd_path(), odd_path()]),
        Command::BinRun(odd_path()),
        Command::ScanData { data: config().data, size: 64 },
        Command::CancelScan,
        Command::EditPictures(PictureEdit::Verdicts(vec![(id, Some(Verdict::LeaveOut))])),
        Command::OpenPhoto { path: odd_path(), longest: 100 },
        Command::WriteLandmarks { folder: odd_path() },
        Command::InspectModel(odd_path()),
        Command::MeasureSpeed(Box::new(config())),
        Command::CancelSpeed,
        Command::Start { config: Box::new(config()), out: Some(odd_path()) },
        Command::Resume { run: odd_path(), options },
        Command::Pause,
        Command::Continue,
        Command::SetTunables(Tunables::default()),
        Command::SetManners(Manners { share: Share::Polite, pause_on_battery: true, keep_awake: false }),
        Command::Rollback { step: 4, learning_rate_factor: 0.5 },
        Command::SampleNow,
        Command::SaveNow,
        Command::Stop,
        Command::Watch(RunPlace::Here(odd_path())),
        Command::Watch(RunPlace::There("ssh://anna@box".parse().unwrap(), "/runs/cats".into())),
        Command::Unwatch,
        Command::ShareWeights(true),
        Command::LoadSample { step: 5 },
        Command::Shutdown,
    ];
    let came = requests_from_bytes(&requests_to_bytes(&sent).unwrap()).unwrap();
    assert_eq!(format!("{sent:?}"), format!("{came:?}"));
}

#[test]
fn another_version_and_another_program_are_told_apart() {
    let good = requests_to_bytes(&[Command::Pause]).unwrap();
    let failure = |bytes: &[u8]| requests_from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(failure(b"Welcome to this machine!"), "what answers is not the engine of Purrtrait");
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let at = good.windows(version.len()).position(|part| part == version).unwrap();
    let mut other = good.clone();
    other[at] = b'9';
    let text = failure(&other);
    assert!(text.contains("the engine is Purrtrait 9") && text.contains("must be the same version"), "{text}");
    assert!(failure(&good[..good.len() - 1]).contains("broke"), "cut off");
}

#[test]
fn a_length_that_nobody_sends_is_refused() {
    let mut pipe = requests_to_bytes(&[]).unwrap();
    pipe.extend((REQUEST + 1).to_le_bytes());
    assert!(matches!(requests_from_bytes(&pipe), Err(WireError::TooLong(_))));
}

#[test]
fn weights_that_fit_no_generator_are_left_out() {
    let mut wrong = generator().unwrap();
    let bytes = answers_to_bytes(Vec::new(), Some(wrong.clone())).unwrap();
    assert_eq!(answers_from_bytes(&bytes).unwrap().1, [wrong.clone()]);
    wrong.tensors[0].values.pop();
    let bytes = answers_to_bytes(Vec::new(), Some(wrong)).unwrap();
    assert!(answers_from_bytes(&bytes).unwrap().1.is_empty());
}
