//! What the system does for the window: it opens file managers, and starts programs.

use mundy::{Interest, Preferences, ReducedMotion, Subscription};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Shows a notification; on a thread of its own, as some systems take their time to show one, or have nothing that
/// does.
pub(crate) fn notify(text: &str) {
    // Elsewhere than on Linux and the BSDs, where it is markup, the text is shown as it is.
    let text = match cfg!(all(unix, not(target_os = "macos"))) {
        true => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        false => text.to_owned(),
    };
    let show = move || {
        let mut notification = notify_rust::Notification::new();
        notification.appname("Purrtrait").summary("Purrtrait").body(&text).icon("purrtrait");
        if let Err(error) = notification.show() {
            log::debug!("no notification can be shown: {error}");
        }
    };
    if let Err(error) = std::thread::Builder::new().name("notification".to_owned()).spawn(show) {
        log::warn!("cannot start a thread for a notification: {error}");
    }
}

/// Keeps `still` as the system's settings for accessibility are: whether nothing is to move by itself. Ends with what
/// is returned. Where the system tells nothing, things move.
pub(crate) fn watch_motion(still: Arc<AtomicBool>, ctx: egui::Context) -> Subscription {
    Preferences::subscribe(Interest::ReducedMotion, move |preferences| {
        let reduce = preferences.reduced_motion == ReducedMotion::Reduce;
        if still.swap(reduce, Ordering::Relaxed) != reduce {
            ctx.request_repaint();
        }
    })
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
