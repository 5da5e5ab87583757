//! What tells of the power, and keeps a system awake: the system, or a test.

use std::any::Any;
use std::time::Duration;

/// The computer's power. Its functions may block: they are called on threads that nobody waits for.
pub trait Power: Send + Sync {
    /// Whether the computer runs on battery; none where there is no battery, or nothing is known of it.
    fn on_battery(&self) -> Option<bool>;

    /// How often that is looked at.
    fn look_every(&self) -> Duration {
        Duration::from_secs(5)
    }

    /// Keeps the system from going to sleep by itself as long as what is returned lives. Its display may sleep. What is
    /// returned is dropped on the thread that called.
    ///
    /// # Errors
    /// Says why the system cannot be kept awake.
    fn keep_awake(&self) -> Result<Box<dyn Any>, String>;
}
