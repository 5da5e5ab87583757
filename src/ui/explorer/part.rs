//! The explorer as a part of the window: it changes what is known, and what is to be done comes out as effects.

use super::exploration::{Exploration, StepWish};
use crate::engine::{ExploreCommand, Level, Photo};
use crate::ui::effect::Effect;
use crate::ui::state::{CatState, Counted, ExploreState, MAP, STRIPS, SearchState};

/// Acts on what the explorer told and on what the person is doing.
pub(crate) struct ExplorerPart<'a> {
    pub(super) told: &'a mut ExploreState,
    pub(super) user: &'a mut Exploration,
    pub(super) effects: Vec<Effect>,
}

impl<'a> ExplorerPart<'a> {
    pub(crate) fn new(told: &'a mut ExploreState, user: &'a mut Exploration) -> Self {
        Self { told, user, effects: Vec::new() }
    }

    pub(super) fn ask(&mut self, command: ExploreCommand) {
        self.effects.push(Effect::Explore(command));
    }

    pub(super) fn toast(&mut self, level: Level, text: &str) {
        self.effects.push(Effect::toast(level, text));
    }

    /// The explorer has taken a request, or had no room for it: then it is dropped.
    pub(crate) fn sent(mut self, command: ExploreCommand, taken: bool) -> Vec<Effect> {
        if taken {
            self.taken(command)
        } else {
            self.refused(command)
        }
        self.effects
    }

    fn taken(&mut self, command: ExploreCommand) {
        match command {
            ExploreCommand::Open(source) => {
                self.told.opens(source);
                self.user.requests.lost();
            }
            ExploreCommand::Show { stamp, .. } => self.told.asks(stamp),
            ExploreCommand::AtStep(_) => self.user.step_asked = true,
            ExploreCommand::OpenPhoto(_) => {
                self.told.search = SearchState::Opening;
                (self.told.cat, self.user.cat.editor) = (CatState::default(), None);
            }
            ExploreCommand::Project(photo) => {
                self.told.search = SearchState::Running(None, None);
                (self.told.cat.searched, self.told.cat.found) = (Some(photo), None);
            }
            ExploreCommand::PutIn { .. } => self.told.search = SearchState::Tuning(Counted::default(), None),
            ExploreCommand::Film { frames, .. } => {
                self.told.film = Some(Counted { done: 0, total: frames as usize });
            }
            ExploreCommand::Curate { count, .. } => self.told.ranking = Some(Counted { done: 0, total: count }),
            ExploreCommand::FindNeighbours { .. } => self.told.comparing = Some(Counted::default()),
            ExploreCommand::ExportPictures { kept, .. } => {
                self.told.exporting = Some(Counted { done: 0, total: kept.len() });
            }
            ExploreCommand::TrainSharpener { .. } => self.told.sharpener.begin(),
            // Nothing of the others is on show before the answer comes.
            _ => {}
        }
    }

    fn refused(&mut self, command: ExploreCommand) {
        match command {
            // These are asked for again by themselves. Without new pictures the favourites only look as they did.
            ExploreCommand::Show { .. } => return self.user.requests.refused(),
            ExploreCommand::Thumbnails { purpose: MAP, .. } => return self.told.map.refused(),
            ExploreCommand::Thumbnails { purpose: STRIPS, .. } => return self.told.strips.refused(),
            ExploreCommand::Thumbnails { .. } => return self.user.favourites.ask_again(),
            ExploreCommand::EditFavourites { .. } => return self.user.favourites.store.again(),
            ExploreCommand::Blend { .. } => return self.user.blend.refused(),
            ExploreCommand::AtStep(step) => return self.user.step_wish = StepWish::to(step),
            ExploreCommand::Open(_) => self.told.failure = Some("The explorer is not responding.".to_owned()),
            ExploreCommand::FindNeighbours { .. } => self.told.comparing = None,
            // The person asks again.
            _ => {}
        }
        self.toast(Level::Warning, BUSY);
    }

    /// Opens a photo whose most similar picture is searched for.
    pub(crate) fn search(mut self, photo: Photo) -> Vec<Effect> {
        self.open_photo(photo);
        self.effects
    }
}

/// Why a request was not taken.
pub(crate) const BUSY: &str = "The explorer is busy. Try again in a moment.";
