//! How much memory an input takes: an allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// Beyond this, memory is refused: the machine has other users.
const MOST: usize = 6 << 30;

/// Bytes in use.
pub fn now() -> usize {
    NOW.load(Relaxed)
}

/// Begins a new measurement of [`peak`].
pub fn forget_peak() {
    PEAK.store(now(), Relaxed);
}

/// The most bytes that were in use at once since [`forget_peak`].
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

pub struct Counting;

impl Counting {
    /// Whether so many more bytes may be had; then they are counted.
    fn take(bytes: usize) -> bool {
        let after = NOW.fetch_add(bytes, Relaxed).saturating_add(bytes);
        if after > MOST {
            NOW.fetch_sub(bytes, Relaxed);
            return false;
        }
        PEAK.fetch_max(after, Relaxed);
        true
    }
}

// SAFETY: hands everything on to the system's allocator, or gives null, which every caller must be ready for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !Self::take(layout.size()) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !Self::take(layout.size()) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !Self::take(size) {
            return std::ptr::null_mut();
        }
        let moved = unsafe { System.realloc(place, layout, size) };
        NOW.fetch_sub(if moved.is_null() { size } else { layout.size() }, Relaxed);
        moved
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}
