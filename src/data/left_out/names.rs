//! Names of folders and files that are left out, each with the reason.

/// How a name is recognised, without regard to upper and lower case.
pub(super) enum Name {
    Is(&'static str),
    Begins(&'static str),
    Ends(&'static str),
}
use Name::{Begins, Ends, Is};

impl Name {
    pub(super) fn fits(&self, name: &str) -> bool {
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
const MAC_SIDE_FILES: &str = "macOS metadata, not pictures";
const PREVIEWS: &str = "previews of a photo program";
const BEFORE_EDITING: &str = "unedited originals kept by a photo program";
const BIN: &str = "deleted pictures in a trash folder";
const SNAPSHOTS: &str = "snapshots of the folder";
const SYSTEM: &str = "a system folder";

/// Folders that are not entered.
pub(super) static FOLDERS: &[(Name, &str)] = &[
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

const NOTES: &str = "metadata of a photo program, not a picture";
const FOLDER_NOTES: &str = "metadata of a file manager, not a picture";
pub(super) const CLOUD: &str = "still in the cloud; download it first";

/// Files that are not opened.
pub(super) static FILES: &[(Name, &str)] = &[
    (Ends(".icloud"), "still in iCloud; download it first (in Finder or Files: Download Now)"),
    // Placeholders of Nextcloud, ownCloud and odrive carry the picture's name with this behind it.
    (Ends(".nextcloud"), CLOUD),
    (Ends(".owncloud"), CLOUD),
    (Ends(".cloud"), CLOUD),
    (Begins("SYNOPHOTO_THUMB"), SYNOLOGY),
    (Begins("SYNOFILE_THUMB"), SYNOLOGY),
    (Is("Thumbs.db"), "a Windows thumbnail cache"),
    (Is("ehthumbs.db"), "a Windows thumbnail cache"),
    (Is("ZbThumbnail.info"), "a photo program's thumbnail cache"),
    (Begins("._"), "macOS metadata, not a picture"),
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
    (Begins(".pending-"), "incomplete: still being written or downloaded"),
];

/// The reason of the first rule that fits a name.
pub(super) fn reason(rules: &[(Name, &'static str)], name: &str) -> Option<&'static str> {
    rules.iter().find(|(rule, _)| rule.fits(name)).map(|(_, reason)| *reason)
}
