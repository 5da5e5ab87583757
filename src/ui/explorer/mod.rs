//! Playing a generator. [`Exploration`] is where the person is in latent space and how they got there; what the
//! engine's explorer told is in `state::explore`; [`ExplorerPart`] moves both along, and asks for pictures. The panels
//! that draw all this are in `panels::explore`.

mod act;
mod action;
mod alive;
mod animation;
mod answers;
mod blending;
mod cat;
mod cat_form;
mod exploration;
mod favourites;
mod history;
mod keeping;
mod naming;
mod output;
mod pad;
mod pads;
mod part;
mod requests;
mod sight;
mod store;
#[cfg(test)]
mod tests;
mod tick;

pub(crate) use act::dropped;
pub(super) use action::{CatAction, ExploreAction, Gesture};
pub(crate) use alive::{PACE, RETRY};
pub(crate) use animation::SPEED;
pub use exploration::Exploration;
pub(crate) use exploration::PSI;
pub(crate) use favourites::EXAMPLES;
pub(super) use favourites::{Example, Favourite, Favourites, MOST};
pub(super) use output::{Along, FilmForm, SharpenChoice, own_file};
pub(crate) use pad::MODES;
pub use pads::PadMode;
pub(crate) use pads::{REACH, SPAN, STRIP};
pub(crate) use part::ExplorerPart;
