//! GIF: 256 colours a frame, chosen for each frame by a small neural network (NeuQuant, Dekker 1994).

use super::super::error::ExportError;
use super::super::new_file::NewFile;
use super::spec::{FilmSpec, Sink};
use crate::pixels::{Frame, program};
use gif::{AnyExtension, Encoder, EncodingError, Repeat};
use std::path::{Path, PathBuf};

/// From 1, the best colours, to 30, the fastest.
const SPEED: i32 = 5;
/// Browsers slow down films whose frames stay for less than two hundredths of a second.
const MAX_FPS: u32 = 50;

/// Label of the extension that holds words for people.
const COMMENT: u8 = 0xFE;

pub(crate) struct Gif {
    path: PathBuf,
    fps: u32,
    next: u32,
    encoder: Encoder<NewFile>,
}

impl Gif {
    pub(super) fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        if spec.fps > MAX_FPS {
            return Err(ExportError::unfit(path, "a GIF has at most 50 frames per second"));
        }
        let (Ok(width), Ok(height)) = (u16::try_from(spec.width), u16::try_from(spec.height)) else {
            return Err(ExportError::unfit(path, "a GIF is at most 65535 pixels wide and high"));
        };
        let mut encoder = Encoder::new(NewFile::create(path)?, width, height, &[]).map_err(fail(path))?;
        encoder.write_raw_extension(AnyExtension(COMMENT), &[program().as_bytes()]).map_err(fail(path))?;
        if spec.repeat {
            encoder.set_repeat(Repeat::Infinite).map_err(fail(path))?;
        }
        Ok(Self { path: path.to_path_buf(), fps: spec.fps, next: 0, encoder })
    }
}

impl Sink for Gif {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        // Checked in `create`.
        let (width, height) = (frame.width as u16, frame.height as u16);
        let mut picture = gif::Frame::from_rgb_speed(width, height, &frame.data, SPEED);
        picture.delay = delay(self.next, self.fps);
        self.next += 1;
        self.encoder.write_frame(&picture).map_err(fail(&self.path))
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        let Self { path, encoder, .. } = *self;
        encoder.into_inner().map_err(fail(&path))?.finish().map(|_| ())
    }
}

/// Hundredths of a second for which a frame stays: rounded so that the film as a whole keeps its speed.
fn delay(frame: u32, fps: u32) -> u16 {
    let end = |frames: u32| (u64::from(frames) * 100 + u64::from(fps) / 2) / u64::from(fps);
    (end(frame + 1) - end(frame)) as u16
}

fn fail(path: &Path) -> impl Fn(EncodingError) -> ExportError + '_ {
    move |e| match e {
        EncodingError::Io(e) => ExportError::file(path)(e),
        other => ExportError::unfit(path, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_film_keeps_its_speed() {
        // 30 frames per second: 3, 4, 3 hundredths, and 100 after each second.
        assert_eq!([0, 1, 2, 3].map(|i| delay(i, 30)), [3, 4, 3, 3]);
        for fps in 1..=MAX_FPS {
            assert_eq!((0..fps * 7).map(|i| u32::from(delay(i, fps))).sum::<u32>(), 700);
            assert!((0..fps).all(|i| delay(i, fps) >= 2));
        }
    }
}
