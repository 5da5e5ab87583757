//! Whole files and folders: written all or nothing, and locked.

use super::{RunDirError, at};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Paths in a folder; none if it cannot be read.
pub(super) fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

pub(super) fn remove_folder(path: &Path) -> Result<(), RunDirError> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(at(path)(e)),
        _ => Ok(()),
    }
}

/// Makes a folder, and those above it that are missing, so that they last through a power cut.
pub(super) fn make_folder(path: &Path) -> Result<(), RunDirError> {
    let missing: Vec<&Path> = path.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
    fs::create_dir_all(path).map_err(at(path))?;
    missing.into_iter().for_each(sync_above);
    Ok(())
}

/// Makes the name of a file or folder last.
fn sync_above(path: &Path) {
    let above = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(above.unwrap_or(Path::new(".")));
}

/// Makes a rename last through a power cut. Not every system can; there is nothing else to do then.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

/// Writes a file under another name, flushes it, and renames it into place. The folder is flushed too: lines that are
/// added to the file later would else be in a file without a name after a power cut.
pub(super) fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), RunDirError> {
    let temporary = path.with_extension("tmp");
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_above(path);
        Ok(())
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&temporary);
        at(path)(e)
    })
}

/// Adds lines at the end, all or none: half a line would spoil the next one.
pub(super) fn append<T: Serialize>(path: &Path, lines: &[T]) -> Result<(), RunDirError> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)
            .map_err(|e| RunDirError::Damaged { path: path.to_path_buf(), reason: e.to_string() })?;
        text.push(b'\n');
    }
    let write = || {
        let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        let before = file.seek(SeekFrom::End(0))?;
        file.write_all(&text).inspect_err(|_| _ = file.set_len(before))
    };
    write().map_err(at(path))
}

/// Reads the lines to keep; if any others (or half a line) follow, the file is rewritten without them.
pub(super) fn rewind<T: DeserializeOwned>(path: &Path, keep: impl Fn(&T) -> bool) -> Result<Vec<T>, RunDirError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(at(path)(e)),
    };
    let (mut kept, mut text, mut cut) = (Vec::new(), Vec::new(), false);
    for line in BufReader::new(file).split(b'\n') {
        let line = line.map_err(at(path))?;
        match serde_json::from_slice::<T>(&line) {
            Ok(value) if keep(&value) => {
                kept.push(value);
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            _ => cut = true,
        }
    }
    if cut {
        replace_file(path, &text)?;
    }
    Ok(kept)
}

/// Takes the folder's lock, or says who has it.
pub(super) fn lock(root: &Path) -> Result<File, RunDirError> {
    let path = root.join("run.lock");
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Unreadable on systems whose locks also stop readers; then the message is shorter.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown process".to_owned() } else { holder.trim().to_owned() };
            return Err(RunDirError::InUse { path: root.to_path_buf(), holder });
        }
        Err(fs::TryLockError::Error(e)) => return Err(at(&path)(e)),
    }
    let note = format!("process {}\n", std::process::id());
    file.set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| file.write_all(note.as_bytes()))
        .map_err(at(&path))?;
    Ok(file)
}
