//! The system's bin: what is moved there can be brought back with the file manager.
//!
//! The crates for this change what other crates of the tree are built with, and the rules are short: on Linux those of
//! the FreeDesktop.org Trash specification 1.0, on a Mac a folder, on Windows the shell's own function.

use std::io;
use std::path::Path;

/// Moves a folder to the bin.
///
/// # Errors
/// The system has no bin for its drive, or does not let it be moved; then it stays where it is.
pub(crate) fn move_to_bin(folder: &Path) -> io::Result<()> {
    // What a link leads to stays; the link itself would lead nowhere from the bin.
    system::move_to_bin(&folder.canonicalize()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use super::super::{create_new, make_folder};
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
    use std::fs::{self, symlink_metadata};
    use std::io::{self, Write};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Path, PathBuf};

    /// What stays as it is in the path of a bin's entry.
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

    pub(super) fn move_to_bin(folder: &Path) -> io::Result<()> {
        let device = symlink_metadata(folder)?.dev();
        let home = home().filter(|home| device_of(home) == Some(device));
        let bin = match home {
            Some(home) => home,
            None => of_drive(folder, device)?,
        };
        into(&bin, folder)
    }

    /// The bin in the home folder.
    fn home() -> Option<PathBuf> {
        let set = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let data = set.or_else(|| directories::BaseDirs::new().map(|dirs| dirs.data_dir().to_path_buf()))?;
        Some(data.join("Trash"))
    }

    /// The drive of a path or, where it does not exist yet, of the nearest folder above it.
    fn device_of(path: &Path) -> Option<u64> {
        path.ancestors().find_map(|above| Some(symlink_metadata(above).ok()?.dev()))
    }

    /// The bin at the top of another drive.
    fn of_drive(folder: &Path, device: u64) -> io::Result<PathBuf> {
        let same = |above: &&Path| symlink_metadata(above).is_ok_and(|about| about.dev() == device);
        let top = folder.ancestors().take_while(same).last().unwrap_or(folder);
        // The owner of what this process has just opened is this user.
        let user =
            fs::metadata("/proc/self").map_or_else(|_| symlink_metadata(folder).map(|f| f.uid()), |p| Ok(p.uid()))?;
        Ok(top.join(format!(".Trash-{user}")))
    }

    /// Moves it into this bin under a name that is free there. The note comes first, as the specification wants it.
    fn into(bin: &Path, folder: &Path) -> io::Result<()> {
        let (files, notes) = (bin.join("files"), bin.join("info"));
        make_folder(&files)?;
        make_folder(&notes)?;
        let name = folder.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        let path = percent_encode(folder.as_os_str().as_bytes(), PLAIN);
        let date = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let text = format!("[Trash Info]\nPath={path}\nDeletionDate={date}\n");
        for number in 1_u32.. {
            let name = if number == 1 { name.clone() } else { format!("{name}-{number}") };
            let (place, note) = (files.join(&name), notes.join(format!("{name}.trashinfo")));
            let mut file = match create_new(&note) {
                Ok(file) => file,
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(e) => return Err(e),
            };
            let moved = match place.symlink_metadata() {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(_) => file.write_all(text.as_bytes()).and_then(|()| fs::rename(folder, &place)),
            };
            match moved {
                Ok(()) => return Ok(()),
                Err(e) => {
                    fs::remove_file(&note)?;
                    if e.kind() != io::ErrorKind::AlreadyExists {
                        return Err(e);
                    }
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_goes_to_the_bin_is_there_with_a_note_and_names_do_not_clash() {
            let dir = tempfile::tempdir().unwrap();
            let bin = dir.path().join("Trash");
            for i in 0..3 {
                let run = dir.path().join("my run 猫");
                fs::create_dir(&run).unwrap();
                fs::write(run.join("run.toml"), format!("{i}")).unwrap();
                into(&bin, &run).unwrap();
                assert!(!run.exists());
            }
            for (i, name) in ["my run 猫", "my run 猫-2", "my run 猫-3"].into_iter().enumerate() {
                let kept = fs::read_to_string(bin.join("files").join(name).join("run.toml")).unwrap();
                assert_eq!(kept, i.to_string());
                let note = fs::read_to_string(bin.join("info").join(format!("{name}.trashinfo"))).unwrap();
                assert!(note.starts_with("[Trash Info]\nPath=/") && note.contains("my%20run%20%E7%8C%AB\n"), "{note}");
                let date = note.lines().find_map(|line| line.strip_prefix("DeletionDate=")).unwrap();
                assert!(date.len() == 19 && date.as_bytes()[10] == b'T', "{date}");
            }
            // What cannot be moved leaves no note.
            assert!(into(&bin, &dir.path().join("none")).is_err());
            assert_eq!(fs::read_dir(bin.join("info")).unwrap().count(), 3);
        }

        #[test]
        fn another_drive_has_a_bin_at_its_top() {
            let dir = tempfile::tempdir().unwrap();
            let device = symlink_metadata(dir.path()).unwrap().dev();
            let bin = of_drive(dir.path(), device).unwrap();
            let name = bin.file_name().unwrap().to_string_lossy().into_owned();
            assert!(name.starts_with(".Trash-") && dir.path().starts_with(bin.parent().unwrap()), "{bin:?}");
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use std::io;
    use std::path::Path;

    pub(super) fn move_to_bin(folder: &Path) -> io::Result<()> {
        let dirs = directories::BaseDirs::new().ok_or(io::ErrorKind::NotFound)?;
        let name = folder.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        let bin = dirs.home_dir().join(".Trash");
        let named = |n: u32| bin.join(if n == 1 { name.clone() } else { format!("{name} {n}") });
        let free = (1..).map(named).find(|place| place.symlink_metadata().is_err());
        std::fs::rename(folder, free.ok_or(io::ErrorKind::AlreadyExists)?)
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::path::Path;
    use std::process::Command;

    /// The path is handed over beside the command, so nothing in it can be taken for a command.
    pub(super) fn move_to_bin(folder: &Path) -> io::Result<()> {
        const SCRIPT: &str = "Add-Type -AssemblyName Microsoft.VisualBasic; \
            [Microsoft.VisualBasic.FileIO.FileSystem]::DeleteDirectory($env:PURRTRAIT_TO_BIN, 'OnlyErrorDialogs', \
            'SendToRecycleBin')";
        // The shell does not know the long form that Rust gives.
        let path = folder.to_string_lossy();
        let path = path.strip_prefix(r"\\?\").unwrap_or(&path);
        let done = Command::new("powershell")
            .args(["-NoProfile", "-NonInteractive", "-Command", SCRIPT])
            .env("PURRTRAIT_TO_BIN", path)
            .status()?;
        if done.success() && !folder.exists() { Ok(()) } else { Err(io::Error::other("the shell refused")) }
    }
}
