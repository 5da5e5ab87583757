//! H.264 in MP4, which every phone plays, by an installed ffmpeg: this program contains no such encoder, whose use
//! takes patent licences.

use super::super::error::ExportError;
use super::super::ffmpeg::{self, Running};
use super::super::new_file::NewFile;
use super::spec::{FilmSpec, Sink};
use super::yuv::YuvPlanes;
use crate::pixels::{Frame, program};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ExitStatus, Stdio};

/// The encoder that is asked for.
pub(super) const ENCODER: &str = "libx264";
/// From 0, without loss, to 51. 18 is hardly told from the original.
const QUALITY: &str = "18";

pub(crate) struct H264 {
    path: PathBuf,
    spec: FilmSpec,
    /// Where ffmpeg writes.
    file: NewFile,
    program: PathBuf,
    running: Running,
    /// None after the last frame.
    frames: Option<BufWriter<ChildStdin>>,
    planes: YuvPlanes,
    messages: File,
}

/// Whether this ffmpeg can do it: some are built without.
pub(super) fn is_able(program: &Path) -> bool {
    let mut command = ffmpeg::command(program);
    command.args(["-hide_banner", "-loglevel", "error", "-encoders"]).stdin(Stdio::null()).stderr(Stdio::null());
    let Ok(output) = command.output() else { return false };
    String::from_utf8_lossy(&output.stdout).lines().any(|line| line.split_whitespace().nth(1) == Some(ENCODER))
}

impl H264 {
    /// # Errors
    /// The file cannot be written, or ffmpeg not started.
    pub(super) fn create(path: &Path, spec: FilmSpec, program: PathBuf) -> Result<Self, ExportError> {
        let file = NewFile::create(path)?;
        let failed = |error: std::io::Error| ExportError::unfit(path, format!("{}: {error}", program.display()));
        let messages = tempfile::tempfile().map_err(failed)?;
        let mut command = ffmpeg::command(&program);
        let out = std::path::absolute(file.temporary()).map_err(failed)?;
        command.args(arguments(spec, &out)).stdin(Stdio::piped()).stdout(Stdio::null());
        command.stderr(messages.try_clone().map_err(failed)?);
        let mut running = Running(command.spawn().map_err(failed)?);
        let frames = running.0.stdin.take().map(BufWriter::new);
        let (width, height) = even(spec);
        let planes = YuvPlanes::new(width as usize, height as usize);
        Ok(Self { path: path.to_path_buf(), spec, file, program, running, frames, planes, messages })
    }

    fn write(&mut self) -> std::io::Result<()> {
        let frames = self.frames.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        self.planes.values.iter().try_for_each(|plane| frames.write_all(plane))
    }

    /// What went wrong, in ffmpeg's words where there are any.
    fn failed(&mut self, how: &str) -> ExportError {
        // What it says last it says when it ends.
        self.frames = None;
        _ = self.running.0.wait();
        let mut said = Vec::new();
        _ = self.messages.seek(SeekFrom::Start(0)).and_then(|_| (&self.messages).take(64 << 10).read_to_end(&mut said));
        let program = self.program.display();
        let reason = match ffmpeg::last_line(&String::from_utf8_lossy(&said)) {
            Some(line) => format!("{program} says: {line}"),
            None => format!("{program} {how}"),
        };
        ExportError::unfit(&self.path, format!("{reason}. A name that ends in .webm needs no ffmpeg"))
    }
}

impl Sink for H264 {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        let (width, height) = even(self.spec);
        self.planes.fill(&padded(frame, width, height));
        self.write().map_err(|error| self.failed(&format!("takes no more pictures ({error})")))
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        // Closed, which ends the film.
        let flushed = self.frames.take().map_or(Ok(()), |mut frames| frames.flush());
        let ended = flushed.and_then(|()| self.running.0.wait());
        match ended {
            Ok(status) if status.success() => self.file.finish().map(|_| ()),
            Ok(status) => Err(self.failed(&told(status))),
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }
}

fn told(status: ExitStatus) -> String {
    format!("ended without a reason ({status})")
}

/// The size of the film: the codec halves the colours of four pixels each, so both sides are even.
fn even(spec: FilmSpec) -> (u32, u32) {
    (spec.width.next_multiple_of(2), spec.height.next_multiple_of(2))
}

/// RGB values of the frame, its last column and row once more where a side is odd.
fn padded(frame: &Frame, width: u32, height: u32) -> Vec<u8> {
    let row = frame.width as usize * 3;
    let mut out = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height.min(frame.height + 1) as usize {
        let y = y.min(frame.height as usize - 1);
        let values = &frame.data[y * row..][..row];
        out.extend_from_slice(values);
        if width > frame.width {
            out.extend_from_slice(&values[row - 3..]);
        }
    }
    out
}

fn arguments(spec: FilmSpec, out: &Path) -> Vec<OsString> {
    let (width, height) = even(spec);
    let (size, rate) = (format!("{width}x{height}"), spec.fps.to_string());
    let mark = format!("handler_name={}", program());
    let colours =
        ["-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "iec61966-2-1"];
    let mut all: Vec<&str> = vec!["-nostdin", "-hide_banner", "-nostats", "-loglevel", "error", "-y"];
    all.extend(["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", &size, "-framerate", &rate]);
    all.extend(colours);
    // Without `-nostdin` it would take frames for commands; it still reads them from here.
    all.extend(["-i", "pipe:0", "-an", "-c:v", ENCODER, "-preset", "medium", "-crf", QUALITY, "-pix_fmt", "yuv420p"]);
    all.extend(colours);
    // The head comes first, so that a film starts while it is still coming down the line.
    all.extend(["-movflags", "+faststart", "-metadata:s:v:0", &mark, "-f", "mp4"]);
    let mut all: Vec<OsString> = all.into_iter().map(Into::into).collect();
    let mut file = OsString::from("file:");
    file.push(out);
    all.push(file);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sides_repeat_their_last_pixels() {
        let frame = Frame { width: 3, height: 1, data: (1..=9).collect() };
        assert_eq!(padded(&frame, 4, 2), [1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 8, 9].repeat(2));
        assert_eq!(padded(&Frame::filled(2, 2, [7; 3]), 2, 2), [7; 12]);
    }
}
