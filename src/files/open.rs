//! Opening and reading.

use std::fs::{File, FileType, Metadata, OpenOptions, metadata, symlink_metadata};
use std::io::{self, Read};
use std::path::Path;

/// Whether a name may be a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Of a path that the user gave, and of the program's own folders: a link is as good as what it leads to.
    Follow,
    /// Of a name inside a run folder, which may come from anybody.
    Refuse,
}

/// Why a file is not opened although it could be. The text follows the file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error(
        "the path is a link, and links inside a run folder are not followed; delete the link, or, if you made it \
         yourself, copy the run with the files themselves (cp -rL RUN COPY)"
    )]
    Link,
    #[error("{0}, not a file; name a file")]
    NotAFile(&'static str),
    #[error("{0} where the run needs {1}; delete it, or use a complete copy of the run")]
    Instead(&'static str, &'static str),
    #[error("the file is larger than a file of this type can be ({}); it is damaged or of another type", size(*.0))]
    TooLarge(u64),
    #[error("the file is not text (UTF-8); it is damaged or of another type")]
    NotText,
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        Self::other(refusal)
    }
}

/// What to do about an error of the system, for the end of a message; empty where the error says it.
pub fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; check the path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some disk space, then try again",
        io::ErrorKind::FileTooLarge => "; raise the limit on file sizes (ulimit -f), then try again",
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose another path"
        }
        io::ErrorKind::PermissionDenied => "; change its permissions, or choose another path",
        _ => "",
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        b if b >= 1 << 30 => format!("{} GiB", b >> 30),
        b if b >= 1 << 20 => format!("{} MiB", b >> 20),
        b => format!("{} KiB", b >> 10),
    }
}

/// What an entry of a folder is, in words: "a pipe".
pub(crate) fn kind_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    match kind {
        k if k.is_dir() => "a folder",
        k if k.is_symlink() => "a link",
        k if k.is_file() => "a file",
        _ => "something else",
    }
}

/// The metadata of a file, without opening it.
///
/// # Errors
/// Nothing there, or a [`Refusal`].
pub(crate) fn real_file(path: &Path, links: Links) -> io::Result<Metadata> {
    let about = match links {
        Links::Follow => metadata(path)?,
        Links::Refuse => symlink_metadata(path)?,
    };
    regular(&about, links)?;
    Ok(about)
}

/// Whether a file of a run can be read and written under this name: there is one, or nothing yet.
///
/// # Errors
/// Something else is there: a [`Refusal`].
pub(crate) fn nothing_else(path: &Path) -> io::Result<()> {
    match real_file(path, Links::Refuse) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

pub(super) fn regular(about: &Metadata, links: Links) -> Result<(), Refusal> {
    match about.file_type() {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_symlink() => Err(Refusal::Link),
        kind if links == Links::Refuse => Err(Refusal::Instead(kind_of(kind), "a file")),
        kind => Err(Refusal::NotAFile(kind_of(kind))),
    }
}

/// Never waits for the other end of a pipe and never goes through a link at the end of a path.
///
/// On Windows links are found by the check before the opening alone: the flag that opens the link itself would also
/// open the stand-in of a file that is in the cloud instead of fetching it.
pub(super) fn options(links: Links) -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let no_links = if links == Links::Refuse { libc::O_NOFOLLOW } else { 0 };
        options.custom_flags(libc::O_NONBLOCK | no_links);
    }
    let _ = (links, &mut options);
    options
}

/// Opens a file of at most `limit` bytes for reading.
///
/// # Errors
/// As the system says, or a [`Refusal`]: a link where none is followed, no file, or too large.
pub fn open(path: &Path, links: Links, limit: u64) -> io::Result<File> {
    // Before it is opened: that alone can move hardware.
    real_file(path, links)?;
    let file = options(links).read(true).open(path)?;
    let about = file.metadata()?;
    regular(&about, links)?;
    if about.len() > limit { Err(Refusal::TooLarge(limit).into()) } else { Ok(file) }
}

/// The bytes of a file, at most `limit` of them, also where it grows meanwhile or does not tell its length.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path, links: Links, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path, links, limit)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(file.metadata()?.len() as usize + 1)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(Refusal::TooLarge(limit).into()) } else { Ok(bytes) }
}

/// The text of a file, without the mark that some editors put before it.
///
/// # Errors
/// As [`read`]; or it is no UTF-8.
pub(crate) fn read_text(path: &Path, links: Links, limit: u64) -> io::Result<String> {
    let mut text = String::from_utf8(read(path, links, limit)?).map_err(|_| Refusal::NotText)?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn files_are_read_within_their_limit_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "\u{feff}text").unwrap();
        assert_eq!(read_text(&file, Links::Refuse, 7).unwrap(), "text");
        let error = |path: &Path, limit| read(path, Links::Refuse, limit).unwrap_err().to_string();
        assert!(error(&file, 6).contains("larger"), "{}", error(&file, 6));
        assert!(error(dir.path(), 9).contains("a folder where the run needs a file"));
        fs::write(&file, [0xff]).unwrap();
        assert!(read_text(&file, Links::Refuse, 9).unwrap_err().to_string().contains("not text"));
        assert_eq!(read(&dir.path().join("none"), Links::Refuse, 9).unwrap_err().kind(), io::ErrorKind::NotFound);
        // Larger than any memory, and not a byte on the disk (which Windows would have to be asked for).
        #[cfg(unix)]
        {
            fs::File::create(&file).unwrap().set_len(1 << 42).unwrap();
            assert!(error(&file, 1 << 30).contains("1 GiB"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_where_the_user_made_them_and_pipes_and_devices_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link, pipe) = (dir.path().join("file"), dir.path().join("link"), dir.path().join("pipe"));
        fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read(&link, Links::Follow, 9).unwrap(), b"text");
        assert!(read(&link, Links::Refuse, 9).unwrap_err().to_string().contains("is a link"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for links in [Links::Follow, Links::Refuse] {
            assert!(read(&pipe, links, 9).unwrap_err().to_string().contains("a pipe"));
            assert!(read(Path::new("/dev/zero"), links, 9).unwrap_err().to_string().contains("a device"));
        }
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert!(read(&link, Links::Follow, 9).unwrap_err().to_string().contains("a device"));
        // Files of the kernel say that they are empty.
        assert!(read(Path::new("/proc/self/status"), Links::Follow, 64).is_err() || !Path::new("/proc").exists());
    }
}
