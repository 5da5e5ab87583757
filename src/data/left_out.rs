//! What lies in people's picture folders without being worth learning from: thumbnails, trash folders, the insides of
//! photo libraries, pictures that are not on this disk, and what this program made itself.
//!
//! All of it is told by names and by the layout of folders; nothing is opened. Everything left out is listed with its
//! reason, a folder as one line.

mod companions;
mod names;

pub(super) use companions::companion;
use names::Name::Ends;
use names::{FILES, FOLDERS, reason};
use std::fs::Metadata;
use std::path::Path;
use walkdir::WalkDir;

/// Why a picture with the mark of [`crate::pixels::is_ours`] is not trained on.
pub(super) const MADE_BY_US: &str = "made by Purrtrait";
/// Why a folder that holds a run is not entered.
const RUN_FOLDER: &str = "Purrtrait run folder";

/// Folders that macOS shows as one file, and in which only the originals are photos.
const LIBRARIES: [&str; 5] =
    [".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary", "iPhoto Library"];
const ORIGINALS: [&str; 3] = ["originals", "masters", "originals.noindex"];
const LIBRARY_INSIDES: &str =
    "previews and databases of a photo library; only its originals are pictures to learn from";

/// Why this folder below the chosen one is not entered.
pub(super) fn folder(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy();
    // Those carry previews' extension and hold what a phone sent.
    if let Some(reason) = reason(FOLDERS, &name).filter(|_| name != "Mobile Downloads.lrdata") {
        return Some(reason);
    }
    let above =
        |levels: usize| path.ancestors().nth(levels).and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    // Lightroom keeps a library for each account one level further down.
    let inside_library = is_library(&above(1)) || Ends(".lrlibrary").fits(&above(2));
    if inside_library && !ORIGINALS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Some(LIBRARY_INSIDES);
    }
    if above(1) == "Android" && matches!(&*name, "data" | "obb") {
        return Some("data of apps");
    }
    // What PhotoPrism makes of films, raw files and HEIC.
    if name == "sidecar" && path.with_file_name("cache").is_dir() {
        return Some("pictures that a photo server made of others");
    }
    holds_run(path).then_some(RUN_FOLDER)
}

/// Why this folder inside the chosen one is not entered if the chosen one holds a run itself.
pub(super) fn part_of_run(name: &str) -> Option<&'static str> {
    matches!(name, "samples" | "maps" | "checkpoints")
        .then_some("a part of the run that Purrtrait keeps in this folder")
}

/// Whether a training was made in this folder, whatever it is called.
pub(super) fn holds_run(folder: &Path) -> bool {
    let is_dir = |name: &str| folder.join(name).is_dir();
    folder.join("run.toml").is_file() && (is_dir("checkpoints") || is_dir("samples"))
}

/// Why this file is not opened.
pub(super) fn file(name: &str) -> Option<&'static str> {
    if is_sample_sheet(name) {
        return Some(MADE_BY_US);
    }
    if is_derivative(name) {
        return Some("a preview of Apple Photos");
    }
    reason(FILES, name)
}

/// Whether a reason belongs to files that lie beside each of many pictures: one line for all of a folder is enough.
pub(super) fn comes_in_masses(reason: &str) -> bool {
    [MADE_BY_US, names::NOTES].contains(&reason)
}

/// Why a file that is not on this disk is not opened: reading it would fetch it from the cloud, or wait for that.
pub(super) fn not_here(metadata: &Metadata) -> Option<&'static str> {
    #[cfg(windows)]
    {
        use std::os::windows::fs::MetadataExt;
        // FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN and _RECALL_ON_DATA_ACCESS of winnt.h.
        if metadata.file_attributes() & (0x1000 | 0x4_0000 | 0x40_0000) != 0 {
            return Some(names::CLOUD);
        }
    }
    #[cfg(target_os = "macos")]
    {
        use std::os::macos::fs::MetadataExt;
        // SF_DATALESS of sys/stat.h.
        if metadata.st_flags() & 0x4000_0000 != 0 {
            return Some(names::CLOUD);
        }
    }
    let _ = metadata;
    None
}

/// A reason with the number of files that it covers.
pub(super) fn with_count(folder: &Path, reason: &str) -> String {
    /// Counting on would make people wait for a number that they do not need.
    const MOST: usize = 10_000;
    let mut entries = 0;
    let inside = WalkDir::new(folder).into_iter().take(MOST).inspect(|_| entries += 1).flatten();
    let files = inside.filter(|entry| entry.file_type().is_file()).count();
    let more = if entries == MOST { " or more" } else { "" };
    format!("{reason} ({files} {}{more})", if files == 1 { "file" } else { "files" })
}

fn is_library(name: &str) -> bool {
    LIBRARIES.iter().any(|end| Ends(end).fits(name))
}

/// `0C4A9D1E-....-............_1_105_c.jpeg`: made from the picture that is named so without the numbers.
fn is_derivative(name: &str) -> bool {
    let is_uuid = |part: &str| {
        part.len() == 36
            && part
                .bytes()
                .enumerate()
                .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    matches!(stem.split('_').collect::<Vec<_>>()[..], [uuid, size, kind, letter]
        if is_uuid(uuid) && is_number(size) && is_number(kind) && letter.len() == 1)
}

/// `step-000000120.png`, also as file managers name a copy of it: sheets from before they carried a mark.
fn is_sample_sheet(name: &str) -> bool {
    let stem = name.strip_prefix("step-").and_then(|rest| rest.strip_suffix(".png"));
    let copy = stem.map(|stem| (stem, stem.trim_start_matches(|c: char| c.is_ascii_digit())));
    copy.is_some_and(|(stem, copy)| stem.len() - copy.len() >= 9 && (copy.is_empty() || copy.starts_with([' ', '('])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_regard_to_case() {
        for name in
            ["@eaDir", "@EADIR", "$Recycle.Bin", ".Trash-1000", ".Trashes", "Previews.lrdata", "found.000", "_gsdata_"]
        {
            assert!(folder(Path::new(name)).is_some(), "{name}");
        }
        for name in ["cats", "eaDir", "thumbnails128x128", "Trash cats", "originals", "recycle", "ü", ""] {
            assert_eq!(folder(Path::new(name)), None, "{name}");
        }
        for name in [
            "thumbs.DB",
            "._cat.jpg",
            "SYNOPHOTO_THUMB_XL.jpg",
            "IMG_1.AAE",
            "step-000000120.png",
            "step-000000120 (1).png",
        ] {
            assert!(file(name).is_some(), "{name}");
        }
        for name in
            ["cat.jpg", "step-1.png", "step-00000012x.png", "step-000000120x.png", "step-1 (1).png", "thumb.jpg", "é"]
        {
            assert_eq!(file(name), None, "{name}");
        }
    }

    #[test]
    fn of_a_library_only_the_originals_are_read() {
        for library in ["Photos.photoslibrary", "Old.aplibrary", "x/Fotos.PhotosLibrary"] {
            let inside = |name: &str| folder(&Path::new(library).join(name));
            assert_eq!(inside("originals"), None);
            assert_eq!(inside("Masters"), None);
            assert_eq!(inside("resources"), Some(LIBRARY_INSIDES));
            assert_eq!(inside("database"), Some(LIBRARY_INSIDES));
        }
        assert_eq!(folder(Path::new("cats/resources")), None);
    }
}
