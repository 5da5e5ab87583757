//! How good the cat finder is on photos whose heads and eyes were marked by people.

mod material;
mod measures;
mod report;

use crate::data::faces_of;
use crate::engine::protocol::error::EngineError;
use crate::finder::{CatFinder, HeadBox, PixelPoint};
use crate::interrupt::JobControl;
use image::RgbImage;
use material::Marked;
use measures::{Answer, Eyes, eye_errors, matched, quantile};
use report::{ScoreReport, row};
use std::path::PathBuf;
use std::time::Instant;

/// Limits between the sizes of heads: the head's longer side as a share of the photo's.
const SIZES: [f64; 5] = [0.0, 0.17, 0.26, 0.47, 1.0];
/// Longer sides in pixels of the photos in which heads of a tenth are looked for.
const TENTHS: [u32; 2] = [320, 640];
/// The photo of a phone, in pixels, and how many are timed.
const PHONE: (u32, u32) = (4000, 3000);
const TIMED: usize = 5;

/// What to measure on.
pub(crate) struct ScoreRequest {
    /// A folder with `heads.csv`, perhaps `eyes.csv`, and the photos that they name.
    pub folder: PathBuf,
    /// Which lines of `heads.csv` count.
    pub split: String,
}

/// Measures the finder, on one core.
///
/// # Errors
/// A folder or photo that cannot be read, or cancelled.
pub(crate) fn score_finder(request: &ScoreRequest, control: JobControl) -> Result<ScoreReport, EngineError> {
    let finder = CatFinder::bundled();
    let photos = material::marked(&request.folder, &request.split)?;
    let (mut answers, mut times) = (Vec::new(), Vec::new());
    let (mut cats, mut others) = (Vec::new(), Vec::new());
    for (i, photo) in photos.iter().enumerate() {
        control.check()?;
        control.report("photos searched", i, photos.len());
        let picture = material::open(&photo.path)?;
        let started = Instant::now();
        let answer = answer(finder, &picture, photo);
        times.push(started.elapsed().as_secs_f64() * 1e3);
        answers.push(answer);
        match photo.head {
            Some(head) => cats.push((picture, head)),
            None => others.push(picture),
        }
    }
    let threshold = finder.threshold();
    let of = |low: f64, high: f64| {
        let part = |answer: &&Answer| answer.share.is_some_and(|share| (low..high).contains(&share));
        answers.iter().filter(part).collect::<Vec<_>>()
    };
    let mut rows = vec![row("all, and photos without a cat", &answers.iter().collect::<Vec<_>>(), threshold)];
    for sizes in SIZES.windows(2) {
        let [low, high] = [sizes[0], sizes[1]];
        // A head can be a little longer than the photo where its box was rounded.
        let part = of(low, if high < 1.0 { high } else { f64::INFINITY });
        rows.push(row(&format!("{low:.2} to {high:.2}"), &part, threshold));
    }
    if !others.is_empty() {
        for longer in TENTHS {
            let part = tenths(finder, &cats, &others, longer, control)?;
            rows.push(row(&format!("a tenth of {longer} px"), &part.iter().collect::<Vec<_>>(), threshold));
        }
    }
    let is_taken = |answer: &&Answer| answer.share.is_none() && answer.hits.iter().any(|hit| hit.score >= threshold);
    Ok(ScoreReport {
        split: request.split.clone(),
        threshold,
        rows,
        without_cat: others.len(),
        taken_for_cats: answers.iter().filter(is_taken).count(),
        milliseconds: quantile(times.into_iter(), 0.5).unwrap_or_default(),
        phone_milliseconds: phone_milliseconds(&cats, control)?,
    })
}

fn answer(finder: &CatFinder, picture: &RgbImage, photo: &Marked) -> Answer {
    let heads = finder.heads(picture);
    let found = heads.iter().take_while(|(_, score)| *score >= finder.threshold());
    let eyes: Vec<Option<[PixelPoint; 2]>> = found.map(|(head, _)| finder.eyes_in(picture, head)).collect();
    let hits = matched(&heads, photo.head.as_ref());
    let right = hits.iter().position(|hit| hit.right).and_then(|i| eyes.get(i));
    let eyes = match (right, &photo.eyes) {
        (Some(Some(eyes)), Some(marked)) => {
            let (roll, off) = eye_errors(eyes, marked);
            Eyes::Found(roll, off)
        }
        (Some(None), Some(_)) => Eyes::Unsure,
        _ => Eyes::Unasked,
    };
    Answer { share: photo.head.map(|head| share(&head, picture)), hits, eyes }
}

fn share(head: &HeadBox, picture: &RgbImage) -> f64 {
    head.width().max(head.height()) / f64::from(picture.width().max(picture.height()))
}

/// Heads of a tenth of the longer side, on photos without a cat.
fn tenths(
    finder: &CatFinder,
    cats: &[(RgbImage, HeadBox)],
    others: &[RgbImage],
    longer: u32,
    control: JobControl,
) -> Result<Vec<Answer>, EngineError> {
    let mut answers = Vec::new();
    for (i, (photo, head)) in cats.iter().enumerate() {
        control.check()?;
        control.report("small heads searched", i, cats.len());
        let (picture, head) = material::tenth(photo, head, &others[i % others.len()], longer, i);
        let hits = matched(&finder.heads(&picture), Some(&head));
        answers.push(Answer { share: Some(share(&head, &picture)), hits, eyes: Eyes::Unasked });
    }
    Ok(answers)
}

/// The median time, in milliseconds, that photos of twelve megapixels take once they are decoded: those of the set,
/// made larger.
fn phone_milliseconds(cats: &[(RgbImage, HeadBox)], control: JobControl) -> Result<f64, EngineError> {
    let mut times = Vec::new();
    for (photo, _) in cats.iter().take(TIMED) {
        control.check()?;
        let large = material::cover(photo, PHONE.0, PHONE.1);
        let started = Instant::now();
        faces_of(&large)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(quantile(times.into_iter(), 0.5).unwrap_or_default())
}
