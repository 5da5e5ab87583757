//! Folders: inspected, made and removed without leaving them.

use super::open::{Refusal, kind_of};
use std::fs::{self, File, symlink_metadata};
use std::io;
use std::path::{Path, PathBuf};

/// What the names of temporary files and folders begin and end with; in between they are random.
const BEGIN: &str = ".purrtrait-";
const END: &str = ".tmp";

/// Makes files and folders as any other program of the user would: of `mode` the system takes away what the user's mask
/// says. (The library's own choice is that nobody else may look.)
pub(super) fn temporary(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(BEGIN).suffix(END).rand_bytes(12);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    let _ = mode;
    builder
}

/// Paths in a folder; none if it cannot be read.
pub fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Whether there is a folder under this name inside a run, and not a link to one.
///
/// # Errors
/// Something else is there: a [`Refusal`].
pub(crate) fn real_folder(path: &Path) -> io::Result<bool> {
    match symlink_metadata(path) {
        Ok(about) if about.is_dir() => Ok(true),
        Ok(about) if about.is_symlink() => Err(Refusal::Link.into()),
        Ok(about) => Err(Refusal::Instead(kind_of(about.file_type()), "a folder").into()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Makes a folder that the user named, and those above it, where they are missing; they last through a power cut.
///
/// # Errors
/// As the system says.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
    fs::create_dir_all(path)?;
    missing.into_iter().for_each(sync_above);
    Ok(())
}

/// Makes a folder inside a run where it is missing.
///
/// # Errors
/// As [`real_folder`], or the folder above cannot be written.
pub(crate) fn make_inner_folder(path: &Path) -> io::Result<()> {
    if !real_folder(path)? {
        fs::create_dir(path)?;
        sync_above(path);
    }
    Ok(())
}

/// A new empty folder inside `folder` under a random name, which [`clear_leftovers`] knows.
///
/// # Errors
/// `folder` cannot be written.
pub(crate) fn temporary_folder(folder: &Path) -> io::Result<PathBuf> {
    Ok(temporary(0o777).tempdir_in(folder)?.keep())
}

/// Removes a folder inside a run with all that is in it; fine where there is none. Of a link the link goes, not what it
/// leads to: `remove_dir_all` of the standard library follows none, neither here nor below.
///
/// # Errors
/// It cannot be removed, or the folder that it lies in is a link.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    if let Some(above) = path.parent() {
        real_folder(above)?;
    }
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Whether the name is one of those that temporary files and folders get.
pub(crate) fn is_temporary(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(BEGIN) && name.ends_with(END))
}

/// Removes temporary files and folders of programs that were killed. For folders that no other program writes to now.
pub(crate) fn clear_leftovers(folder: &Path) {
    for path in entries(folder) {
        if !is_temporary(&path) {
            continue;
        }
        let removed = match symlink_metadata(&path) {
            Ok(about) if about.is_dir() => remove_folder(&path),
            Ok(about) if about.is_file() => fs::remove_file(&path),
            _ => Ok(()),
        };
        if let Err(e) = removed {
            log::warn!("{}: temporary file could not be deleted: {e}", path.display());
        }
    }
}

/// Makes the name of a file or folder last.
pub(super) fn sync_above(path: &Path) {
    sync_folder(folder_of(path));
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a rename last through a power cut. Not every system can; there is nothing else to do then.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_go_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let made = temporary_folder(dir.path()).unwrap();
        fs::write(made.join("file"), "half").unwrap();
        for name in [".purrtrait-abc.tmp", ".purrtrait-1-2.part", "metrics.tmp"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        clear_leftovers(dir.path());
        let mut left: Vec<_> = entries(dir.path()).map(|p| p.file_name().unwrap().to_owned()).collect();
        left.sort();
        assert_eq!(left, [".purrtrait-1-2.part", "metrics.tmp"]);
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_neither_made_nor_removed_through_a_link() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (mine, link) = (dir.path().join("mine"), dir.path().join("link"));
        fs::create_dir_all(mine.join("below")).unwrap();
        symlink(&mine, &link).unwrap();
        assert!(make_inner_folder(&link).unwrap_err().to_string().contains("is a link"));
        assert!(remove_folder(&link.join("below")).is_err() && mine.join("below").exists());
        // A folder that holds a link: the link goes, what it leads to stays.
        let outer = dir.path().join("outer");
        fs::create_dir(&outer).unwrap();
        symlink(&mine, outer.join("inner")).unwrap();
        symlink(dir.path().join("victim"), dir.path().join(".purrtrait-x.tmp")).unwrap();
        fs::write(dir.path().join("victim"), "x").unwrap();
        remove_folder(&outer).unwrap();
        clear_leftovers(dir.path());
        remove_folder(&link).unwrap();
        assert!(mine.join("below").exists() && !outer.exists() && dir.path().join("victim").exists());
    }
}
