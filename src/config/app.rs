//! The program's own settings, which it remembers between two starts.

use super::machine::Machine;
use super::manners::Manners;
use super::team::TeamPlace;
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

/// Whether pictures move by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Motion {
    /// As the system's settings for accessibility say.
    #[default]
    System,
    /// They do.
    Full,
    /// Nothing moves by itself.
    Reduced,
}

/// Of version 0.1, `reduced-motion = true` or `false`, of which nobody chose the second.
fn motion<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Motion, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Now(Motion),
        Before(bool),
    }
    Ok(match Either::deserialize(from)? {
        Either::Now(motion) => motion,
        Either::Before(true) => Motion::Reduced,
        Either::Before(false) => Motion::System,
    })
}

/// The settings themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct AppSettings {
    /// Colours of the window.
    pub theme: Theme,
    /// Scale of everything in the window; 1 is the system's.
    pub zoom: f32,
    /// Whether pictures move by themselves.
    #[serde(alias = "reduced-motion", deserialize_with = "motion")]
    pub motion: Motion,
    /// The system tells when a training ends or needs somebody while the window is not in front.
    pub notifications: bool,
    /// How trainings treat this computer, and the machines that train for it.
    pub manners: Manners,
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
    /// Several devices that runs were trained on together, newest first.
    pub teams: Vec<TeamPlace>,
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
            motion: Motion::System,
            notifications: true,
            manners: Manners::default(),
            all_settings: false,
            recent_folders: Vec::new(),
            recent_runs: Vec::new(),
            machines: Vec::new(),
            teams: Vec::new(),
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
    /// Puts several devices first.
    pub fn remember_team(&mut self, team: &TeamPlace) {
        remember(&mut self.teams, team.clone());
    }
}

fn remember<T: PartialEq>(list: &mut Vec<T>, newest: T) {
    list.retain(|known| *known != newest);
    list.insert(0, newest);
    list.truncate(RECENT);
}

#[cfg(test)]
mod tests {
    use super::super::manners::Share;
    use super::*;

    #[test]
    fn manners_are_kept_and_older_files_have_the_usual_ones() {
        let manners = Manners { share: Share::Background, pause_on_battery: true, keep_awake: false };
        let settings = AppSettings { manners, ..AppSettings::default() };
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<AppSettings>(&text).unwrap(), settings);
        assert_eq!(serde_json::from_str::<AppSettings>("{}").unwrap().manners, Manners::default());
    }

    #[test]
    fn motion_is_read_as_it_was_written_before() {
        let read = |text: &str| toml::from_str::<AppSettings>(text).unwrap().motion;
        assert_eq!(read(""), Motion::System);
        assert_eq!(read("reduced-motion = true"), Motion::Reduced);
        assert_eq!(read("reduced-motion = false"), Motion::System);
        for motion in [Motion::System, Motion::Full, Motion::Reduced] {
            let settings = AppSettings { motion, ..AppSettings::default() };
            assert_eq!(read(&toml::to_string(&settings).unwrap()), motion);
        }
    }
}
