//! What the explorer's actions do, and what follows from its answers.

use super::output::Along;
use super::{Example, ExploreAction, Gesture, PadMode, Want};
use crate::config::typed_path;
use crate::engine::{
    ExploreCommand, ExploreEvent, ExploreSource, FileUse, FilmPath, Latent, LatentSpec, Level, Photo, RequestKind,
};
use crate::pixels::Frame;
use crate::ui::action::{Dialog, Screen};
use crate::ui::app::App;
use crate::ui::state::{Counted, MAP, SearchState, map_specs};
use egui::{ColorImage, Context};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The discriminator looks through so many pictures and keeps so many.
const RANKED: usize = 1000;
const KEPT: usize = 64;
/// The name that requests for pictures of favourites carry.
const FAVOURITES: &str = "favourites";
/// Training pictures beside the one on show.
const NEIGHBOURS: usize = 6;

impl App {
    pub(in crate::ui) fn perform_explore(&mut self, ctx: &Context, action: ExploreAction, now: f64) {
        match action {
            ExploreAction::Open { source, goal } => self.open_generator(source, goal),
            ExploreAction::Go(spec, gesture) => {
                self.user.explore.animation.stop();
                self.go(spec, gesture, now);
            }
            ExploreAction::Psi => self.change_psi(now),
            ExploreAction::Random => {
                let seed = self.user.explore.roll();
                self.go(LatentSpec::Seed { seed, number: 0 }, Gesture::Single, now);
            }
            ExploreAction::Mutate => {
                let explore = &mut self.user.explore;
                let Some(of) = explore.current.as_ref().map(|point| point.latent.clone()) else { return };
                let (strength, seed) = (explore.strength, explore.roll());
                self.go(LatentSpec::Mutated { of, strength, seed }, Gesture::Single, now);
            }
            ExploreAction::Undo => self.travel(false),
            ExploreAction::Redo => self.travel(true),
            ExploreAction::TogglePlay => {
                let animation = &mut self.user.explore.animation;
                if animation.playing { animation.stop() } else { animation.play(now) }
            }
            ExploreAction::AddFavourite => self.add_favourite(),
            ExploreAction::UseAsBase => {
                let explore = &mut self.user.explore;
                if let Some(point) = &explore.current {
                    explore.directions.start_at(&point.latent);
                }
            }
            ExploreAction::AtStep(step) => self.user.explore.wanted_step = Some(step),
            ExploreAction::FindDirections(method) => self.ask(ExploreCommand::FindDirections(method)),
            ExploreAction::Learn => self.learn(),
            ExploreAction::Rename(index) => self.rename(index),
            ExploreAction::Save => self.save_picture(),
            ExploreAction::Copy => self.copy_picture(ctx),
            ExploreAction::Film => self.film(),
            ExploreAction::Export => {
                let out = typed_path(&self.user.explore.export_text);
                self.ask(ExploreCommand::Export { out });
            }
            ExploreAction::Search(path) => self.search(path),
            ExploreAction::Paste => self.clipboard.paste(),
            ExploreAction::Restore(path) => self.ask(ExploreCommand::Restore(path)),
            ExploreAction::Curate => {
                let seed = self.user.explore.roll();
                self.state.explore.curated.clear();
                if self.asked(ExploreCommand::Curate { seed, count: RANKED, keep: KEPT }) {
                    self.state.explore.ranking = Some(Counted { done: 0, total: RANKED });
                }
            }
            ExploreAction::Neighbours => {
                let Some(point) = self.user.explore.current.clone() else { return };
                let spec = LatentSpec::Latent(point.latent);
                self.state.explore.neighbours = None;
                let asked = self.asked(ExploreCommand::FindNeighbours { spec, psi: point.psi, count: NEIGHBOURS });
                self.state.explore.comparing = asked.then(Counted::default);
            }
            ExploreAction::Cancel => self.ask(ExploreCommand::Cancel),
        }
    }

    /// Asks the explorer. False, and a message, when it has no room or is gone.
    fn asked(&mut self, command: ExploreCommand) -> bool {
        let asked = self.handle.explore(command);
        if !asked {
            let text = "The explorer is busy. Try again in a moment.".to_owned();
            self.state.toasts.push((Level::Warning, text));
        }
        asked
    }

    fn ask(&mut self, command: ExploreCommand) {
        self.asked(command);
    }

    fn open_generator(&mut self, source: ExploreSource, goal: Option<LatentSpec>) {
        let explore = &mut self.user.explore;
        explore.started = true;
        let open = self.state.explore.model.as_ref().is_some_and(|model| model.source == source);
        self.user.screen = Screen::Explore;
        self.user.dialog = None;
        if open && self.state.explore.opening.is_none() {
            if let Some(goal) = goal {
                self.go(goal, Gesture::Single, 0.0);
            }
            return;
        }
        explore.goal = goal;
        if self.asked(ExploreCommand::Open(source.clone())) {
            self.state.explore.opens(source);
            self.user.explore.requests.lost();
        } else {
            self.state.explore.failure = Some("The explorer is not responding.".to_owned());
        }
    }

    fn go(&mut self, spec: LatentSpec, gesture: Gesture, now: f64) {
        let explore = &mut self.user.explore;
        let gesture = Some(explore.gesture(gesture, now));
        explore.requests.want(Want { show: spec.clone(), from: spec, psi: explore.psi, gesture });
    }

    /// The point on show once more: with another truncation, or with other weights.
    fn again(&mut self, gesture: Option<u64>) {
        let explore = &mut self.user.explore;
        if let Some(point) = &explore.current {
            let (show, from) = (LatentSpec::Latent(point.latent.clone()), point.spec.clone());
            explore.requests.want(Want { show, from, psi: explore.psi, gesture });
        }
    }

    fn change_psi(&mut self, now: f64) {
        let gesture = self.user.explore.gesture(Gesture::Timed("psi"), now);
        self.again(Some(gesture));
    }

    fn travel(&mut self, forward: bool) {
        let explore = &mut self.user.explore;
        explore.animation.stop();
        let point = if forward { explore.history.redo() } else { explore.history.undo() };
        let Some(point) = point else {
            let end = if forward { "newest" } else { "first" };
            self.state.toasts.push((Level::Info, format!("This is the {end} point.")));
            return;
        };
        explore.go_back_to(&point);
        let show = LatentSpec::Latent(point.latent);
        explore.requests.want(Want { show, from: point.spec, psi: point.psi, gesture: None });
    }

    fn add_favourite(&mut self) {
        let (Some(point), Some(drawn)) = (&self.user.explore.current, &self.state.explore.drawn) else { return };
        let favourites = &mut self.user.explore.favourites;
        let kept = favourites.holds(&point.latent);
        if !favourites.add(point, &drawn.frame) {
            let text = if kept { "Already a favourite." } else { "The favourites are full. Remove one first." };
            self.state.toasts.push((Level::Info, text.to_owned()));
        }
    }

    /// Favourites as the generator of now draws them.
    fn draw_favourites(&mut self) {
        let points = self.user.explore.favourites.list.iter().map(|f| &f.point);
        let places: Vec<LatentSpec> = points.map(|p| LatentSpec::Latent(p.latent.clone())).collect();
        if !places.is_empty() {
            let (stamp, psi) = (self.state.explore.weights, self.user.explore.psi);
            // Without them the favourites only look as they did.
            let _ = self.handle.explore(ExploreCommand::Thumbnails { purpose: FAVOURITES, stamp, specs: places, psi });
        }
    }

    fn learn(&mut self) {
        let explore = &mut self.user.explore;
        let with = explore.favourites.examples(Example::Has);
        let without = explore.favourites.examples(Example::HasNot);
        let typed = explore.directions.new_name.trim();
        let name = if typed.is_empty() { "mine".to_owned() } else { typed.to_owned() };
        self.ask(ExploreCommand::LearnDirection { name, with, without });
    }

    fn rename(&mut self, index: usize) {
        let known = self.state.explore.directions.get(index).map(|d| d.name.clone());
        let Some((known, typed)) = known.zip(self.user.explore.directions.names.get_mut(index)) else { return };
        let name = typed.trim().to_owned();
        if name.is_empty() {
            *typed = known;
        } else if name != known {
            self.ask(ExploreCommand::RenameDirection { index, name: name.clone() });
            if let Some(direction) = self.state.explore.directions.get_mut(index) {
                direction.name = name;
            }
        }
    }

    fn save_picture(&mut self) {
        let explore = &self.user.explore;
        let Some(point) = &explore.current else { return };
        let save = &explore.save;
        let command = ExploreCommand::Save {
            spec: point.to_save(),
            psi: point.psi,
            upscale: save.upscale,
            folder: typed_path(&save.folder),
            template: save.template.trim().to_owned(),
        };
        self.ask(command);
    }

    fn copy_picture(&mut self, ctx: &Context) {
        let Some(drawn) = &self.state.explore.drawn else { return };
        let frame = &drawn.frame;
        ctx.copy_image(ColorImage::from_rgb([frame.width as usize, frame.height as usize], &frame.data));
        self.state.toasts.push((Level::Good, "Copied.".to_owned()));
    }

    fn film(&mut self) {
        let seed = self.user.explore.roll();
        let film = &self.user.explore.film;
        let here = self.user.explore.current.as_ref().map(|point| point.latent.clone());
        let way = match (film.along, here) {
            (Along::Walk, Some(start)) => FilmPath::Walk { start, seed },
            (Along::Training, Some(point)) => FilmPath::Training { point },
            _ => FilmPath::Points(self.film_points()),
        };
        let command = ExploreCommand::Film {
            path: way,
            closed: film.closed,
            easing: film.easing,
            frames: film.frames,
            fps: film.fps,
            upscale: film.upscale,
            out: typed_path(&film.out),
        };
        let total = film.frames as usize;
        if self.asked(command) {
            self.state.explore.film = Some(Counted { done: 0, total });
        }
    }

    fn film_points(&self) -> Vec<Latent> {
        let explore = &self.user.explore;
        match explore.film.along {
            Along::Favourites => explore.favourites.list.iter().map(|f| f.point.latent.clone()).collect(),
            Along::Past | Along::Walk | Along::Training => {
                explore.history.past().iter().map(|p| p.latent.clone()).collect()
            }
        }
    }

    fn search(&mut self, path: PathBuf) {
        self.user.explore.photo_text = path.display().to_string();
        self.search_for(Photo::File(path));
    }

    /// The clipboard has answered.
    pub(in crate::ui) fn pasted(&mut self, pasted: Result<Arc<Frame>, String>) {
        match pasted {
            Ok(frame) => self.search_for(Photo::Pasted(frame)),
            Err(text) => self.state.toasts.push((Level::Warning, text)),
        }
    }

    fn search_for(&mut self, photo: Photo) {
        self.user.dialog = Some(Dialog::Search);
        if self.state.explore.working() {
            return;
        }
        if self.asked(ExploreCommand::Project(photo)) {
            self.state.explore.search = SearchState::Running { done: 0, total: 0, frame: None, error: 0.0 };
        }
    }

    /// What a file that was dropped onto the explorer is for. False for what belongs to a training.
    pub(in crate::ui) fn explore_dropped(&mut self, ctx: &Context, path: &Path, now: f64) -> bool {
        if self.user.screen != Screen::Explore {
            return false;
        }
        let file = path.to_path_buf();
        let action = if FileUse::Recipe.accepts(path) && self.user.dialog != Some(Dialog::Search) {
            ExploreAction::Restore(file)
        } else if FileUse::Picture.accepts(path) {
            ExploreAction::Search(file)
        } else if FileUse::ModelInput.accepts(path) {
            ExploreAction::Open { source: ExploreSource::File(file), goal: None }
        } else {
            return false;
        };
        self.perform_explore(ctx, action, now);
        true
    }

    /// What follows from an answer, after the state has taken it in.
    pub(in crate::ui) fn explore_followed(&mut self, event: &ExploreEvent, now: f64) {
        match event {
            ExploreEvent::Opened(model) => {
                self.user.explore.opened(model);
                let goal = self.user.explore.goal.take();
                if let Some(spec) = goal.or_else(|| self.user.explore.spec()) {
                    self.go(spec, Gesture::Single, now);
                } else {
                    self.again(None);
                }
                self.draw_favourites();
            }
            ExploreEvent::Refreshed { .. } => {
                self.user.explore.step_asked = false;
                if self.user.explore.requests.idle() {
                    self.again(None);
                }
                self.draw_favourites();
            }
            ExploreEvent::Thumbnails { purpose, stamp, pictures, .. }
                if *purpose == FAVOURITES && *stamp == self.state.explore.weights =>
            {
                for (latent, frame) in pictures {
                    self.user.explore.favourites.redrawn(latent, frame);
                }
            }
            ExploreEvent::Picture(drawn) => {
                if let Some((point, gesture)) = self.user.explore.requests.answered(drawn) {
                    self.user.explore.arrived(point, gesture);
                }
            }
            ExploreEvent::Directions(found) => {
                self.user.explore.fit_directions(found.iter().map(|d| d.name.clone()).collect());
            }
            ExploreEvent::Projected { latent, .. } | ExploreEvent::Restored { latent, .. } => {
                self.user.explore.goal = None;
                self.go(LatentSpec::Latent(latent.clone()), Gesture::Single, now);
            }
            ExploreEvent::Failed { about, .. } => self.explore_failed(*about),
            _ => {}
        }
    }

    fn explore_failed(&mut self, about: RequestKind) {
        let explore = &mut self.user.explore;
        match about {
            RequestKind::Opening => {
                explore.requests.lost();
                explore.goal = None;
            }
            RequestKind::Drawing => explore.requests.lost(),
            RequestKind::Step => {
                explore.step_asked = false;
                // The checkpoint is gone: back to the newest.
                explore.wanted_step = explore.at_step.take().map(|_| None);
            }
            RequestKind::Job | RequestKind::Other => {}
        }
    }

    /// Opens the first generator, moves the animation along, and asks for what is to be drawn next.
    pub(in crate::ui) fn explore_tick(&mut self, ctx: &Context, now: f64) {
        if self.user.screen != Screen::Explore {
            return;
        }
        if !self.user.explore.started {
            self.open_generator(ExploreSource::Bundled, None);
        }
        if self.state.explore.model.is_none() {
            return;
        }
        if self.user.explore.animation.playing {
            if self.user.explore.requests.idle() {
                self.animate(now);
            }
            ctx.request_repaint();
        }
        self.explore_flush(now);
    }

    fn animate(&mut self, now: f64) {
        let explore = &mut self.user.explore;
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
            self.go(spec, Gesture::Continue("animation"), now);
        }
    }

    /// Asks for the newest wanted picture, once the one before is here, and for what the map lacks.
    pub(in crate::ui) fn explore_flush(&mut self, now: f64) {
        if self.state.explore.model.is_none() {
            return;
        }
        let explore = &mut self.user.explore;
        if let Some((stamp, want)) = explore.requests.next(now) {
            if self.handle.explore(ExploreCommand::Show { stamp, spec: want.show, psi: want.psi }) {
                self.state.explore.asks(stamp);
            } else {
                explore.requests.refused();
            }
        }
        if !explore.step_asked
            && let Some(step) = explore.wanted_step.take()
            && self.handle.explore(ExploreCommand::AtStep(step))
        {
            explore.step_asked = true;
        }
        if self.user.screen != Screen::Explore {
            return;
        }
        if let Some((kind, nodes)) = explore.map()
            && let Some((stamp, nodes)) = self.state.explore.map_request(&kind, explore.psi, &nodes)
        {
            let specs = map_specs(&kind, &nodes);
            let command = ExploreCommand::Thumbnails { purpose: MAP, stamp, specs, psi: explore.psi };
            if !self.handle.explore(command) {
                self.state.explore.map_refused();
            }
        }
    }
}
