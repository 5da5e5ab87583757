//! How long the recipe on show will take, and which recipe suits the device and the pictures.

use super::state::{DatasetState, EngineState};
use super::user::UserState;
use crate::config::{DataSource, DeviceInfo, RunConfig};
use crate::engine::{Forecast, MemoryNeed, RecipeChoice, Situation, recipe_choices};

/// What is known of the recipe on show.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outlook {
    /// There is nothing to say: no pictures, or a setting that cannot be used.
    None,
    /// A run is in progress, and measuring beside it would tell nothing.
    Later,
    /// It is being measured.
    Measuring,
    /// Why it cannot be measured.
    Unknown(String),
    /// As measured.
    Known(Forecast),
}

/// The recipe that suits.
#[derive(Debug, Clone)]
pub(crate) struct Suggested {
    pub choice: RecipeChoice,
    pub config: RunConfig,
    /// None while it is not measured.
    pub forecast: Option<Forecast>,
}

impl Suggested {
    /// Whether the recipe on show is this one, whatever its limits, seed and pictures.
    pub(crate) fn is_chosen(&self, config: &RunConfig) -> bool {
        let same = RunConfig { data: config.data.clone(), seed: config.seed, ..self.config.clone() };
        RunConfig { max_steps: same.max_steps, max_epochs: same.max_epochs, ..config.clone() } == same
    }
}

/// How long the recipe on show will take.
pub(crate) fn outlook(state: &EngineState, user: &UserState) -> Outlook {
    // What other machines take, and several devices together, is not known here.
    let here = user.config.is_on_one_device_here();
    let Some(usable) = usable(state).filter(|_| here && user.fault().is_none()) else { return Outlook::None };
    match state.speeds.of(&user.config) {
        Some(Ok(speed)) => Outlook::Known(Forecast::new(&user.config, usable, *speed)),
        Some(Err(why)) => Outlook::Unknown(why.clone()),
        None if state.busy() => Outlook::Later,
        None => Outlook::Measuring,
    }
}

/// How much of a graphics card's memory the recipe on show takes; none where it is not known, or on a CPU.
pub(crate) fn memory(state: &EngineState, user: &UserState) -> Option<MemoryNeed> {
    let here = user.config.machine.is_none() && user.fault().is_none();
    MemoryNeed::new(&user.config, usable(state).unwrap_or(0), device(state, user).filter(|_| here)?)
}

/// The recipe that suits the device and the pictures.
pub(crate) fn suggested(state: &EngineState, user: &UserState) -> Option<Suggested> {
    let device = device(state, user).filter(|_| user.config.is_on_one_device_here())?;
    let usable = usable(state)?;
    let known = state.bundled.as_ref();
    let drawn = user.config.data.source == DataSource::Demo;
    let situation = Situation { device, pictures: usable, drawn, side: state.typical_side, known };
    let mut last = None;
    for choice in recipe_choices(&situation) {
        let config = choice.config(&user.config, known);
        let forecast = match state.speeds.of(&config) {
            Some(Ok(speed)) => Some(Forecast::new(&config, usable, *speed)),
            // What cannot be measured cannot be recommended.
            Some(Err(_)) => continue,
            None => None,
        };
        let quick = forecast.is_none_or(|forecast| !forecast.is_slow());
        last = Some(Suggested { choice, config, forecast });
        if quick {
            break;
        }
    }
    last
}

/// The recipe whose speed is to be measured now: the one on show, then those that may suit better.
pub(crate) fn to_measure(state: &EngineState, user: &UserState) -> Option<RunConfig> {
    // Preparing pictures takes the processor, too.
    if state.busy() || state.dead.is_some() || state.report().is_none() || device(state, user).is_none() {
        return None;
    }
    match outlook(state, user) {
        Outlook::Measuring => Some(user.config.clone()),
        Outlook::Known(_) | Outlook::Unknown(_) => {
            suggested(state, user).filter(|suggested| suggested.forecast.is_none()).map(|suggested| suggested.config)
        }
        Outlook::None | Outlook::Later => None,
    }
}

fn device<'a>(state: &'a EngineState, user: &UserState) -> Option<&'a DeviceInfo> {
    user.config.device.among(state.devices.as_deref()?)
}

/// Pictures that are prepared, if any can be used; while they are prepared again, as many as there were.
fn usable(state: &EngineState) -> Option<usize> {
    let known = matches!(state.dataset, DatasetState::Ready(_) | DatasetState::Scanning(_));
    state.last_report.as_ref().filter(|_| known).map(|report| report.usable).filter(|usable| *usable > 0)
}
