//! Which pictures are trained on, and which are held back to measure with.

/// Places in a dataset, both lists in rising order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// At least one picture.
    pub training: Vec<u32>,
    /// Never trained on.
    pub held: Vec<u32>,
}

impl Split {
    /// Holds back `percent` of `len` pictures, spread evenly over the order of their paths, so that no folder of a
    /// collection is left out. At least one picture stays for the training.
    pub fn new(len: usize, percent: f64) -> Self {
        let wanted = crate::config::held_back(len, percent);
        // Picture i is held back where the count of those before and with it steps up.
        let until = |i: usize| i * wanted / len.max(1);
        let (held, training) = (0..len).partition::<Vec<usize>, _>(|&i| until(i + 1) > until(i));
        let places = |list: Vec<usize>| list.into_iter().map(|i| i as u32).collect();
        Self { training: places(training), held: places(held) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_on_one_side_and_those_held_are_spread() {
        let split = Split::new(1000, 5.0);
        assert_eq!((split.training.len(), split.held.len()), (950, 50));
        let mut all = [split.training.clone(), split.held.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<u32>>());
        let steps = split.held.windows(2).map(|w| w[1] - w[0]);
        assert!(steps.clone().all(|s| s == 20), "{:?}", steps.collect::<Vec<_>>());
    }

    #[test]
    fn something_is_left_to_train_on() {
        assert_eq!(Split::new(1, 50.0), Split { training: vec![0], held: vec![] });
        assert_eq!(Split::new(3, 0.0).training, [0, 1, 2]);
        assert_eq!(Split::new(2, 50.0).training.len(), 1);
    }
}
