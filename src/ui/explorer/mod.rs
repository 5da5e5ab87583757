//! Playing a generator: where the person is in latent space, and how they got there. What the explorer told is in
//! `state::explore`; the panels that draw it are in `panels::explore`.

mod action;
mod animation;
mod favourites;
mod history;
mod output;
mod pads;
mod perform;
mod requests;

pub use action::{ExploreAction, Gesture};
pub use animation::Animation;
pub(crate) use animation::SPEED;
pub(crate) use favourites::EXAMPLES;
pub use favourites::{Example, Favourite, Favourites, MOST};
pub use history::{ExplorePoint, History};
pub(crate) use output::own_model;
pub use output::{Along, FilmForm, SaveForm};
pub(crate) use pads::SPAN;
pub use pads::{Directions, PlanePad};
pub use requests::{Requests, Want};

use super::state::{MapKind, Node};
use crate::engine::{ExploreModel, Latent, LatentSpec};
use std::hash::{BuildHasher, Hasher};

/// How the pad works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PadMode {
    #[default]
    Plane,
    Directions,
    Favourites,
}

pub(crate) const MODES: [PadMode; 3] = [PadMode::Plane, PadMode::Directions, PadMode::Favourites];

/// How far directions reach, in standard deviations.
pub(crate) const REACH: f64 = 3.0;
/// Truncation reaches from 0 to this; 1 changes nothing.
pub(crate) const PSI: f64 = 1.5;

#[derive(Debug)]
pub struct Exploration {
    /// A generator was asked for; the first look at the screen asks for the bundled one.
    pub started: bool,
    pub mode: PadMode,
    pub psi: f64,
    /// Enlarge smoothly instead of showing the pixels.
    pub smooth: bool,
    pub plane: PlanePad,
    pub directions: Directions,
    pub favourites: Favourites,
    /// How far Mutate goes, from 0 to 1.
    pub strength: f64,
    pub animation: Animation,
    pub history: History,
    /// The point on show.
    pub current: Option<ExplorePoint>,
    pub requests: Requests,
    /// Where to go once the generator is open.
    pub goal: Option<LatentSpec>,
    /// The checkpoint that is drawn with; none is the newest.
    pub at_step: Option<u64>,
    /// An `AtStep` that waits for the answer to the one before.
    pub wanted_step: Option<Option<u64>>,
    pub step_asked: bool,
    pub save: SaveForm,
    pub film: FilmForm,
    /// File of the exported generator.
    pub export_text: String,
    pub model_text: String,
    pub photo_text: String,
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
            strength: 0.3,
            animation: Animation::default(),
            history: History::default(),
            current: None,
            requests: Requests::default(),
            goal: None,
            at_step: None,
            wanted_step: None,
            step_asked: false,
            save: SaveForm::default(),
            film: FilmForm::default(),
            export_text: own_model(),
            model_text: String::new(),
            photo_text: String::new(),
            gestures: 0,
            last_gesture: None,
            // The standard library's hasher is seeded by the system.
            dice: std::collections::hash_map::RandomState::new().build_hasher().finish(),
        }
    }
}

impl Exploration {
    /// The place on the pad, in the pad's own units.
    pub fn position(&self) -> [f64; 2] {
        match self.mode {
            PadMode::Plane => self.plane.at,
            PadMode::Directions => [self.directions.amount(0), self.directions.amount(1)],
            PadMode::Favourites => self.favourites.cursor.map(f64::from),
        }
    }

    /// The part of its units that the pad shows: low and high across, low and high from top to bottom.
    pub fn window(&self) -> [[f64; 2]; 2] {
        match self.mode {
            PadMode::Plane => self.plane.centre.map(|c| [c - self.plane.span / 2.0, c + self.plane.span / 2.0]),
            // A little more than the reach, so that the ends can be seen. More of a direction is up.
            PadMode::Directions => [[-REACH - 0.5, REACH + 0.5], [REACH + 0.5, -REACH - 0.5]],
            PadMode::Favourites => [[0.0, 1.0], [0.0, 1.0]],
        }
    }

    /// Moves to a place in the pad's units, kept inside where the pad has an end.
    pub(crate) fn move_to(&mut self, at: [f64; 2]) {
        match self.mode {
            PadMode::Plane => {
                self.plane.at = at;
                self.plane.follow();
            }
            PadMode::Directions => {
                for (axis, value) in self.directions.axes.into_iter().zip(at) {
                    if let Some(amount) = self.directions.amounts.get_mut(axis) {
                        *amount = value.clamp(-REACH, REACH);
                    }
                }
            }
            PadMode::Favourites => self.favourites.cursor = at.map(|v| v.clamp(0.0, 1.0) as f32),
        }
    }

    /// Moves by a share of the pad's width and height.
    pub(crate) fn move_by(&mut self, share: [f64; 2]) {
        let ([x, y], [across, down]) = (self.position(), self.window());
        self.move_to([x + share[0] * (across[1] - across[0]), y + share[1] * (down[1] - down[0])]);
    }

    /// What the place on the pad stands for; none while there is nothing on it.
    pub fn spec(&self) -> Option<LatentSpec> {
        match self.mode {
            PadMode::Plane => {
                let [x, y] = if self.plane.snap { self.plane.at.map(f64::round) } else { self.plane.at };
                Some(LatentSpec::Plane { seed: self.plane.seed, x, y })
            }
            PadMode::Directions => self.directions.spec(),
            PadMode::Favourites => self.favourites.spec(),
        }
    }

    /// Whether the picture on show is the one at the place on the pad.
    pub(crate) fn on_pad(&self) -> bool {
        let Some(current) = &self.current else { return true };
        match (self.mode, &current.spec) {
            (PadMode::Plane, LatentSpec::Plane { seed, .. }) => *seed == self.plane.seed,
            (PadMode::Favourites, LatentSpec::Between { .. }) => true,
            // Wherever one goes becomes the new base.
            (PadMode::Directions, _) => true,
            _ => false,
        }
    }

    /// Lets the pad work in another way. Directions begin at the picture on show.
    pub fn enter(&mut self, mode: PadMode) {
        if self.mode == mode {
            return;
        }
        self.mode = mode;
        self.animation.stop();
        if let (PadMode::Directions, Some(point)) = (mode, &self.current)
            && !shifted(&point.spec)
        {
            self.directions.start_at(&point.latent);
        }
    }

    /// What the map behind the pad shows in this mode.
    pub fn map(&self) -> Option<(MapKind, Vec<Node>)> {
        match self.mode {
            PadMode::Plane => Some((MapKind::Plane { seed: self.plane.seed }, self.plane.nodes())),
            PadMode::Directions => {
                let base = self.directions.base.clone().filter(|_| !self.directions.amounts.is_empty())?;
                let axes = self.directions.axes;
                let mut others = self.directions.amounts.clone();
                axes.iter().for_each(|axis| others.get_mut(*axis).into_iter().for_each(|a| *a = 0.0));
                let mut nodes: Vec<Node> = (-3..=3).flat_map(|y| (-3..=3).map(move |x| (x, y))).collect();
                nodes.sort_by_key(|(x, y)| x * x + y * y);
                Some((MapKind::Directions { base, axes, others }, nodes))
            }
            PadMode::Favourites => None,
        }
    }

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

    /// The picture of the newest request is here: this is where one is now.
    pub(crate) fn arrived(&mut self, point: ExplorePoint, gesture: Option<u64>) {
        if let Some(gesture) = gesture {
            self.history.visit(point.clone(), gesture);
        }
        if self.directions.base.is_none() || (self.mode == PadMode::Directions && !shifted(&point.spec)) {
            self.directions.start_at(&point.latent);
        }
        self.current = Some(point);
    }

    /// Goes back to a point: the pad shows how one came there.
    pub(crate) fn go_back_to(&mut self, point: &ExplorePoint) {
        self.psi = point.psi;
        match &point.spec {
            LatentSpec::Plane { seed, x, y } => {
                self.plane.seed = *seed;
                self.plane.at = [*x, *y];
                self.plane.follow();
            }
            LatentSpec::Shifted { base, amounts } if amounts.len() == self.directions.amounts.len() => {
                self.directions.base = Some(base.clone());
                self.directions.amounts.clone_from(amounts);
            }
            LatentSpec::Between { at, .. } => self.favourites.cursor = *at,
            _ => {}
        }
    }

    /// Another generator is open. Points of the one before stay if they can be points of this one.
    pub fn opened(&mut self, model: &ExploreModel) {
        let size = model.config.latent_size as usize;
        let fits = |latent: &Latent| latent.len() == size;
        self.requests.lost();
        self.at_step = None;
        self.wanted_step = None;
        self.step_asked = false;
        if self.current.as_ref().is_some_and(|p| !fits(&p.latent)) {
            self.current = None;
            self.history = History::default();
            self.favourites = Favourites::default();
        }
        self.directions.base = self.directions.base.take().filter(fits);
        self.animation.stop();
    }

    /// The list of directions changed.
    pub(crate) fn fit_directions(&mut self, names: Vec<String>) {
        let count = names.len();
        let d = &mut self.directions;
        if d.amounts.len() != count {
            d.amounts = vec![0.0; count];
        } else {
            d.amounts.fill(0.0);
        }
        d.axes = d.axes.map(|axis| axis.min(count.saturating_sub(1)));
        if d.axes[0] == d.axes[1] && count > 1 {
            d.axes = [0, 1];
        }
        d.names = names;
        if let Some(current) = &self.current {
            d.base = Some(current.latent.clone());
        }
    }

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

fn shifted(spec: &LatentSpec) -> bool {
    matches!(spec, LatentSpec::Shifted { .. })
}
