//! At most one picture is being generated, and of those that are wanted only the newest counts.

use super::history::ExplorePoint;
use crate::engine::{GeneratedPicture, LatentSpec};

/// An unanswered request is dropped after this many seconds.
const PATIENCE: f64 = 5.0;

/// A picture that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Want {
    pub show: LatentSpec,
    /// How one came there; the same as `show` unless one goes back to a point of the past.
    pub from: LatentSpec,
    pub psi: f64,
    /// The movement that it belongs to; none for a point that is not new.
    pub gesture: Option<u64>,
}

/// The picture that is being generated and the one that is wanted next.
#[derive(Debug, Default)]
pub struct Requests {
    stamp: u64,
    in_flight: Option<(Want, u64, f64)>,
    wanted: Option<Want>,
}

impl Requests {
    pub(crate) fn want(&mut self, want: Want) {
        self.wanted = Some(want);
    }

    pub(crate) fn idle(&self) -> bool {
        self.in_flight.is_none() && self.wanted.is_none()
    }

    /// The next request and its stamp, if it is time for one.
    pub fn next(&mut self, now: f64) -> Option<(u64, Want)> {
        if self.in_flight.as_ref().is_some_and(|(_, _, since)| now - since < PATIENCE) {
            return None;
        }
        let want = self.wanted.take()?;
        self.stamp += 1;
        self.in_flight = Some((want.clone(), self.stamp, now));
        Some((self.stamp, want))
    }

    /// The explorer had no room for the newest request.
    pub fn refused(&mut self) {
        if let Some((want, ..)) = self.in_flight.take() {
            self.wanted.get_or_insert(want);
        }
    }

    /// The picture of the newest request came: where one is now, and the movement. None for a picture that is too late.
    pub fn answered(&mut self, drawn: &GeneratedPicture) -> Option<(ExplorePoint, Option<u64>)> {
        let (want, ..) = self.in_flight.take_if(|(_, stamp, _)| *stamp == drawn.stamp)?;
        Some((ExplorePoint { latent: drawn.latent.clone(), psi: want.psi, spec: want.from }, want.gesture))
    }

    /// The newest request will not be answered.
    pub fn lost(&mut self) {
        self.in_flight = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Frame;
    use std::sync::Arc;

    fn want(seed: u64) -> Want {
        let spec = LatentSpec::Seed { seed, number: 0 };
        Want { show: spec.clone(), from: spec, psi: 1.0, gesture: Some(seed) }
    }

    fn drawn(stamp: u64) -> GeneratedPicture {
        GeneratedPicture { stamp, latent: vec![0.0].into(), frame: Arc::new(Frame::filled(1, 1, [0; 3])), seconds: 0.0 }
    }

    #[test]
    fn one_at_a_time_and_then_the_newest() {
        let mut requests = Requests::default();
        requests.want(want(1));
        assert_eq!(requests.next(0.0), Some((1, want(1))));
        requests.want(want(2));
        requests.want(want(3));
        assert_eq!(requests.next(0.1), None, "one is in progress");
        assert!(requests.answered(&drawn(7)).is_none());
        let (point, gesture) = requests.answered(&drawn(1)).unwrap();
        assert_eq!((point.spec, gesture), (LatentSpec::Seed { seed: 1, number: 0 }, Some(1)));
        assert_eq!(requests.next(0.2), Some((2, want(3))));
        assert!(requests.answered(&drawn(1)).is_none(), "a second answer is none");
    }

    #[test]
    fn what_is_refused_or_never_answered_is_not_lost() {
        let mut requests = Requests::default();
        requests.want(want(1));
        assert!(requests.next(0.0).is_some());
        requests.refused();
        assert_eq!(requests.next(0.1), Some((2, want(1))));
        requests.want(want(2));
        assert_eq!(requests.next(1.0), None);
        assert_eq!(requests.next(6.0), Some((3, want(2))));
    }
}
