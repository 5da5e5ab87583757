//! What the explorer's actions do.

use super::action::{ExploreAction, Gesture};
use super::exploration::StepWish;
use super::favourites::Example;
use super::output::Along;
use super::part::ExplorerPart;
use super::requests::Want;
use crate::config::typed_path;
use crate::engine::{ExploreCommand, ExploreSource, FileUse, FilmPath, Latent, LatentSpec, Level, Photo};
use crate::ui::action::{Dialog, Screen};
use crate::ui::effect::Effect;
use std::path::Path;

/// The discriminator ranks so many pictures, of which so many are kept.
const RANKED: usize = 1000;
const KEPT: usize = 64;
/// Training pictures beside the one on show.
const NEIGHBOURS: usize = 6;

impl ExplorerPart<'_> {
    /// Does what a panel asked for.
    pub(crate) fn act(mut self, action: ExploreAction, now: f64) -> Vec<Effect> {
        match action {
            ExploreAction::Open { source, goal } => self.open(source, goal),
            ExploreAction::Go(spec, gesture) => {
                self.user.animation.stop();
                self.user.go(spec, gesture, now);
            }
            ExploreAction::Psi => {
                let gesture = self.user.gesture(Gesture::Timed("psi"), now);
                self.user.again(Some(gesture));
            }
            ExploreAction::Random => {
                let seed = self.user.roll();
                self.user.go(LatentSpec::Seed { seed, number: 0 }, Gesture::Single, now);
            }
            ExploreAction::Mutate => self.mutate(now),
            ExploreAction::Undo => self.travel(false),
            ExploreAction::Redo => self.travel(true),
            ExploreAction::TogglePlay => {
                let animation = &mut self.user.animation;
                if animation.playing { animation.stop() } else { animation.play(now) }
            }
            ExploreAction::AddFavourite => self.add_favourite(),
            ExploreAction::KeepBest(which) => self.keep_best(&which),
            ExploreAction::KeepTile { run, tile, count, step } => {
                self.ask(ExploreCommand::KeepTile { run, tile, count, step });
            }
            ExploreAction::RemoveFavourites(which) => self.remove_favourites(&which),
            ExploreAction::UndoRemove => self.undo_remove(),
            ExploreAction::ExportPictures(kept) => self.export_pictures(kept),
            ExploreAction::UseAsBase => {
                if let Some(point) = &self.user.current {
                    self.user.directions.start_at(&point.latent);
                }
            }
            ExploreAction::AtStep(step) => (self.user.at_step, self.user.step_wish) = (step, StepWish::to(step)),
            ExploreAction::FindDirections(method) => self.ask(ExploreCommand::FindDirections(method)),
            ExploreAction::Learn => self.learn(),
            ExploreAction::Rename(index) => self.rename(index),
            ExploreAction::Save => self.save_picture(),
            ExploreAction::Copy => self.copy_picture(),
            ExploreAction::ToggleSharpen => self.toggle_sharpen(),
            ExploreAction::TrainSharpener => {
                let minutes = self.user.sharpen_minutes;
                self.ask(ExploreCommand::TrainSharpener { minutes });
            }
            ExploreAction::Film => self.film(),
            ExploreAction::Export => {
                let out = typed_path(&self.user.export_text);
                self.ask(ExploreCommand::Export { out, discriminator: self.user.export_discriminator });
            }
            ExploreAction::SaveBlend => {
                let (form, side) = (&self.user.blend, self.told.side());
                let (with, amounts, out) = (typed_path(&form.with), form.amounts(side), typed_path(&form.out));
                self.ask(ExploreCommand::SaveBlend { with, amounts, out });
            }
            ExploreAction::Search(path) => {
                self.user.photo_text = path.display().to_string();
                self.open_photo(Photo::File(path));
            }
            ExploreAction::Cat(action) => self.act_on_cat(action),
            ExploreAction::Paste => self.effects.push(Effect::Paste),
            ExploreAction::Restore(path) => self.ask(ExploreCommand::Restore(path)),
            ExploreAction::Curate => self.curate(),
            ExploreAction::Neighbours => self.find_neighbours(),
            ExploreAction::Cancel => self.ask(ExploreCommand::Cancel),
        }
        self.effects
    }

    pub(super) fn open(&mut self, source: ExploreSource, goal: Option<LatentSpec>) {
        self.user.started = true;
        self.effects.extend([Effect::Show(Screen::Explore), Effect::Dialog(None)]);
        let open = self.told.model.as_ref().is_some_and(|model| model.source == source);
        if !open || self.told.opening.is_some() {
            self.user.goal = goal;
            self.ask(ExploreCommand::Open(source));
        } else if let Some(goal) = goal {
            self.user.go(goal, Gesture::Single, 0.0);
        }
    }

    fn mutate(&mut self, now: f64) {
        let Some(of) = self.user.current.as_ref().map(|point| point.latent.clone()) else { return };
        let (strength, seed) = (self.user.strength, self.user.roll());
        self.user.go(LatentSpec::Mutated { of, strength, seed }, Gesture::Single, now);
    }

    fn travel(&mut self, forward: bool) {
        let explore = &mut *self.user;
        explore.animation.stop();
        let point = if forward { explore.history.redo() } else { explore.history.undo() };
        let Some(point) = point else {
            let end = if forward { "newest" } else { "first" };
            return self.toast(Level::Info, &format!("This is the {end} point."));
        };
        explore.go_back_to(&point);
        let show = LatentSpec::Latent(point.latent);
        explore.requests.want(Want { show, from: point.spec, psi: point.psi, gesture: None });
    }

    fn learn(&mut self) {
        let explore = &mut self.user;
        let with = explore.favourites.examples(Example::Has);
        let without = explore.favourites.examples(Example::HasNot);
        let typed = explore.directions.new_name.trim();
        let name = if typed.is_empty() { "mine".to_owned() } else { typed.to_owned() };
        self.ask(ExploreCommand::LearnDirection { name, with, without });
    }

    fn rename(&mut self, index: usize) {
        let known = self.told.directions.get(index).map(|d| d.name.clone());
        let Some((known, typed)) = known.zip(self.user.directions.names.get_mut(index)) else { return };
        let name = typed.trim().to_owned();
        if name.is_empty() {
            *typed = known;
        } else if name != known {
            self.ask(ExploreCommand::RenameDirection { index, name: name.clone() });
            if let Some(direction) = self.told.directions.get_mut(index) {
                direction.name = name;
            }
        }
    }

    fn save_picture(&mut self) {
        let explore = &self.user;
        let Some(point) = &explore.current else { return };
        let save = &explore.save;
        let command = ExploreCommand::Save {
            spec: point.to_save(),
            psi: point.psi,
            upscale: save.upscale,
            sharpen: save.sharpen.is_on(self.told.sharpener.network),
            folder: typed_path(&save.folder),
            template: save.template.trim().to_owned(),
        };
        self.ask(command);
    }

    /// Those who have no network yet are offered to train one.
    fn toggle_sharpen(&mut self) {
        match self.told.sharpener.network {
            Some(network) => {
                self.ask(ExploreCommand::Sharpen(!network.on));
                self.user.again(None);
            }
            None if self.told.has_run() => self.effects.push(Effect::Dialog(Some(Dialog::Sharpen))),
            None => self.toast(Level::Info, "Only the generator of a run can be sharpened: it learns from the photos."),
        }
    }

    fn copy_picture(&mut self) {
        let Some(frame) = self.told.shown() else { return };
        self.effects.push(Effect::CopyPicture(frame.clone()));
    }

    fn film(&mut self) {
        let seed = self.user.roll();
        let film = &self.user.film;
        let here = self.user.current.as_ref().map(|point| point.latent.clone());
        let path = match (film.along, here) {
            (Along::Walk, Some(start)) => FilmPath::Walk { start, seed },
            (Along::Training, Some(point)) => FilmPath::Training { point },
            (Along::Favourites | Along::Past, _) | (_, None) => FilmPath::Points(self.film_points()),
        };
        let command = ExploreCommand::Film {
            path,
            closed: film.closed,
            easing: film.easing,
            frames: film.frames,
            fps: film.fps,
            upscale: film.upscale,
            sharpen: film.sharpen.is_on(self.told.sharpener.network),
            out: typed_path(&film.out),
        };
        self.ask(command);
    }

    fn film_points(&self) -> Vec<Latent> {
        let explore = &self.user;
        match explore.film.along {
            Along::Favourites => explore.favourites.wanted().iter().map(|kept| kept.latent.clone()).collect(),
            Along::Past | Along::Walk | Along::Training => {
                explore.history.past().iter().map(|p| p.latent.clone()).collect()
            }
        }
    }

    fn curate(&mut self) {
        let seed = self.user.roll();
        self.told.curated.clear();
        self.ask(ExploreCommand::Curate { seed, count: RANKED, keep: KEPT });
    }

    fn find_neighbours(&mut self) {
        let Some(point) = self.user.current.clone() else { return };
        self.told.compared = None;
        let spec = LatentSpec::Latent(point.latent);
        self.ask(ExploreCommand::FindNeighbours { spec, psi: point.psi, count: NEIGHBOURS });
    }
}

/// What a file that was dropped onto the explorer is for; none for what belongs to a training. `searching` tells that
/// the dialog for searches is open.
pub(crate) fn dropped(path: &Path, searching: bool) -> Option<ExploreAction> {
    let file = path.to_path_buf();
    if FileUse::Recipe.accepts(path) && !searching {
        Some(ExploreAction::Restore(file))
    } else if FileUse::Picture.accepts(path) {
        Some(ExploreAction::Search(file))
    } else if FileUse::ModelInput.accepts(path) {
        Some(ExploreAction::Open { source: ExploreSource::File(file), goal: None })
    } else {
        None
    }
}
