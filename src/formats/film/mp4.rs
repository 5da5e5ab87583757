//! AV1 in MP4 ("AV1 Codec ISO Media File Format Binding"), where no H.264 encoder is at hand.

use super::super::error::ExportError;
use super::super::new_file::NewFile;
use super::av1::{Av1, Packet, without_delimiter};
use super::spec::{FilmSpec, Sink};
use crate::pixels::{Frame, program};
use shiguredo_mp4::boxes::{Av01Box, Av1cBox, SampleEntry, VisualSampleEntryFields};
use shiguredo_mp4::mux::{Mp4FileMuxer, Mp4FileMuxerOptions, Sample, TrackMetadata, estimate_maximum_moov_box_size};
use shiguredo_mp4::{Decode, TrackKind, Utf8String};
use std::io::{Seek, SeekFrom, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

pub(crate) struct Mp4 {
    path: PathBuf,
    file: NewFile,
    encoder: Av1,
    muxer: Mp4FileMuxer,
    /// Frames per second.
    rate: NonZeroU32,
    /// Of the stream, given with the first frame.
    entry: Option<SampleEntry>,
    /// Where the next frame goes.
    end: u64,
}

impl Mp4 {
    pub(super) fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        let unfit = |reason: String| ExportError::unfit(path, reason);
        let encoder = Av1::new(spec).map_err(unfit)?;
        let entry = entry(spec, &encoder.header()).map_err(unfit)?;
        let options = Mp4FileMuxerOptions {
            // Room for the head in front, so that a film starts while it is still coming down the line.
            reserved_moov_box_size: estimate_maximum_moov_box_size(&[spec.frames as usize]),
            video_track: TrackMetadata { name: Utf8String::new(&program()).unwrap_or_default(), ..Default::default() },
            ..Default::default()
        };
        let muxer = Mp4FileMuxer::with_options(options).map_err(|e| unfit(e.to_string()))?;
        let mut file = NewFile::create(path)?;
        file.write_all(muxer.initial_boxes_bytes()).map_err(ExportError::file(path))?;
        let end = muxer.initial_boxes_bytes().len() as u64;
        let rate = NonZeroU32::new(spec.fps).unwrap_or(NonZeroU32::MIN);
        Ok(Self { path: path.to_path_buf(), file, encoder, muxer, rate, entry: Some(entry), end })
    }

    /// Writes the packets that the encoder has ready.
    fn drain(&mut self) -> Result<(), ExportError> {
        while let Some(packet) = self.encoder.receive().map_err(|e| ExportError::unfit(&self.path, e))? {
            self.frame(&packet)?;
        }
        Ok(())
    }

    fn frame(&mut self, packet: &Packet) -> Result<(), ExportError> {
        let data = without_delimiter(&packet.data);
        self.file.write_all(data).map_err(ExportError::file(&self.path))?;
        let sample = Sample {
            track_kind: TrackKind::Video,
            sample_entry: self.entry.take(),
            keyframe: packet.key,
            timescale: self.rate,
            duration: 1,
            composition_time_offset: None,
            data_offset: self.end,
            data_size: data.len(),
        };
        self.end += data.len() as u64;
        self.muxer.append_sample(&sample).map_err(|e| ExportError::unfit(&self.path, e))
    }
}

impl Sink for Mp4 {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        self.encoder.send(frame).map_err(|e| ExportError::unfit(&self.path, e))?;
        self.drain()
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.encoder.flush();
        self.drain()?;
        let boxes = self.muxer.finalize().map_err(|e| ExportError::unfit(&self.path, e))?;
        for (offset, bytes) in boxes.offset_and_bytes_pairs() {
            let written = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.write_all(bytes));
            written.map_err(ExportError::file(&self.path))?;
        }
        self.file.finish().map(|_| ())
    }
}

/// What the file says about the stream; `header` is the content of the box `av1C`.
fn entry(spec: FilmSpec, header: &[u8]) -> Result<SampleEntry, String> {
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| "MP4 films are at most 65535 pixels wide and high");
    let mut box_bytes = (header.len() as u32 + 8).to_be_bytes().to_vec();
    box_bytes.extend_from_slice(b"av1C");
    box_bytes.extend_from_slice(header);
    let (av1c_box, _) = Av1cBox::decode(&box_bytes).map_err(|e| e.to_string())?;
    let visual = VisualSampleEntryFields {
        data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
        width: side(spec.width)?,
        height: side(spec.height)?,
        horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
        vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
        frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
        compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
        depth: VisualSampleEntryFields::DEFAULT_DEPTH,
    };
    Ok(SampleEntry::Av01(Av01Box { visual, av1c_box, unknown_boxes: Vec::new() }))
}
