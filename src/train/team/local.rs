//! A member on a device of this machine, with a thread of its own: the GPU runtime gives each thread its own stream.

use super::error::MemberError;
use super::link::Link;
use super::member::Member;
use super::order::{Answer, Order};
use crate::compute::{ComputeDevice, DeviceError};
use crate::config::RunConfig;
use crate::data::Dataset;
use crate::train::share::Share;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Orders of one half of a step: settings, two networks and what to do with them.
const ROOM: usize = 4;

/// The trainer's end of the thread.
pub(crate) struct LocalMember {
    name: String,
    orders: Option<Sender<Order>>,
    answers: Receiver<Result<Answer, MemberError>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalMember {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system refuses it.
    pub(crate) fn start(
        config: RunConfig,
        device: ComputeDevice,
        dataset: Arc<Dataset>,
        training: Vec<u32>,
        share: Share,
    ) -> io::Result<Self> {
        let name = device.info.name.clone();
        let (orders, to_do) = bounded::<Order>(ROOM);
        let (done, answers) = bounded(1);
        let about = name.clone();
        let work = move || {
            let member = Member::new(config, device, dataset, training, share);
            let member = member.map_err(|e| MemberError::Lost { name: about, why: e.to_string() });
            if let Err(e) = member.and_then(|member| serve(member, &to_do, &done)) {
                let _ = done.send(Err(e));
            }
        };
        let thread = thread::Builder::new().name("purrtrait-member".into()).spawn(work)?;
        Ok(Self { name, orders: Some(orders), answers, thread: Some(thread) })
    }

    /// Why the thread is over, where nothing says it: it panicked.
    fn ended(&self) -> MemberError {
        let reason = format!("the thread of {} ended", self.name);
        MemberError::Device(DeviceError::Lost { reason })
    }
}

/// Until nobody asks any more.
fn serve(
    mut member: Member,
    orders: &Receiver<Order>,
    done: &Sender<Result<Answer, MemberError>>,
) -> Result<(), MemberError> {
    for order in orders {
        if let Some(answer) = member.take(order)?
            && done.send(Ok(answer)).is_err()
        {
            break;
        }
    }
    Ok(())
}

impl Link for LocalMember {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, order: Order) -> Result<(), MemberError> {
        let sent = self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        // A thread that is over has said why.
        if sent { Ok(()) } else { self.receive().and_then(|_| Err(self.ended())) }
    }

    fn receive(&mut self) -> Result<Answer, MemberError> {
        self.answers.recv().unwrap_or_else(|_| Err(self.ended()))
    }
}

impl Drop for LocalMember {
    fn drop(&mut self) {
        // It ends once nobody can ask it for anything.
        self.orders = None;
        while self.answers.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
