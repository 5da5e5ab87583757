//! The system's own answers.

use super::inhibit::inhibit_sleep;
use super::source::Power;
use std::any::Any;

/// The power of this computer.
pub(in super::super) struct SystemPower;

impl Power for SystemPower {
    #[cfg(any(target_os = "linux", target_os = "macos", windows))]
    fn on_battery(&self) -> Option<bool> {
        use starship_battery::{Manager, State};
        let batteries = Manager::new().and_then(|manager| manager.batteries());
        // One that cannot be read says nothing; the others still do.
        let states = batteries.ok()?.flatten().map(|battery| battery.state());
        drained(states.map(|state| match state {
            State::Discharging | State::Empty => Flow::Out,
            State::Charging => Flow::In,
            State::Full | State::Paused | State::Unknown => Flow::None,
        }))
    }

    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    fn on_battery(&self) -> Option<bool> {
        None
    }

    fn keep_awake(&self) -> Result<Box<dyn Any>, String> {
        inhibit_sleep()
    }
}

/// Where the energy of a battery goes.
#[derive(Clone, Copy, PartialEq)]
#[cfg_attr(not(any(test, target_os = "linux", target_os = "macos", windows)), expect(dead_code))]
enum Flow {
    Out,
    In,
    None,
}

/// Whether a computer with these batteries runs on them. Of two, often one is emptied while the other one rests.
#[cfg_attr(not(any(test, target_os = "linux", target_os = "macos", windows)), expect(dead_code))]
fn drained(batteries: impl Iterator<Item = Flow>) -> Option<bool> {
    let flows: Vec<Flow> = batteries.collect();
    let any = |wanted| flows.contains(&wanted);
    (!flows.is_empty()).then(|| any(Flow::Out) && !any(Flow::In))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_runs_on_battery_while_one_is_emptied_and_none_is_charged() {
        let of = |flows: &[Flow]| drained(flows.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[Flow::None]), Some(false));
        assert_eq!(of(&[Flow::In]), Some(false));
        assert_eq!(of(&[Flow::Out]), Some(true));
        assert_eq!(of(&[Flow::None, Flow::Out]), Some(true));
        assert_eq!(of(&[Flow::In, Flow::Out]), Some(false));
    }

    /// Whatever this computer has, asking does no harm.
    #[test]
    fn this_computer_answers() {
        assert_eq!(SystemPower.on_battery(), SystemPower.on_battery());
    }
}
