//! What can go wrong with a member of a team.

use crate::compute::DeviceError;

/// Why a member gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Its device failed. It is one of this machine.
    #[error(transparent)]
    Device(DeviceError),
    /// It is gone, says nothing any more, or cannot do what it is asked for.
    #[error("{name}: {why}")]
    Lost {
        /// Which one, as it was named.
        name: String,
        /// What happened, without a full stop.
        why: String,
    },
    /// What was asked for cannot be.
    #[error("it was sent {0}")]
    Misled(&'static str),
}
