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
use super::av1::{Av1, Packet};
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
    places: Places,
    cluster: Option<Cluster>,
    /// `(milliseconds, place)` of the clusters.
    cues: Vec<(u64, u64)>,
}

/// Places in the file: of what is filled in at the end, and the beginning of the segment's content.
#[derive(Default)]
struct Places {
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

/// Names of the elements, RFC 9559 and RFC 8794.
mod id {
    pub const EBML: u32 = 0x1A45_DFA3;
    pub const EBML_VERSION: u32 = 0x4286;
    pub const EBML_READ_VERSION: u32 = 0x42F7;
    pub const EBML_MAX_ID: u32 = 0x42F2;
    pub const EBML_MAX_SIZE: u32 = 0x42F3;
    pub const DOC_TYPE: u32 = 0x4282;
    pub const DOC_TYPE_VERSION: u32 = 0x4287;
    pub const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const SEEK_HEAD: u32 = 0x114D_9B74;
    pub const SEEK: u32 = 0x4DBB;
    pub const SEEK_ID: u32 = 0x53AB;
    pub const SEEK_POSITION: u32 = 0x53AC;
    pub const INFO: u32 = 0x1549_A966;
    pub const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
    pub const DURATION: u32 = 0x4489;
    pub const MUXING_APP: u32 = 0x4D80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACKS: u32 = 0x1654_AE6B;
    pub const TRACK_ENTRY: u32 = 0xAE;
    pub const TRACK_NUMBER: u32 = 0xD7;
    pub const TRACK_UID: u32 = 0x73C5;
    pub const TRACK_TYPE: u32 = 0x83;
    pub const FLAG_LACING: u32 = 0x9C;
    pub const DEFAULT_DURATION: u32 = 0x23_E383;
    pub const CODEC_ID: u32 = 0x86;
    pub const CODEC_PRIVATE: u32 = 0x63A2;
    pub const VIDEO: u32 = 0xE0;
    pub const PIXEL_WIDTH: u32 = 0xB0;
    pub const PIXEL_HEIGHT: u32 = 0xBA;
    pub const COLOUR: u32 = 0x55B0;
    pub const MATRIX: u32 = 0x55B1;
    pub const RANGE: u32 = 0x55B9;
    pub const TRANSFER: u32 = 0x55BA;
    pub const PRIMARIES: u32 = 0x55BB;
    pub const CLUSTER: u32 = 0x1F43_B675;
    pub const TIMESTAMP: u32 = 0xE7;
    pub const SIMPLE_BLOCK: u32 = 0xA3;
    pub const CUES: u32 = 0x1C53_BB6B;
    pub const CUE_POINT: u32 = 0xBB;
    pub const CUE_TIME: u32 = 0xB3;
    pub const CUE_TRACK_POSITIONS: u32 = 0xB7;
    pub const CUE_TRACK: u32 = 0xF7;
    pub const CUE_CLUSTER_POSITION: u32 = 0xF1;
}

impl Webm {
    pub fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        let encoder = Av1::new(spec).map_err(|e| ExportError::unfit(path, e))?;
        let mut file = NewFile::create(path)?;
        let (head, places) = head(&spec, &encoder.header());
        file.write_all(&head).map_err(ExportError::file(path))?;
        Ok(Self { path: path.to_path_buf(), spec, file, encoder, places, cluster: None, cues: Vec::new() })
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
            let place = self.file.stream_position()? - self.places.content;
            self.cues.push((cluster.time, place));
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
        for (time, place) in &self.cues {
            let (mut point, mut position) = (Vec::new(), Vec::new());
            number(&mut point, id::CUE_TIME, *time);
            number(&mut position, id::CUE_TRACK, 1);
            number(&mut position, id::CUE_CLUSTER_POSITION, *place);
            element(&mut point, id::CUE_TRACK_POSITIONS, &position);
            element(&mut points, id::CUE_POINT, &point);
        }
        let mut cues = Vec::new();
        element(&mut cues, id::CUES, &points);
        let place = self.file.stream_position()?;
        self.file.write_all(&cues)?;
        let end = self.file.stream_position()?;
        let duration = self.milliseconds(self.spec.frames.into()) as f64;
        let Places { segment_size, content, duration: duration_place, cues_seek } = self.places;
        for (at, bytes) in [
            (segment_size, size_of_eight_bytes(end - content)),
            (cues_seek, (place - content).to_be_bytes()),
            (duration_place, duration.to_be_bytes()),
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
fn head(spec: &FilmSpec, codec: &[u8]) -> (Vec<u8>, Places) {
    let (mut out, mut places) = (Vec::new(), Places::default());
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
    places.segment_size = out.len() as u64;
    out.extend_from_slice(&size_of_eight_bytes(0));
    places.content = out.len() as u64;

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
        for (target, place) in [(id::INFO, info), (id::TRACKS, tracks), (id::CUES, 0)] {
            let mut seek = Vec::new();
            element(&mut seek, id::SEEK_ID, &target.to_be_bytes());
            element(&mut seek, id::SEEK_POSITION, &place.to_be_bytes());
            element(&mut content, id::SEEK, &seek);
        }
        element(&mut out, id::SEEK_HEAD, &content);
        out
    };
    let info_place = seek_head(0, 0).len() as u64;
    let tracks_place = info_place + info_element.len() as u64;
    out.extend_from_slice(&seek_head(info_place, tracks_place));
    places.cues_seek = out.len() as u64 - 8;
    out.extend_from_slice(&info_element);
    places.duration = out.len() as u64 - 8;
    out.extend_from_slice(&tracks(spec, codec));
    (out, places)
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

/// Containers leave out the mark between two frames that the encoder begins each packet with.
fn without_delimiter(data: &[u8]) -> &[u8] {
    data.strip_prefix(&[0x12, 0x00]).unwrap_or(data)
}

/// An element's name carries its own length.
fn identifier(out: &mut Vec<u8>, id: u32) {
    out.extend(id.to_be_bytes().into_iter().skip_while(|b| *b == 0));
}

fn element(out: &mut Vec<u8>, id: u32, content: &[u8]) {
    identifier(out, id);
    let size = content.len() as u64;
    if size < 127 {
        out.push(0x80 | size as u8);
    } else {
        out.extend_from_slice(&size_of_eight_bytes(size));
    }
    out.extend_from_slice(content);
}

fn number(out: &mut Vec<u8>, id: u32, value: u64) {
    let bytes = value.to_be_bytes();
    let first = bytes.iter().position(|b| *b != 0).unwrap_or(7);
    element(out, id, &bytes[first..]);
}

/// A size in the longest of its forms, in which any size fits.
fn size_of_eight_bytes(size: u64) -> [u8; 8] {
    (1 << 56 | size).to_be_bytes()
}
