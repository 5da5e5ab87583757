//! A report as a message to another process on this machine, with the pictures that a report for people leaves out. For
//! `#[serde(with = ..)]`.

use super::cache::{Cache, HEADER_BYTES, Index, Pixels, picture_bytes};
use super::report::DatasetReport;
use super::squares::{PhotoFile, PreparedPicture, PreparedPictures};
use crate::files::exact_path;
use crate::pixels::Frame;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::PathBuf;
use std::sync::Arc;

/// Writes a report.
pub(crate) fn serialize<S: Serializer>(report: &Arc<DatasetReport>, serializer: S) -> Result<S::Ok, S::Error> {
    let thumbnails = report.thumbnails.iter().map(|frame| &**frame).collect();
    let pictures = report.pictures.as_deref().map(|pictures| PicturesMessage {
        photos: &pictures.photos[..],
        pictures: &pictures.pictures[..],
        side: pictures.side,
        pixels: PixelsMessage::of(&pictures.cache.pixels, pictures.side),
    });
    ReportMessage { report: &**report, thumbnails, pictures }.serialize(serializer)
}

/// Reads a report. Its pictures are missing where their file is gone or was replaced: a newer report follows then.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<DatasetReport>, D::Error> {
    type Owned = ReportMessage<DatasetReport, Frame, Vec<PhotoFile>, Vec<PreparedPicture>>;
    let ReportMessage { mut report, thumbnails, pictures } = Owned::deserialize(deserializer)?;
    report.thumbnails = thumbnails.into_iter().map(Arc::new).collect();
    report.pictures = pictures.and_then(PicturesMessage::open).map(Arc::new);
    Ok(Arc::new(report))
}

/// A report with its pictures: borrowed to write it, owned when it is read.
#[derive(Serialize, Deserialize)]
struct ReportMessage<R, F, P, Q> {
    report: R,
    thumbnails: Vec<F>,
    pictures: Option<PicturesMessage<P, Q>>,
}

#[derive(Serialize, Deserialize)]
struct PicturesMessage<P, Q> {
    photos: P,
    pictures: Q,
    side: u32,
    pixels: PixelsMessage,
}

#[derive(Serialize, Deserialize)]
enum PixelsMessage {
    /// They are in this file, which begins with these bytes.
    File {
        #[serde(with = "exact_path")]
        path: PathBuf,
        #[serde(with = "serde_bytes")]
        header: Vec<u8>,
    },
    /// There is no file.
    Frames(Vec<Frame>),
}

impl PixelsMessage {
    fn of(pixels: &Pixels, side: u32) -> Self {
        match pixels {
            Pixels::Mapped(map, path) => Self::File { path: path.clone(), header: map[..HEADER_BYTES].to_vec() },
            Pixels::Memory(bytes) => {
                let frame = |data: &[u8]| Frame { width: side, height: side, data: data.to_vec() };
                Self::Frames(bytes.chunks_exact(picture_bytes(side)).map(frame).collect())
            }
        }
    }

    /// `None` where they are not there, or not of this side.
    fn open(self, side: u32) -> Option<Cache> {
        match self {
            Self::File { path, header } => Cache::open_checked(&path, side, &header),
            Self::Frames(frames) => {
                let fit = frames.iter().all(|frame| (frame.width, frame.height) == (side, side));
                let pixels = Pixels::Memory(frames.into_iter().flat_map(|frame| frame.data).collect());
                fit.then(|| Cache { pixels, index: Index::new() })
            }
        }
    }
}

impl PicturesMessage<Vec<PhotoFile>, Vec<PreparedPicture>> {
    /// `None` where the pixels are not there, or a picture is not one of them or of no photo.
    fn open(self) -> Option<PreparedPictures> {
        let Self { photos, pictures, side, pixels } = self;
        let cache = pixels.open(side.max(1))?;
        let slots = cache.pixels.count(picture_bytes(side.max(1)));
        let known =
            |picture: &PreparedPicture| (picture.slot as usize) < slots && (picture.photo as usize) < photos.len();
        let all_known = pictures.iter().all(known);
        all_known.then(|| PreparedPictures { photos, pictures, side, cache: Arc::new(cache) })
    }
}
