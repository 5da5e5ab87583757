//! Choosing the pictures of the next run, and its preset.

use super::part::Performer;
use crate::config::{DataSource, Preset};
use crate::engine::{Command, Level, is_picture_file};
use crate::ui::action::Screen;
use std::path::PathBuf;

impl Performer<'_> {
    /// True when pictures and recipe of the next run can be changed; says so otherwise.
    pub(super) fn can_prepare(&mut self) -> bool {
        if self.state.beginning() {
            self.toast(Level::Warning, "A run is about to begin. Wait until it trains, or cancel it.");
        }
        !self.state.beginning()
    }

    /// True when no run is in the way; says so otherwise.
    pub(super) fn free(&mut self) -> bool {
        if self.state.busy() {
            self.toast(Level::Warning, "A run is in progress. Stop it first; you can resume it later.");
        }
        !self.state.busy()
    }

    pub(super) fn open_folder(&mut self, path: PathBuf) {
        // A picture dropped onto the window stands for the folder that it lies in, and so does one that cannot be read:
        // the list of skipped files then says why, and others in the folder may be readable.
        let folder = path.parent().filter(|_| is_picture_file(&path)).map(PathBuf::from).unwrap_or(path);
        if self.can_prepare() {
            // A relative path would name another folder at the next start.
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            self.user.folder_text = folder.display().to_string();
            self.take_pictures(DataSource::Folder(folder));
        }
    }

    pub(super) fn open_demo(&mut self) {
        if self.can_prepare() {
            self.take_pictures(DataSource::Demo);
        }
    }

    fn take_pictures(&mut self, source: DataSource) {
        self.user.config.data.source = source;
        self.user.screen = Screen::Setup;
        self.scan();
    }

    /// Asks for the pictures to be prepared, unless a run is about to begin with those on show.
    pub(super) fn scan(&mut self) {
        self.user.rescan_at = None;
        if self.state.beginning() || self.state.dead.is_some() {
            return;
        }
        let (data, size) = self.user.scan();
        self.state.scan_asked(data.clone(), size);
        self.send(Command::ScanData { data, size });
    }

    pub(super) fn choose_preset(&mut self, name: &str) {
        let Some(preset) = Preset::find(name) else { return };
        let size = self.user.config.model.size;
        self.user.choose(preset);
        if self.user.config.model.size != size && self.state.scanned.is_some() {
            self.scan();
        }
    }
}
