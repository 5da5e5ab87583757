//! Frames of a video as pictures to learn from, taken by an installed ffmpeg.

mod ffmpeg;

use crate::engine::protocol::error::EngineError;
use crate::files::{self, Links, entries, make_folder, plain_name, remove_folder, temporary_folder};
use crate::formats::ExportError;
use crate::interrupt::{JobControl, Unfinished};
use ffmpeg::Extraction;
pub(crate) use ffmpeg::MOST_FRAMES;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Seconds between two frames.
pub(crate) const FRAME_SECONDS: RangeInclusive<f64> = 0.1..=86_400.0;

/// Which frames to take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FramesRequest {
    /// The video.
    pub video: PathBuf,
    /// Seconds between two frames, within [`FRAME_SECONDS`].
    pub every: f64,
    /// Folder to write into; it is made where it is missing.
    pub out: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FramesReport {
    /// The files are numbered from 1 to this.
    pub frames: u32,
    /// Name of the first file.
    pub first: String,
    /// The video ended; otherwise [`MOST_FRAMES`] were reached before.
    pub complete: bool,
}

/// Writes frames of a video as JPEG files `VIDEO-frame-000001.jpg`, ..., upright. Nothing is left if it is cancelled.
///
/// # Errors
/// No ffmpeg is installed, it cannot read the video, frames of a video of this name are there already, a file cannot be
/// written, or cancelled.
pub(crate) fn write_frames(request: &FramesRequest, control: JobControl) -> Result<FramesReport, EngineError> {
    let FramesRequest { video, every, out } = request;
    let program = ffmpeg::find()?;
    let unreadable = |error| EngineError::Data(format!("Cannot open the video {}: {error}.", video.display()));
    files::open(video, Links::Follow, u64::MAX).map_err(unreadable)?;
    let video = std::path::absolute(video).map_err(unreadable)?;
    let is_new = !out.exists();
    make_folder(out).map_err(|source| ExportError::File { path: out.clone(), source })?;
    let written = free_name(&video, out).and_then(|name| {
        let folder = Workplace::below(out)?;
        let extraction = Extraction { program, video, every: *every, folder: folder.0.path() };
        let frames = extraction.run(control)?;
        move_frames(folder.0.path(), frames.min(MOST_FRAMES), out, &name, control).map(|first| FramesReport {
            frames: frames.min(MOST_FRAMES),
            first,
            complete: frames <= MOST_FRAMES,
        })
    });
    if written.is_err() && is_new {
        // Only if it is empty.
        _ = std::fs::remove_dir(out);
    }
    written
}

/// What the names of the frames begin with; no file in the folder is named so.
fn free_name(video: &Path, out: &Path) -> Result<String, EngineError> {
    /// Leaves room for what follows.
    const LONGEST: usize = 200;
    let stem = video.file_stem().unwrap_or_default().to_string_lossy();
    // A dot would hide the pictures, a dash would make them options of other programs.
    let mut name = plain_name(stem.trim_start_matches(['.', '-']));
    name.truncate(name.floor_char_boundary(LONGEST));
    let name = format!("{name}-frame-");
    let is_frame = |path: &PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&name));
    match entries(out).filter(is_frame).min() {
        Some(path) => Err(EngineError::Other(format!(
            "{} is there already. Choose another folder, or move the frames that are in this one.",
            path.display()
        ))),
        None => Ok(name),
    }
}

/// Gives the frames their names; gives that of the first. What was named before an error is removed again.
fn move_frames(from: &Path, count: u32, to: &Path, name: &str, control: JobControl) -> Result<String, EngineError> {
    let mut moved = Vec::new();
    let mut move_one = |number: u32| {
        control.check()?;
        let target = to.join(format!("{name}{}", ffmpeg::frame_name(number)));
        files::rename_new(&from.join(ffmpeg::frame_name(number)), &target)
            .map_err(|source| ExportError::File { path: target.clone(), source })?;
        moved.push(target);
        control.report("frames written", number as usize, count as usize);
        Ok(())
    };
    match (1..=count).try_for_each(&mut move_one) {
        Ok(()) => Ok(format!("{name}{}", ffmpeg::frame_name(1))),
        Err(error) => {
            moved.iter().for_each(|path| _ = std::fs::remove_file(path));
            Err(error)
        }
    }
}

/// A temporary folder that goes with this, or with the program if that is ended at once.
struct Workplace(Unfinished);

impl Workplace {
    fn below(folder: &Path) -> Result<Self, EngineError> {
        let made = temporary_folder(folder).map_err(|source| ExportError::File { path: folder.to_owned(), source })?;
        Ok(Self(Unfinished::new(made)))
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(error) = remove_folder(self.0.path()) {
            log::warn!("{}: temporary folder could not be deleted: {error}", self.0.path().display());
        }
    }
}
