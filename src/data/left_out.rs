//! What lies in people's picture folders and is nothing to learn from: thumbnails, trash folders, the insides of photo
//! libraries, pictures that are not on this disk, and what this program made itself.
//!
//! All of it is told by names and by the layout of folders; nothing is opened. Everything left out is listed with its
//! reason, a folder as one line.

use std::fs::Metadata;
use std::path::Path;
use walkdir::WalkDir;

/// Why a picture with the mark of [`crate::pixels::is_ours`] is not trained on.
pub(super) const MADE_BY_US: &str = "made by Purrtrait";
/// Why a folder that holds a run is not looked into.
const RUN_FOLDER: &str = "run folder of Purrtrait";

/// How a name is recognised, without regard to upper and lower case.
enum Name {
    Is(&'static str),
    Begins(&'static str),
    Ends(&'static str),
}
use Name::{Begins, Ends, Is};

impl Name {
    fn fits(&self, name: &str) -> bool {
        let part = |from: usize, length: usize| name.as_bytes().get(from..from + length);
        let same = |part: Option<&[u8]>, wanted: &str| part.is_some_and(|p| p.eq_ignore_ascii_case(wanted.as_bytes()));
        match self {
            Is(wanted) => name.eq_ignore_ascii_case(wanted),
            Begins(wanted) => same(part(0, wanted.len()), wanted),
            Ends(wanted) => {
                name.len().checked_sub(wanted.len()).is_some_and(|from| same(part(from, wanted.len()), wanted))
            }
        }
    }
}

const SYNOLOGY: &str = "thumbnails of a Synology NAS";
const QNAP: &str = "thumbnails of a QNAP NAS";
const THUMBNAILS: &str = "thumbnails of other pictures";
const MAC_SIDE_FILES: &str = "side files of macOS, not pictures";
const PREVIEWS: &str = "previews of a photo program";
const BEFORE_EDITING: &str = "what a photo program kept of pictures before they were edited";
const BIN: &str = "deleted pictures in a trash folder";
const SNAPSHOTS: &str = "older states of the folder (snapshots)";
const SYSTEM: &str = "a folder of the system's own";

/// Folders that are not looked into.
static FOLDERS: &[(Name, &str)] = &[
    (Is("@eaDir"), SYNOLOGY),
    (Is(".@__thumb"), QNAP),
    (Is("@__thumb"), QNAP),
    (Is("@SynoEAStream"), SYNOLOGY),
    (Is("@SynoResource"), SYNOLOGY),
    (Is(".thumbnails"), THUMBNAILS),
    (Is(".thumbs"), THUMBNAILS),
    (Is(".thumb"), THUMBNAILS),
    (Is("thumbnails"), THUMBNAILS),
    (Is("thumbs"), THUMBNAILS),
    (Is("_thumbs"), THUMBNAILS),
    (Is("_thumbnails"), THUMBNAILS),
    (Is("_thumb"), THUMBNAILS),
    (Is(".xvpics"), THUMBNAILS),
    (Is(".AppleDouble"), MAC_SIDE_FILES),
    (Is("__MACOSX"), MAC_SIDE_FILES),
    (Is(".picasaoriginals"), BEFORE_EDITING),
    (Ends(".lrdata"), PREVIEWS),
    (Ends(".lrprev"), PREVIEWS),
    (Ends(".lrcat-data"), PREVIEWS),
    (Ends(".cocatalog"), PREVIEWS),
    (Is("CaptureOne"), PREVIEWS),
    (Is(".dtrash"), BIN),
    (Is("#recycle"), BIN),
    (Is("@Recycle"), BIN),
    (Is("$RECYCLE.BIN"), BIN),
    (Is("RECYCLER"), BIN),
    (Is("RECYCLED"), BIN),
    (Is(".recycle"), BIN),
    (Is(".Recycle.Bin"), BIN),
    (Is(".recycle_bin"), BIN),
    (Is("Recycle Bin"), BIN),
    (Is("Network Trash Folder"), BIN),
    // GoodSync keeps there what it deleted or replaced.
    (Is("_gsdata_"), BIN),
    (Begins(".Trash"), BIN),
    (Is("#snapshot"), SNAPSHOTS),
    (Is("@Recently-Snapshot"), SNAPSHOTS),
    (Is(".snapshot"), SNAPSHOTS),
    (Is(".snapshots"), SNAPSHOTS),
    (Is("~snapshot"), SNAPSHOTS),
    (Is(".zfs"), SNAPSHOTS),
    (Is("System Volume Information"), SYSTEM),
    (Is("lost+found"), SYSTEM),
    (Begins("found.0"), SYSTEM),
    (Is(".Spotlight-V100"), SYSTEM),
    (Is(".fseventsd"), SYSTEM),
    (Is(".DocumentRevisions-V100"), SYSTEM),
    (Is(".TemporaryItems"), SYSTEM),
    (Is("Temporary Items"), SYSTEM),
    (Is("@tmp"), SYSTEM),
];

const NOTES: &str = "a photo program's notes, not a picture";
const FOLDER_NOTES: &str = "what the file manager notes about the folder, not a picture";
const CLOUD: &str = "still in the cloud; download it first";

/// Files that are not opened.
static FILES: &[(Name, &str)] = &[
    (Ends(".icloud"), "still in iCloud; download it first (in Finder or Files: Download Now)"),
    // Placeholders of Nextcloud, ownCloud and odrive carry the picture's name with this behind it.
    (Ends(".nextcloud"), CLOUD),
    (Ends(".owncloud"), CLOUD),
    (Ends(".cloud"), CLOUD),
    (Begins("SYNOPHOTO_THUMB"), SYNOLOGY),
    (Begins("SYNOFILE_THUMB"), SYNOLOGY),
    (Is("Thumbs.db"), "thumbnails of Windows in one file"),
    (Is("ehthumbs.db"), "thumbnails of Windows in one file"),
    (Is("ZbThumbnail.info"), "thumbnails of a photo program in one file"),
    (Begins("._"), "a side file of macOS, not a picture"),
    (Is(".DS_Store"), FOLDER_NOTES),
    (Is("desktop.ini"), FOLDER_NOTES),
    (Is(".directory"), FOLDER_NOTES),
    (Is(".localized"), FOLDER_NOTES),
    (Is(".nomedia"), FOLDER_NOTES),
    (Is("Icon\r"), FOLDER_NOTES),
    (Is("Picasa.ini"), NOTES),
    (Is(".picasa.ini"), NOTES),
    (Ends(".xmp"), NOTES),
    (Ends(".aae"), NOTES),
    (Ends(".thm"), THUMBNAILS),
    (Begins(".trashed-"), BIN),
    (Begins(".pending-"), "not written to its end yet"),
];

/// Folders that macOS shows as one file, and in which only the originals are photos.
const LIBRARIES: [&str; 5] =
    [".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary", "iPhoto Library"];
const ORIGINALS: [&str; 3] = ["originals", "masters", "originals.noindex"];
const LIBRARY_INSIDES: &str =
    "previews and databases of a photo library; only its originals are pictures to learn from";

/// Why this folder below the chosen one is not looked into.
pub(super) fn folder(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy();
    if let Some(reason) = reason(FOLDERS, &name) {
        return Some(reason);
    }
    let inside_library =
        path.parent().and_then(Path::file_name).is_some_and(|parent| is_library(&parent.to_string_lossy()));
    if inside_library && !ORIGINALS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Some(LIBRARY_INSIDES);
    }
    holds_run(path).then_some(RUN_FOLDER)
}

/// Why this folder inside the chosen one is not looked into if the chosen one holds a run itself.
pub(super) fn part_of_run(name: &str) -> Option<&'static str> {
    matches!(name, "samples" | "checkpoints").then_some("a part of the run that Purrtrait keeps in this folder")
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
    reason(FILES, name)
}

/// Why a file that is not on this disk is not opened: reading it would fetch it from the cloud, or wait for that.
pub(super) fn not_here(metadata: &Metadata) -> Option<&'static str> {
    #[cfg(windows)]
    {
        use std::os::windows::fs::MetadataExt;
        // FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN and _RECALL_ON_DATA_ACCESS of winnt.h.
        if metadata.file_attributes() & (0x1000 | 0x4_0000 | 0x40_0000) != 0 {
            return Some(CLOUD);
        }
    }
    #[cfg(target_os = "macos")]
    {
        use std::os::macos::fs::MetadataExt;
        // SF_DATALESS of sys/stat.h.
        if metadata.st_flags() & 0x4000_0000 != 0 {
            return Some(CLOUD);
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

/// The name of a picture of which a file of this stem says that it is the thumbnail.
pub(super) fn thumbnail_of(stem: &str) -> Option<&str> {
    const ENDS: [&str; 6] = ["_thumb", "-thumb", ".thumb", "_thumbnail", "-thumbnail", "_tn"];
    const BEGINS: [&str; 3] = ["thumb_", "thumb-", "tn_"];
    let end = ENDS.iter().find(|end| Ends(end).fits(stem) && stem.len() > end.len());
    let begin = BEGINS.iter().find(|begin| Begins(begin).fits(stem) && stem.len() > begin.len());
    end.and_then(|end| stem.get(..stem.len() - end.len())).or_else(|| stem.get(begin?.len()..))
}
pub(super) const THUMBNAIL: &str = "a thumbnail of the picture beside it";

fn reason(rules: &[(Name, &'static str)], name: &str) -> Option<&'static str> {
    rules.iter().find(|(rule, _)| rule.fits(name)).map(|(_, reason)| *reason)
}

fn is_library(name: &str) -> bool {
    LIBRARIES.iter().any(|end| Ends(end).fits(name))
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
    fn of_a_library_only_the_originals_are_looked_at() {
        for library in ["Photos.photoslibrary", "Old.aplibrary", "x/Fotos.PhotosLibrary"] {
            let inside = |name: &str| folder(&Path::new(library).join(name));
            assert_eq!(inside("originals"), None);
            assert_eq!(inside("Masters"), None);
            assert_eq!(inside("resources"), Some(LIBRARY_INSIDES));
            assert_eq!(inside("database"), Some(LIBRARY_INSIDES));
        }
        assert_eq!(folder(Path::new("cats/resources")), None);
    }

    #[test]
    fn a_thumbnail_names_its_picture() {
        for (stem, picture) in [
            ("cat_thumb", Some("cat")),
            ("tn_cat", Some("cat")),
            ("cat-Thumbnail", Some("cat")),
            ("_thumb", None),
            ("thumb", None),
            ("cat", None),
        ] {
            assert_eq!(thumbnail_of(stem), picture, "{stem}");
        }
    }
}
