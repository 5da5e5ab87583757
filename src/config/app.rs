//! What the program remembers between two starts.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// Remembered settings of the window; newest folder first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct AppSettings {
    pub theme: Theme,
    /// Scale of everything in the window; 1 is the system's.
    pub zoom: f32,
    pub recent_folders: Vec<PathBuf>,
    pub recent_runs: Vec<PathBuf>,
    /// Where new runs are put; none means the program's own folder.
    pub runs_folder: Option<PathBuf>,
    /// What was used to measure with the last time: real pictures and Inception weights.
    pub real_pictures: Option<PathBuf>,
    pub inception: Option<PathBuf>,
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            zoom: 1.0,
            recent_folders: Vec::new(),
            recent_runs: Vec::new(),
            runs_folder: None,
            real_pictures: None,
            inception: None,
        }
    }
}

/// How many recent folders and runs are kept.
const RECENT: usize = 8;

impl AppSettings {
    pub fn remember_folder(&mut self, path: &Path) {
        remember(&mut self.recent_folders, path);
    }
    pub fn remember_run(&mut self, path: &Path) {
        remember(&mut self.recent_runs, path);
    }
}

fn remember(list: &mut Vec<PathBuf>, path: &Path) {
    list.retain(|p| p != path);
    list.insert(0, path.to_path_buf());
    list.truncate(RECENT);
}
