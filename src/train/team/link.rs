//! The way to a member: a thread of this process, or a worker at the other end of a line.

use super::error::MemberError;
use super::order::{Answer, Order};

/// Takes orders to a member and brings its answers, in the same order.
pub(crate) trait Link: Send {
    /// How people know it: the name of a device, or an address.
    fn name(&self) -> &str;

    /// Sends an order. Does not wait until it is done.
    ///
    /// # Errors
    /// The member is gone.
    fn send(&mut self, order: Order) -> Result<(), MemberError>;

    /// Waits for the next answer.
    ///
    /// # Errors
    /// The member is gone, or its device failed.
    fn receive(&mut self) -> Result<Answer, MemberError>;
}
