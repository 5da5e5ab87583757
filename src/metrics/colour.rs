//! Are the colours right? What the sliced Wasserstein distance does not see, because it normalises them away.

use super::pictures::PictureSet;

/// How often each value of each channel occurs in a set of pictures, as shares.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Histogram([[f64; 256]; 3]);

impl Histogram {
    pub(super) fn of(pictures: &PictureSet) -> Self {
        let mut counts = [[0u64; 256]; 3];
        for i in 0..pictures.len() {
            for pixel in pictures.picture(i).chunks_exact(3) {
                counts.iter_mut().zip(pixel).for_each(|(channel, value)| channel[usize::from(*value)] += 1);
            }
        }
        let total = counts[0].iter().sum::<u64>().max(1) as f64;
        Self(counts.map(|channel| channel.map(|n| n as f64 / total)))
    }
}

/// The Wasserstein-1 distance of the channels' histograms, mean of the three, in grey levels (0 to 255): by how much
/// the values would have to move. In one dimension it is the area between the cumulative distributions.
pub(crate) fn colour_distance(a: &Histogram, b: &Histogram) -> f64 {
    let channels = a.0.iter().zip(&b.0).map(|(a, b)| {
        let mut ahead = 0.0;
        let steps = a.iter().zip(b).map(|(a, b)| {
            ahead += a - b;
            f64::abs(ahead)
        });
        steps.sum::<f64>()
    });
    channels.sum::<f64>() / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(value: u8) -> PictureSet {
        let mut set = PictureSet::new(4);
        set.push(&[value; 48]).unwrap();
        set
    }

    #[test]
    fn moving_all_values_costs_the_distance() {
        let distance = |a: &PictureSet, b: &PictureSet| colour_distance(&Histogram::of(a), &Histogram::of(b));
        assert_eq!(distance(&grey(10), &grey(10)), 0.0);
        assert!((distance(&grey(10), &grey(47)) - 37.0).abs() < 1e-9);
        // Half of the pictures stay, half move by 100, in red alone: a third of 50.
        let mut half = grey(50);
        let red: Vec<u8> = [150, 50, 50].repeat(16);
        half.push(&red).unwrap();
        assert!((distance(&grey(50), &half) - 50.0 / 3.0).abs() < 1e-9);
    }
}
