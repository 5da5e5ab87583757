//! The window. `state` is what the engine has told, `user` what the person has typed and chosen. `panels` draw both and
//! push actions, `perform` and `explorer` carry those out on both and return effects, and `app` does what the effects
//! ask. Messages of the engine go the same way. `widgets` are the controls. It sees `config`, `pixels` and `engine`
//! only.

mod action;
mod app;
pub mod bench;
mod clipboard;
mod curves;
mod closing;
mod dialogs;
mod effect;
mod enlarge;
mod evaluate;
mod explorer;
pub mod fonts;
mod link;
mod logo;
mod measures;
pub mod panels;
mod perform;
mod screens;
mod shortcuts;
mod state;
mod system;
mod text;
mod textures;
pub mod theme;
mod ticks;
mod toasts;
mod user;
pub mod view;
mod widgets;
mod window;

pub use action::{Action, Dialog, Purpose, Screen};
pub use app::App;
pub use dialogs::overhear;
pub use evaluate::{EvaluateAction, EvaluateForm};
pub use explorer::{Exploration, ExploreAction, PadMode};
pub use state::EngineState;
pub use user::UserState;
pub use window::{Closed, run};
