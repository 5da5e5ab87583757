//! The lists and histories of a run, and its lock.

use super::error::{RunDirError, at, writing};
use super::folder;
use super::holder::{LONGEST_HOLDER, Lock};
use crate::files::{self, Links, create_new, each_line, is_shared, open, open_in_place, replace_with};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::Path;

/// Of a history: more than ten million steps.
pub(super) const MOST_HISTORY: u64 = 2 << 30;
/// Of a line of it, which has some hundred bytes.
pub(super) const LONGEST_LINE: usize = 1 << 16;

/// What a list of the run says; none where there is no such file. `remedy` follows the reason where it is damaged.
pub(super) fn read_list<T: DeserializeOwned>(path: &Path, most: u64, remedy: &str) -> Result<Option<T>, RunDirError> {
    match files::read(path, Links::Refuse, most) {
        Ok(text) => {
            let damaged = |e| RunDirError::Damaged { path: path.to_path_buf(), reason: format!("{e}; {remedy}") };
            serde_json::from_slice(without_mark(&text)).map(Some).map_err(damaged)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(at(path)(e)),
    }
}

/// Writes a list, all or nothing.
pub(super) fn write_list<T: Serialize>(path: &Path, list: &T) -> Result<(), RunDirError> {
    let damaged = |e: serde_json::Error| RunDirError::Damaged { path: path.to_path_buf(), reason: e.to_string() };
    let text = serde_json::to_vec(list).map_err(damaged)?;
    files::replace(path, &text).map_err(writing(path))
}

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
    let wanted = |line: &[u8]| serde_json::from_slice(line).ok().filter(&keep);
    // The lines that stay, and whether the file is just these.
    let (mut kept, mut whole) = (Vec::new(), true);
    let take = |line: Option<&[u8]>, ended: bool| {
        let value = line.and_then(|line| wanted(without_mark(line)));
        whole &= value.is_some() && ended;
        kept.extend(value);
        Ok(())
    };
    each_line(file, LONGEST_LINE, take).map_err(at(path))?;
    if whole {
        return Ok(kept);
    }
    let copy = |new: &mut File| {
        let mut new = BufWriter::new(new);
        let copy = |line: Option<&[u8]>, _| match line.map(without_mark) {
            Some(line) if wanted(line).is_some() => new.write_all(line).and_then(|()| new.write_all(b"\n")),
            _ => Ok(()),
        };
        each_line(history()?, LONGEST_LINE, copy)?;
        new.flush()
    };
    replace_with(path, copy).map_err(at(path))?;
    Ok(kept)
}

/// All lines of a history that can be read, and nothing where there is none. Nothing is changed: a run may be training.
pub(super) fn history<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, RunDirError> {
    let file = match open(path, Links::Refuse, MOST_HISTORY) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(at(path)(e)),
    };
    let mut all = Vec::new();
    let take = |line: Option<&[u8]>, _| {
        all.extend(line.and_then(|line| serde_json::from_slice::<T>(without_mark(line)).ok()));
        Ok(())
    };
    each_line(file, LONGEST_LINE, take).map_err(at(path))?;
    Ok(all)
}

/// A line without what some editors put before the first one.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
}

/// Takes the folder's lock, or says who has it.
pub(super) fn take_lock(root: &Path) -> Result<Lock, RunDirError> {
    let path = folder::lock(root);
    let take = |file: File| match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Unreadable on systems whose locks also stop readers; then the message is shorter.
            let _ = file.take(LONGEST_HOLDER).read_to_string(&mut holder);
            let holder = holder.lines().next().unwrap_or("unknown process").trim().to_owned();
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
    Lock::sign(file).map_err(at(&path))
}
