//! Purrtrait: train a GAN on a folder of cat pictures, watch it learn, keep the pictures.
//!
//! The order of the modules below is the law: a module uses only modules above it (`tests/layers.rs` checks it), and
//! `cli` and `ui` never use each other. A newcomer reads `config::tunables`, `model::generator`, `train::loss`,
//! `train::step`, `train::trainer`, `engine::protocol`, `engine::run`, and then `ui`, whose first lines follow a click
//! to the engine and an event to the screen. `ARCHITECTURE.md` has the rest.

// Public is what the program and the tests use; everything else says that it is not.
#![warn(missing_docs, unreachable_pub)]
// What only the window uses has no user in a build without one.
#![cfg_attr(not(feature = "gui"), allow(dead_code, unused_imports))]
// So has what only `engine::process::resident` uses, which trains for other machines, on a system that has none.
#![cfg_attr(not(unix), allow(dead_code, unused_imports))]

pub mod printable;
pub mod files;
pub mod interrupt;
pub mod config;
pub mod pixels;
pub mod compute;
pub mod finder;
pub mod data;
pub mod model;
pub mod latent;
pub mod metrics;
pub mod train;
pub mod formats;
pub mod sharpen;
pub mod engine;
pub mod cli;
#[cfg(feature = "gui")]
pub mod ui;
