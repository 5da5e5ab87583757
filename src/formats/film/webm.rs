//! WebM: a small subset of Matroska (RFC 9559) with one AV1 track.
//!
//! ```text
//! EBML head
//! Segment
//!   SeekHead      where Info, Tracks and Cues are; filled in at the end
//!   Info          the length; filled in at the end
//!   Tracks        one video track
//!   Cluster ...   one for each frame from which a player can start, with the frames up to the next
//!   Cues          where the clusters are
//! ```

use super::super::error::ExportError;
use super::super::new_file::NewFile;
use super::av1::{Av1, Packet, without_delimiter};
use super::ebml::{element, id, identifier, number, size_of_eight_bytes};
use super::spec::{FilmSpec, Sink};
use crate::pixels::Frame;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Times inside a cluster are 16 bits of milliseconds.
const LONGEST_CLUSTER: u64 = 30_000;

pub(crate) struct Webm {
    path: PathBuf,
    spec: FilmSpec,
    file: NewFile,
    encoder: Av1,
    offsets: Offsets,
    cluster: Option<Cluster>,
    /// Milliseconds and offset of each cluster.
    cues: Vec<(u64, u64)>,
}

/// Offsets in the file: of what is filled in at the end, and of the segment's content.
#[derive(Default)]
struct Offsets {
    segment_size: u64,
    content: u64,
    duration: u64,
    cues_seek: u64,
}

/// Blocks that are not written yet.
struct Cluster {
    time: u64,
    blocks: Vec<u8>,
}

impl Webm {
    pub(super) fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        let encoder = Av1::new(spec).map_err(|e| ExportError::unfit(path, e))?;
        let mut file = NewFile::create(path)?;
        let (head, offsets) = head(&spec, &encoder.header());
        file.write_all(&head).map_err(ExportError::file(path))?;
        Ok(Self { path: path.to_path_buf(), spec, file, encoder, offsets, cluster: None, cues: Vec::new() })
    }

    fn milliseconds(&self, frame: u64) -> u64 {
        let fps = u64::from(self.spec.fps);
        (frame * 1000 + fps / 2) / fps
    }

    /// Writes the packets that the encoder has ready.
    fn drain(&mut self) -> Result<(), ExportError> {
        while let Some(packet) = self.encoder.receive().map_err(|e| ExportError::unfit(&self.path, e))? {
            self.block(&packet)?;
        }
        Ok(())
    }

    fn block(&mut self, packet: &Packet) -> Result<(), ExportError> {
        let now = self.milliseconds(packet.frame);
        let long = self.cluster.as_ref().is_some_and(|c| now - c.time > LONGEST_CLUSTER);
        if packet.key || long || self.cluster.is_none() {
            self.end_cluster()?;
            self.cluster = Some(Cluster { time: now, blocks: Vec::new() });
        }
        if let Some(cluster) = &mut self.cluster {
            let time = (now - cluster.time) as u16;
            // Track 1, time, and whether a player can start here.
            let mut block = vec![0x81, (time >> 8) as u8, time as u8, if packet.key { 0x80 } else { 0 }];
            block.extend_from_slice(without_delimiter(&packet.data));
            element(&mut cluster.blocks, id::SIMPLE_BLOCK, &block);
        }
        Ok(())
    }

    fn end_cluster(&mut self) -> Result<(), ExportError> {
        let Some(cluster) = self.cluster.take() else { return Ok(()) };
        let mut write = || {
            let offset = self.file.stream_position()? - self.offsets.content;
            self.cues.push((cluster.time, offset));
            let mut content = Vec::new();
            number(&mut content, id::TIMESTAMP, cluster.time);
            content.extend_from_slice(&cluster.blocks);
            let mut out = Vec::new();
            element(&mut out, id::CLUSTER, &content);
            self.file.write_all(&out)
        };
        write().map_err(ExportError::file(&self.path))
    }

    /// Cues, and what the head could not know.
    fn complete(&mut self) -> std::io::Result<()> {
        let mut points = Vec::new();
        for (time, offset) in &self.cues {
            let (mut point, mut position) = (Vec::new(), Vec::new());
            number(&mut point, id::CUE_TIME, *time);
            number(&mut position, id::CUE_TRACK, 1);
            number(&mut position, id::CUE_CLUSTER_POSITION, *offset);
            element(&mut point, id::CUE_TRACK_POSITIONS, &position);
            element(&mut points, id::CUE_POINT, &point);
        }
        let mut cues = Vec::new();
        element(&mut cues, id::CUES, &points);
        let offset = self.file.stream_position()?;
        self.file.write_all(&cues)?;
        let end = self.file.stream_position()?;
        let duration = self.milliseconds(self.spec.frames.into()) as f64;
        let Offsets { segment_size, content, duration: duration_at, cues_seek } = self.offsets;
        for (at, bytes) in [
            (segment_size, size_of_eight_bytes(end - content)),
            (cues_seek, (offset - content).to_be_bytes()),
            (duration_at, duration.to_be_bytes()),
        ] {
            self.file.seek(SeekFrom::Start(at))?;
            self.file.write_all(&bytes)?;
        }
        Ok(())
    }
}

impl Sink for Webm {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        self.encoder.send(frame).map_err(|e| ExportError::unfit(&self.path, e))?;
        self.drain()
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.encoder.flush();
        self.drain()?;
        self.end_cluster()?;
        self.complete().map_err(ExportError::file(&self.path))?;
        self.file.finish().map(|_| ())
    }
}

/// Everything before the first cluster.
fn head(spec: &FilmSpec, codec: &[u8]) -> (Vec<u8>, Offsets) {
    let (mut out, mut offsets) = (Vec::new(), Offsets::default());
    let mut ebml = Vec::new();
    for (id, value) in [(id::EBML_VERSION, 1), (id::EBML_READ_VERSION, 1), (id::EBML_MAX_ID, 4), (id::EBML_MAX_SIZE, 8)]
    {
        number(&mut ebml, id, value);
    }
    element(&mut ebml, id::DOC_TYPE, b"webm");
    number(&mut ebml, id::DOC_TYPE_VERSION, 4);
    number(&mut ebml, id::DOC_TYPE_READ_VERSION, 2);
    element(&mut out, id::EBML, &ebml);
    identifier(&mut out, id::SEGMENT);
    offsets.segment_size = out.len() as u64;
    out.extend_from_slice(&size_of_eight_bytes(0));
    offsets.content = out.len() as u64;

    let mut info = Vec::new();
    number(&mut info, id::TIMESTAMP_SCALE, 1_000_000);
    let program = crate::pixels::program();
    element(&mut info, id::MUXING_APP, program.as_bytes());
    element(&mut info, id::WRITING_APP, program.as_bytes());
    // Last, so that its value ends the element.
    element(&mut info, id::DURATION, &0f64.to_be_bytes());
    let mut info_element = Vec::new();
    element(&mut info_element, id::INFO, &info);

    // Positions count from the segment's content. The head's own length does not depend on them.
    let seek_head = |info: u64, tracks: u64| {
        let (mut content, mut out) = (Vec::new(), Vec::new());
        for (target, offset) in [(id::INFO, info), (id::TRACKS, tracks), (id::CUES, 0)] {
            let mut seek = Vec::new();
            element(&mut seek, id::SEEK_ID, &target.to_be_bytes());
            element(&mut seek, id::SEEK_POSITION, &offset.to_be_bytes());
            element(&mut content, id::SEEK, &seek);
        }
        element(&mut out, id::SEEK_HEAD, &content);
        out
    };
    let info_at = seek_head(0, 0).len() as u64;
    let tracks_at = info_at + info_element.len() as u64;
    out.extend_from_slice(&seek_head(info_at, tracks_at));
    offsets.cues_seek = out.len() as u64 - 8;
    out.extend_from_slice(&info_element);
    offsets.duration = out.len() as u64 - 8;
    out.extend_from_slice(&tracks(spec, codec));
    (out, offsets)
}

fn tracks(spec: &FilmSpec, codec: &[u8]) -> Vec<u8> {
    let mut colour = Vec::new();
    // As `av1` says it in the stream: BT.709, limited range, sRGB, BT.709.
    for (id, value) in [(id::MATRIX, 1), (id::RANGE, 1), (id::TRANSFER, 13), (id::PRIMARIES, 1)] {
        number(&mut colour, id, value);
    }
    let mut video = Vec::new();
    number(&mut video, id::PIXEL_WIDTH, spec.width.into());
    number(&mut video, id::PIXEL_HEIGHT, spec.height.into());
    element(&mut video, id::COLOUR, &colour);
    let mut entry = Vec::new();
    let nanoseconds = (1_000_000_000 + u64::from(spec.fps) / 2) / u64::from(spec.fps);
    for (id, value) in [
        (id::TRACK_NUMBER, 1),
        (id::TRACK_UID, 1),
        // Video.
        (id::TRACK_TYPE, 1),
        (id::FLAG_LACING, 0),
        (id::DEFAULT_DURATION, nanoseconds),
    ] {
        number(&mut entry, id, value);
    }
    element(&mut entry, id::CODEC_ID, b"V_AV1");
    element(&mut entry, id::CODEC_PRIVATE, codec);
    element(&mut entry, id::VIDEO, &video);
    let (mut content, mut out) = (Vec::new(), Vec::new());
    element(&mut content, id::TRACK_ENTRY, &entry);
    element(&mut out, id::TRACKS, &content);
    out
}
