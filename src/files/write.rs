//! Writing: whole files under a new name that is renamed, and lines at the end of a file.

use super::folder::{folder_of, sync_above, temporary};
use super::open::{Links, nothing_else, open, options, real_file, regular};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Puts a file with these bytes at `path`, all or nothing.
///
/// # Errors
/// The folder cannot be written or the disk is full; then `path` is what it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(bytes))
}

/// The same with a file that `write` fills. It is made new under a random name beside `path`, has the user's usual
/// mode, and is flushed to the disk before it is renamed; so is the folder after it, or lines that are added to the
/// file later would be in a file without a name after a power cut. A link at `path` is replaced, not
/// followed.
///
/// # Errors
/// As [`replace`], or what `write` gives.
pub(crate) fn replace_with<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let mut file = temporary(0o666).tempfile_in(folder_of(path))?;
    let value = write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_above(path);
    Ok(value)
}

/// A new file inside `folder` for reading and writing, under a random name that [`super::is_temporary`] knows. It stays
/// until somebody renames or removes it.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn temporary_file(folder: &Path) -> io::Result<(File, PathBuf)> {
    named_temporary(folder)?.keep().map_err(|e| e.error)
}

/// The same, removed when it is dropped unless it has got another name by then.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn named_temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    temporary(0o666).tempfile_in(folder)
}

/// Makes a file where there is nothing, not even a link.
///
/// # Errors
/// The name is taken, or the folder cannot be written.
pub fn create_new(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Gives a file another name in the same file system, where there is nothing, not even a link.
///
/// # Errors
/// The name is taken, or the folder cannot be written; the file keeps its name.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let moving = tempfile::TempPath::try_from_path(from)?;
    moving.persist_noclobber(to).map_err(|failed| {
        // Dropping it would remove the file.
        _ = failed.path.keep();
        failed.error
    })
}

/// Opens a file of a run for reading and writing where it lies; makes it if it is missing.
///
/// # Errors
/// As the system says, or a [`super::Refusal`].
pub(crate) fn open_in_place(path: &Path) -> io::Result<File> {
    nothing_else(path)?;
    let file = options(Links::Refuse).read(true).write(true).create(true).truncate(false).open(path)?;
    regular(&file.metadata()?, Links::Refuse)?;
    Ok(file)
}

/// Whether the file has a second name somewhere (a hard link), so that changing it here would change it there. Windows
/// does not tell.
pub(crate) fn is_shared(file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(file.metadata()?.nlink() > 1)
    }
    #[cfg(not(unix))]
    file.metadata().map(|_| false)
}

/// Adds bytes at the end of a file, all or none: half a line would spoil the next one. A file that has a second name
/// elsewhere, such as in a backup made of hard links, is copied first, and only the copy is added to.
///
/// # Errors
/// As [`open_in_place`], or the disk is full.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_in_place(path)?;
    if is_shared(&file)? {
        replace_with(path, |copy| io::copy(&mut open(path, Links::Refuse, u64::MAX)?, copy))?;
        file = open_in_place(path)?;
    }
    let before = file.seek(SeekFrom::End(0))?;
    file.write_all(bytes).inspect_err(|_| _ = file.set_len(before))
}

/// Flushes what has been written to a file to the disk.
///
/// # Errors
/// As [`open_in_place`]; a missing file stays missing and is an error.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    real_file(path, Links::Refuse)?;
    // For writing: Windows flushes no other.
    options(Links::Refuse).write(true).open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        replace(&path, b"first").unwrap();
        let error = replace_with(&path, |file| {
            file.write_all(b"half")?;
            Err::<(), _>(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        append(&path, b" and second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first and second");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
        sync_file(&path).unwrap();
        assert!(create_new(&path).is_err() && sync_file(&dir.path().join("none")).is_err());
        let other = dir.path().join("other");
        fs::write(&other, "third").unwrap();
        assert_eq!(rename_new(&other, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(fs::read(&path).unwrap() == b"first and second" && fs::read(&other).unwrap() == b"third");
        rename_new(&other, &dir.path().join("new")).unwrap();
        assert!(!other.exists() && fs::read(dir.path().join("new")).unwrap() == b"third");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_links_of_either_kind() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (victim, link, twin) = (dir.path().join("victim"), dir.path().join("link"), dir.path().join("twin"));
        fs::write(&victim, "precious").unwrap();
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&victim, &link).unwrap();
        assert!(append(&link, b"x").unwrap_err().to_string().contains("is a link"));
        assert!(open_in_place(&link).is_err() && create_new(&link).is_err() && sync_file(&link).is_err());
        // A link that leads nowhere makes no file there.
        symlink(dir.path().join("new"), dir.path().join("dangling")).unwrap();
        assert!(append(&dir.path().join("dangling"), b"x").is_err() && !dir.path().join("new").exists());
        fs::hard_link(&victim, &twin).unwrap();
        append(&twin, b" copy").unwrap();
        assert_eq!(fs::read(&twin).unwrap(), b"precious copy");
        replace(&link, b"replaced").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        // As any other file of the user.
        fs::write(dir.path().join("plain"), "").unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().mode() & 0o777;
        assert_eq!(mode("link"), mode("plain"));
    }
}
