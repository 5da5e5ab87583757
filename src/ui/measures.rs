//! What can be plotted of the quality of the pictures: one measure, or two that belong together, with plain words.

use crate::engine::{Measures, Quality};

/// One entry of the list.
pub(super) struct Measure {
    pub name: &'static str,
    /// What it tells, and whether lower or higher is better.
    pub help: &'static str,
    /// What the numbers count, where that is not plain.
    pub unit: &'static str,
    pub series: &'static [Series],
    /// The value that is right where that is always the same; else `floor` of the series is drawn.
    pub right: Option<f64>,
    /// From the program's own small network: cannot be compared with published numbers.
    pub relative: bool,
    /// The range that is always visible; none shows 0 and what the curves need.
    pub range: Option<[f64; 2]>,
}

/// One curve.
pub(crate) struct Series {
    pub name: &'static str,
    pub help: &'static str,
    pub of: fn(&Quality) -> Option<f64>,
    /// What real pictures reach against real pictures.
    pub floor: Option<fn(&Measures) -> f64>,
    /// An estimate of a distance that chance can put below 0: shown as 0.
    pub at_least: Option<f64>,
}

impl Series {
    /// A value as it is shown.
    pub(crate) fn shown(&self, value: f64) -> f64 {
        self.at_least.map_or(value, |least| value.max(least))
    }
}

pub(crate) static MEASURES: &[Measure] = &[
    Measure {
        name: "Distance (KID)",
        help: "Distance between generated and real pictures in the features of a small network that was trained on \
               everyday photos, times 1,000. Lower is better; 0 is perfect. An estimate: equal sets give numbers \
               around 0, and those below are shown as 0.",
        unit: "× 1,000",
        series: &[Series {
            name: "KID",
            help: "Kernel distance between generated and real pictures. Lower is better.",
            of: |q| Some(q.measures.kid),
            floor: Some(|m| m.kid),
            at_least: Some(0.0),
        }],
        right: None,
        relative: true,
        range: None,
    },
    Measure {
        name: "Texture and shape (SWD)",
        help: "How far fur, edges and shapes are from those of real pictures, at coarse and fine scales, times 1,000. \
               Ignores colours. Lower is better.",
        unit: "× 1,000",
        series: &[Series {
            name: "SWD",
            help: "Sliced Wasserstein distance, mean over all scales. Lower is better.",
            of: |q| Some(q.measures.swd),
            floor: Some(|m| m.swd),
            at_least: None,
        }],
        right: None,
        relative: false,
        range: None,
    },
    Measure {
        name: "Colours",
        help: "How far the mix of colours and brightness is from that of real pictures, in grey levels. Ignores \
               everything else. Lower is better.",
        unit: "grey levels",
        series: &[Series {
            name: "colours",
            help: "Distance between the colour histograms, in grey levels. Lower is better.",
            of: |q| Some(q.measures.colour),
            floor: Some(|m| m.colour),
            at_least: None,
        }],
        right: None,
        relative: false,
        range: None,
    },
    Measure {
        name: "Coverage and density",
        help: "Coverage: the share of real pictures with a generated one nearby (variety). Density: how closely \
               generated pictures lie among real ones (realism). Higher is better.",
        unit: "",
        series: &[
            Series {
                name: "coverage",
                help: "Share of real pictures with a generated one nearby: variety.",
                of: |q| Some(q.measures.coverage),
                floor: Some(|m| m.coverage),
                at_least: None,
            },
            Series {
                name: "density",
                help: "How closely generated pictures lie among real ones: realism.",
                of: |q| Some(q.measures.density),
                floor: Some(|m| m.density),
                at_least: None,
            },
        ],
        right: None,
        relative: true,
        range: Some([0.0, 1.05]),
    },
    Measure {
        name: "Precision and recall",
        help: "Precision: the share of generated pictures that could be real. Recall: the share of real pictures that \
               could have been generated. Higher is better.",
        unit: "",
        series: &[
            Series {
                name: "recall",
                help: "Share of real pictures that could have been generated: variety.",
                of: |q| Some(q.measures.recall),
                floor: Some(|m| m.recall),
                at_least: None,
            },
            Series {
                name: "precision",
                help: "Share of generated pictures that could be real: realism.",
                of: |q| Some(q.measures.precision),
                floor: Some(|m| m.precision),
                at_least: None,
            },
        ],
        right: None,
        relative: true,
        range: Some([0.0, 1.05]),
    },
    Measure {
        name: "Diversity",
        help: "How much generated pictures differ from each other, relative to real pictures. 1 is ideal; below 0.4 \
               the generator has collapsed to few pictures (mode collapse).",
        unit: "",
        series: &[Series {
            name: "diversity",
            help: "Difference between generated pictures, relative to real pictures.",
            of: |q| Some(q.measures.diversity),
            floor: None,
            at_least: None,
        }],
        right: Some(1.0),
        relative: false,
        range: Some([0.0, 1.2]),
    },
    Measure {
        name: "Memorisation",
        help: "Distance from a generated picture to the nearest training picture, relative to that of held-out real \
               pictures or, if those are too few, of other training pictures. Near 1 nothing is copied; far below 1 \
               the generator copies training pictures.",
        unit: "",
        series: &[Series {
            name: "memorisation",
            help: "Distance to the nearest training picture, relative to that of other real pictures.",
            of: |q| q.memorisation,
            floor: None,
            at_least: None,
        }],
        right: Some(1.0),
        relative: false,
        range: Some([0.0, 1.2]),
    },
    Measure {
        name: "Discriminator confidence",
        help: "1: the discriminator classifies every picture as real; -1: none. If the value for training pictures is \
               much higher than for held-out ones, the discriminator is memorising the training pictures \
               (overfitting). Measured as in training: with batch statistics and next to the newest generator. \
               \"Evaluate\" measures it differently and reports other numbers.",
        unit: "",
        series: &[
            Series {
                name: "training",
                help: "Mean sign of the output for training pictures.",
                of: |q| q.r_train,
                floor: None,
                at_least: None,
            },
            Series {
                name: "held out",
                help: "Mean sign of the output for held-out pictures. Missing if no pictures are held out.",
                of: |q| q.r_held,
                floor: None,
                at_least: None,
            },
        ],
        right: None,
        relative: false,
        range: Some([-1.05, 1.05]),
    },
];

/// The range for a plot of `values` in the order of time. The first measurements of a run are far off and would flatten
/// the rest, so the newer three quarters decide.
pub(crate) fn range(measure: &Measure, values: &[f64], floors: &[f64]) -> [f64; 2] {
    let newer = &values[values.len() / 4..];
    let shown = newer.iter().chain(floors).copied().filter(|v| v.is_finite());
    let [low, high] = measure.range.unwrap_or([0.0, 0.0]);
    let (low, high) = shown.fold((low, high), |(low, high), v| (low.min(v), high.max(v)));
    let room = if measure.range.is_some() { 0.0 } else { 0.08 * (high - low).max(1e-6) };
    [low - room, high + room]
}

/// How many of `values` a plot up to `top` cuts off, and the greatest of them.
pub(super) fn above(values: impl Iterator<Item = f64>, top: f64) -> Option<(usize, f64)> {
    values.filter(|v| *v > top).fold(None, |known, v| match known {
        None => Some((1, v)),
        Some((n, most)) => Some((n + 1, v.max(most))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_measurements_do_not_flatten_the_rest() {
        let [low, high] = range(&MEASURES[0], &[8000.0, 50.0, 40.0, 30.0], &[-2.0]);
        assert!((-8.0..-2.0).contains(&low) && (50.0..60.0).contains(&high), "{low} {high}");
        // A single one is shown.
        let [_, high] = range(&MEASURES[0], &[8000.0], &[3.0]);
        assert!(high > 8000.0);
        assert_eq!(range(&MEASURES[3], &[0.5, 0.6], &[1.0]), [0.0, 1.05]);
        assert_eq!(range(&MEASURES[3], &[], &[]), [0.0, 1.05]);
    }

    #[test]
    fn what_is_cut_off_is_counted() {
        assert_eq!(above([8000.0, 412.0, 40.0].into_iter(), 60.0), Some((2, 8000.0)));
        assert_eq!(above([8000.0, f64::NAN].into_iter(), 8000.0), None);
    }
}
