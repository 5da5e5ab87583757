//! The beginning of a run on another machine: its folder here is complete before anything is sent.

use super::keeper::{RemoteRun, Training};
use super::mirror::Mirror;
use super::talk::new_job;
use crate::compute::ComputeDevice;
use crate::config::{Machine, Precision, RunConfig};
use crate::data::{Dataset, PackedSquares, Split};
use crate::engine::protocol::error::EngineError;
use crate::engine::run::held_out;
use crate::engine::squares::without_places;
use crate::engine::start_model::OpenedStart;
use crate::train::{Elsewhere, Kept, RunDir, Trainer};
use std::sync::Arc;

/// Has the run train on a machine, or finds its training there.
///
/// # Errors
/// The run folder cannot be written, or the system refuses a thread.
pub(in super::super) fn start_there(
    machine: Machine,
    dir: RunDir,
    config: RunConfig,
    dataset: Arc<Dataset>,
) -> Result<RemoteRun, EngineError> {
    let before = dir.elsewhere()?.filter(|elsewhere| elsewhere.machine.is_same_place(&machine));
    let job = before.map_or_else(new_job, |elsewhere| elsewhere.job);
    dir.write_elsewhere(&Elsewhere { machine: machine.clone(), job: job.clone() })?;
    let other = |e: std::io::Error| EngineError::Other(format!("the run cannot be sent: {e}"));
    let there =
        RunConfig { device: machine.device(), team: machine.team().cloned(), machine: None, ..without_places(&config) };
    let settings = toml::to_string_pretty(&there).map_err(|e| EngineError::Other(e.to_string()))?;
    let host = machine.host().to_owned();
    Training {
        squares: PackedSquares::new(dataset).map_err(other)?,
        mirror: Mirror::new(dir, config, host),
        settings: settings.into_bytes(),
        machine,
        job,
    }
    .keep()
    .map_err(other)
}

/// Chooses the held-out pictures of a new run, and keeps the beginning of one that starts from a model: as its first
/// checkpoint, which the other machine resumes.
///
/// # Errors
/// The folder cannot be written, or the model does not fit.
pub(in super::super) fn write_beginning(
    dir: &RunDir,
    config: &RunConfig,
    dataset: &Arc<Dataset>,
    start: Option<&OpenedStart>,
) -> Result<(), EngineError> {
    let Some(start) = start else {
        let held = Split::new(dataset.len(), config.held_out).held;
        return Ok(dir.write_held_out(&Split::digests(&held, dataset.digests()).collect::<Vec<_>>())?);
    };
    // Nothing is computed here but copies of the model's numbers.
    let settings = RunConfig { precision: Precision::F32, ..config.clone() };
    let mut trainer = Trainer::start(settings, ComputeDevice::cpu(), dataset.clone(), &start.networks)?;
    held_out::settle(&mut trainer, dir, dataset, config.held_out, None)?;
    dir.save(&trainer.checkpoint(0, 0.0)?, Kept { newest: config.keep, healthy: 0, measured: &[] })?;
    Ok(())
}
