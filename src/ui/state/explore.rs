//! What the explorer told: the generator that is open, its newest picture, small pictures, searches and films.

use super::map::{MapKind, MapSheet, Node};
use super::sharpener::SharpenerState;
use super::text;
use crate::engine::{
    BlendPreview, CroppedPhoto, DirectionInfo, ExploreModel, ExploreSource, FoundCat, GeneratedPicture, Latent,
    Neighbour, OpenedPhoto, Originality, PutInReport, RequestKind, RunSteps,
};
use crate::pixels::Frame;
use std::path::PathBuf;
use std::sync::Arc;

/// What is being done for a person's cat.
#[derive(Debug, Default)]
pub enum SearchState {
    #[default]
    None,
    /// Its photo is being opened.
    Opening,
    /// It is searched for; how far, once that is known, and the best picture so far.
    Running(Option<Counted>, Option<FoundCat>),
    /// It is put into a copy of the generator; how far, and the picture by now with its error.
    Tuning(Counted, Option<(Arc<Frame>, f64)>),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct CatState {
    /// Its photo, with the square that was proposed.
    pub photo: Option<OpenedPhoto>,
    /// What was searched for.
    pub searched: Option<CroppedPhoto>,
    /// The most similar picture of the open generator.
    pub found: Option<FoundCat>,
    /// Its picture in a generator of its own.
    pub put_in: Option<(Arc<Frame>, PutInReport)>,
}

/// How far a film, a ranking or a comparison is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub done: usize,
    pub total: usize,
}

impl Counted {
    /// Notes how far it is, unless it was cancelled while the message was on its way.
    pub(crate) fn advance(work: &mut Option<Self>, done: usize, total: usize) {
        if let Some(work) = work {
            *work = Self { done, total };
        }
    }
}

/// A training picture near to the one on show.
#[derive(Debug, Clone)]
pub struct Near {
    pub frame: Arc<Frame>,
    pub mirrored: bool,
    /// From 0 to 255.
    pub distance: f32,
    /// What the live settings call it by.
    pub digest: String,
    /// The photo that it was cut from.
    pub photo: Option<PathBuf>,
}

impl From<Neighbour> for Near {
    fn from(near: Neighbour) -> Self {
        let Neighbour { frame, mirrored, distance, digest, photo } = near;
        Self { frame: Arc::new(frame), mirrored, distance, digest, photo }
    }
}

/// The training pictures that are nearest to a picture.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The picture's.
    pub latent: Latent,
    /// Nearest first.
    pub found: Vec<Near>,
    /// Whether the picture is new, and the share that says so.
    pub verdict: Option<(Originality, f32)>,
}

/// What the explorer has reported.
#[derive(Debug, Default)]
pub struct ExploreState {
    pub model: Option<Arc<ExploreModel>>,
    /// Asked for and not yet open.
    pub opening: Option<ExploreSource>,
    /// Why nothing could be opened.
    pub failure: Option<String>,
    /// Training steps behind the weights in use.
    pub step: u64,
    /// Counts the generators and weights so far: pictures of an earlier count are old.
    pub weights: u64,
    /// The picture on show.
    pub drawn: Option<GeneratedPicture>,
    /// The picture that is waited for; all others come too late.
    asked: Option<u64>,
    pub directions: Vec<DirectionInfo>,
    pub map: MapSheet,
    /// What each direction does to the base.
    pub strips: MapSheet,
    /// Those of the open generator were told; they may be none.
    pub directions_known: bool,
    pub search: SearchState,
    pub cat: CatState,
    pub film: Option<Counted>,
    /// Pictures are being exported.
    pub exporting: Option<Counted>,
    /// Favourites could not be saved yet.
    pub favourites_unsaved: bool,
    pub saved: Option<PathBuf>,
    /// The discriminator is ranking pictures.
    pub ranking: Option<Counted>,
    /// What it liked best, best first.
    pub curated: Vec<(Latent, Arc<Frame>)>,
    /// What the newest blend looks like.
    pub blend: Option<Arc<BlendPreview>>,
    /// What the newest comparison with the training pictures found.
    pub compared: Option<Compared>,
    /// They are being looked for; so many training pictures are prepared.
    pub comparing: Option<Counted>,
    /// The network that sharpens the pictures.
    pub sharpener: SharpenerState,
    /// The picture on show, sharpened.
    large: Option<Arc<Frame>>,
}

impl ExploreState {
    /// This generator was asked for.
    pub fn opens(&mut self, source: ExploreSource) {
        self.opening = Some(source);
        self.failure = None;
        self.asked = None;
    }

    /// The picture with this stamp was asked for.
    pub fn asks(&mut self, stamp: u64) {
        self.asked = Some(stamp);
    }

    /// What to ask for so that the map shows these nodes: nodes and stamp.
    pub(crate) fn map_request(&mut self, kind: &MapKind, psi: f64, nodes: &[Node]) -> Option<(u64, Vec<Node>)> {
        self.map.request(kind, psi, self.weights, nodes)
    }

    pub(crate) fn searching(&self) -> bool {
        !matches!(self.search, SearchState::None)
    }

    /// A search, a film, a ranking or a comparison is in progress; one at a time.
    pub(crate) fn working(&self) -> bool {
        self.work().is_some()
    }

    /// What is in progress, in words.
    pub fn work(&self) -> Option<&'static str> {
        let each = [
            (self.film.is_some(), "A film is being written"),
            (self.exporting.is_some(), "Pictures are being exported"),
            (self.searching(), "A search is in progress"),
            (self.ranking.is_some(), "The discriminator is ranking pictures"),
            (self.comparing.is_some(), "The training pictures are being searched"),
            (self.sharpener.training.is_some(), "A network for sharpening is being trained"),
        ];
        each.into_iter().find_map(|(goes_on, words)| goes_on.then_some(words))
    }

    /// No search, film, ranking or comparison is in progress any more.
    pub(crate) fn nothing_under_way(&mut self) {
        self.search = SearchState::None;
        self.film = None;
        self.exporting = None;
        self.ranking = None;
        self.comparing = None;
        self.sharpener.training = None;
    }

    /// Another generator is open.
    pub(crate) fn opened(&mut self, model: Arc<ExploreModel>) {
        self.opening = None;
        self.failure = None;
        self.asked = None;
        self.step = model.step;
        self.weights += 1;
        self.map.clear();
        self.strips.clear();
        self.directions_known = false;
        // A picture of the generator before is none of this one.
        (self.drawn, self.large) = (None, None);
        self.nothing_under_way();
        self.curated.clear();
        // The photo stays: it can be searched for with this one, too.
        self.cat.found = None;
        self.compared = None;
        self.blend = None;
        self.sharpener = SharpenerState::default();
        self.model = Some(model);
    }

    /// The generator has the weights of this step now.
    pub(crate) fn refreshed(&mut self, step: u64) {
        self.step = step;
        self.weights += 1;
    }

    /// A picture is here; shown if it is the one that is waited for.
    pub(crate) fn pictured(&mut self, drawn: GeneratedPicture) {
        if self.asked == Some(drawn.stamp) {
            self.asked = None;
            self.drawn = Some(drawn);
            self.large = None;
        }
    }

    /// The picture with this stamp is sharpened; shown if it is still the one on show.
    pub(crate) fn sharpened(&mut self, stamp: u64, frame: Arc<Frame>) {
        if self.drawn.as_ref().is_some_and(|drawn| drawn.stamp == stamp) {
            self.large = Some(frame);
        }
    }

    /// The picture on show as large as it is known; none while another generator is being opened.
    pub fn shown(&self) -> Option<&Arc<Frame>> {
        if self.opening.is_some() {
            return None;
        }
        self.large.as_ref().or(self.drawn.as_ref().map(|drawn| &drawn.frame))
    }

    /// Whether the open generator comes from a run, whose photos can be learned from.
    pub(crate) fn has_run(&self) -> bool {
        let of_run = |model: &ExploreModel| model.source != ExploreSource::Bundled && model.run_seed.is_some();
        self.model.as_deref().is_some_and(of_run)
    }

    /// The checkpoints of the open run are these now.
    pub(crate) fn set_steps(&mut self, steps: RunSteps) {
        if let Some(model) = &mut self.model {
            Arc::make_mut(model).steps = steps;
        }
    }

    /// The search is so far, unless it was cancelled while the message was on its way.
    pub(crate) fn searched(&mut self, counted: Counted, newer: Option<FoundCat>) {
        if let SearchState::Running(so_far, best) = &mut self.search {
            *so_far = Some(counted);
            *best = newer.or(best.take());
        }
    }

    /// The tuning is so far, unless it was cancelled while the message was on its way.
    pub(crate) fn tuning(&mut self, counted: Counted, newer: Option<(Arc<Frame>, f64)>) {
        if let SearchState::Tuning(so_far, picture) = &mut self.search {
            *so_far = counted;
            *picture = newer.or(picture.take());
        }
    }

    /// The training pictures nearest to this latent are found.
    pub(crate) fn compared(&mut self, latent: Latent, found: Vec<Neighbour>, verdict: Option<(Originality, f32)>) {
        self.comparing = None;
        self.compared = Some(Compared { latent, found: found.into_iter().map(Near::from).collect(), verdict });
    }

    /// A request about this failed: only that ends.
    pub(crate) fn failed(&mut self, about: RequestKind, text: &str) {
        match about {
            RequestKind::Opening => {
                self.opening = None;
                self.failure = Some(text.to_owned());
            }
            RequestKind::Drawing => self.asked = None,
            RequestKind::Job => self.nothing_under_way(),
            RequestKind::Blend => self.blend = None,
            RequestKind::Step | RequestKind::Other => {}
        }
    }

    /// Side of the open generator's pictures, in pixels.
    pub(crate) fn side(&self) -> u32 {
        self.model.as_ref().map_or(64, |model| model.config.size)
    }

    /// Steps and size in a line; none while another generator is being opened.
    pub(crate) fn facts(&self) -> Option<String> {
        let model = self.model.as_ref().filter(|_| self.opening.is_none())?;
        let size = format!("{0} × {0} px", model.config.size);
        Some(if self.step > 0 { format!("{size} · step {}", text::count(self.step)) } else { size })
    }
}
