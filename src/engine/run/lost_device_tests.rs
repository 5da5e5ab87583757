//! A device that is lost while a run trains: said in a sentence, and the run goes on from its checkpoint as if nothing
//! had happened.

use super::worker::{start_with, work};
use crate::compute::{DeviceError, gpu_to_lose, lost};
use crate::config::{DataConfig, DeviceChoice, Preset, RunConfig};
use crate::data::{DataHome, Dataset};
use crate::engine::protocol::command::{Command, ResumeOptions};
use crate::engine::protocol::event::{Cause, Event, RunEnd};
use crate::engine::protocol::handle::{EngineHandle, Waited};
use crate::interrupt::JobControl;
use crate::train::{TrainError, Trainer};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs};

fn tiny() -> RunConfig {
    let mut config = Preset::find("quick-32").unwrap().config();
    (config.batch, config.max_steps, config.held_out, config.device) = (4, 12, 0.0, DeviceChoice::Cpu);
    (config.model.g_width, config.model.d_width, config.sample_count) = (4, 4, 4);
    config.data = DataConfig { demo_count: 20, ..DataConfig::default() };
    (config.tunables.metrics_every, config.tunables.measure_every) = (1, 0.0);
    config.tunables.sample_every = 100;
    config
}

/// Everything that an engine tells until its run has ended. Its device is lost after so many reads, if any.
fn told(command: Command, reads: Option<u32>) -> Vec<Event> {
    let mut engine: EngineHandle = start_with("purrtrait-worker", Arc::new(|| {}), move |ends| {
        reads.into_iter().for_each(lost::after);
        work(ends);
    });
    assert!(engine.send(command));
    let mut events = Vec::new();
    let since = Instant::now();
    while !events.iter().any(|e| matches!(e, Event::RunEnded(_))) {
        assert!(since.elapsed() < Duration::from_secs(120), "{events:#?}");
        match engine.wait(Duration::from_secs(1)) {
            Waited::Event(event) => events.push(*event),
            Waited::Timeout => {}
            Waited::Ended => panic!("the engine ended: {events:#?}"),
        }
    }
    engine.shutdown();
    events
}

fn end(events: &[Event]) -> &RunEnd {
    events.iter().find_map(|e| if let Event::RunEnded(end) = e { Some(end) } else { None }).unwrap()
}

fn weights(run: &Path) -> Vec<u8> {
    fs::read(run.join("checkpoints/step-000000012/weights.safetensors")).unwrap()
}

/// In different steps, and in the last save. What was saved before stays, and the run that goes on from it ends like
/// one that lost nothing.
#[test]
fn a_run_that_lost_its_device_ends_like_one_that_did_not() {
    let folder = tempfile::tempdir().unwrap();
    let start = |name: &str, max_steps: u64| {
        let run = folder.path().join(name);
        let config = RunConfig { max_steps, ..tiny() };
        let events = told(Command::Start { config: Box::new(config), out: Some(run.clone()) }, None);
        assert_eq!(end(&events), &RunEnd::Finished { step: max_steps });
        run
    };
    let whole = start("whole", 12);
    let further = |run: &Path, reads: Option<u32>| {
        let options = ResumeOptions { max_steps: Some(12), ..ResumeOptions::default() };
        told(Command::Resume { run: run.to_path_buf(), options }, reads)
    };
    for reads in [0, 1, 4, 6] {
        let run = start(&format!("loses-it-after-{reads}"), 6);
        let events = further(&run, Some(reads));
        let RunEnd::Failed { cause, text } = end(&events) else { panic!("{reads}: {:?}", end(&events)) };
        assert_eq!(*cause, Cause::Device, "{text}");
        assert!(text.contains("the device stopped working") && text.contains("resume the run"), "{text}");
        assert!(run.join("checkpoints/step-000000006/manifest.json").is_file(), "{reads}");
        assert_eq!(end(&further(&run, None)), &RunEnd::Finished { step: 12 }, "{reads}");
        assert!(weights(&run) == weights(&whole), "after {reads} reads");
    }
}

/// Whether a process of this program takes part in [`a_real_device_that_is_lost_is_told_as_one`].
const CHILD: &str = "engine::run::lost_device_tests::loses_a_real_device";

/// In a process of its own, as a lost device stays lost for a process.
#[test]
fn a_real_device_that_is_lost_is_told_as_one() {
    let mut child = Process::new(env::current_exe().unwrap())
        .args(["--exact", CHILD, "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let since = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if since.elapsed() > Duration::from_secs(300) {
            child.kill().unwrap();
            panic!("a training on a device that is lost hangs");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "{status}");
}

/// The software adapter is taken away in the middle of a training, as a driver's reset does it: the next reading says
/// so, as does every later one, and what was read before goes on elsewhere.
#[test]
#[ignore = "run by a_real_device_that_is_lost_is_told_as_one"]
fn loses_a_real_device() {
    let Some((gpu, lose)) = gpu_to_lose() else {
        println!("SKIPPED: no software adapter");
        return;
    };
    let (config, cache) = (tiny(), tempfile::tempdir().unwrap());
    let home = DataHome::at(cache.path());
    let dataset = Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended()).unwrap();
    let dataset = Arc::new(dataset);
    let mut trainer = Trainer::new(config.clone(), gpu, dataset.clone()).unwrap();
    for _ in 0..3 {
        trainer.step().unwrap();
    }
    assert_eq!(trainer.read_losses().unwrap().len(), 3);
    let saved = trainer.checkpoint(0, 0.0).unwrap();
    lose();
    for _ in 0..2 {
        let step = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            trainer.step()?;
            trainer.read_losses()
        }));
        match step {
            Ok(Err(error @ TrainError::Device(DeviceError::Lost { .. }))) => {
                assert!(error.to_string().lines().count() == 1, "{error}");
                println!("{error}");
            }
            // Which the worker takes for a failed device, too.
            Err(_) => println!("the step panicked"),
            Ok(other) => panic!("{other:?}"),
        }
    }
    let mut elsewhere = Trainer::resume(config, crate::compute::ComputeDevice::cpu(), dataset, &saved).unwrap();
    elsewhere.step().unwrap();
    let read = elsewhere.read_losses().unwrap();
    assert!(read[0].step == 4 && read[0].values.iter().all(|value| value.is_finite()), "{read:?}");
}
