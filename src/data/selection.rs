//! Which of the prepared pictures are trained on, and why the others are not.
//!
//! A person's own decision comes first, then the list of exclusions, then the filters. Of a burst the sharpest is kept
//! among those that are left.

use super::cache::CachedSquare;
use super::choices::{PictureChoices, Verdict};
use super::exclusions::Exclusions;
use super::facts::{PhotoFacts, SquareFacts};
use super::flags::PictureFlags;
use super::health::{Capture, Health, bursts, is_screenshot_name, odd, sharpest};
use super::square::{Placement, Square};
use super::squares::{Burst, LeftOut, PhotoFile, PreparedPicture, Trait};
use crate::config::{DataConfig, Duplicates, NoFace};
use std::path::Path;

/// A photo with its squares.
pub(super) struct Candidate<'a> {
    pub path: &'a Path,
    pub about: &'a PhotoFacts,
    pub squares: &'a [CachedSquare],
}

/// By what it is chosen.
pub(super) struct Rules<'a> {
    pub config: &'a DataConfig,
    pub choices: &'a PictureChoices,
    pub listed: Exclusions,
    pub root: Option<&'a Path>,
    /// Whether faces are looked for.
    pub faces: bool,
    /// Side of the prepared pictures.
    pub side: u32,
}

impl Rules<'_> {
    /// All photos and all their squares, each used or left out with a reason.
    pub(super) fn select(&self, candidates: &[Candidate]) -> (Vec<PhotoFile>, Vec<PreparedPicture>) {
        let mut photos = Vec::with_capacity(candidates.len());
        let mut pictures = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            self.add(candidate, photos.len() as u32, &mut pictures);
            photos.push(photo_file(candidate));
        }
        let squares: Vec<(&Candidate, &CachedSquare)> = squares_of(candidates).collect();
        let healths: Vec<Health> = squares.iter().map(|(_, square)| square.about.health).collect();
        let (groups, odd) = match self.root {
            Some(_) => rayon::join(|| groups(&squares), || odd(&healths)),
            // Drawn cats are as alike as they are meant to be.
            None => Default::default(),
        };
        self.keep_best(&groups, &healths, &mut pictures);
        pictures.iter_mut().zip(odd).filter(|(_, odd)| *odd).for_each(|(picture, _)| picture.traits.push(Trait::Odd));
        (photos, pictures)
    }

    /// The same, with everything used: a measurement must not choose.
    pub(super) fn all(&self, candidates: &[Candidate]) -> (Vec<PhotoFile>, Vec<PreparedPicture>) {
        let mut pictures = Vec::new();
        for (photo, candidate) in candidates.iter().enumerate() {
            let photo = photo as u32;
            pictures.extend(candidate.squares.iter().map(|square| self.picture(candidate, square, photo, None)));
        }
        (candidates.iter().map(photo_file).collect(), pictures)
    }

    fn add(&self, candidate: &Candidate, photo: u32, pictures: &mut Vec<PreparedPicture>) {
        let verdicts = self.verdicts(candidate);
        let listed = self.listed.hold(candidate.path, self.root);
        for (square, verdict) in candidate.squares.iter().zip(verdicts) {
            let mut picture = self.picture(candidate, square, photo, self.filter(square));
            match verdict {
                Some(Verdict::LeaveOut) => picture.left_out = Some(LeftOut::ByYou),
                Some(Verdict::Use) => (picture.left_out, picture.included) = (None, true),
                None if listed => picture.left_out = Some(LeftOut::Listed),
                None => {}
            }
            pictures.push(picture);
        }
    }

    fn picture(
        &self,
        candidate: &Candidate,
        square: &CachedSquare,
        photo: u32,
        left_out: Option<LeftOut>,
    ) -> PreparedPicture {
        let about = &square.about;
        PreparedPicture {
            slot: square.slot,
            eyes: about.eyes,
            head: about.head,
            score: about.score,
            left_out,
            traits: traits(candidate, square),
            ..PreparedPicture::new(photo, about.square, about.placement)
        }
    }

    /// Why the filters leave it out.
    fn filter(&self, square: &CachedSquare) -> Option<LeftOut> {
        let about = &square.about;
        let is_crop = about.placement == Placement::Crop;
        let no_face = self.faces && is_crop && self.config.no_face == NoFace::Skip;
        // A whole picture is enlarged as it always was.
        let small = !is_crop && about.square.side < f64::from(self.side) / 2.0;
        let reasons = [
            (about.flags.has(PictureFlags::OURS), LeftOut::Ours),
            (small, LeftOut::Small),
            (is_blank(square), LeftOut::Blank),
            (no_face, LeftOut::NoFace),
        ];
        reasons.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
    }

    /// What a person decided about each square of a photo.
    fn verdicts(&self, candidate: &Candidate) -> Vec<Option<Verdict>> {
        let squares: Vec<Square> = candidate.squares.iter().map(|square| square.about.square).collect();
        match self.choices.of(&candidate.about.content) {
            Some(choices) => choices.verdicts_on(&squares, candidate.about.size),
            None => vec![None; squares.len()],
        }
    }

    /// Marks the pictures of each moment, and leaves out all but the best of those that are still used.
    fn keep_best(&self, groups: &[Vec<usize>], healths: &[Health], pictures: &mut [PreparedPicture]) {
        for (group, members) in groups.iter().enumerate() {
            let used: Vec<usize> = members.iter().copied().filter(|&i| pictures[i].left_out.is_none()).collect();
            let best = sharpest(if used.is_empty() { members } else { &used }, healths);
            for &i in members {
                let size = members.len() as u32;
                pictures[i].burst = Some(Burst { group: group as u32, size, best: i == best });
            }
            if self.config.duplicates == Duplicates::Best {
                let others = used.into_iter().filter(|&i| i != best);
                for i in others {
                    if !pictures[i].included {
                        pictures[i].left_out = Some(LeftOut::Burst);
                    }
                }
            }
        }
    }
}

fn photo_file(candidate: &Candidate) -> PhotoFile {
    let PhotoFacts { content, size: (width, height), marks, .. } = candidate.about;
    PhotoFile {
        path: candidate.path.to_owned(),
        content: content.clone(),
        width: *width,
        height: *height,
        corrected: marks.is_some(),
    }
}

fn squares_of<'a>(candidates: &'a [Candidate]) -> impl Iterator<Item = (&'a Candidate<'a>, &'a CachedSquare)> {
    candidates.iter().flat_map(|candidate| candidate.squares.iter().map(move |square| (candidate, square)))
}

fn traits(candidate: &Candidate, square: &CachedSquare) -> Vec<Trait> {
    let SquareFacts { flags, health, .. } = &square.about;
    let screenshot =
        candidate.about.capture.is_some_and(|capture| capture.screenshot) || is_screenshot_name(candidate.path);
    let holds = [
        (health.is_blurred(), Trait::Blurred),
        (health.is_dark(), Trait::Dark),
        (flags.has(PictureFlags::GREY), Trait::Grey),
        (screenshot, Trait::Screenshot),
        (flags.has(PictureFlags::SMALL), Trait::Enlarged),
        (candidate.squares.len() > 1, Trait::SeveralCats),
    ];
    holds.into_iter().filter_map(|(holds, of)| holds.then_some(of)).collect()
}

fn is_blank(square: &CachedSquare) -> bool {
    square.about.flags.has(PictureFlags::BLANK)
}

/// Groups of at least two pictures of one moment, in rising order. Two faces of one photo are two cats, so the first
/// faces of all photos are compared, then the second ones, and so on.
fn groups(squares: &[(&Candidate, &CachedSquare)]) -> Vec<Vec<usize>> {
    let mut ranks: Vec<Vec<usize>> = Vec::new();
    let mut rank = 0;
    for i in 0..squares.len() {
        let same_photo = i > 0 && std::ptr::eq(squares[i].0, squares[i - 1].0);
        rank = if same_photo { rank + 1 } else { 0 };
        if squares[i].1.about.flags.has(PictureFlags::OURS) || is_blank(squares[i].1) {
            continue;
        }
        ranks.resize_with(ranks.len().max(rank + 1), Vec::new);
        ranks[rank].push(i);
    }
    let mut groups = Vec::new();
    for rank in &ranks {
        let alike =
            |&i: &usize| -> (Health, Option<Capture>) { (squares[i].1.about.health, squares[i].0.about.capture) };
        let found = bursts(&rank.iter().map(alike).collect::<Vec<_>>());
        groups.extend(found.into_iter().map(|group| group.into_iter().map(|i| rank[i]).collect::<Vec<_>>()));
    }
    groups.sort_unstable();
    groups
}
