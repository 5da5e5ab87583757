//! Films: frames in, one file (or a folder of pictures) out.
//!
//! Frames are written as they come, so that a film of any length needs the memory of a few frames. A film that is not
//! finished leaves nothing behind.

mod apng;
mod av1;
mod ebml;
mod gif;
mod h264;
mod mp4;
mod png_sequence;
mod spec;
mod webm;
mod yuv;

pub(crate) use self::spec::{FPS, FilmSpec};

use self::spec::Sink;
use super::error::ExportError;
use super::ffmpeg;
use crate::files::{FileFormat, FileUse, FilmFormat};
use crate::pixels::Frame;
use std::path::{Path, PathBuf};

/// A film in the making.
pub(crate) struct FilmWriter {
    path: PathBuf,
    spec: FilmSpec,
    done: u32,
    sink: Box<dyn Sink>,
    coding: FilmCoding,
}

/// How the frames of a film are coded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilmCoding {
    /// The codec, as people call it.
    pub codec: &'static str,
    /// Sentences about why it is not the one that plays everywhere, and the remedy.
    pub note: Option<String>,
}

impl FilmWriter {
    /// Begins a film in the format that the extension selects; without one, a folder of numbered PNG files. MP4 is
    /// H.264 where an ffmpeg with such an encoder is installed, otherwise AV1.
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
        let (sink, codec): (Box<dyn Sink>, _) = match format {
            Some(FilmFormat::Mp4) => return Self::mp4(path, spec, ffmpeg::find()),
            Some(FilmFormat::Webm) => (Box::new(webm::Webm::create(path, spec)?), "AV1"),
            Some(FilmFormat::Gif) => (Box::new(gif::Gif::create(path, spec)?), "GIF"),
            Some(FilmFormat::Apng) => (Box::new(apng::Apng::create(path, spec)?), "PNG"),
            None => (Box::new(png_sequence::PngSequence::create(path)?), "PNG"),
        };
        Ok(Self { path: path.to_path_buf(), spec, done: 0, sink, coding: FilmCoding { codec, note: None } })
    }

    fn mp4(path: &Path, spec: FilmSpec, ffmpeg: Option<PathBuf>) -> Result<Self, ExportError> {
        let able = ffmpeg.as_deref().is_some_and(h264::is_able);
        let (sink, coding): (Box<dyn Sink>, _) = match ffmpeg {
            Some(ffmpeg) if able => {
                (Box::new(h264::H264::create(path, spec, ffmpeg)?), FilmCoding { codec: "H.264", note: None })
            }
            unable => {
                let why = match unable {
                    Some(ffmpeg) => format!("{} has no {} encoder for H.264.", ffmpeg.display(), h264::ENCODER),
                    None => format!("H.264, which all play, needs ffmpeg. {}.", ffmpeg::INSTALL),
                };
                let note = Some(format!("It is AV1, which older phones and Apple's of before 2023 do not play. {why}"));
                (Box::new(mp4::Mp4::create(path, spec)?), FilmCoding { codec: "AV1", note })
            }
        };
        Ok(Self { path: path.to_path_buf(), spec, done: 0, sink, coding })
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

    /// Completes the file and gives it its name; how it is coded is the answer.
    ///
    /// # Errors
    /// Frames are missing, or the file cannot be written.
    pub(crate) fn finish(self) -> Result<FilmCoding, ExportError> {
        if self.done != self.spec.frames {
            let reason = format!("only {} of {} frames were added", self.done, self.spec.frames);
            return Err(ExportError::unfit(&self.path, reason));
        }
        self.sink.finish()?;
        Ok(self.coding)
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
