//! Writing a film.

use super::request::{FilmOptions, FilmReport};
use crate::engine::protocol::error::EngineError;
use crate::formats::{FilmSpec, FilmWriter};
use crate::interrupt::JobControl;
use crate::pixels::Frame;
use std::time::Instant;

/// Writes `count` frames of one size as they come.
pub(super) fn write(
    frames: impl Iterator<Item = Result<Frame, EngineError>>,
    count: usize,
    (width, height): (u32, u32),
    options: &FilmOptions,
    model: Option<String>,
    started: Instant,
    control: JobControl,
) -> Result<FilmReport, EngineError> {
    let FilmOptions { out, fps, .. } = options;
    let spec = FilmSpec { width, height, frames: count as u32, fps: *fps, repeat: true };
    let mut writer = FilmWriter::create(out, spec)?;
    for (i, frame) in frames.enumerate() {
        control.check()?;
        writer.add(&frame?)?;
        control.report("frames filmed", i + 1, count);
    }
    let coding = writer.finish()?;
    Ok(FilmReport {
        out: out.clone(),
        codec: coding.codec,
        note: coding.note,
        frames: count as u32,
        fps: *fps,
        width,
        height,
        model,
        seconds: started.elapsed().as_secs_f64(),
    })
}
