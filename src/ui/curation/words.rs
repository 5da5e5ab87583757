//! The pictures in words: on a tile, beside it, and all together.

use super::filter::Filter;
use super::pending::Standing;
use super::shown::Counts;
use crate::engine::{LeftOut, Placement, PreparedPicture, PreparedPictures, Trait};
use crate::ui::text;

/// The words on a picture, the most important first.
pub(crate) fn labels(pictures: &PreparedPictures, index: u32, now: Standing) -> Vec<String> {
    let picture = &pictures.pictures[index as usize];
    let mut labels = Vec::new();
    if now.waiting {
        labels.push("being prepared…".to_owned());
    }
    labels.extend(now.left_out.map(|reason| why(reason, picture)));
    if now.included {
        labels.push("included by you".to_owned());
    }
    if pictures.photos[picture.photo as usize].corrected {
        labels.push("corrected by you".to_owned());
    }
    if let Some(burst) = picture.burst.filter(|_| now.left_out != Some(LeftOut::Burst)) {
        labels.push(format!("burst of {}{}", burst.size, if burst.best { ": kept" } else { "" }));
    }
    labels.extend(picture.traits.iter().map(|one| trait_word(*one).to_owned()));
    labels
}

fn why(reason: LeftOut, picture: &PreparedPicture) -> String {
    match reason {
        LeftOut::ByYou => "left out by you".into(),
        LeftOut::Listed => "listed".into(),
        LeftOut::NoFace => "no face found".into(),
        LeftOut::Burst => picture.burst.map_or_else(|| "duplicate".into(), |burst| format!("burst of {}", burst.size)),
        LeftOut::Small => "too small".into(),
        LeftOut::Blank => "blank".into(),
        LeftOut::Ours => "made by Purrtrait".into(),
    }
}

fn trait_word(one: Trait) -> &'static str {
    match one {
        Trait::Blurred => "blurred",
        Trait::Dark => "dark",
        Trait::Grey => "grey",
        Trait::Odd => "odd",
        Trait::Screenshot => "screenshot",
        Trait::Enlarged => "small",
        Trait::SeveralCats => "several cats",
    }
}

/// A picture for a screen reader: its file, and how it stands.
pub(crate) fn name(pictures: &PreparedPictures, index: u32, now: Standing) -> String {
    let file = text::name(&pictures.photo_of(index as usize).path);
    let labels = labels(pictures, index, now);
    let used = if now.left_out.is_none() { Some("used".to_owned()) } else { None };
    let state: Vec<String> = used.into_iter().chain(labels).collect();
    format!("{file}: {}", state.join(", "))
}

/// Where a picture comes from, for its tooltip.
pub(crate) fn detail(pictures: &PreparedPictures, index: u32) -> String {
    let (picture, photo) = (&pictures.pictures[index as usize], pictures.photo_of(index as usize));
    let placed = match picture.placement {
        Placement::Hand => "placed by you".to_owned(),
        Placement::Landmarks => "placed by its .cat file".to_owned(),
        Placement::Finder => match picture.score {
            Some(score) => format!("a face found, {:.0} % sure", score * 100.0),
            None => "a face found".to_owned(),
        },
        Placement::Crop => "cut by the crop setting".to_owned(),
    };
    let side = picture.square.side.round();
    format!("Photo {} × {} px. Square of {side} px, {placed}.", photo.width, photo.height)
}

/// All pictures in a sentence or two.
pub(crate) fn verdict(counts: &Counts) -> String {
    let photos = text::of(counts.photos, "photo");
    let first = match counts.with_face {
        Some(faces) => format!("{} of {photos} show a face", text::count(faces as u64)),
        None => photos,
    };
    let used = text::of(counts.of(Filter::Used), "picture");
    let mut parts = vec![format!("{first}, {used} to train on")];
    let out = counts.of(Filter::LeftOut);
    if out > 0 {
        let reasons =
            counts.left_out.iter().map(|(reason, count)| format!("{} {}", text::count(*count as u64), short(*reason)));
        parts.push(format!("{} left out: {}", text::count(out as u64), reasons.collect::<Vec<_>>().join(", ")));
    }
    let bursts = counts.of(Filter::Bursts);
    if bursts > 0 {
        parts.push(format!("{} in {}", text::count(bursts as u64), text::of(counts.bursts, "burst")));
    }
    parts.join("; ") + "."
}

fn short(reason: LeftOut) -> &'static str {
    match reason {
        LeftOut::ByYou => "by you",
        LeftOut::Listed => "listed",
        LeftOut::NoFace => "without a face",
        LeftOut::Burst => "of bursts",
        LeftOut::Small => "too small",
        LeftOut::Blank => "blank",
        LeftOut::Ours => "made by Purrtrait",
    }
}
