//! What a panel is, and what it sees.

use super::action::{Action, Screen};
use super::state::EngineState;
use super::textures::Textures;
use super::user::UserState;
use egui::{Key, Ui};

/// What a panel sees: it draws from this and pushes actions.
pub struct View<'a> {
    /// What the engine has told.
    pub state: &'a EngineState,
    /// What the person has typed and chosen.
    pub user: &'a mut UserState,
    /// All screens, in the order of their buttons.
    pub screens: &'static [ScreenEntry],
    /// Pictures on the graphics card.
    pub textures: &'a mut Textures,
    /// What the panel asks for.
    pub actions: &'a mut Vec<Action>,
    /// Seconds since the window opened.
    pub now: f64,
    /// Seconds since 1970, for "5 minutes ago".
    pub unix_now: u64,
}

impl View<'_> {
    /// Asks for this action; the window carries it out after drawing.
    pub fn ask(&mut self, action: Action) {
        self.actions.push(action);
    }
}

/// A part of the window.
pub struct Panel {
    /// Its name in tests.
    pub name: &'static str,
    /// Its size in a window of 1280 x 720 points.
    pub size: [f32; 2],
    /// Draws it.
    pub show: fn(&mut Ui, &mut View),
}

/// What fills the window, with its button in the top bar and its key.
pub struct ScreenEntry {
    pub(crate) screen: Screen,
    /// On the button.
    pub(crate) title: &'static str,
    /// What it is for, on the tooltip of the button.
    pub(crate) tip: &'static str,
    /// Shows it together with Ctrl.
    pub(crate) key: Key,
    /// What the key does, in the help.
    pub(crate) help: &'static str,
    /// Draws it.
    pub(crate) show: fn(&mut Ui, &mut View),
}
