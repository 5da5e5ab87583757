//! The program's own settings, which it remembers between two starts.

use super::machine::Machine;
use crate::files::exact_path;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// As the system's.
    #[default]
    System,
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

/// The settings themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct AppSettings {
    /// Colours of the window.
    pub theme: Theme,
    /// Scale of everything in the window; 1 is the system's.
    pub zoom: f32,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
    /// The system tells when a training ends or needs somebody while the window is not in front.
    pub notifications: bool,
    /// Show all settings of a recipe, not only those that most people need.
    pub all_settings: bool,
    /// Folders of pictures that were opened, newest first.
    #[serde(with = "exact_path::list")]
    pub recent_folders: Vec<PathBuf>,
    /// Run folders that were opened, newest first.
    #[serde(with = "exact_path::list")]
    pub recent_runs: Vec<PathBuf>,
    /// Machines that runs were trained on, newest first.
    pub machines: Vec<Machine>,
    /// Folder for new runs; none means the program's own.
    #[serde(with = "exact_path::maybe")]
    pub runs_folder: Option<PathBuf>,
    /// Folder of real pictures that the last evaluation compared with.
    #[serde(with = "exact_path::maybe")]
    pub real_pictures: Option<PathBuf>,
    /// File of Inception weights that the last evaluation used.
    #[serde(with = "exact_path::maybe")]
    pub inception: Option<PathBuf>,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            zoom: 1.0,
            reduced_motion: false,
            notifications: true,
            all_settings: false,
            recent_folders: Vec::new(),
            recent_runs: Vec::new(),
            machines: Vec::new(),
            runs_folder: None,
            real_pictures: None,
            inception: None,
        }
    }
}

/// How many recent folders, runs and machines are kept.
const RECENT: usize = 8;

impl AppSettings {
    /// Puts a folder of pictures first.
    pub fn remember_folder(&mut self, path: &Path) {
        remember(&mut self.recent_folders, path.to_path_buf());
    }
    /// Puts a run folder first.
    pub fn remember_run(&mut self, path: &Path) {
        remember(&mut self.recent_runs, path.to_path_buf());
    }
    /// Puts a machine first.
    pub fn remember_machine(&mut self, machine: &Machine) {
        remember(&mut self.machines, machine.clone());
    }
}

fn remember<T: PartialEq>(list: &mut Vec<T>, newest: T) {
    list.retain(|known| *known != newest);
    list.insert(0, newest);
    list.truncate(RECENT);
}
