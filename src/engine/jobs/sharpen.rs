//! Training the network that sharpens a run's pictures.

use crate::compute::work_along;
use crate::config::{DataConfig, RunConfig};
use crate::data::{DataHome, Dataset, Original, SkippedFile, originals};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::sharpen::{SharpenReport, SharpenRequest};
use crate::engine::run_pictures;
use crate::interrupt::JobControl;
use crate::pixels::Frame;
use crate::printable::hex;
use crate::sharpen::{LARGEST, Pair, Pairs, Plan, SharpenCard, SharpenError, SharpenSettings, Trained, train};
use crate::train::RunDir;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Instant;

/// Trains the network on the photos of a run, measures it, and writes it into the run folder, where it replaces an
/// older one.
///
/// # Errors
/// No run; its pictures are gone or too small; a device that fails; the folder cannot be written; cancelled, which
/// leaves an older network as it is.
pub fn sharpen(request: &SharpenRequest, control: JobControl) -> Result<SharpenReport, EngineError> {
    let (dir, config) = RunDir::inspect(&request.run)?;
    sharpen_run(&dir, &config, &AppDirs::find().pictures()?, request, control)
}

/// The same for a run that is open already.
///
/// # Errors
/// As [`sharpen`].
pub(crate) fn sharpen_run(
    dir: &RunDir,
    config: &RunConfig,
    home: &DataHome,
    request: &SharpenRequest,
    control: JobControl,
) -> Result<SharpenReport, EngineError> {
    let started = Instant::now();
    let source = run_pictures::source_of(dir.root(), &config.data.source);
    let data = DataConfig { source, ..config.data.clone() };
    let size = config.model.size;
    let dataset = Dataset::prepare(&data, size, home, control)?;
    let split = run_pictures::split(dir.read_held_out()?.as_deref(), &dataset, config.held_out);
    let held: Vec<usize> = split.held.iter().map(|i| *i as usize).collect();
    let plan = Plan::new(&dataset.sides_in_photos(&data), &held, size)
        .map_err(|e| EngineError::Data(format!("{}: {e}", dir.root().display())))?;
    let (pairs, skipped) = open_pairs(&dataset, &data, &plan, control)?;
    if pairs.training.is_empty() {
        let reason = skipped.first().map_or_else(String::new, |file| format!(": {}", file.reason));
        let text = format!("none of its photos can be opened any more{reason}; run the training of the network again");
        return Err(EngineError::Data(format!("{}: {text}", dir.root().display())));
    }
    let device = crate::engine::device::open(request.device)?;
    work_along();
    let card = SharpenCard::new(plan.factor, size, settings_id(&data, request));
    let settings = SharpenSettings { limit: request.limit, seed: request.seed };
    let Trained { saved, seconds: training_seconds } = train(&pairs, settings, card, device.device(), control)?;
    dir.write_sharpener(&saved.to_bytes()?)?;
    let to = size * plan.factor;
    Ok(SharpenReport {
        file: dir.sharpener(),
        from: size,
        to,
        pictures: saved.card.pictures,
        full: pairs.training.iter().filter(|pair| pair.high.width == to).count() as u32,
        skipped,
        steps: saved.card.steps,
        parameters: saved.parameters(),
        measures: saved.card.measures,
        better: saved.is_better(),
        network: saved.hash(),
        device: device.info,
        training_seconds,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// The pictures of a plan beside what their photos have.
fn open_pairs(
    dataset: &Dataset,
    data: &DataConfig,
    plan: &Plan,
    control: JobControl,
) -> Result<(Pairs, Vec<SkippedFile>), EngineError> {
    let mut wanted = [&plan.training[..], &plan.held].concat();
    wanted.sort_unstable();
    let (found, skipped) = originals(dataset, data, &wanted, control)?;
    let mut found: HashMap<usize, Frame> = found.into_iter().map(|Original { index, frame }| (index, frame)).collect();
    let side = dataset.side();
    let mut pair = |&(index, _): &(usize, u32)| {
        let low = Frame { width: side, height: side, data: dataset.picture(index).to_vec() };
        found.remove(&index).map(|high| Pair { low, high })
    };
    let training = plan.training.iter().filter_map(&mut pair).collect();
    let held = plan.held.iter().filter_map(pair).collect();
    Ok((Pairs { factor: plan.factor, training, held }, skipped))
}

/// Names the settings that a network depends on besides the pictures themselves.
fn settings_id(data: &DataConfig, request: &SharpenRequest) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    let text = format!("{data} {:?} {} {LARGEST}", request.limit, request.seed);
    hex(&Sha256::digest(text)[..8])
}

impl From<SharpenError> for EngineError {
    fn from(e: SharpenError) -> Self {
        match e {
            SharpenError::Cancelled => Self::Cancelled,
            SharpenError::Device(e) => e.into(),
            SharpenError::Diverged(_) => Self::Diverged(e.to_string()),
        }
    }
}
