//! Frames of a video, taken by an installed ffmpeg: started, followed and ended.

use crate::engine::protocol::error::EngineError;
use crate::files::{self, Links};
use crate::formats::ffmpeg::{self, Running};
use crate::interrupt::JobControl;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

/// More are not taken: so many pictures of one video teach nothing new.
pub(crate) const MOST_FRAMES: u32 = 10_000;

/// What ffmpeg may read: films alone. Lists of other files to open (HLS, DASH, concat) are none.
const FORMATS: &str = "mov,mp4,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,asf,ogg,gif,apng,webp,m4v,h264,hevc,dv,mxf,\
                       rm,mjpeg,nut";
/// What ffmpeg writes its messages into.
const MESSAGES: &str = "messages.txt";

/// The program, or how one comes by it.
pub(super) fn find() -> Result<PathBuf, EngineError> {
    ffmpeg::find().ok_or_else(|| {
        let install = ffmpeg::INSTALL;
        EngineError::Other(format!("Taking frames out of a video needs ffmpeg, which was not found. {install}."))
    })
}

/// Name of a frame, counted from 1.
pub(super) fn frame_name(number: u32) -> String {
    format!("{number:06}.jpg")
}

/// Frames of a video to be written into a folder.
pub(super) struct Extraction<'a> {
    pub program: PathBuf,
    /// Absolute.
    pub video: PathBuf,
    /// Seconds between two frames.
    pub every: f64,
    /// Empty, and nobody else's.
    pub folder: &'a Path,
}

impl Extraction<'_> {
    /// Gives how many frames there are: one more than [`MOST_FRAMES`] says that there would be more.
    pub(super) fn run(&self, control: JobControl) -> Result<u32, EngineError> {
        let failed = |error: std::io::Error| EngineError::Other(format!("{}: {error}", self.program.display()));
        control.check()?;
        let messages = files::create_new(&self.folder.join(MESSAGES)).map_err(failed)?;
        let mut command = ffmpeg::command(&self.program);
        // The folder's own name would be read as a pattern.
        command.args(self.arguments()).current_dir(self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(messages);
        let mut running = Running(command.spawn().map_err(failed)?);
        let (status, frames) = self.follow(&mut running, control)?;
        let frames = self.count(frames);
        if !status.success() || frames == 0 {
            let video = self.video.display();
            let said = match self.last_message() {
                Some(message) => format!("ffmpeg says: {message}"),
                None => format!("ffmpeg gave no reason ({status})"),
            };
            return Err(EngineError::Other(format!("{video}: no frames could be taken out of it. {said}")));
        }
        Ok(frames)
    }

    fn arguments(&self) -> Vec<OsString> {
        let most = (MOST_FRAMES + 1).to_string();
        // Each frame is the one that is shown at that moment, the first at the start.
        let filter = format!("fps=1/{}:round=up", self.every);
        // With `file:` in front no name is an option or leads to the network.
        let mut video = OsString::from("file:");
        video.push(&self.video);
        let before = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "info", "-protocol_whitelist", "file,pipe"];
        let mut all: Vec<OsString> =
            before.into_iter().chain(["-format_whitelist", FORMATS, "-i"]).map(Into::into).collect();
        all.push(video);
        // `V` is a film and not the picture of an album.
        let after = ["-map", "0:V:0", "-vf", &filter, "-frames:v", &most, "-q:v", "2", "-f", "image2", "file:%06d.jpg"];
        all.extend(after.map(Into::into));
        all
    }

    /// Reports how many frames there are until it ends.
    fn follow(&self, running: &mut Running, control: JobControl) -> Result<(ExitStatus, u32), EngineError> {
        const GLANCE: Duration = Duration::from_millis(50);
        let (mut frames, mut total) = (0, 0);
        loop {
            control.check()?;
            if let Some(status) = running.0.try_wait().map_err(|error| EngineError::Other(error.to_string()))? {
                return Ok((status, frames));
            }
            frames = self.count(frames);
            if total == 0 {
                let seconds = duration(&self.messages(0)).unwrap_or(0.0);
                total = ((seconds / self.every).ceil() as usize).min(MOST_FRAMES as usize);
            }
            control.report("frames taken", frames as usize, total.max(frames as usize));
            std::thread::sleep(GLANCE);
        }
    }

    /// How many frames there are, at least `known`.
    fn count(&self, mut known: u32) -> u32 {
        while self.folder.join(frame_name(known + 1)).exists() {
            known += 1;
        }
        known
    }

    /// What ffmpeg has written from this byte on, as far as one would want to read it.
    fn messages(&self, from: u64) -> String {
        const MOST: u64 = 64 << 10;
        let mut bytes = Vec::new();
        if let Ok(mut file) = files::open(&self.folder.join(MESSAGES), Links::Refuse, u64::MAX) {
            use std::io::{Seek, SeekFrom};
            _ = file.seek(SeekFrom::Start(from)).and_then(|_| file.take(MOST).read_to_end(&mut bytes));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last line of ffmpeg's that is a sentence about what went wrong, safe to show.
    fn last_message(&self) -> Option<String> {
        const END: u64 = 4 << 10;
        let length = self.folder.join(MESSAGES).metadata().map_or(0, |about| about.len());
        let messages = self.messages(length.saturating_sub(END));
        ffmpeg::last_line(&messages)
    }
}

/// The seconds of `  Duration: 00:01:23.45, start: ...`.
fn duration(messages: &str) -> Option<f64> {
    let text = messages.split("Duration: ").nth(1)?.split(',').next()?;
    let parts: Vec<f64> = text.split(':').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    Some((hours * 60.0 + minutes) * 60.0 + seconds).filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_film_is_read_where_it_is_told() {
        assert_eq!(duration("Input #0\n  Duration: 01:02:03.50, start: 0.0, bitrate"), Some(3723.5));
        for none in ["", "Duration: N/A, start", "Duration: 1:2", "Duration: a:b:c,", "Duration: inf:1:1,"] {
            assert_eq!(duration(none), None, "{none}");
        }
    }

    #[test]
    fn no_name_of_a_video_is_an_option_or_leads_to_the_network() {
        let name = if cfg!(windows) { "C:\\-i" } else { "/-i" };
        let extraction =
            Extraction { program: "ffmpeg".into(), video: name.into(), every: 2.5, folder: Path::new("x") };
        let arguments = extraction.arguments();
        let after = |option: &str| arguments[arguments.iter().position(|a| a == option).unwrap() + 1].to_str().unwrap();
        assert_eq!(after("-i"), format!("file:{name}"));
        assert_eq!(after("-protocol_whitelist"), "file,pipe");
        assert_eq!(after("-vf"), "fps=1/2.5:round=up");
        let formats: Vec<_> = after("-format_whitelist").split(',').collect();
        assert!(formats.contains(&"mov") && formats.iter().all(|f| !["hls", "concat", "dash", "image2"].contains(f)));
    }
}
