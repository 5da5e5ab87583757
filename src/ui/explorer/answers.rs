//! What follows from the answers of the engine's explorer.

use super::action::Gesture;
use super::part::ExplorerPart;
use crate::engine::{ExploreCommand, ExploreEvent, ExploreModel, Latent, LatentSpec, Level};
use crate::printable;
use crate::ui::curation::Selection;
use crate::ui::effect::Effect;
use crate::ui::state::{Counted, MAP, STRIPS};
use crate::ui::text;
use std::path::PathBuf;
use std::sync::Arc;

impl ExplorerPart<'_> {
    /// Takes in one answer.
    pub(crate) fn take_in(mut self, event: ExploreEvent, now: f64) -> Vec<Effect> {
        match event {
            ExploreEvent::Opened(model) => self.opened(model, now),
            ExploreEvent::Refreshed { step } => self.refreshed(step),
            ExploreEvent::Picture(drawn) => {
                if let Some((point, gesture)) = self.user.requests.answered(&drawn) {
                    self.user.arrived(point, gesture);
                }
                self.told.pictured(drawn);
            }
            ExploreEvent::Thumbnails { purpose: MAP, stamp, first, pictures } => {
                self.told.map.insert(stamp, first, pictures);
            }
            ExploreEvent::Thumbnails { purpose: STRIPS, stamp, first, pictures } => {
                self.told.strips.insert(stamp, first, pictures);
            }
            ExploreEvent::Thumbnails { stamp, pictures, .. } => {
                self.user.favourites.drawn(stamp, self.told.weights, &pictures);
            }
            ExploreEvent::Favourites { file, list, notice } => self.take_favourites(file, list, notice),
            ExploreEvent::FavouritesSaved => self.favourites_saved(),
            ExploreEvent::FavouritesNotSaved { text, .. } => self.favourites_not_saved(text, now),
            ExploreEvent::TileKept { run, tile } => {
                let text = format!("Picture {} is a favourite of {} now.", tile + 1, text::name(&run));
                self.effects.push(Effect::Notice(Level::Good, text));
            }
            ExploreEvent::Exporting { done, total } => Counted::advance(&mut self.told.exporting, done, total),
            ExploreEvent::PicturesExported { folder, count } => {
                self.told.exporting = None;
                let pictures = text::of(count, "picture");
                self.saved(folder.join("favourites.json"), |_| {
                    format!("Exported {pictures} with latents and names to {}.", printable::path(&folder))
                });
            }
            ExploreEvent::Directions(directions) => {
                self.user.fit_directions(directions.iter().map(|d| d.name.clone()).collect());
                self.told.directions = directions;
                self.told.directions_known = true;
            }
            ExploreEvent::DirectionsNamed(directions) => {
                for (i, (new, known)) in directions.iter().zip(&self.told.directions).enumerate() {
                    // Unless somebody is typing another name.
                    if let Some(typed) = self.user.directions.names.get_mut(i).filter(|typed| **typed == known.name) {
                        typed.clone_from(&new.name);
                    }
                }
                self.told.directions = directions;
            }
            ExploreEvent::Steps(steps) => self.told.set_steps(steps),
            ExploreEvent::Comparing { done, total } => {
                let before = self.told.comparing.map_or(0, |comparing| comparing.done);
                Counted::advance(&mut self.told.comparing, done.max(before), total);
            }
            ExploreEvent::PhotoOpened(opened) => self.photo_opened(opened),
            ExploreEvent::Projecting { done, total, best } => self.told.searched(Counted { done, total }, best),
            ExploreEvent::Projected(found) => self.cat_found(found, now),
            ExploreEvent::Tuning { done, total, picture } => self.told.tuning(Counted { done, total }, picture),
            ExploreEvent::PutIn { latent, frame, report } => self.cat_put_in(latent, frame, report),
            ExploreEvent::Restored { latent, path } => {
                self.found(latent, now, format!("Back at the point of {}.", text::name(&path)));
            }
            ExploreEvent::Saved(path) => self.saved(path, |path| format!("Saved {path}.")),
            ExploreEvent::Exported(path) => self.saved(path, |path| format!("Exported the generator to {path}.")),
            ExploreEvent::Blended(preview) => {
                self.user.blend.answered();
                self.told.blend = Some(preview);
            }
            ExploreEvent::Filming { done, total } => Counted::advance(&mut self.told.film, done, total),
            ExploreEvent::Filmed { out, note } => {
                self.told.film = None;
                let note = note.map_or_else(String::new, |note| format!(" {note}"));
                self.saved(out, |path| format!("Saved the film as {path}.{note}"));
            }
            ExploreEvent::Ranking { done, total } => Counted::advance(&mut self.told.ranking, done, total),
            ExploreEvent::Curated(pictures) => {
                self.told.ranking = None;
                self.user.best_chosen = Selection::default();
                self.told.curated = pictures;
            }
            ExploreEvent::Sharpener(network) => self.told.sharpener.network = network,
            ExploreEvent::Sharpened { stamp, frame } => self.told.sharpened(stamp, frame),
            ExploreEvent::Sharpening { what, done, total } => self.told.sharpener.advance(what, done, total, now),
            ExploreEvent::SharpenerTrained(report) => {
                // It is used at once if it is better; the answer brings the network.
                self.ask(ExploreCommand::Sharpen(report.better));
                self.user.again(None);
                self.told.sharpener.trained(&report);
                self.user.sharpen_as_shown();
            }
            ExploreEvent::Neighbours { latent, found, verdict } => self.told.compared(latent, found, verdict),
            ExploreEvent::Failed { about, text } => {
                self.told.failed(about, &text);
                self.user.failed(about);
                self.effects.push(Effect::Notice(Level::Error, text));
            }
            ExploreEvent::Cancelled => self.told.nothing_under_way(),
            // Beside playing; `state::evaluation` has taken it.
            ExploreEvent::Evaluation(_) => {}
        }
        self.effects
    }

    fn opened(&mut self, model: Arc<ExploreModel>, now: f64) {
        self.user.opened(&model);
        self.told.opened(model);
        match self.user.goal.take().or_else(|| self.user.spec()) {
            Some(spec) => self.user.go(spec, Gesture::Single, now),
            None if self.user.current.is_some() => self.user.again(None),
            // Neither favourites nor directions of this generator are known yet; its plane always is.
            None => self.user.go(self.user.plane.spec(), Gesture::Single, now),
        }
    }

    fn refreshed(&mut self, step: u64) {
        self.told.refreshed(step);
        self.user.step_asked = false;
        if self.user.requests.idle() {
            self.user.again(None);
        }
    }

    /// A latent that was asked for is here: on to it.
    fn found(&mut self, latent: Latent, now: f64, text: String) {
        self.user.goal = None;
        self.user.go(LatentSpec::Latent(latent), Gesture::Single, now);
        self.effects.push(Effect::Notice(Level::Good, text));
    }

    fn saved(&mut self, path: PathBuf, text: impl Fn(&str) -> String) {
        self.effects.push(Effect::Notice(Level::Good, text(&printable::path(&path))));
        self.told.saved = Some(path);
    }
}
