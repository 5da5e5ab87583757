//! The histories of a run, and its lock.

use super::{RunDirError, at, writing};
use crate::files::{self, Links, create_new, each_line, is_shared, open, open_in_place, replace_with};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Of a history: more than ten million steps.
pub(super) const MOST_HISTORY: u64 = 2 << 30;
/// Of a line of it, which has some hundred bytes.
pub(super) const LONGEST_LINE: usize = 1 << 16;
/// Of what is read in a lock: who holds it.
const LONGEST_HOLDER: u64 = 100;

/// Adds lines at the end, all or none.
pub(super) fn append<T: Serialize>(path: &Path, lines: &[T]) -> Result<(), RunDirError> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line)
            .map_err(|e| RunDirError::Damaged { path: path.to_path_buf(), reason: e.to_string() })?;
        text.push(b'\n');
    }
    files::append(path, &text).map_err(at(path))
}

/// Reads the lines to keep; if any others (or half a line) follow, the file is rewritten without them.
pub(super) fn rewind<T: DeserializeOwned>(path: &Path, keep: impl Fn(&T) -> bool) -> Result<Vec<T>, RunDirError> {
    let history = || open(path, Links::Refuse, MOST_HISTORY);
    let file = match history() {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(at(path)(e)),
    };
    // Which lines stay, and whether the file is just these.
    let (mut kept, mut stays, mut whole) = (Vec::new(), Vec::new(), true);
    let look = |line: Option<&[u8]>, ended: bool| {
        let value = line.and_then(|line| serde_json::from_slice(without_mark(line)).ok()).filter(&keep);
        stays.push(value.is_some());
        whole &= value.is_some() && ended;
        kept.extend(value);
        Ok(())
    };
    each_line(file, LONGEST_LINE, look).map_err(at(path))?;
    if whole {
        return Ok(kept);
    }
    let copy = |new: &mut File| {
        let (mut new, mut stays) = (BufWriter::new(new), stays.iter());
        let copy = |line: Option<&[u8]>, _| match (line, stays.next()) {
            (Some(line), Some(true)) => new.write_all(line).and_then(|()| new.write_all(b"\n")),
            _ => Ok(()),
        };
        each_line(history()?, LONGEST_LINE, copy)?;
        new.flush()
    };
    replace_with(path, copy).map_err(at(path))?;
    Ok(kept)
}

/// A line without what some editors put before the first one.
fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
}

/// Takes the folder's lock, or says who has it.
pub(super) fn lock(root: &Path) -> Result<File, RunDirError> {
    let path = root.join("run.lock");
    let take = |file: File| match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Unreadable on systems whose locks also stop readers; then the message is shorter.
            let _ = file.take(LONGEST_HOLDER).read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown process".to_owned() } else { holder.trim().to_owned() };
            Err(RunDirError::InUse { path: root.to_path_buf(), holder })
        }
        Err(fs::TryLockError::Error(e)) => Err(at(&path)(e)),
    };
    let mut file = take(open_in_place(&path).map_err(writing(&path))?)?;
    if is_shared(&file).map_err(at(&path))? {
        // Nobody holds it, so nobody misses this name of it. Writing into it would write into another file too.
        fs::remove_file(&path).map_err(writing(&path))?;
        file = take(create_new(&path).map_err(at(&path))?)?;
    }
    let note = format!("process {}\n", std::process::id());
    file.set_len(0)
        .and_then(|()| file.seek(SeekFrom::Start(0)))
        .and_then(|_| file.write_all(note.as_bytes()))
        .map_err(at(&path))?;
    Ok(file)
}
