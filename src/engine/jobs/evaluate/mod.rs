//! Evaluating a generator, or a folder of pictures, against real pictures.

mod discriminator;
mod generated;
mod material;
mod preparer;
mod table;

pub(in crate::engine) use generated::generate_set;
pub(crate) use table::{Row, RowMark};

use crate::config::SettingError;
use crate::engine::jobs::inception::InceptionFile;
use crate::engine::load::model_path;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::evaluate::{EvaluateReport, EvaluateRequest};
use crate::engine::split_pictures::Subset;
use crate::interrupt::JobControl;
use crate::metrics::{FEWEST, Floor, MOST_TRAINING, MetricSettings, PictureSet, QualityReference, RELATIVE_ONLY};
use discriminator::FrozenDiscriminator;
use material::{EvaluationSource, Material, too_few};
use std::time::Instant;

/// Generates pictures on the CPU, or takes those of a folder, and measures them against real pictures.
///
/// # Errors
/// As [`load_generator`](crate::engine::load_generator); a file that is not Inception; a folder without enough
/// pictures; more pictures asked for than there are, or too few; cancelled.
pub fn evaluate(request: &EvaluateRequest, control: JobControl) -> Result<EvaluateReport, EngineError> {
    let started = Instant::now();
    let named = &request.source;
    let request = &EvaluateRequest { source: model_path(named.clone()), ..request.clone() };
    let seed = &request.seed;
    let source = EvaluationSource::open(&request.source, request.raw)?;
    if let (EvaluationSource::Generator(..), Some(_)) = (&source, request.size) {
        return Err(SettingError::new("size", "only for folders of pictures: a generator has its own size").into());
    }
    if let Some(few) = request.count.filter(|n| (*n as usize) < FEWEST) {
        return Err(SettingError::new("count", too_few(few as usize)).into());
    }
    let inception = request.inception.as_deref().map(InceptionFile::open).transpose()?;
    let material = Material::gather(request, &source, control)?;
    let Material { n, .. } = material;
    let fakes = match (&source, &material.made) {
        (EvaluationSource::Generator(model, _), _) => generate_set(model, n, *seed, control)?,
        (EvaluationSource::Pictures, Some(made)) => made.sample(n, *seed)?,
        (EvaluationSource::Pictures, None) => PictureSet::new(material.reals.side()),
    };
    let measuring = Instant::now();
    let training = material.own.pictures.as_ref().map(|pictures| &pictures.training);
    let training_set = training.map(|t| t.training_set(n, *seed, control)).transpose()?;
    let settings = MetricSettings { seed: *seed, ..MetricSettings::default() };
    let reference = QualityReference::new(material.reals.sample(n, *seed)?, training_set, settings, control)?;
    // Fewer, if some of the real pictures were trained on.
    let n = reference.len();
    let fakes = fakes.first(n);
    let mut quality = reference.evaluate(&fakes, control)?;
    if let (EvaluationSource::Generator(_, Some(checkpoint)), Some(training)) = (&source, reference.training()) {
        let judge = FrozenDiscriminator::new(checkpoint, &fakes, control)?;
        quality.r_train = Some(judge.sign(&training.first(n), control)?);
        quality.r_held = (reference.known() == 0).then(|| judge.sign(reference.pictures(), control)).transpose()?;
    }
    let inception = inception.map(|inception| {
        let others = reference.training().filter(|_| quality.floor_from == Floor::Training);
        inception.measure(&fakes, reference.pictures(), others.map(|t| t.first(n)).as_deref(), *seed, control)
    });
    let inception = inception.transpose()?;
    if let Some(all) = training.map(Subset::len).filter(|all| *all > MOST_TRAINING) {
        quality.notes.push(format!("only {MOST_TRAINING} of {all} training pictures were searched for copies"));
    }
    quality.notes.extend(material.own.notes);
    let (model, step) = match &source {
        EvaluationSource::Generator(model, _) => (Some(model.hash()), Some(model.step)),
        EvaluationSource::Pictures => (None, None),
    };
    Ok(EvaluateReport {
        source: named.display().to_string(),
        folder: material.folder,
        model,
        step,
        quality,
        features: RELATIVE_ONLY,
        inception,
        seconds: started.elapsed().as_secs_f64(),
        measuring_seconds: measuring.elapsed().as_secs_f64(),
    })
}
