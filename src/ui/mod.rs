//! The window: what the engine has told ([`EngineState`]) and what the person has typed and chosen ([`UserState`]),
//! drawn by `panels` out of `widgets`. It sees `config`, `pixels` and `engine` only. Everything goes one way around:
//!
//! A click, from a panel to the engine ("Save now"):
//! 1. `panels/run_bar` draws the button from a [`view::View`] and asks for [`Action::SaveNow`].
//! 2. After drawing, [`App`] hands the action to `Performer::perform` (`perform/actions`), which changes both states
//!    and returns effects: here `Effect::Send(Command::SaveNow)`. It does nothing else, so tests need no window.
//! 3. `App::carry_out` is the one place that does what effects ask: `link` passes the command to the engine.
//!
//! An event, from the engine to the screen ("saved"):
//! 1. `App::receive` takes `Event::Saved` from `link` and hands it to `EngineState::apply` (`state`), which notes the
//!    checkpoint and returns effects: here `Effect::Toast`.
//! 2. `App::carry_out` shows the toast. Where the person's side must follow, too, an effect says so
//!    (`Effect::RunStarted`), and the performer acts on it (`perform/follow`).
//! 3. In the next frame, `panels/run_bar` draws the new step from `EngineState`.
//!
//! The explorer goes the same way with a part of its own, `explorer::ExplorerPart`: its actions arrive at `act`, its
//! answers at `take_in`, and `Effect::Explore` asks it. Two things begin in `App::logic`, not with a click: a live
//! setting is sent once its slider is let go, and the explorer asks for pictures in every frame.

mod action;
mod app;
mod atlas;
pub mod bench;
mod bidi;
mod clipboard;
mod closing;
mod comparing;
mod curation;
mod curves;
mod dialogs;
mod effect;
mod enlarge;
mod evaluate;
mod examples;
mod explorer;
mod fills;
mod focus;
pub mod fonts;
mod link;
mod logo;
mod measures;
mod outlook;
pub mod panels;
mod perform;
mod photo;
mod pipeline;
mod queueing;
mod racing;
mod screens;
mod shortcuts;
mod software;
mod speeds;
mod starting;
mod state;
mod system;
mod text;
mod textures;
mod theme;
mod ticks;
mod toasts;
mod user;
pub mod view;
mod widgets;
mod window;

pub use action::{Action, Dialog, Purpose, Screen};
pub use app::App;
pub use curation::{Curation, CurationAction, Filter, Side};
pub use dialogs::overhear;
pub use evaluate::{EvaluateAction, EvaluateForm};
pub use explorer::{Exploration, PadMode};
pub use queueing::{QueueAction, QueueForm};
pub use racing::Rival;
pub use starting::Origin;
pub use state::EngineState;
pub use user::{TeamForm, UserState};
pub use window::{Closed, run};
