//! Files that appear complete or not at all, and never replace another.

use super::error::ExportError;
use crate::files::create_new;
use crate::interrupt::Unfinished;
use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file in the making. It has a temporary name in the same folder, which is removed unless [`NewFile::finish`] is
/// reached: neither a fault nor a cancelled film leaves half a file.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
    temporary: Unfinished,
    file: Option<BufWriter<File>>,
}

impl NewFile {
    /// # Errors
    /// The name is taken, or the folder cannot be written.
    pub(super) fn create(path: &Path) -> Result<Self, ExportError> {
        // A link that leads nowhere takes the name too.
        if path.symlink_metadata().is_ok() {
            return Err(ExportError::Exists { path: path.to_path_buf() });
        }
        let temporary = temporary_name(path)?;
        let file = create_new(temporary.path()).map_err(|source| ExportError::File { path: path.into(), source })?;
        Ok(Self { path: path.to_path_buf(), temporary, file: Some(BufWriter::new(file)) })
    }

    /// Its name until it is finished, for another program that writes it.
    pub(super) fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    /// Flushes the file to the disk and gives it its name.
    ///
    /// # Errors
    /// The disk is full, or another program took the name meanwhile.
    pub(super) fn finish(mut self) -> Result<PathBuf, ExportError> {
        let fail = ExportError::file(&self.path);
        if let Some(writer) = self.file.take() {
            let file = writer.into_inner().map_err(|e| fail(e.into_error()))?;
            file.sync_all().map_err(&fail)?;
        }
        move_new(self.temporary.path(), &self.path).map_err(&fail)?;
        Ok(self.path.clone())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Closed first, as some systems do not remove open files. After `finish` there is nothing left to remove.
        drop(self.file.take());
        let _ = fs::remove_file(self.temporary.path());
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |f| f.write(bytes))
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |f| f.flush())
    }
}

impl Seek for NewFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.as_mut().map_or(Ok(0), |f| f.seek(to))
    }
}

/// Reports a name that is taken before the work instead of after it.
///
/// # Errors
/// When there is a file or folder at this path.
pub(crate) fn check_free(path: &Path) -> Result<(), ExportError> {
    if path.exists() { Err(ExportError::Exists { path: path.to_path_buf() }) } else { Ok(()) }
}

/// Writes a file under a name that is still free.
///
/// # Errors
/// The name is taken, or cannot be written.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    let mut file = NewFile::create(path)?;
    file.write_all(bytes).map_err(ExportError::file(path))?;
    file.finish().map(|_| ())
}

/// A name beside `path` that nobody else uses.
pub(super) fn temporary_name(path: &Path) -> Result<Unfinished, ExportError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if path.file_name().is_none() {
        return Err(ExportError::unfit(path, "the path ends without a file name"));
    }
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Short, so that a long name stays within what the file system takes.
        let name = path.with_file_name(format!(".purrtrait-{}-{count}.part", std::process::id()));
        // A program that was killed may have left one: in a container all have the same number.
        if name.symlink_metadata().is_err() {
            return Ok(Unfinished::new(name));
        }
    }
}

/// Renames without replacing anything.
fn move_new(from: &Path, to: &Path) -> std::io::Result<()> {
    // A second name fails where the name is taken; a rename would silently replace what is there.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Err(e),
        // File systems without second names, such as those of memory sticks.
        Err(_) if to.symlink_metadata().is_ok() => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("film.gif");
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert!(names(dir.path()).is_empty(), "{:?}", names(dir.path()));
        write_new(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(dir.path()), ["film.gif"]);
    }

    #[test]
    fn what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        let mut late = NewFile::create(&path).unwrap();
        late.write_all(b"late").unwrap();
        fs::write(&path, b"first").unwrap();
        assert!(matches!(late.finish(), Err(ExportError::Exists { .. })));
        assert!(matches!(write_new(&path, b"again"), Err(ExportError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(dir.path()), ["x"]);
    }

    #[test]
    fn what_a_killed_program_left_disturbs_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let left = |count: u32| dir.path().join(format!(".purrtrait-{}-{count}.part", std::process::id()));
        (0..2000).for_each(|count| fs::write(left(count), "half").unwrap());
        write_new(&dir.path().join("x"), b"whole").unwrap();
        assert_eq!(fs::read(dir.path().join("x")).unwrap(), b"whole");
        assert!((0..2000).all(|count| fs::read(left(count)).unwrap() == b"half"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (link, target) = (dir.path().join("link"), dir.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(write_new(&link, b"x"), Err(ExportError::Exists { .. })));
        assert!(!target.exists());
    }
}
