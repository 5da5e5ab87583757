//! An 8-bit RGB picture.

use super::origin::{SOFTWARE, program};
use crate::files::{self, Links, remedy};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, ImageReader, RgbImage};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::Path;

/// Of a PNG file: more than the largest sheet.
const MOST_BYTES: u64 = 1 << 30;
/// Of a PNG: 512 MiB of RGB. The `image` crate's own limit is one of bytes as stored, and grey or black and white
/// pixels become several times as many.
const MOST_PIXELS: u64 = (512 << 20) / 3;

/// From 1 to 100: at this a sheet of samples looks as its PNG does.
const JPEG_QUALITY: u8 = 85;

/// Rows from the top, pixels from the left, three bytes each, no padding: `data.len() == width * height * 3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Red, green and blue, 0 to 255.
    pub data: Vec<u8>,
}

/// Why a PNG file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not a PNG, or damaged.
    #[error("cannot decode the picture {0}")]
    Decode(String),
    /// Its pixels would fill the memory.
    #[error(
        "cannot read {path}: the picture is too large to open safely: {width} x {height} pixels, the limit is {} \
         megapixels",
        MOST_PIXELS / 1_000_000
    )]
    TooLarge {
        /// The file.
        path: std::path::PathBuf,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// The encoder refused.
    #[error("cannot encode the picture: {0}")]
    Encode(String),
    /// The system refused.
    #[error("cannot read {path}: {source}{}", remedy(.source))]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl Frame {
    /// A picture filled with one colour.
    pub fn filled(width: u32, height: u32, rgb: [u8; 3]) -> Self {
        Self { width, height, data: rgb.repeat(width as usize * height as usize) }
    }

    /// One planar picture (`3 x side x side`, values in [-1, 1], as the generator gives them) as bytes.
    ///
    /// # Panics
    /// When `planes.len() != 3 * side * side`.
    pub(crate) fn from_planes(planes: &[f32], side: u32) -> Self {
        let pixels = side as usize * side as usize;
        assert_eq!(planes.len(), 3 * pixels, "a {side} px picture has three planes");
        let mut data = Vec::with_capacity(3 * pixels);
        for i in 0..pixels {
            for plane in 0..3 {
                data.push(to_byte(planes[plane * pixels + i]));
            }
        }
        Self { width: side, height: side, data }
    }

    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// A buffer that does not match the size.
    pub fn to_png(&self) -> Result<Vec<u8>, FrameError> {
        let image = RgbImage::from_raw(self.width, self.height, self.data.clone())
            .ok_or_else(|| FrameError::Encode("the buffer does not match the size".into()))?;
        let mut bytes = Vec::new();
        image
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .map_err(|e| FrameError::Encode(e.to_string()))?;
        Ok(bytes)
    }

    /// The file of a JPEG, for pages that are sent by mail.
    ///
    /// # Errors
    /// More than 65,535 pixels to a side.
    pub(crate) fn to_jpeg(&self) -> Result<Vec<u8>, FrameError> {
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY)
            .encode(&self.data, self.width, self.height, image::ExtendedColorType::Rgb8)
            .map_err(|e| FrameError::Encode(e.to_string()))?;
        Ok(file)
    }

    /// The same picture, no wider than this.
    pub(crate) fn at_most(&self, width: u32) -> Self {
        let image = RgbImage::from_raw(self.width, self.height, self.data.clone());
        let Some(image) = image.filter(|_| self.width > width) else { return self.clone() };
        let height = (u64::from(self.height) * u64::from(width) / u64::from(self.width)).max(1) as u32;
        let small = image::imageops::resize(&image, width, height, image::imageops::FilterType::Triangle);
        Self { width, height, data: small.into_raw() }
    }

    /// The same with this program's mark in it, for generated pictures: [`super::is_ours`] knows it again.
    pub(crate) fn to_marked_png(&self) -> Result<Vec<u8>, FrameError> {
        self.encode(|encoder| encoder.add_text_chunk(SOFTWARE.to_owned(), program()))
    }

    /// The same in a fraction of the time, and larger: for messages.
    pub(super) fn to_quick_png(&self) -> Result<Vec<u8>, FrameError> {
        self.encode(|encoder| {
            encoder.set_compression(Compression::Fast);
            Ok(())
        })
    }

    fn encode(
        &self,
        prepare: impl FnOnce(&mut Encoder<&mut Vec<u8>>) -> Result<(), EncodingError>,
    ) -> Result<Vec<u8>, FrameError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        let write = || {
            prepare(&mut encoder)?;
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&self.data)?;
            writer.finish()
        };
        write().map_err(|e: EncodingError| FrameError::Encode(e.to_string()))?;
        Ok(bytes)
    }

    /// Reads the bytes of a PNG, with the limits of [`Self::open_png`].
    ///
    /// # Errors
    /// Too large, or no PNG.
    pub(crate) fn from_png(bytes: &[u8]) -> Result<Self, FrameError> {
        let reader = || Ok(ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png));
        decode(Path::new("in a message"), reader)
    }

    /// Reads a PNG that the user named: at most 512 MiB of pixels, as stored and as RGB.
    ///
    /// # Errors
    /// No file, too large, or no PNG.
    pub fn open_png(path: &Path) -> Result<Self, FrameError> {
        Self::read_png(path, Links::Follow)
    }

    /// [`Self::open_png`] of one that may lie inside a run.
    ///
    /// # Errors
    /// The same, or a link where none is followed.
    pub(crate) fn read_png(path: &Path, links: Links) -> Result<Self, FrameError> {
        decode(path, || reader(path, links))
    }

    /// Width and height of a PNG, without reading its pixels.
    ///
    /// # Errors
    /// As [`Self::read_png`].
    pub fn png_size(path: &Path, links: Links) -> Result<(u32, u32), FrameError> {
        reader(path, links)?.into_dimensions().map_err(|e| undecodable(path, &e))
    }
}

/// Reads a PNG once its header says that it is not too large; `reader` opens it, `path` names it.
fn decode<R: BufRead + Seek>(
    path: &Path,
    reader: impl Fn() -> Result<ImageReader<R>, FrameError>,
) -> Result<Frame, FrameError> {
    let (width, height) = reader()?.into_dimensions().map_err(|e| undecodable(path, &e))?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(FrameError::TooLarge { path: path.into(), width, height });
    }
    let image = reader()?.decode().map_err(|e| undecodable(path, &e))?.into_rgb8();
    Ok(Frame { width: image.width(), height: image.height(), data: image.into_raw() })
}

fn reader(path: &Path, links: Links) -> Result<ImageReader<BufReader<File>>, FrameError> {
    let file = files::open(path, links, MOST_BYTES);
    let file = file.map_err(|source| FrameError::File { path: path.into(), source })?;
    Ok(ImageReader::with_format(BufReader::new(file), ImageFormat::Png))
}

fn undecodable(path: &Path, error: &image::ImageError) -> FrameError {
    FrameError::Decode(format!("{}: {error}", path.display()))
}

/// [-1, 1] to 0..=255, rounded; NaN becomes 0 so that a broken generator shows black instead of failing.
fn to_byte(x: f32) -> u8 {
    ((x + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8
}

/// Width and height of a JPEG, by its header; none of what is none.
pub(crate) fn jpeg_size(file: &[u8]) -> Option<(u32, u32)> {
    ImageReader::with_format(Cursor::new(file), ImageFormat::Jpeg).into_dimensions().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_interleaved_bytes() {
        let frame = Frame::from_planes(&[-1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, -1.0, f32::NAN], 2);
        assert_eq!(frame.data, [0, 128, 255, 128, 128, 255, 255, 128, 0, 255, 128, 0]);
    }

    #[test]
    fn a_quick_png_comes_back_to_the_byte() {
        let mut frame = Frame::filled(5, 3, [1, 2, 3]);
        frame.data.iter_mut().zip(0..).for_each(|(value, n)| *value ^= n);
        assert_eq!(Frame::from_png(&frame.to_quick_png().unwrap()).unwrap(), frame);
        assert!(Frame::from_png(b"no picture").is_err());
        frame.data.pop();
        assert!(frame.to_quick_png().is_err(), "a buffer that does not match the size");
    }

    #[test]
    fn a_png_comes_back_to_the_byte() {
        let mut frame = Frame::filled(3, 2, [10, 20, 30]);
        frame.data[4] = 99;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.png");
        std::fs::write(&path, frame.to_png().unwrap()).unwrap();
        assert_eq!(Frame::open_png(&path).unwrap(), frame);
    }

    /// Grey takes 196 MB as it is stored, and 588 MB as RGB.
    #[test]
    fn what_unpacks_to_too_much_is_refused_by_its_header() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.png");
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 14_000, 14_000);
        encoder.set_color(png::ColorType::Grayscale);
        drop(encoder.write_header().unwrap().write_chunk(png::chunk::IDAT, &[]));
        std::fs::write(&path, bytes).unwrap();
        let error = Frame::open_png(&path).unwrap_err().to_string();
        assert!(error.contains("too large") && error.contains("14000 x 14000"), "{error}");
    }
}
