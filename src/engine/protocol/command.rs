//! What a front end can ask of the engine.

use crate::config::{AppSettings, DataConfig, RunConfig, Tunables};
use std::path::PathBuf;

/// One request. Each is answered by events; none is answered by waiting.
#[derive(Debug, Clone)]
pub enum Command {
    /// List the devices: answered by `Event::Devices`.
    ListDevices,
    /// Load the remembered settings and look for runs: answered by `Event::Settings` and `Event::Runs`.
    LoadSettings,
    /// Remember these settings.
    SaveSettings(AppSettings),
    /// Look for runs in the runs folder and among the recent ones: answered by `Event::Runs`.
    ListRuns,
    /// Look at the pictures and prepare them at this side in pixels: `Event::DataProgress`, then `Event::DataReady` or
    /// `Event::DataFailed`. A newer request replaces an older one.
    ScanData { data: DataConfig, size: u32 },
    /// Give up the scan that is under way.
    CancelScan,
    /// Begin a new run. `out` is its folder; none means a fresh numbered folder in the runs folder.
    Start { config: Box<RunConfig>, out: Option<PathBuf> },
    /// Go on with the run in this folder from its newest good checkpoint.
    Resume { run: PathBuf, limits: ResumeOptions },
    /// Stop after the step under way, keep everything in memory.
    Pause,
    /// Go on after a pause.
    Continue,
    /// Use these settings from the next step on. The newest one wins.
    SetTunables(Tunables),
    /// X
    Rollback { step: u64, learning_rate_factor: f64 },
    /// Draw the sample grid after the step under way.
    SampleNow,
    /// Save a checkpoint after the step under way.
    SaveNow,
    /// Save a checkpoint and end the run.
    Stop,
    /// Give the explorer the newest averaged weights of the run every few seconds, or stop doing so. Sent by the explorer.
    ShareWeights(bool),
    /// Read the sample grid of this step from the run folder: answered by `Event::Sample`.
    LoadSample { step: u64 },
    /// Save, end the run and the worker thread.
    Shutdown,
}

/// What a resumed run changes of its settings; 0 or none keeps them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResumeOptions {
    pub max_steps: Option<u64>,
    pub max_epochs: Option<u32>,
    pub device: Option<crate::config::DeviceChoice>,
    /// The folder where its pictures are now.
    pub pictures: Option<PathBuf>,
    /// Go on also with pictures that it was not trained on.
    pub other_pictures: bool,
}
