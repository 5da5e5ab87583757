//! Puts the team of a run together.

use super::remote::RemoteMember;
use crate::compute::ComputeDevice;
use crate::config::{RunConfig, SettingError, TeamMember, TeamPlace};
use crate::data::{Dataset, PackedSquares};
use crate::engine::device;
use crate::engine::protocol::error::EngineError;
use crate::train::{Link, LocalMember, Share, Team, check_device};
use std::sync::Arc;

/// The other members, those of this machine as devices. That all are there is found before anything is written.
pub(crate) struct TeamDevices {
    place: TeamPlace,
    /// One for each of the others; none for a worker.
    devices: Vec<Option<ComputeDevice>>,
}

impl TeamDevices {
    /// Opens the devices, and looks whether the workers are there. `first` is the trainer's device.
    ///
    /// # Errors
    /// A device that is not there, fails, or is named twice in different words; a worker that cannot be reached, or
    /// wants another token.
    pub(crate) fn open(config: &RunConfig, first: &ComputeDevice) -> Result<Option<Self>, EngineError> {
        let Some(place) = config.team.clone() else { return Ok(None) };
        let mut devices: Vec<Option<ComputeDevice>> = Vec::new();
        for member in place.others() {
            let choice = match member {
                TeamMember::Device(choice) => choice,
                TeamMember::Worker(address) => {
                    RemoteMember::knock(address)?;
                    devices.push(None);
                    continue;
                }
            };
            let opened = device::open(*choice)?;
            check_device(config, &opened)?;
            let twice = devices.iter().flatten().chain([first]).any(|other| other.info.id == opened.info.id);
            if twice && !opened.is_cpu() {
                let reason = format!("{choice} is {}, which is in the list already", opened.info.id);
                return Err(SettingError::new("device", reason).into());
            }
            devices.push(Some(opened));
        }
        Ok(Some(Self { place, devices }))
    }

    /// The devices of the others; none for a worker, whose device only it knows.
    pub(crate) fn others(&self) -> &[Option<ComputeDevice>] {
        &self.devices
    }

    /// Whether squares may have to be sent.
    pub(crate) fn has_workers(&self) -> bool {
        !self.place.is_local()
    }

    /// Starts the threads of the devices here, and connects to the workers. `training` are the training pictures, as
    /// indices into the dataset.
    ///
    /// # Errors
    /// A worker that cannot be reached or refuses, or a thread that the system refuses.
    pub(crate) fn gather(
        &self,
        config: &RunConfig,
        dataset: &Arc<Dataset>,
        training: &[u32],
    ) -> Result<Team, EngineError> {
        let other = |e: std::io::Error| EngineError::Other(format!("the batches cannot be shared: {e}"));
        let shares = Share::split(config.batch as usize, 1 + self.devices.len());
        let squares = self.has_workers().then(|| PackedSquares::new(dataset.clone())).transpose().map_err(other)?;
        let mut links: Vec<Box<dyn Link>> = Vec::new();
        for ((member, device), share) in self.place.others().iter().zip(&self.devices).zip(&shares[1..]) {
            match (member, device, &squares) {
                (TeamMember::Worker(address), _, Some(squares)) => {
                    links.push(Box::new(RemoteMember::connect(address, config, training, *share, squares)?));
                }
                (_, Some(device), _) => {
                    let (config, training) = (config.clone(), training.to_vec());
                    let member = LocalMember::start(config, device.clone(), dataset.clone(), training, *share);
                    links.push(Box::new(member.map_err(other)?));
                }
                _ => {}
            }
        }
        Ok(Team::new(shares, links))
    }
}
