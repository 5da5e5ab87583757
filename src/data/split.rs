//! Which pictures are trained on, and which are held out to measure with.
//!
//! A new run chooses by index. Then it remembers the digests of its held-out pictures, because indices move when a
//! picture is added to the folder or taken away, and a picture that was trained on must never count as held out.

use crate::config::{held_out_count, held_out_count_before};
use std::collections::HashMap;

/// Indices into a dataset, both lists in rising order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// At least one picture.
    pub training: Vec<u32>,
    /// Never trained on.
    pub held: Vec<u32>,
}

impl Split {
    /// Holds out [`held_out_count`] of `len` pictures, spread evenly over the order of their paths, so that no folder
    /// of a collection is missing. At least one picture stays for the training. `percent` is from 0 to 50.
    pub fn new(len: usize, percent: f64) -> Self {
        Self::spread(len, held_out_count(len, percent))
    }

    /// The choice of a run that is older than the rule for small folders, or than the list of held-out pictures.
    pub fn before(len: usize, percent: f64) -> Self {
        Self::spread(len, held_out_count_before(len, percent))
    }

    fn spread(len: usize, wanted: usize) -> Self {
        // Picture i is held out where the count of those up to and including it steps up.
        let until = |i: usize| i * wanted / len.max(1);
        let (held, training) = (0..len).partition::<Vec<usize>, _>(|&i| until(i + 1) > until(i));
        let indices = |list: Vec<usize>| list.into_iter().map(|i| i as u32).collect();
        Self { training: indices(training), held: indices(held) }
    }

    /// The split of a run whose held-out pictures have the digests `held`, for the pictures that there are now: all
    /// others are trained on, new ones too. Of equal pictures as many are held out as before.
    ///
    /// Where that leaves nothing on one side, these are different pictures or were prepared in another way: then the
    /// same as [`Self::new`].
    pub fn again<S: AsRef<str>>(digests: &[S], percent: f64, held: &[String]) -> Self {
        let by_index = [Self::new(digests.len(), percent), Self::before(digests.len(), percent)];
        let unchanged = |split: &&Self| Self::digests(&split.held, digests).eq(held);
        if let Some(split) = by_index.iter().find(unchanged) {
            // Nothing has changed, so equal pictures stay on their sides too.
            return split.clone();
        }
        let split = Self::by_digest(digests, held);
        let usable = !split.training.is_empty() && (!split.held.is_empty() || held.is_empty());
        let [fresh, _] = by_index;
        if usable { split } else { fresh }
    }

    /// Pictures whose digests are in `held` on one side, all others on the other.
    pub(crate) fn by_digest<S: AsRef<str>>(digests: &[S], held: &[String]) -> Self {
        let mut left: HashMap<&str, usize> = HashMap::new();
        held.iter().for_each(|digest| *left.entry(digest).or_default() += 1);
        let mut take = |digest: &str| match left.get_mut(digest) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        };
        let (held, training) = (0..digests.len() as u32).partition(|i| take(digests[*i as usize].as_ref()));
        Self { training, held }
    }

    /// The digests at these indices.
    pub fn digests<'a, S: AsRef<str>>(indices: &'a [u32], digests: &'a [S]) -> impl Iterator<Item = &'a str> {
        indices.iter().map(|i| digests[*i as usize].as_ref())
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
    fn held_out_pictures_stay_held_out_when_pictures_come_and_go() {
        let names = |range: std::ops::Range<u32>| range.map(|i| format!("cat {i}")).collect::<Vec<String>>();
        let before = names(0..60);
        let first = Split::new(60, 25.0);
        let held: Vec<String> = Split::digests(&first.held, &before).map(str::to_owned).collect();
        let trained: Vec<String> = Split::digests(&first.training, &before).map(str::to_owned).collect();
        assert_eq!(Split::again(&before, 25.0, &held), first);
        // One comes in front of all others, one goes.
        let mut after = before.clone();
        after.insert(0, "a new cat".to_owned());
        after.retain(|name| *name != held[3]);
        let split = Split::again(&after, 25.0, &held);
        assert!(Split::digests(&split.held, &after).all(|name| !trained.iter().any(|t| t == name)));
        assert_eq!((split.held.len(), split.training.len()), (14, 46));
        assert!(split.training.contains(&0), "new pictures are trained on");
        // By index alone, most of them would have changed sides.
        let moved = Split::new(after.len(), 25.0);
        assert!(Split::digests(&moved.held, &after).any(|name| trained.iter().any(|t| t == name)));
        // A run that holds out nothing stays like that; pictures prepared in another way are all new.
        assert!(Split::again(&after, 0.0, &[]).held.is_empty());
        assert_eq!(Split::again(&names(100..160), 25.0, &held), first);
        let kept = Split::again(&held, 25.0, &held);
        assert_eq!((kept.held.len(), kept.training.len()), (0, 15), "something must be trained on");
    }

    #[test]
    fn of_equal_pictures_as_many_are_held_out_as_before() {
        let before = ["a", "b", "a", "c"];
        let held = ["a".to_owned()];
        let after = ["new", "a", "b", "a", "c"];
        assert_eq!(Split::again(&after, 25.0, &held), Split { training: vec![0, 2, 3, 4], held: vec![1] });
        let fresh = Split::before(4, 25.0);
        assert_eq!(Split::digests(&fresh.held, &before).collect::<Vec<_>>(), ["c"]);
    }

    /// Of 200 pictures an older run held out 10, and these stay, even where a picture is there twice.
    #[test]
    fn an_older_run_keeps_its_held_out_pictures() {
        let mut digests: Vec<String> = (0..200).map(|i| format!("cat {i}")).collect();
        let first = Split::before(200, 5.0);
        digests[0] = digests[first.held[0] as usize].clone();
        let held: Vec<String> = Split::digests(&first.held, &digests).map(str::to_owned).collect();
        assert_eq!((held.len(), Split::new(200, 5.0).held.len()), (10, 20));
        assert_eq!(Split::again(&digests, 5.0, &held), first);
    }

    #[test]
    fn something_is_left_to_train_on() {
        assert_eq!(Split::before(1, 50.0), Split { training: vec![0], held: vec![] });
        assert_eq!(Split::new(3, 0.0).training, [0, 1, 2]);
        assert_eq!(Split::before(2, 50.0).training.len(), 1);
    }
}
