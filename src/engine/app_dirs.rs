//! The program's own folders, and the settings that it remembers.

use crate::config::AppSettings;
use crate::data::{ChoicesFile, DataHome, LoadedChoices};
use crate::engine::protocol::error::EngineError;
use crate::files::{self, Links};
use directories::ProjectDirs;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Overrides the program's folders; for tests and for portable installations.
const HOME: &str = "PURRTRAIT_HOME";
const PICTURE_CHOICES: &str = "picture-choices.json";
const QUEUE: &str = "queue.json";
/// Largest settings file that is read.
const MOST_BYTES: u64 = 1 << 20;

/// The folders of the program.
#[derive(Debug, Clone)]
pub(crate) struct AppDirs {
    /// Prepared pictures; may be deleted at any time.
    pub cache: PathBuf,
    /// New runs, unless another folder is chosen.
    pub runs: PathBuf,
    /// Runs that train here for other machines, and their squares.
    pub jobs: PathBuf,
    /// Copies of runs on other machines that are watched here.
    pub watched: PathBuf,
    /// Learned and renamed directions, a file for each generator.
    pub directions: PathBuf,
    /// Favourites of generators that lie in no run folder, a file for each.
    pub favourites: PathBuf,
    /// People's decisions about their photos.
    picture_choices: PathBuf,
    /// The file of trainings that wait.
    pub queue: PathBuf,
    settings: PathBuf,
}

impl AppDirs {
    pub(super) fn find() -> Self {
        if let Some(home) = std::env::var_os(HOME).filter(|h| !h.is_empty()) {
            return Self::below(Path::new(&home));
        }
        match ProjectDirs::from("", "", "Purrtrait") {
            Some(dirs) => Self {
                cache: dirs.cache_dir().to_path_buf(),
                runs: dirs.data_local_dir().join("runs"),
                jobs: dirs.data_local_dir().join("jobs"),
                watched: dirs.data_local_dir().join("watched"),
                directions: dirs.data_local_dir().join("directions"),
                favourites: dirs.data_local_dir().join("favourites"),
                picture_choices: dirs.data_local_dir().join(PICTURE_CHOICES),
                queue: dirs.data_local_dir().join(QUEUE),
                settings: dirs.config_dir().join("settings.json"),
            },
            // No home folder: a service account, perhaps.
            None => Self::below(&std::env::temp_dir().join("purrtrait")),
        }
    }

    /// The file of people's decisions about their photos.
    pub(super) fn picture_choices(&self) -> ChoicesFile {
        ChoicesFile::new(self.picture_choices.clone())
    }

    /// Squares of others that a worker here has trained with; may be deleted at any time.
    pub(super) fn worker_squares(&self) -> PathBuf {
        self.cache.join("worker")
    }

    /// Where prepared pictures are kept, and what people decided about their photos. That a damaged file of decisions
    /// was renamed is logged.
    ///
    /// # Errors
    /// The decisions cannot be read: without them other pictures would be used.
    pub(super) fn pictures(&self) -> Result<DataHome, EngineError> {
        let loaded = self.picture_choices().load().map_err(|e| EngineError::Data(e.to_string()))?;
        let LoadedChoices { choices, notice } = loaded;
        if let Some(text) = notice {
            log::warn!("{text}");
        }
        Ok(DataHome { cache: self.cache.clone(), choices: Arc::new(choices) })
    }

    /// The file of the window's size and position.
    pub(super) fn window(&self) -> PathBuf {
        self.settings.with_file_name("window.ron")
    }

    pub(crate) fn below(home: &Path) -> Self {
        Self {
            cache: home.join("cache"),
            runs: home.join("runs"),
            jobs: home.join("jobs"),
            watched: home.join("watched"),
            directions: home.join("directions"),
            favourites: home.join("favourites"),
            picture_choices: home.join(PICTURE_CHOICES),
            queue: home.join(QUEUE),
            settings: home.join("settings.json"),
        }
    }

    /// The remembered settings. A file that cannot be parsed is renamed to `settings.bad.json`, and the message says
    /// so.
    pub(super) fn load_settings(&self) -> (AppSettings, Option<String>) {
        let text = match files::read_text(&self.settings, Links::Follow, MOST_BYTES) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return (AppSettings::default(), None),
            Err(e) => return (AppSettings::default(), Some(format!("cannot read {}: {e}", self.settings.display()))),
        };
        match serde_json::from_str(&text) {
            Ok(settings) => (settings, None),
            Err(e) => {
                let backup = self.settings.with_file_name("settings.bad.json");
                let kept = match fs::rename(&self.settings, &backup) {
                    Ok(()) => format!("the old ones are in {}", backup.display()),
                    Err(e) => format!("cannot rename the file: {e}"),
                };
                let message = format!(
                    "cannot read {}: {e}. Purrtrait started with default settings; {kept}.",
                    self.settings.display()
                );
                (AppSettings::default(), Some(message))
            }
        }
    }

    /// The remembered settings, or the usual ones where they cannot be read; that is not for this to tell.
    pub(super) fn look_at_settings(&self) -> AppSettings {
        let text = files::read_text(&self.settings, Links::Follow, MOST_BYTES).ok();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// The runs in the runs folder, and those that were opened recently.
    pub(super) fn own_runs(&self) -> Vec<PathBuf> {
        let settings = self.look_at_settings();
        let folder = settings.runs_folder.unwrap_or_else(|| self.runs.clone());
        settings.recent_runs.into_iter().chain(files::entries(&folder)).collect()
    }

    /// Saves the settings, all or nothing.
    pub(super) fn save_settings(&self, settings: &AppSettings) -> Result<(), String> {
        let write = || -> std::io::Result<()> {
            if let Some(folder) = self.settings.parent() {
                files::make_folder(folder)?;
            }
            files::replace(&self.settings, &serde_json::to_vec_pretty(settings)?)
        };
        write().map_err(|e| format!("cannot save the settings in {}: {e}", self.settings.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_broken_ones_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let dirs = AppDirs::below(home.path());
        assert_eq!(dirs.load_settings(), (AppSettings::default(), None));
        let settings = AppSettings { zoom: 1.5, ..AppSettings::default() };
        dirs.save_settings(&settings).unwrap();
        assert_eq!(dirs.load_settings(), (settings, None));
        fs::write(home.path().join("settings.json"), "{ broken").unwrap();
        let (settings, message) = dirs.load_settings();
        assert_eq!(settings, AppSettings::default());
        assert!(message.unwrap().contains("settings.bad.json"));
        assert_eq!(fs::read_to_string(home.path().join("settings.bad.json")).unwrap(), "{ broken");
    }
}
