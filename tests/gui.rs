//! The window over a worker that the tests play themselves: what a press sends, what an event shows, and how it looks.
//!
//! Pictures are compared with those in `tests/snapshots`; `UPDATE_SNAPSHOTS=1 cargo test --release --test gui` renews
//! them. They need a graphics adapter (a software one will do) and are skipped without one, unless
//! `PURRTRAIT_REQUIRE_GPU=1` is set.
#![cfg(feature = "gui")]

#[path = "gui/behaviour.rs"]
mod behaviour;
#[path = "gui/closing.rs"]
mod closing;
#[path = "gui/coach.rs"]
mod coach;
#[path = "gui/curation.rs"]
mod curation;
#[path = "gui/evaluate.rs"]
mod evaluate;
#[path = "gui/explore.rs"]
mod explore;
#[path = "gui/favourites.rs"]
mod favourites;
#[path = "gui/first.rs"]
mod first;
#[path = "gui/focus.rs"]
mod focus;
#[path = "gui/looks.rs"]
mod looks;
#[path = "gui/names.rs"]
mod names;
#[path = "gui/order.rs"]
mod order;
#[path = "gui/photo.rs"]
mod photo;
#[path = "gui/pictures.rs"]
mod pictures;
#[path = "gui/plots.rs"]
mod plots;
#[path = "gui/quality.rs"]
mod quality;
#[path = "gui/queue.rs"]
mod queue;
#[path = "gui/race.rs"]
mod race;
#[path = "gui/room.rs"]
mod room;
#[path = "gui/runs.rs"]
mod runs;
#[path = "gui/stage.rs"]
mod stage;
#[path = "gui/starting.rs"]
mod starting;
#[path = "gui/watching.rs"]
mod watching;
