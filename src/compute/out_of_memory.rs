//! When a graphics card's memory runs out.
//!
//! The library notices it on a thread of its own: as a panic where its shaders are WGSL, as an error that the next read
//! gives where they are SPIR-V. Either way its text passes through here, and whoever trains asks afterwards.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static RAN_OUT: AtomicBool = AtomicBool::new(false);
/// What is written, and where, at the moment in which memory runs out: a driver may end the process right after.
static MARK: Mutex<Option<(PathBuf, u32)>> = Mutex::new(None);

/// Takes note of the message of a panic or of an error of a device.
pub fn overhear(message: &str) {
    let message = message.to_ascii_lowercase();
    if !["out of memory", "out of device memory", "out_of_device_memory"].iter().any(|sign| message.contains(sign)) {
        return;
    }
    RAN_OUT.store(true, Ordering::Relaxed);
    // A panic while it is held leaves it as it was.
    let mark = MARK.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
    if let Some((path, pictures)) = mark
        && let Err(e) = crate::files::replace(&path, pictures.to_string().as_bytes())
    {
        log::error!("{}: {e}", path.display());
    }
}

/// Whether a card's memory has run out since this was asked last.
pub(crate) fn ran_out() -> bool {
    RAN_OUT.swap(false, Ordering::Relaxed)
}

/// From now on `pictures` is written to `path` when memory runs out; nothing without a mark.
pub(crate) fn mark(mark: Option<(PathBuf, u32)>) {
    *MARK.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = mark;
}

/// Pictures that are worked on now, all at once: where a test stands in for a card with little memory, too many fail.
pub(crate) fn needed(pictures: usize) {
    #[cfg(test)]
    stand_in::check(pictures);
    _ = pictures;
}

#[cfg(test)]
pub(crate) mod stand_in {
    //! A card that takes a few pictures at once and fails as the library does.

    use std::cell::Cell;

    thread_local! {
        /// Pictures at once, and how many pieces of work there are before they are too many.
        static ROOM: Cell<(usize, usize)> = const { Cell::new((usize::MAX, 0)) };
    }

    /// On this thread, more pictures at once than these fail, after so many pieces of work.
    pub(crate) fn room_for(pictures: usize, after: usize) {
        ROOM.set((pictures, after));
    }

    pub(super) fn check(pictures: usize) {
        let (room, left) = ROOM.get();
        ROOM.set((room, left.saturating_sub(1)));
        if left == 0 && pictures > room {
            super::overhear("wgpu error: Out of Memory");
            panic!("the call to the device failed");
        }
    }
}
