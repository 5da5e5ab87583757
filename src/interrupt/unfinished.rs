//! Files and folders in the making, under temporary names: whoever ends the program at once removes them first.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

static MAKING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A temporary file or folder. It is known from before it is made; dropping this forgets it and removes nothing.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn new(path: PathBuf) -> Self {
        MAKING.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        MAKING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Tries to remove a folder while another thread may put a last file into it.
const TRIES: u32 = 20;

/// Removes all of them. Afterwards nobody can begin or complete one: the program is about to end. Does nothing the
/// second time: whoever asks again must not wait for the first.
pub(super) fn remove_all() {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if BEGUN.swap(true, Ordering::SeqCst) {
        return;
    }
    let making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    for path in making.iter() {
        for _ in 0..TRIES {
            let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            match removed {
                Ok(()) => break,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => break,
                // There is nobody left to tell.
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(10)),
            }
        }
    }
    // Whoever would begin another one waits for this lock until the program has ended.
    std::mem::forget(making);
}
