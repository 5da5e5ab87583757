//! Files that by their name were made of a picture beside them: thumbnails, smaller versions, edited copies, backups.

use super::names::Name::{Begins, Ends};

const THUMBNAIL: &str = "a thumbnail of the picture beside it";
const SMALLER: &str = "a smaller version of the picture beside it";
const EDITED: &str = "an edited copy of the picture beside it";
const BACKUP: &str = "a backup of the picture beside it";

/// What programs put behind the name of a picture.
const ENDINGS: [(&str, &str); 22] = [
    ("_thumb", THUMBNAIL),
    ("-thumb", THUMBNAIL),
    (".thumb", THUMBNAIL),
    ("_thumbnail", THUMBNAIL),
    ("-thumbnail", THUMBNAIL),
    ("_tn", THUMBNAIL),
    (".th", THUMBNAIL),
    (".md", SMALLER),
    // Google Takeout, in the language of the account.
    ("-edited", EDITED),
    ("-bearbeitet", EDITED),
    ("-modifié", EDITED),
    ("-editado", EDITED),
    ("-editada", EDITED),
    ("-ha editado", EDITED),
    ("-modificato", EDITED),
    ("-bewerkt", EDITED),
    ("-edytowane", EDITED),
    ("-redigerad", EDITED),
    ("-изменено", EDITED),
    ("-編集済み", EDITED),
    ("-已修改", EDITED),
    ("-수정됨", EDITED),
];
const BEGINNINGS: [&str; 4] = ["thumb_", "thumb-", "tn_", "tn-"];

/// Why a file of this name is left out where `is_there` knows the picture that it was made of, by its name with or
/// without the extension.
pub(in super::super) fn companion(name: &str, is_there: impl Fn(&str) -> bool) -> Option<&'static str> {
    // ExifTool's and editors' backups carry the picture's whole name.
    for end in ["_original", "~", ".bak"] {
        if Ends(end).fits(name) && name.get(..name.len() - end.len()).is_some_and(&is_there) {
            return Some(BACKUP);
        }
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    for (end, reason) in ENDINGS {
        if Ends(end).fits(stem) && stem.get(..stem.len() - end.len()).is_some_and(&is_there) {
            return Some(reason);
        }
    }
    let begin = BEGINNINGS.iter().find(|begin| Begins(begin).fits(stem));
    if begin.and_then(|begin| stem.get(begin.len()..)).is_some_and(&is_there) {
        return Some(THUMBNAIL);
    }
    if without_size(stem).is_some_and(&is_there) {
        return Some(SMALLER);
    }
    // Phones of Apple name the edited copy of IMG_1234 so.
    let number = stem.strip_prefix("IMG_E").filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    number.is_some_and(|number| is_there(&format!("IMG_{number}"))).then_some(EDITED)
}

/// `cat` of `cat-300x200`: so web servers name the sizes that they make.
fn without_size(stem: &str) -> Option<&str> {
    let (picture, size) = stem.rsplit_once('-')?;
    let (width, height) = size.split_once('x')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(width) && is_number(height)).then_some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_of_a_picture_is_told_by_the_picture() {
        for (name, reason) in [
            ("cat_thumb.png", Some(THUMBNAIL)),
            ("tn_cat.jpg", Some(THUMBNAIL)),
            ("TN-cat.jpg", Some(THUMBNAIL)),
            ("cat-Thumbnail.jpg", Some(THUMBNAIL)),
            ("cat.th.jpg", Some(THUMBNAIL)),
            ("cat-edited.jpg", Some(EDITED)),
            ("cat-bearbeitet.jpg", Some(EDITED)),
            ("cat-編集済み.jpg", Some(EDITED)),
            ("cat-300x200.jpg", Some(SMALLER)),
            ("cat.jpg_original", Some(BACKUP)),
            ("cat.jpg~", Some(BACKUP)),
            ("IMG_E0012.JPG", Some(EDITED)),
            ("_thumb.jpg", None),
            ("thumb.jpg", None),
            ("cat.jpg", None),
            ("cat-12x.jpg", None),
            ("cat-x.jpg", None),
            ("cat (1).jpg", None),
            ("IMG_E.JPG", None),
            ("é", None),
            ("", None),
        ] {
            let is_there = |picture: &str| ["cat", "cat.jpg", "IMG_0012"].contains(&picture);
            assert_eq!(companion(name, is_there), reason, "{name}");
            assert_eq!(companion(name, |_| false), None, "{name}");
        }
    }
}
