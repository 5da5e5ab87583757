//! One buffer, many threads.

/// A buffer of which each thread writes a part of its own.
#[derive(Clone, Copy)]
pub(crate) struct Shared(*mut f32);

// SAFETY: every use says why its part belongs to one thread.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub(super) fn new(values: &mut [f32]) -> Self {
        Self(values.as_mut_ptr())
    }

    /// # Safety
    /// `start` must lie inside the buffer, which must be alive.
    pub(super) unsafe fn at(&self, start: usize) -> *mut f32 {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(start) }
    }

    /// # Safety
    /// The part must lie inside the buffer, which must be alive, and belong to the calling thread alone.
    #[expect(clippy::mut_from_ref, reason = "the parts do not overlap")]
    pub(super) unsafe fn slice(&self, start: usize, length: usize) -> &mut [f32] {
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(start), length) }
    }
}
