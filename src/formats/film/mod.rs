//! Films: frames in, one file (or a folder of pictures) out.
//!
//! Frames are written as they come, so that a film of any length needs the memory of a few frames. A film that is not
//! finished leaves nothing behind.

mod apng;
mod av1;
mod gif;
mod png_sequence;
mod webm;

use super::error::ExportError;
use crate::pixels::Frame;
use std::path::{Path, PathBuf};

/// The kinds of films, told apart by the end of the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FilmFormat {
    Gif,
    /// An animated PNG: every pixel as it is.
    Apng,
    /// AV1 in WebM.
    Webm,
    /// A folder of numbered PNG files.
    PngSequence,
}

/// What a film is like. All its frames are of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FilmSpec {
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    /// Frames per second, 1 to 120.
    pub fps: u32,
    /// Played again and again, in formats that know of it.
    pub repeat: bool,
}

/// Frames per second that a film may have.
pub(crate) const FPS: std::ops::RangeInclusive<u32> = 1..=120;

impl FilmFormat {
    /// What the name asks for: `.gif`, `.apng`, `.webm`, or a folder where there is no such end.
    ///
    /// # Errors
    /// Another end.
    pub fn of(path: &Path) -> Result<Self, ExportError> {
        let end = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match end.as_deref() {
            Some("gif") => Ok(Self::Gif),
            Some("apng") => Ok(Self::Apng),
            Some("webm") => Ok(Self::Webm),
            None => Ok(Self::PngSequence),
            Some(other) => {
                let reason = format!(
                    ".{other} is no kind of film; .gif, .apng, .webm, or a name without a dot for a folder of pictures"
                );
                Err(ExportError::unfit(path, reason))
            }
        }
    }
}

/// A film in the making.
pub(crate) struct FilmWriter {
    path: PathBuf,
    spec: FilmSpec,
    done: u32,
    kind: Box<dyn Sink>,
}

/// One format. Frames have the right size and number when they come here.
trait Sink {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError>;
    fn finish(self: Box<Self>) -> Result<(), ExportError>;
}

impl FilmWriter {
    /// Begins a film of the kind that the name asks for.
    ///
    /// # Errors
    /// A name of no kind, a place that is taken or cannot be written, or a size or rate that the format does not have.
    pub fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        let unfit = |reason: &str| Err(ExportError::unfit(path, reason));
        let format = FilmFormat::of(path)?;
        if spec.frames == 0 {
            return unfit("a film has at least one frame");
        }
        if !FPS.contains(&spec.fps) {
            return unfit("1 to 120 frames per second are possible");
        }
        let kind: Box<dyn Sink> = match format {
            FilmFormat::Gif => Box::new(gif::Gif::create(path, spec)?),
            FilmFormat::Apng => Box::new(apng::Apng::create(path, spec)?),
            FilmFormat::Webm => Box::new(webm::Webm::create(path, spec)?),
            FilmFormat::PngSequence => Box::new(png_sequence::PngSequence::create(path, spec)?),
        };
        Ok(Self { path: path.to_path_buf(), spec, done: 0, kind })
    }

    /// The next frame.
    ///
    /// # Errors
    /// One frame too many or of another size, or the file cannot be written.
    pub fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        let FilmSpec { width, height, frames, .. } = self.spec;
        if (frame.width, frame.height) != (width, height) || frame.data.len() != width as usize * height as usize * 3 {
            let reason = format!("a frame of {} x {}, not {width} x {height}", frame.width, frame.height);
            return Err(ExportError::unfit(&self.path, reason));
        }
        if self.done == frames {
            return Err(ExportError::unfit(&self.path, format!("more than {frames} frames")));
        }
        self.done += 1;
        self.kind.add(frame)
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// Frames are missing, or the file cannot be written.
    pub fn finish(self) -> Result<PathBuf, ExportError> {
        if self.done != self.spec.frames {
            let reason = format!("{} of {} frames", self.done, self.spec.frames);
            return Err(ExportError::unfit(&self.path, reason));
        }
        self.kind.finish()?;
        Ok(self.path)
    }
}

#[cfg(test)]
mod tests;
