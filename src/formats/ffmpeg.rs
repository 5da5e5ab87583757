//! An installed ffmpeg: where it is, how it is started, and what it says.

use crate::printable;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

const NAME: &str = if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" };

/// How one comes by it: a sentence without its full stop.
pub(crate) const INSTALL: &str = if cfg!(windows) {
    "`winget install ffmpeg` in a terminal installs it; then open a new terminal"
} else if cfg!(target_os = "macos") {
    "`brew install ffmpeg` installs it (Homebrew, https://brew.sh)"
} else {
    "Your system's packages have it: `sudo apt install ffmpeg`, `sudo dnf install ffmpeg` or `sudo pacman -S ffmpeg`"
};

/// The program, as the system finds it. Only absolute folders count: an ffmpeg beside the pictures is none.
pub(crate) fn find() -> Option<PathBuf> {
    find_in(&std::env::var_os("PATH").unwrap_or_default())
}

fn find_in(path: &OsStr) -> Option<PathBuf> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(NAME)).find(|program| is_program(program))
}

fn is_program(path: &Path) -> bool {
    let Ok(about) = path.metadata() else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        about.is_file() && about.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    about.is_file()
}

/// The program without a console of its own, and out of reach of a Ctrl+C that is meant for this one: what becomes of
/// it then is decided here.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        command.creation_flags(CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP);
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    command
}

/// The last line of messages that is a sentence about what went wrong, safe to show.
pub(crate) fn last_line(messages: &str) -> Option<String> {
    let line = messages.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(printable::line(line.trim()).chars().take(300).collect())
}

/// A program that ends with this.
#[derive(Debug)]
pub(crate) struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails where it has ended.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_programs_in_absolute_folders_are_found() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("ffmpeg");
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o644)).unwrap();
        let path = std::env::join_paths([Path::new("."), Path::new(""), dir.path()]).unwrap();
        assert_eq!(find_in(&path), None, "it cannot be started");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_in(&path), Some(program));
        assert_eq!(find_in(OsStr::new("")), None);
    }

    #[test]
    fn the_last_message_is_shown_and_not_obeyed() {
        let line = last_line("first\n  moov\u{1b}[31m not found \n\n").unwrap();
        assert!(line.starts_with("moov") && line.ends_with("not found") && !line.contains('\u{1b}'), "{line:?}");
        assert_eq!(last_line(" \n\n"), None);
        assert_eq!(last_line(&"x".repeat(4000)).unwrap().len(), 300);
    }
}
