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
const EARLIER: &str = "earlier versions of files";
const SYSTEM: &str = "a system folder";
const PROGRAM: &str = "files of a program";
const FILM_PROJECT: &str = "a film project, with pictures made from its films";
const WESTERN_DIGITAL: &str = "thumbnails of a Western Digital NAS";
const FILMS: &str = "films converted by a photo server, and pictures of them";
const SYNCHRONISING: &str = "temporary files of a program that synchronises the folder";

/// Folders that are not entered.
pub(super) static FOLDERS: &[(Name, &str)] = &[
    (Is("@eaDir"), SYNOLOGY),
    (Is(".@__thumb"), QNAP),
    (Is("@__thumb"), QNAP),
    (Is("@SynoEAStream"), SYNOLOGY),
    (Is("@SynoResource"), SYNOLOGY),
    (Is(".wdmc"), WESTERN_DIGITAL),
    (Is(".wdcache"), WESTERN_DIGITAL),
    (Is(".thumbnails"), THUMBNAILS),
    (Is(".thumbs"), THUMBNAILS),
    (Is(".thumb"), THUMBNAILS),
    (Is("thumbnails"), THUMBNAILS),
    (Is("thumbs"), THUMBNAILS),
    (Is("_thumbs"), THUMBNAILS),
    (Is("_thumbnails"), THUMBNAILS),
    (Is("_thumb"), THUMBNAILS),
    (Is("thumb"), THUMBNAILS),
    // LibrePhotos and digital cameras; `thumbnails128x128` is a set of pictures to learn from.
    (Is("thumbnails_big"), THUMBNAILS),
    (Is("square_thumbnails"), THUMBNAILS),
    (Is("square_thumbnails_small"), THUMBNAILS),
    (Is("THMBNL"), THUMBNAILS),
    (Begins("mipmaps-"), THUMBNAILS),
    (Begins("appdata_oc"), THUMBNAILS),
    (Is("encoded-video"), FILMS),
    (Is("@Transcode"), FILMS),
    (Ends(".trickplay"), FILMS),
    (Ends(".imovielibrary"), FILM_PROJECT),
    (Ends(".fcpbundle"), FILM_PROJECT),
    (Is(".xvpics"), THUMBNAILS),
    (Is(".AppleDouble"), MAC_SIDE_FILES),
    (Is("__MACOSX"), MAC_SIDE_FILES),
    (Is(".picasaoriginals"), BEFORE_EDITING),
    (Is("[Originals]"), BEFORE_EDITING),
    (Ends(".lrdata"), PREVIEWS),
    (Is("iPod Photo Cache"), PREVIEWS),
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
    (Is("Trash"), BIN),
    (Is("trashbox"), BIN),
    (Is("Trash Can"), BIN),
    (Is(".!@#$recycle"), BIN),
    (Is(".globalTrash"), BIN),
    (Is(".dustbin"), BIN),
    (Is("files_trashbin"), BIN),
    (Is("Deleted Items"), BIN),
    (Is("Deleted Files"), BIN),
    (Is("Deleted Photos"), BIN),
    (Is("Recently Deleted"), BIN),
    // The same in other languages, where the word means nothing else that one would call a folder of pictures.
    (Is("Papierkorb"), BIN),
    (Is("Gelöschte Elemente"), BIN),
    (Is("Zuletzt gelöscht"), BIN),
    (Is("Corbeille"), BIN),
    (Is("Supprimés récemment"), BIN),
    (Is("Éléments supprimés"), BIN),
    (Is("Papelera"), BIN),
    (Is("Papelera de reciclaje"), BIN),
    (Is("Eliminado"), BIN),
    (Is("Eliminados"), BIN),
    (Is("Eliminado recientemente"), BIN),
    (Is("Lixeira"), BIN),
    (Is("Reciclagem"), BIN),
    (Is("Apagados recentemente"), BIN),
    (Is("Eliminati di recente"), BIN),
    (Is("Prullenbak"), BIN),
    (Is("Prullenmand"), BIN),
    (Is("Recent verwijderd"), BIN),
    (Is("Papperskorgen"), BIN),
    (Is("Papirkurv"), BIN),
    (Is("Roskakori"), BIN),
    (Is("Ostatnio usunięte"), BIN),
    (Is("Geri Dönüşüm Kutusu"), BIN),
    (Is("Корзина"), BIN),
    (Is("Недавно удаленные"), BIN),
    (Is("ごみ箱"), BIN),
    (Is("ゴミ箱"), BIN),
    (Is("最近削除した項目"), BIN),
    (Is("回收站"), BIN),
    (Is("最近删除"), BIN),
    (Is("資源回收筒"), BIN),
    (Is("휴지통"), BIN),
    (Is("최근 삭제된 항목"), BIN),
    (Is("#snapshot"), SNAPSHOTS),
    (Is("@Snapshot"), SNAPSHOTS),
    (Is("@Snapshots"), SNAPSHOTS),
    (Is("@sharesnap"), SNAPSHOTS),
    (Is("@Recently-Snapshot"), SNAPSHOTS),
    (Is(".snapshot"), SNAPSHOTS),
    (Is(".snapshots"), SNAPSHOTS),
    (Is("~snapshot"), SNAPSHOTS),
    (Is(".zfs"), SNAPSHOTS),
    (Is("files_versions"), EARLIER),
    (Is(".stversions"), EARLIER),
    (Is(".dropbox.cache"), SYNCHRONISING),
    (Is(".tmp.drivedownload"), SYNCHRONISING),
    (Is(".tmp.driveupload"), SYNCHRONISING),
    (Is(".sync"), SYNCHRONISING),
    (Is("WhatsApp Stickers"), "stickers, not photos"),
    (Is("node_modules"), PROGRAM),
    (Is("site-packages"), PROGRAM),
    (Ends(".app"), PROGRAM),
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

pub(super) const NOTES: &str = "metadata of a photo program, not a picture";
const INCOMPLETE: &str = "incomplete: still being written or downloaded";
const WINDOWS_CACHE: &str = "a Windows thumbnail cache";
const PHOTO_CACHE: &str = "a photo program's thumbnail cache";
const FOLDER_NOTES: &str = "metadata of a file manager, not a picture";
pub(super) const CLOUD: &str = "still in the cloud; download it first";

/// Files that are not opened.
pub(super) static FILES: &[(Name, &str)] = &[
    (Ends(".icloud"), "still in iCloud; download it first (in Finder or Files: Download Now)"),
    // Placeholders of Nextcloud, ownCloud and odrive carry the picture's name with this behind it.
    (Ends(".nextcloud"), CLOUD),
    (Ends(".owncloud"), CLOUD),
    (Ends(".cloud"), CLOUD),
    (Begins("SYNOPHOTO_"), SYNOLOGY),
    (Begins("SYNOFILE_THUMB"), SYNOLOGY),
    (Begins("SYNOVIDEO_"), SYNOLOGY),
    (Is("Thumbs.db"), WINDOWS_CACHE),
    (Is("ehthumbs.db"), WINDOWS_CACHE),
    (Begins("thumbcache_"), WINDOWS_CACHE),
    (Begins("AlbumArt_{"), "the cover of an album, kept by a music player"),
    (Is("AlbumArtSmall.jpg"), "the cover of an album, kept by a music player"),
    (Is("ZbThumbnail.info"), PHOTO_CACHE),
    (Is("pspbrwse.jbf"), PHOTO_CACHE),
    (Begins(".thumbdata"), PHOTO_CACHE),
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
    // Google Takeout writes one beside each picture.
    (Ends(".json"), NOTES),
    (Ends(".dop"), NOTES),
    (Ends(".pp3"), NOTES),
    (Ends(".on1"), NOTES),
    (Ends(".thm"), THUMBNAILS),
    (Ends(".ithmb"), THUMBNAILS),
    // JPEG previews of DJI.
    (Ends(".scr"), THUMBNAILS),
    (Begins(".trashed-"), BIN),
    (Begins(".pending-"), INCOMPLETE),
    (Ends(".crdownload"), INCOMPLETE),
    (Ends(".opdownload"), INCOMPLETE),
    (Ends(".part"), INCOMPLETE),
    (Ends(".partial"), INCOMPLETE),
];

/// The reason of the first rule that fits a name.
pub(super) fn reason(rules: &[(Name, &'static str)], name: &str) -> Option<&'static str> {
    rules.iter().find(|(rule, _)| rule.fits(name)).map(|(_, reason)| *reason)
}
