//! The measures of an evaluation as a table: the same rows on the command line and in the window.

use crate::engine::protocol::evaluate::{EvaluateReport, InceptionReport};
use crate::metrics::Floor;
use crate::printable;
use crate::printable::thousands;
use crate::train::in_words;

/// What a number may be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowMark {
    /// From the program's own small network: with other numbers of this program only.
    Relative,
    /// From Inception: with numbers of equally many pictures.
    Inception,
}

impl RowMark {
    /// How text marks it.
    fn stars(self) -> &'static str {
        match self {
            RowMark::Relative => "*",
            RowMark::Inception => "**",
        }
    }
}

/// One measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name, as both front ends show it.
    pub name: String,
    /// Of the generated pictures.
    pub value: f64,
    /// The same measure of real pictures against real pictures, where there is one.
    pub real: Option<f64>,
    /// Digits after the point.
    pub digits: usize,
    /// Which direction is better, in a few words.
    pub words: String,
    /// What the value may be compared with; none: with anything.
    pub mark: Option<RowMark>,
    /// What it measures, for people who have never heard of it.
    pub help: &'static str,
}

impl Row {
    fn new(name: impl Into<String>, value: f64, real: impl Into<Option<f64>>, digits: usize) -> Self {
        let (real, words, help) = (real.into(), String::new(), "");
        Self { name: name.into(), value, real, digits, words, mark: None, help }
    }

    fn words(self, words: impl Into<String>) -> Self {
        Self { words: words.into(), ..self }
    }

    fn mark(self, mark: RowMark) -> Self {
        Self { mark: Some(mark), ..self }
    }

    fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }
}

/// r_t stands for two things, and so it says which.
const MEAN_SIGN: &str = "r_t: computed here with the discriminator's running statistics and the evaluated generator, \
     during training with batch statistics and the newest generator, so compare each only with its own kind";
const MEAN_SIGN_RANGE: &str = "1: all classified as real, -1: none";
const LOWER: &str = "lower is better";
const HIGHER: &str = "higher is better";

impl EvaluateReport {
    /// What was compared with what, in a line.
    pub fn title(&self) -> String {
        let q = &self.quality;
        let step = self.step.filter(|s| *s > 0).map_or_else(String::new, |s| format!(", step {}", thousands(s)));
        let n = thousands(q.pictures as u64);
        let (source, folder) = (printable::line(&self.source), printable::line(&self.folder));
        format!("{source}{step}: {n} generated pictures of {} px against as many of {folder}", q.side)
    }

    /// What the measures mean.
    pub(crate) fn in_words(&self) -> String {
        in_words(std::iter::once(&self.quality)).unwrap_or_default()
    }

    /// All measures, from pixels to copies.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = self.pixel_rows();
        rows.extend(self.feature_rows());
        rows.extend(self.inception.iter().flat_map(inception_rows));
        rows.extend(self.copy_rows());
        rows
    }

    fn pixel_rows(&self) -> Vec<Row> {
        let (m, f) = (&self.quality.measures, &self.quality.floor);
        let whole = Row::new("Texture and shape (SWD x 1,000)", m.swd, f.swd, 2).words(LOWER).help(
            "How far fur, edges and shapes are from those of real pictures, at coarse and fine scales. Ignores \
             colours. 0 is perfect.",
        );
        let levels = m.swd_levels.iter().zip(&f.swd_levels).map(|((side, value), (_, real))| {
            let help = "The same at a single scale: large sides show fine details such as fur, small ones whole faces.";
            Row::new(format!("  details at {side} px"), *value, *real, 2).help(help)
        });
        let colour = Row::new("Colours (grey levels)", m.colour, f.colour, 2).words(LOWER).help(
            "How far the mix of colours and brightness is from that of real pictures. Ignores everything else. 0 is \
             perfect.",
        );
        let different = "1 is ideal, below 0.7 suspicious, below 0.4 collapsed";
        let diversity = Row::new("Diversity", m.diversity, f.diversity, 3).words(different).help(
            "How much generated pictures differ from each other, relative to real pictures. Near 0, the generator \
             makes the same picture over and over (mode collapse).",
        );
        std::iter::once(whole).chain(levels).chain([colour, diversity]).collect()
    }

    fn feature_rows(&self) -> [Row; 5] {
        let (m, f) = (&self.quality.measures, &self.quality.floor);
        let error = format!("{LOWER}; standard errors {:.2} and {:.2}", m.kid_error, f.kid_error);
        let share = |name: &str, value: f64, real: f64| Row::new(name, value, real, 3).words(HIGHER);
        [
            Row::new("Distance (KID x 1,000)", m.kid, f.kid, 2).words(error).help(
                "Distance between generated and real pictures in the features of a small network that was trained on \
                 everyday photos. 0 is perfect.",
            ),
            share("Realism (precision)", m.precision, f.precision)
                .help("The share of generated pictures that could be real: they lie near a real one."),
            share("Realism (density)", m.density, f.density).help(
                "How closely generated pictures lie among real ones. About 1 for real pictures; lower is less \
                 realistic.",
            ),
            share("Variety (recall)", m.recall, f.recall)
                .help("The share of real pictures that could have been generated: they lie near a generated one."),
            share("Variety (coverage)", m.coverage, f.coverage).help(
                "The share of real pictures with a generated one nearby: whether all kinds of cats are generated.",
            ),
        ]
        .map(|row| row.mark(RowMark::Relative))
    }

    fn copy_rows(&self) -> Vec<Row> {
        let q = &self.quality;
        let copies = q.memorisation.map(|ratio| {
            Row::new("Distance to training pictures", ratio, 1.0, 3).words("far below 1: copies").help(
                "Distance from a generated picture to the nearest training picture, relative to that of real pictures \
                 that were not trained on or, if those are too few, of other training pictures; shots of the same \
                 scene do not count. Near 1 nothing is copied.",
            )
        });
        let judged = |name: &str, r: Option<f64>, words: &str| {
            let row = r.map(|r| Row::new(name, r, None, 3).words(words));
            row.map(|row| {
                row.help(
                    "Mean sign of the output of the checkpoint's discriminator: 1 if it classifies every picture as \
                     real, -1 if none. Computed with its running statistics and the generator evaluated here; during \
                     training batch statistics and the newest generator are used, so the plotted values differ.",
                )
            })
        };
        let known = if q.r_held.is_some() { "far above the next line: memorised" } else { MEAN_SIGN_RANGE };
        let train = judged("D on training pictures (r_t)", q.r_train, known);
        let held = judged("D on the real pictures (r_t)", q.r_held, MEAN_SIGN_RANGE);
        copies.into_iter().chain(train).chain(held).collect()
    }

    /// What to know about the values, a sentence each, with the mark of the rows that it is about.
    pub(crate) fn remarks(&self) -> Vec<(Option<RowMark>, String)> {
        let q = &self.quality;
        let mut all = vec![(None, format!("real: {}", floor(q.floor_from, q.floor_pictures)))];
        all.push((Some(RowMark::Relative), self.features.to_owned()));
        if let Some(inception) = &self.inception {
            all.push((Some(RowMark::Inception), format!("{}: {}", inception.file, inception.advice.join("; "))));
            if q.floor_from == Floor::Halves {
                let n = thousands(q.floor_pictures as u64);
                let text = format!(
                    "the FID of the real pictures is computed from {n} against {n}, fewer than for the \
                     generated ones"
                );
                all.push((Some(RowMark::Inception), text));
            }
        }
        if q.r_train.is_some() {
            all.push((None, MEAN_SIGN.to_owned()));
        }
        all.extend(q.notes.iter().map(|note| (None, format!("note: {note}"))));
        all
    }

    /// The whole table as text.
    pub fn text(&self) -> String {
        let mut lines =
            vec![self.title(), self.in_words(), String::new(), format!("{:34}{:>10}{:>10}", "", "generated", "real")];
        for row in self.rows() {
            let Row { name, value, digits, .. } = &row;
            let real = row.real.map_or_else(|| "-".to_owned(), |real| format!("{real:.digits$}"));
            let mark = row.mark.map_or("", RowMark::stars);
            let line = format!("{name:34}{value:>10.digits$}{real:>10}  {} {mark}", row.words);
            lines.push(line.trim_end().to_owned());
        }
        lines.push(String::new());
        let remarks = self.remarks().into_iter();
        lines.extend(remarks.map(|(mark, text)| mark.map_or(text.clone(), |mark| format!("{} {text}", mark.stars()))));
        lines.push(format!("{:.1} s, of which {:.1} s for measuring", self.seconds, self.measuring_seconds));
        lines.join("\n")
    }
}

fn inception_rows(inception: &InceptionReport) -> [Row; 2] {
    let n = thousands(inception.pictures as u64);
    let of = if inception.kid_subsets { "standard deviation of subsets" } else { "standard error" };
    [
        Row::new("FID (Inception)", inception.fid, inception.floor_fid, 2)
            .words(format!("{LOWER}; {n} pictures, compare only with as many"))
            .help(
                "The distance that most papers report: how far apart mean and covariance are in the features of \
                 Inception, a network that was trained on photographs of all kinds of things. Fewer pictures make it \
                 larger.",
            ),
        Row::new("KID (Inception) x 1,000", inception.kid, inception.floor_kid, 2)
            .words(format!("{LOWER}; {of} {:.2}", inception.kid_error))
            .help(
                "A second distance in the features of Inception. On average it does not depend on the number of \
                 pictures.",
            ),
    ]
    .map(|row| row.mark(RowMark::Inception))
}

/// What the real pictures were compared with.
fn floor(from: Floor, pictures: usize) -> String {
    let n = thousands(pictures as u64);
    match from {
        Floor::Training => format!("{n} training pictures against as many from the folder"),
        Floor::Halves => {
            format!("{n} pictures from the folder against {n} others from it; fewer pictures, so slightly too high")
        }
    }
}
