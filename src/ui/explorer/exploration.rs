//! Where the person is in latent space, and how they got there.

use super::action::Gesture;
use super::alive::Alive;
use super::animation::Animation;
use super::blending::BlendForm;
use super::cat_form::CatForm;
use super::favourites::Favourites;
use super::history::{ExplorePoint, History};
use super::output::{FilmForm, SaveForm, SharpenChoice, own_file, own_model};
use super::pads::{Directions, PadMode, PlanePad};
use super::requests::{Requests, Want};
use crate::engine::{ExploreCommand, ExploreModel, Latent, LatentSpec, RequestKind};
use crate::ui::curation::Selection;
use std::hash::{BuildHasher, Hasher};

/// Truncation reaches from 0 to this; 1 changes nothing.
pub(crate) const PSI: f64 = 1.5;

/// A change of the checkpoint whose weights are used.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum StepWish {
    /// No change.
    #[default]
    None,
    /// The newest weights.
    Newest,
    /// The checkpoint of this step.
    Step(u64),
}

impl StepWish {
    /// A checkpoint, or the newest weights for none.
    pub(crate) fn to(step: Option<u64>) -> Self {
        step.map_or(Self::Newest, Self::Step)
    }

    /// The checkpoint to ask for, if there is a change; none within is the newest weights.
    pub(crate) fn command(self) -> Option<ExploreCommand> {
        match self {
            Self::None => None,
            Self::Newest => Some(ExploreCommand::AtStep(None)),
            Self::Step(step) => Some(ExploreCommand::AtStep(Some(step))),
        }
    }
}

/// What the person is doing with the generator that is open.
#[derive(Debug)]
pub struct Exploration {
    /// A generator was asked for; the first look at the screen asks for the bundled one.
    pub started: bool,
    /// How the pad works.
    pub mode: PadMode,
    /// Truncation, from 0 to 1.5; 1 changes nothing.
    pub psi: f64,
    /// Enlarge smoothly instead of showing the pixels.
    pub smooth: bool,
    /// The pad as a plane.
    pub plane: PlanePad,
    /// The pad along directions.
    pub directions: Directions,
    /// The points that are kept, and the pad between them.
    pub favourites: Favourites,
    /// Those of "Best of 1,000" that are selected.
    pub(crate) best_chosen: Selection,
    /// The typed folder for exported pictures.
    pub export_folder: String,
    /// How far Mutate goes, from 0 to 1.
    pub strength: f64,
    /// Moving by itself.
    pub animation: Animation,
    /// Moving slowly on the start screen.
    pub(crate) alive: Alive,
    /// The points that were on show.
    pub history: History,
    /// The point on show.
    pub current: Option<ExplorePoint>,
    /// The picture that is wanted.
    pub requests: Requests,
    /// Where to go once the generator is open.
    pub goal: Option<LatentSpec>,
    /// The checkpoint whose weights are used; none is the newest.
    pub at_step: Option<u64>,
    /// A change of the checkpoint that waits for the answer to the one before.
    pub step_wish: StepWish,
    /// The answer to the change before is on its way.
    pub step_asked: bool,
    /// How pictures are saved.
    pub save: SaveForm,
    /// The film to make.
    pub film: FilmForm,
    /// The blend with another generator.
    pub blend: BlendForm,
    /// How long a sharpening network is trained, in minutes.
    pub sharpen_minutes: f64,
    /// File of the exported generator.
    pub export_text: String,
    /// The discriminator is exported too, where the format has it.
    pub export_discriminator: bool,
    /// The typed path of a generator.
    pub model_text: String,
    /// The typed path of a picture to search for.
    pub photo_text: String,
    /// Its square, and the model that it is put into.
    pub cat: CatForm,
    gestures: u64,
    last_gesture: Option<(&'static str, f64)>,
    dice: u64,
}

impl Default for Exploration {
    fn default() -> Self {
        Self {
            started: false,
            mode: PadMode::Plane,
            psi: 1.0,
            smooth: true,
            plane: PlanePad::default(),
            directions: Directions::default(),
            favourites: Favourites::default(),
            best_chosen: Selection::default(),
            export_folder: own_file("favourites"),
            strength: 0.3,
            animation: Animation::default(),
            alive: Alive::default(),
            history: History::default(),
            current: None,
            requests: Requests::default(),
            goal: None,
            at_step: None,
            step_wish: StepWish::None,
            step_asked: false,
            save: SaveForm::default(),
            film: FilmForm::default(),
            blend: BlendForm::default(),
            sharpen_minutes: 5.0,
            export_text: own_model(),
            export_discriminator: false,
            model_text: String::new(),
            photo_text: String::new(),
            cat: CatForm::default(),
            gestures: 0,
            last_gesture: None,
            // The standard library's hasher is seeded by the system.
            dice: std::collections::hash_map::RandomState::new().build_hasher().finish(),
        }
    }
}

impl Exploration {
    /// The number of the movement that a step belongs to.
    pub(crate) fn gesture(&mut self, gesture: Gesture, now: f64) -> u64 {
        /// Steps of one kind within this many seconds are one movement.
        const ONE: f64 = 0.8;
        let same = match gesture {
            Gesture::Single | Gesture::Begin(_) => false,
            Gesture::Continue(tag) => self.last_gesture.is_some_and(|(last, _)| last == tag),
            Gesture::Timed(tag) => self.last_gesture.is_some_and(|(last, at)| last == tag && now - at < ONE),
        };
        self.gestures += u64::from(!same);
        self.last_gesture = gesture.tag().map(|tag| (tag, now));
        self.gestures
    }

    /// Wants the picture of this point: a step of a movement.
    pub(crate) fn go(&mut self, spec: LatentSpec, gesture: Gesture, now: f64) {
        let gesture = Some(self.gesture(gesture, now));
        self.requests.want(Want { show: spec.clone(), from: spec, psi: self.psi, gesture });
    }

    /// Wants the point on show once more: with another truncation, or with other weights.
    pub(crate) fn again(&mut self, gesture: Option<u64>) {
        if let Some(point) = &self.current {
            let (show, from) = (LatentSpec::Latent(point.latent.clone()), point.spec.clone());
            self.requests.want(Want { show, from, psi: self.psi, gesture });
        }
    }

    /// A request about this failed: it is waited for no longer.
    pub(crate) fn failed(&mut self, about: RequestKind) {
        match about {
            RequestKind::Opening => {
                self.requests.lost();
                self.goal = None;
            }
            RequestKind::Drawing => self.requests.lost(),
            RequestKind::Step => {
                self.step_asked = false;
                // The checkpoint is gone: back to the newest.
                self.step_wish = if self.at_step.take().is_some() { StepWish::Newest } else { StepWish::None };
            }
            RequestKind::Blend => self.blend.answered(),
            RequestKind::Job | RequestKind::Other => {}
        }
    }

    /// The picture of the newest request is here: this is where one is now.
    pub(crate) fn arrived(&mut self, point: ExplorePoint, gesture: Option<u64>) {
        if let Some(gesture) = gesture {
            self.history.visit(point.clone(), gesture);
        }
        if self.directions.base.is_none() || (self.mode == PadMode::Directions && !point.is_shifted()) {
            self.directions.start_at(&point.latent);
        }
        self.current = Some(point);
    }

    /// There is another network for sharpening: what was chosen for the one before does not hold for it.
    pub(crate) fn sharpen_as_shown(&mut self) {
        (self.save.sharpen, self.film.sharpen) = (SharpenChoice::default(), SharpenChoice::default());
    }

    /// Another generator is open. Points of the one before stay if they can be points of this one.
    pub fn opened(&mut self, model: &ExploreModel) {
        let size = model.config.latent_size as usize;
        let fits = |latent: &Latent| latent.len() == size;
        self.requests.lost();
        self.sharpen_as_shown();
        // A checkpoint may be open, and not the newest.
        let steps = &model.steps.all;
        self.at_step = Some(model.step).filter(|step| steps.contains(step) && steps.last() != Some(step));
        self.step_wish = StepWish::None;
        self.step_asked = false;
        if self.current.as_ref().is_some_and(|p| !fits(&p.latent)) {
            self.current = None;
            self.history = History::default();
            self.favourites.clear();
        }
        self.directions.base = self.directions.base.take().filter(fits);
        self.animation.stop();
    }

    /// How far Mutate goes, in percent.
    pub(crate) fn strength_percent(&self) -> u32 {
        (self.strength * 100.0).round() as u32
    }

    /// Makes the random numbers foreseeable, for tests.
    pub fn load_dice(&mut self, dice: u64) {
        self.dice = dice;
    }

    /// A number that nobody could foresee, small enough to be said.
    pub(crate) fn roll(&mut self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % 1_000_000
    }
}
