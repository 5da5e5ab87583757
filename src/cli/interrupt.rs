//! Ctrl+C: the first asks for an orderly end, the second ends at once.

use super::output::write_stderr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the first Ctrl+C; also what a scan of pictures watches.
pub static PRESSED: AtomicBool = AtomicBool::new(false);

/// Watches for Ctrl+C from now on. `first` is what the first one tells the user.
pub fn watch(first: &'static str) {
    let handler = move || {
        if PRESSED.swap(true, Ordering::SeqCst) {
            write_stderr("Ended at once, without saving: what was learned since the last save is lost.\n");
            #[expect(clippy::disallowed_methods, reason = "the user asked twice: not to wait is the point")]
            std::process::exit(super::Exit::Other as i32);
        }
        write_stderr(&format!("{first} Ctrl+C once more ends at once.\n"));
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        log::warn!("Ctrl+C will end the program without saving: {error}");
    }
}

pub fn pressed() -> bool {
    PRESSED.load(Ordering::SeqCst)
}
