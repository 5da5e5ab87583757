//! What the explorer does by itself, frame by frame.

use super::action::Gesture;
use super::exploration::StepWish;
use super::keeping::FAVOURITES;
use super::pads::{PadMode, STRIP};
use super::part::ExplorerPart;
use super::requests::Want;
use crate::engine::{ExploreCommand, ExploreSource, LatentSpec};
use crate::ui::effect::Effect;
use crate::ui::state::{MAP, MapKind, Node, STRIPS, map_specs};

impl ExplorerPart<'_> {
    /// For each frame in which the explorer is on the screen: opens the first generator, moves the animation along, and
    /// asks for what is to be generated next.
    pub(crate) fn tick(mut self, now: f64) -> Vec<Effect> {
        if !self.user.started {
            self.open(ExploreSource::Bundled, None);
            return self.effects;
        }
        if self.user.animation.playing && self.told.model.is_some() && self.user.requests.idle() {
            self.animate(now);
        }
        self.request(true, now)
    }

    /// For each frame of the start screen: opens the first generator without leaving the screen, and unless it is to be
    /// still, lets its plane move slowly, a picture every [`PACE`] seconds.
    pub(crate) fn live(mut self, still: bool, now: f64) -> Vec<Effect> {
        if !self.user.started {
            self.user.started = true;
            self.ask(ExploreCommand::Open(ExploreSource::Bundled));
            return self.effects;
        }
        let on_plane = self.user.mode == PadMode::Plane && self.user.on_pad();
        let idle = self.told.opening.is_none() && self.user.requests.idle();
        if let Some(drawn) = &self.told.drawn {
            self.user.alive.watch(drawn.seconds, now);
        }
        if !still && on_plane && idle && self.told.drawn.is_some() && self.user.alive.is_due(now) {
            let explore = &mut *self.user;
            let next = explore.alive.step(now, explore.plane.at);
            explore.move_to(next);
            let spec = explore.plane.spec();
            // Nobody went there: it is no point of the past.
            explore.requests.want(Want { show: spec.clone(), from: spec, psi: explore.psi, gesture: None });
        }
        self.request(false, now)
    }

    /// The generator moves by itself: each frame is followed by the next.
    pub(crate) fn playing(&self) -> bool {
        self.told.model.is_some() && self.user.animation.playing
    }

    fn animate(&mut self, now: f64) {
        let explore = &mut *self.user;
        let at = explore.position();
        let size = match explore.mode {
            PadMode::Plane => 1.5,
            PadMode::Directions => 2.0,
            PadMode::Favourites => 0.4,
        };
        let spec = match explore.spec() {
            Some(_) if explore.on_pad() => {
                let next = explore.animation.step(now, at, size);
                explore.move_to(next);
                explore.spec()
            }
            _ => {
                let Some(of) = explore.current.as_ref().map(|p| p.latent.clone()) else { return };
                let rolled = explore.roll();
                let (strength, seed) = explore.animation.walk(now, || rolled);
                Some(LatentSpec::Mutated { of, strength, seed })
            }
        };
        if let Some(spec) = spec {
            explore.go(spec, Gesture::Continue("animation"), now);
        }
    }

    /// Asks for the newest wanted picture, once the one before is here, and while the pad is on the screen for what its
    /// map lacks.
    pub(crate) fn request(mut self, on_screen: bool, now: f64) -> Vec<Effect> {
        if self.told.model.is_none() {
            return self.effects;
        }
        if let Some((stamp, want)) = self.user.requests.next(now) {
            self.ask(ExploreCommand::Show { stamp, spec: want.show, psi: want.psi });
        }
        if !self.user.step_asked
            && let Some(command) = std::mem::replace(&mut self.user.step_wish, StepWish::None).command()
        {
            self.ask(command);
        }
        if let Some((with, amounts)) = self.user.blend.next(self.told.side()) {
            self.ask(ExploreCommand::Blend { with, amounts });
        }
        if let Some((file, edit)) = self.user.favourites.store.next(now) {
            self.ask(ExploreCommand::EditFavourites { file, edit });
        }
        if let Some((stamp, specs, psi)) = self.user.favourites.request(self.told.weights) {
            self.ask(ExploreCommand::Thumbnails { purpose: FAVOURITES, stamp, specs, psi });
        }
        if on_screen
            && let Some((kind, nodes)) = self.user.map()
            && let Some((stamp, nodes)) = self.told.map_request(&kind, self.user.psi, &nodes)
        {
            let specs = map_specs(&kind, &nodes);
            self.ask(ExploreCommand::Thumbnails { purpose: MAP, stamp, specs, psi: self.user.psi });
        }
        let seen = std::mem::take(&mut self.user.directions.seen);
        if on_screen && self.user.mode == PadMode::Directions {
            self.request_directions(&seen);
        }
        self.effects
    }

    /// Has directions found when they are first looked at, and asks for the strips that are in sight.
    fn request_directions(&mut self, seen: &[usize]) {
        let count = self.told.directions.len();
        if count == 0 {
            if std::mem::take(&mut self.told.directions_known) {
                self.ask(ExploreCommand::FindDirections(self.user.directions.method));
            }
            return;
        }
        let Some(base) = self.user.directions.base.clone().filter(|_| !seen.is_empty()) else { return };
        let (kind, psi) = (MapKind::Strips { base, count }, self.user.psi);
        let nodes: Vec<Node> = seen.iter().flat_map(|row| STRIP.map(|column| (column, *row as i64))).collect();
        let weights = self.told.weights;
        if let Some((stamp, nodes)) = self.told.strips.request(&kind, psi, weights, &nodes) {
            let specs = map_specs(&kind, &nodes);
            self.ask(ExploreCommand::Thumbnails { purpose: STRIPS, stamp, specs, psi });
        }
    }
}
