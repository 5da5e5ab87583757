//! All measures together: the real pictures prepared once, generated ones compared with them as often as wished.

use super::colour::{Histogram, colour_distance};
use super::diversity::{median, median_distance};
use super::error::MetricError;
use super::features::{FeatureNetwork, NETWORK};
use super::kernel::kid;
use super::measures::{Floor, Measures, MetricSettings, Quality};
use super::neighbours::{nearest, neighbours, radii};
use super::pictures::PictureSet;
use super::products::Vectors;
use super::pyramid::levels;
use super::small::{mirrors, small};
use super::swd::swd;
use super::training::TrainingSet;
use crate::interrupt::JobControl;

/// Fewer pictures say nothing.
pub(crate) const FEWEST: usize = crate::config::FEWEST_PICTURES;
/// A training picture as near as this to a real one is the same file. Distances are those of pictures of 16 px with
/// values from -1 to 1; two different photographs lie some units apart.
const SAME: f32 = 1e-3;
/// Of larger sets SWD and diversity take so many pictures: both would need gigabytes of memory, and hardly change.
const LARGE: usize = 5_000;

/// A set with everything that comparisons need of it.
struct Prepared {
    pictures: PictureSet,
    features: Vectors,
    radii: Vec<f32>,
    colours: Histogram,
    small: Vectors,
    /// Median distance of all pairs of small pictures.
    spread: f64,
}

impl Prepared {
    fn new(
        pictures: PictureSet,
        network: &FeatureNetwork,
        settings: &MetricSettings,
        control: JobControl,
    ) -> Result<Self, MetricError> {
        let features = network.features(&pictures, control)?;
        let radii = radii(&features, settings.neighbours, control)?;
        let small = small(&pictures);
        let some = Vectors { size: small.size, values: small.first(LARGE).to_vec() };
        let spread = median_distance(&some, control)?;
        Ok(Self { colours: Histogram::of(&pictures), features, radii, small, spread, pictures })
    }
}

fn compare(
    fakes: &Prepared,
    reals: &Prepared,
    settings: &MetricSettings,
    control: JobControl,
) -> Result<Measures, MetricError> {
    let MetricSettings { seed, patches, directions, neighbours: k } = *settings;
    let [a, b] = [fakes, reals].map(|set| set.pictures.first(LARGE));
    let swd = swd(&a, &b, patches, directions, seed, control)?;
    let kid = kid(&fakes.features, &reals.features, control)?;
    let near = neighbours((&fakes.features, &fakes.radii), (&reals.features, &reals.radii), k, control)?;
    Ok(Measures {
        swd: swd.mean,
        swd_levels: swd.levels,
        colour: colour_distance(&fakes.colours, &reals.colours),
        kid: kid.value * 1e3,
        kid_error: kid.error * 1e3,
        density: near.density,
        coverage: near.coverage,
        precision: near.precision,
        recall: near.recall,
        // Real pictures that are all the same leave nothing to compare with.
        diversity: if reals.spread > 0.0 { fakes.spread / reals.spread } else { 1.0 },
    })
}

/// The training pictures, and how near to them other real pictures lie.
struct Training {
    set: TrainingSet,
    /// The median distance of those; none where all training pictures are the same.
    others: Option<f32>,
}

/// The real pictures with everything about them that does not depend on a generator. A training that measures itself
/// prepares this once.
pub(crate) struct QualityReference {
    settings: MetricSettings,
    network: FeatureNetwork,
    reals: Prepared,
    training: Option<Training>,
    floor: Measures,
    floor_from: Floor,
    floor_pictures: usize,
    /// Real pictures that are training pictures too.
    known: usize,
    notes: Vec<String>,
}

impl QualityReference {
    /// `reals` are compared with, at best held-out pictures; `training` are the pictures
    /// that it saw. Real pictures that are among these are left out where enough others stay: for them the generator
    /// is no stranger.
    ///
    /// # Errors
    /// Fewer than [`FEWEST`] real pictures; a side that is not 16, 32, 64, ..; different sides; cancelled.
    pub(crate) fn new(
        reals: PictureSet,
        training: Option<TrainingSet>,
        settings: MetricSettings,
        control: JobControl,
    ) -> Result<Self, MetricError> {
        enough("real pictures", reals.len(), FEWEST)?;
        levels(reals.side())?;
        if let Some(training) = training.as_ref().filter(|t| t.sample().side() != reals.side()) {
            return Err(MetricError::Sides { found: training.sample().side(), expected: reals.side() });
        }
        let mut notes = Vec::new();
        let (mut reals, mut known, mut seen) = (reals, 0, None);
        if let Some(set) = training.filter(|t| !t.is_empty()) {
            let near = nearest_of(&small(&reals), &set.small, control)?;
            let scene = set.scene(control)?;
            // A shot of a scene that was trained on, and the same picture all the more, tells nothing about new ones.
            let mut new: Vec<f32> = near.iter().copied().filter(|distance| *distance > scene.max(SAME)).collect();
            (reals, known) = without_known(reals, &near, &mut notes);
            let others = if new.len() >= FEWEST / 2 {
                Some(median(&mut new))
            } else {
                notes.push(format!(
                    "copies are judged by the distances between training pictures: there are too few other real \
                     pictures ({})",
                    new.len()
                ));
                set.apart(scene, control)?
            };
            seen = Some(Training { set, others: others.filter(|distance| *distance > 0.0) });
        }
        let n = reals.len();
        if n > LARGE {
            notes.push(format!("SWD and diversity use only the first {LARGE} pictures of each set"));
        }
        let network = FeatureNetwork::open()?;
        let prepare = |pictures: PictureSet| Prepared::new(pictures, &network, &settings, control);
        let all = prepare(reals)?;
        // Training pictures leave all real ones for the floor, unless they are the same pictures.
        let (floor_from, other, mine) = match seen.as_ref().map(|training| training.set.sample()) {
            Some(sample) if known == 0 && sample.len() >= n => {
                (Floor::Training, Some(prepare(sample.pick(0..n))?), None)
            }
            _ => {
                let half = n / 2;
                let mixed = all.pictures.sample(2 * half, settings.seed);
                (Floor::Halves, Some(prepare(mixed.pick(0..half))?), Some(prepare(mixed.pick(half..2 * half))?))
            }
        };
        let floor_with = mine.as_ref().unwrap_or(&all);
        let floor_pictures = floor_with.pictures.len();
        let floor = compare(other.as_ref().unwrap_or(&all), floor_with, &settings, control)?;
        Ok(Self { settings, network, reals: all, training: seen, floor, floor_from, floor_pictures, known, notes })
    }

    /// How many real pictures there are; as many generated ones are compared.
    pub(crate) fn len(&self) -> usize {
        self.reals.pictures.len()
    }

    /// The real pictures.
    pub(crate) fn pictures(&self) -> &PictureSet {
        &self.reals.pictures
    }

    /// Some training pictures, if there are any.
    pub(crate) fn training(&self) -> Option<&PictureSet> {
        self.training.as_ref().map(|training| training.set.sample())
    }

    /// How many of the real pictures are training pictures too; none where they could be left out.
    pub(crate) fn known(&self) -> usize {
        self.known
    }

    /// Compares the first [`Self::len`] of `fakes`.
    ///
    /// # Errors
    /// Fewer generated than real pictures; another side; cancelled.
    pub(crate) fn evaluate(&self, fakes: &PictureSet, control: JobControl) -> Result<Quality, MetricError> {
        let n = self.len();
        let side = self.reals.pictures.side();
        if fakes.side() != side {
            return Err(MetricError::Sides { found: fakes.side(), expected: side });
        }
        // Distances fall with the number of pictures, so numbers of different n say nothing.
        enough("generated pictures", fakes.len(), n)?;
        let fakes = Prepared::new(fakes.pick(0..n), &self.network, &self.settings, control)?;
        let measures = compare(&fakes, &self.reals, &self.settings, control)?;
        let memorisation = match &self.training {
            Some(Training { set, others: Some(others) }) => {
                let mut found = nearest_of(&fakes.small, &set.small, control)?;
                Some(f64::from(median(&mut found)) / f64::from(*others))
            }
            _ => None,
        };
        Ok(Quality {
            pictures: n,
            side,
            network: NETWORK,
            measures,
            floor: self.floor.clone(),
            floor_from: self.floor_from,
            floor_pictures: self.floor_pictures,
            memorisation,
            r_train: None,
            r_held: None,
            notes: self.notes.clone(),
        })
    }
}

/// Leaves out the real pictures that lie at no distance to a training picture, where enough others stay. Gives the
/// pictures to measure with and how many of them are known.
fn without_known(reals: PictureSet, near: &[f32], notes: &mut Vec<String>) -> (PictureSet, usize) {
    let n = reals.len();
    let others: Vec<usize> = (0..n).filter(|i| near[*i] > SAME).collect();
    let known = n - others.len();
    if known > 0 && others.len() >= FEWEST {
        notes.push(format!("{known} of the {n} real pictures were also trained on; they are excluded"));
        return (reals.pick(others), 0);
    }
    if known > 0 {
        notes.push(format!(
            "{known} of the {n} real pictures were also trained on; held-out pictures allow a fairer comparison"
        ));
    }
    (reals, known)
}

/// The distance of each picture to the nearest of `training`, seen directly or in the mirror.
pub(super) fn nearest_of(small: &Vectors, training: &Vectors, control: JobControl) -> Result<Vec<f32>, MetricError> {
    let (plain, turned) = (nearest(small, training, control)?, nearest(&mirrors(small), training, control)?);
    Ok(plain.into_iter().zip(turned).map(|((_, a), (_, b))| a.min(b)).collect())
}

/// Compares generated with real pictures once: as many of each as both have, chosen at random.
///
/// # Errors
/// Fewer than [`FEWEST`] pictures on a side; sides that differ or cannot be compared; cancelled.
pub fn evaluate(
    fakes: &PictureSet,
    reals: &PictureSet,
    training: Option<&PictureSet>,
    settings: MetricSettings,
    control: JobControl,
) -> Result<Quality, MetricError> {
    enough("generated pictures", fakes.len(), FEWEST)?;
    enough("real pictures", reals.len(), FEWEST)?;
    let n = fakes.len().min(reals.len());
    if fakes.side() != reals.side() {
        return Err(MetricError::Sides { found: fakes.side(), expected: reals.side() });
    }
    let training = training.map(|set| TrainingSet::of(set, n, settings.seed, control)).transpose()?;
    let reference = QualityReference::new(reals.sample(n, settings.seed), training, settings, control)?;
    reference.evaluate(&fakes.sample(n, settings.seed), control)
}

fn enough(what: &'static str, found: usize, needed: usize) -> Result<(), MetricError> {
    if found < needed { Err(MetricError::TooFew { what, found, needed }) } else { Ok(()) }
}
