//! What the system does for the window: it opens file managers, and starts programs.

use std::path::PathBuf;

/// Shows a folder in the file manager; on a thread of its own, as some systems take their time to open one.
pub(crate) fn reveal(path: PathBuf) {
    let spawned = std::thread::Builder::new().name("file manager".to_owned()).spawn(move || {
        if let Err(error) = open::that(&path) {
            log::warn!("cannot show {} in the file manager: {error}", path.display());
        }
    });
    if let Err(error) = spawned {
        log::warn!("cannot start a thread for the file manager: {error}");
    }
}

/// Starts the program once more. A lost graphics card stays lost for this process: only a new one can use it again.
///
/// # Errors
/// Says why it cannot be started, and what to do.
pub(crate) fn start_again() -> Result<(), String> {
    let program = std::env::current_exe().and_then(|exe| std::process::Command::new(exe).spawn());
    match program {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("Cannot restart Purrtrait: {error}. Close it and start it by hand.")),
    }
}
