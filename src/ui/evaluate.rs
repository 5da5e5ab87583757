//! Measuring a generator: what the person has filled in, and what can be asked for.

use crate::config::typed_path;
use crate::engine::EvaluateRequest;

/// Sides at which a folder of pictures can be measured.
pub(crate) const SIDES: [u32; 5] = [16, 32, 64, 128, 256];

/// What the dialog asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvaluateAction {
    /// Measure what is filled in.
    Start,
    /// Cancel the evaluation.
    Cancel,
    /// Show what came of the last measurement that ended well.
    LastResults,
}

/// What is filled in.
#[derive(Debug)]
pub struct EvaluateForm {
    /// What to measure: a run, a checkpoint, a model file, a folder of pictures.
    pub source: String,
    /// The real pictures; empty takes those that the run held out.
    pub folder: String,
    /// Inception weights; empty does without.
    pub inception: String,
    /// The pictures of the training; empty takes those of the run.
    pub training: String,
    /// Pictures of each kind; 0 takes what there is, up to 2,000.
    pub count: u32,
    /// Of the generated pictures.
    pub seed: u64,
    /// The newest weights instead of the EMA weights.
    pub raw: bool,
    /// Side at which folders of pictures are measured; none is 64 px.
    pub size: Option<u32>,
    /// Show the form although there are results.
    pub again: bool,
    /// What was filled in without being typed.
    filled: String,
}

impl Default for EvaluateForm {
    fn default() -> Self {
        let [source, folder, inception, training, filled] = Default::default();
        let (count, seed, raw, size, again) = (0, 1, false, None, false);
        Self { source, folder, inception, training, count, seed, raw, size, again, filled }
    }
}

impl EvaluateForm {
    /// What to measure, unless something else was typed.
    pub(crate) fn fill(&mut self, source: String) {
        if self.source.trim().is_empty() || self.source == self.filled {
            self.source.clone_from(&source);
            self.filled = source;
        }
    }

    /// What is filled in, as a request.
    pub(crate) fn request(&self) -> EvaluateRequest {
        let path = |text: &str| (!text.trim().is_empty()).then(|| typed_path(text));
        EvaluateRequest {
            source: typed_path(&self.source),
            folder: path(&self.folder),
            count: (self.count > 0).then_some(self.count),
            seed: self.seed,
            raw: self.raw,
            training: path(&self.training),
            size: self.size,
            data: Vec::new(),
            exclude: None,
            inception: path(&self.inception),
        }
    }
}
