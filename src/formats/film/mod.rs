//! Films: frames in, one file (or a folder of pictures) out.
//!
//! Frames are written as they come, so that a film of any length needs the memory of a few frames. A film that is not
//! finished leaves nothing behind.

mod apng;
mod av1;
mod ebml;
mod gif;
mod png_sequence;
mod spec;
mod webm;

pub(crate) use self::spec::{FPS, FilmSpec};

use self::spec::Sink;
use super::error::ExportError;
use crate::files::{FileFormat, FileUse, FilmFormat};
use crate::pixels::Frame;
use std::path::{Path, PathBuf};

/// A film in the making.
pub(crate) struct FilmWriter {
    path: PathBuf,
    spec: FilmSpec,
    done: u32,
    sink: Box<dyn Sink>,
}

impl FilmWriter {
    /// Begins a film in the format that the extension selects; without one, a folder of numbered PNG files.
    ///
    /// # Errors
    /// An extension of another format, a path that exists or cannot be written, or a size or frame rate that the format
    /// does not have.
    pub(crate) fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        let unfit = |reason: &str| Err(ExportError::unfit(path, reason));
        let format = film_format(path)?;
        if spec.frames == 0 {
            return unfit("a film needs at least one frame");
        }
        if !FPS.contains(&spec.fps) {
            return unfit("the frame rate must be 1 to 120 frames per second");
        }
        let sink: Box<dyn Sink> = match format {
            Some(FilmFormat::Webm) => Box::new(webm::Webm::create(path, spec)?),
            Some(FilmFormat::Gif) => Box::new(gif::Gif::create(path, spec)?),
            Some(FilmFormat::Apng) => Box::new(apng::Apng::create(path, spec)?),
            None => Box::new(png_sequence::PngSequence::create(path)?),
        };
        Ok(Self { path: path.to_path_buf(), spec, done: 0, sink })
    }

    /// The next frame.
    ///
    /// # Errors
    /// One frame too many or of another size, or the file cannot be written.
    pub(crate) fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        let FilmSpec { width, height, frames, .. } = self.spec;
        if (frame.width, frame.height) != (width, height) || frame.data.len() != width as usize * height as usize * 3 {
            let reason = format!("a frame is {} x {} pixels, not {width} x {height}", frame.width, frame.height);
            return Err(ExportError::unfit(&self.path, reason));
        }
        if self.done == frames {
            return Err(ExportError::unfit(&self.path, format!("there are more than {frames} frames")));
        }
        self.done += 1;
        self.sink.add(frame)
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// Frames are missing, or the file cannot be written.
    pub(crate) fn finish(self) -> Result<PathBuf, ExportError> {
        if self.done != self.spec.frames {
            let reason = format!("only {} of {} frames were added", self.done, self.spec.frames);
            return Err(ExportError::unfit(&self.path, reason));
        }
        self.sink.finish()?;
        Ok(self.path)
    }
}

/// The format that the extension selects; none for a name without one.
fn film_format(path: &Path) -> Result<Option<FilmFormat>, ExportError> {
    let Some(extension) = path.extension() else { return Ok(None) };
    let format = FileFormat::of(path).and_then(|format| format.film);
    format.map(Some).ok_or_else(|| {
        let (extension, known) = (extension.to_string_lossy(), FileUse::Film.listed());
        let remedy = format!("use {known}, or a name without an extension for a folder of numbered PNG files");
        ExportError::unfit(path, format!("films cannot be saved as .{extension}; {remedy}"))
    })
}

#[cfg(test)]
mod tests;
