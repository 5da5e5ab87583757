//! Finds the files of a folder and everything below it, opening none of them. Whatever is ruled out by its name or
//! folder is listed, see [`left_out`].

use super::left_out;
use super::report::SkippedFile;
use crate::files::kind_of;
use crate::interrupt::JobControl;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use walkdir::{DirEntry, WalkDir};

/// Larger files are skipped: no camera's picture comes near, and a file is read into memory as a whole.
pub(super) const MAX_FILE_BYTES: u64 = 256 << 20;

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub size: u64,
    /// Nanoseconds since 1970; 0 where the file system keeps no time.
    pub modified: i128,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        });
        Self { size: metadata.len(), modified }
    }
}

/// A file that may be a picture; its content decides later.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub path: PathBuf,
    pub stamp: Stamp,
    /// The `.cat` file beside it.
    pub landmarks: Option<(PathBuf, Stamp)>,
}

#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Sorted by path, so that the order of pictures does not depend on the file system.
    pub candidates: Vec<Candidate>,
    pub skipped: Vec<SkippedFile>,
}

impl Scan {
    fn skip(&mut self, path: &Path, reason: impl Into<String>) {
        self.skipped.push(SkippedFile { path: path.to_owned(), reason: reason.into() });
    }
}

/// Walks `root`. `leave_out` (the program's own cache) is passed over in silence.
///
/// Links are followed: people keep collections together with them. Loops, and links back into the tree, are listed.
///
/// # Errors
/// When `root` itself cannot be read. `Ok(None)` when cancelled.
pub(super) fn scan(root: &Path, leave_out: &Path, control: JobControl) -> io::Result<Option<Scan>> {
    if !std::fs::metadata(root)?.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotADirectory,
            "this is a file, not a folder; choose the folder that it lies in",
        ));
    }
    let real_root = root.canonicalize()?;
    let leave_out = leave_out.canonicalize().ok();
    let root_is_run = left_out::holds_run(root);
    let mut linked_folders = HashSet::new();
    let mut found = Scan::default();
    let mut landmarks = HashMap::new();
    let mut walk = WalkDir::new(root).follow_links(true).into_iter();
    while let Some(entry) = walk.next() {
        if control.is_cancelled() {
            return Ok(None);
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(error.into()),
            Err(error) => {
                let path = error.path().unwrap_or(root).to_owned();
                found.skip(&path, walk_reason(&error));
                continue;
            }
        };
        if let Some(reason) = ruled_out(&entry, root_is_run) {
            found.skip(entry.path(), reason);
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        } else if entry.file_type().is_dir() {
            if let Err(reason) = enter(&entry, &real_root, leave_out.as_deref(), &mut linked_folders) {
                walk.skip_current_dir();
                if let Some(reason) = reason {
                    found.skip(entry.path(), reason);
                }
            }
        } else if !entry.file_type().is_file() {
            // Opening one could wait forever or move hardware.
            found.skip(entry.path(), format!("{}, not a file", kind_of(entry.file_type())));
        } else {
            add_file(&entry, &mut found, &mut landmarks);
        }
    }
    let mut found = join_landmarks(found, landmarks);
    drop_companions(&mut found);
    found.candidates.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    found.skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Some(found))
}

/// Why something is ruled out, by its name, its folder, or what a folder holds.
fn ruled_out(entry: &DirEntry, root_is_run: bool) -> Option<String> {
    if entry.depth() == 0 {
        return None;
    }
    let name = entry.file_name().to_string_lossy();
    let reason = if entry.file_type().is_dir() {
        let part = left_out::part_of_run(&name).filter(|_| root_is_run && entry.depth() == 1);
        let reason = part.or_else(|| left_out::folder(entry.path()));
        reason.map(|reason| left_out::with_count(entry.path(), reason))
    } else {
        left_out::file(&name).map(str::to_owned)
    };
    reason.or_else(|| is_hidden(entry.file_name()).then(|| "hidden (its name starts with a dot)".to_owned()))
}

/// Takes out the files that by their name were made of a picture beside them.
fn drop_companions(found: &mut Scan) {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names: HashMap<&Path, HashSet<String>> = HashMap::new();
    for path in found.candidates.iter().map(|candidate| candidate.path.as_path()) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let names = names.entry(path.parent().unwrap_or(path)).or_default();
        names.insert(stem.to_lowercase());
        names.insert(name(path).to_lowercase());
    }
    let reason = |path: &Path| {
        let beside = names.get(path.parent()?)?;
        left_out::companion(&name(path), |picture| beside.contains(&picture.to_lowercase()))
    };
    let reasons: Vec<_> = found.candidates.iter().map(|candidate| reason(&candidate.path)).collect();
    let mut candidates = Vec::new();
    for (candidate, reason) in std::mem::take(&mut found.candidates).into_iter().zip(reasons) {
        match reason {
            Some(reason) => found.skip(&candidate.path, reason),
            None => candidates.push(candidate),
        }
    }
    found.candidates = candidates;
}

/// Whether to go into a folder; the error is the reason to list, or nothing for our own cache.
fn enter(
    entry: &DirEntry,
    real_root: &Path,
    leave_out: Option<&Path>,
    linked: &mut HashSet<PathBuf>,
) -> Result<(), Option<&'static str>> {
    if !entry.path_is_symlink() {
        // Only a folder of the same name can be the cache; resolving every folder's path would be slow.
        let same_name = leave_out.is_some_and(|own| own.file_name() == Some(entry.file_name()));
        if same_name && entry.path().canonicalize().ok().as_deref() == leave_out {
            return Err(None);
        }
        return Ok(());
    }
    let Ok(target) = entry.path().canonicalize() else {
        return Err(Some("a link to a folder that cannot be opened"));
    };
    // Following it would walk through everything around the chosen folder, at worst the whole disk.
    if entry.depth() > 0 && real_root.starts_with(&target) {
        return Err(Some("a link to a folder above the chosen one"));
    }
    if entry.depth() > 0 && (target.starts_with(real_root) || !linked.insert(target)) {
        return Err(Some("a link to a folder that is searched anyway"));
    }
    Ok(())
}

fn add_file(entry: &DirEntry, found: &mut Scan, landmarks: &mut HashMap<PathBuf, (PathBuf, Stamp)>) {
    let metadata = match entry.metadata() {
        Ok(metadata) => metadata,
        Err(error) => return found.skip(entry.path(), walk_reason(&error)),
    };
    if let Some(reason) = left_out::not_here(&metadata) {
        return found.skip(entry.path(), reason);
    }
    let stamp = Stamp::of(&metadata);
    let path = entry.path().to_owned();
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("cat")) {
        landmarks.insert(path.with_extension(""), (path, stamp));
    } else {
        add_candidate(Candidate { path, stamp, landmarks: None }, found);
    }
}

fn add_candidate(candidate: Candidate, found: &mut Scan) {
    match candidate.stamp.size {
        0 => found.skip(&candidate.path, "empty (0 bytes)"),
        size if size > MAX_FILE_BYTES => {
            let reason = format!("too large: {} MiB, the limit is {} MiB", size >> 20, MAX_FILE_BYTES >> 20);
            found.skip(&candidate.path, reason);
        }
        _ => found.candidates.push(candidate),
    }
}

/// Gives each picture its `.cat` file. One that belongs to no picture may be a picture itself.
fn join_landmarks(mut found: Scan, mut landmarks: HashMap<PathBuf, (PathBuf, Stamp)>) -> Scan {
    if !landmarks.is_empty() {
        for candidate in &mut found.candidates {
            candidate.landmarks = landmarks.remove(&candidate.path);
        }
        // A `.cat` file whose picture was skipped is nobody's business; the picture is listed already.
        let skipped: HashSet<PathBuf> = found.skipped.iter().map(|s| s.path.clone()).collect();
        for (picture, (path, stamp)) in landmarks {
            if !skipped.contains(&picture) {
                add_candidate(Candidate { path, stamp, landmarks: None }, &mut found);
            }
        }
    }
    found
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

fn walk_reason(error: &walkdir::Error) -> String {
    if error.loop_ancestor().is_some() {
        return "a link that leads back to a folder above it".into();
    }
    match error.io_error() {
        Some(e) if e.kind() == io::ErrorKind::NotFound => "a link to something that does not exist".into(),
        Some(e) => read_reason(e),
        None => error.to_string(),
    }
}

/// Why a file or folder could not be read.
pub(super) fn read_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "no permission to read it".into(),
        io::ErrorKind::NotFound => "not found; it was moved, renamed or deleted".into(),
        _ => format!("cannot be read: {error}"),
    }
}
