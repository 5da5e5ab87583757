//! Looking through the prepared pictures: which are on show, which are selected, what was decided and can be undone.

mod action;
mod filter;
mod history;
mod pending;
mod selection;
mod shown;
mod state;
mod words;

pub use action::CurationAction;
pub use filter::Filter;
pub(crate) use history::Step;
pub(crate) use selection::{Move, Selection};
pub(crate) use state::TILES;
pub use state::{Curation, Side};
pub(crate) use words::{detail, labels, name, verdict};
