//! One file's bytes to RGB pixels. The content decides what a file is; its name only matters for a note.

#[cfg(feature = "avif")]
mod avif;
#[cfg(any(feature = "heic", feature = "avif"))]
mod boxes;
#[cfg(feature = "heic")]
mod heic;
#[cfg(any(feature = "heic", feature = "avif"))]
mod heif;
#[cfg(any(feature = "heic", feature = "avif"))]
mod placement;
#[cfg(any(feature = "heic", feature = "avif"))]
mod planes;

#[cfg(test)]
mod format_tests;

use super::budget::{Budget, Share};
use super::flags::PictureFlags;
use super::sniff::sniff;
use super::{jpeg, prepare};
use crate::files::{Decoder, FileFormat};
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{
    AnimationDecoder, ColorType, DynamicImage, Frames, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbImage, RgbaImage,
};
use std::io::Cursor;
use std::path::Path;

/// Larger pictures are refused by their header, before anything is allocated. The largest that phones take have 200
/// megapixels.
pub(super) const MAX_PIXELS: u64 = 210_000_000;
/// Longest side, the same as JPEG's own. Resampling keeps weights for every pixel along a side.
const MAX_SIDE: u32 = 65_535;
/// Most bytes a picture may take once decoded; matters for 16 and 32 bits a channel.
pub(super) const MAX_DECODED_BYTES: u64 = 640 << 20;
const ENDS_EARLY: &str = "damaged: the file ends too early, as after a broken download or copy";
/// What a PNG may unpack beside its pixels (colour profile, comments): a small file could otherwise hide gigabytes.
const MAX_SIDE_BYTES: u64 = 32 << 20;

/// A picture as stored, before it is turned upright.
pub(super) struct Decoded<'a> {
    pub image: RgbImage,
    /// How to turn it. Left to the end, when the picture is small and turning is cheap.
    pub orientation: Orientation,
    pub flags: PictureFlags,
    /// Memory set aside, also for what is done with the picture next. Given back with it.
    pub _share: Share<'a>,
}

/// Decodes `bytes`, putting transparent pixels on `background`. Of `path` only the extension is used.
///
/// # Errors
/// The reason, in words for a list of skipped files.
pub(super) fn decode<'a>(
    bytes: &[u8],
    path: &Path,
    background: [u8; 3],
    budget: &'a Budget,
) -> Result<Decoded<'a>, String> {
    let decoder = sniff(bytes, path)?;
    let mut decoded = match decoder {
        Decoder::Library(format) => by_library(bytes, format, background, budget),
        #[cfg(any(feature = "heic", feature = "avif"))]
        Decoder::Heif => heif::decode(bytes, background, budget),
        #[cfg(feature = "jxl")]
        Decoder::JpegXl => jxl::decode(bytes, background, budget),
        #[cfg(not(all(feature = "heic", feature = "avif", feature = "jxl")))]
        other => Err(format!("{other:?} is not read by this build of Purrtrait")),
    }?;
    decoded.flags.set(PictureFlags::RENAMED, has_wrong_extension(path, decoder));
    Ok(decoded)
}

/// Decodes what the picture library knows.
fn by_library<'a>(
    bytes: &[u8],
    format: ImageFormat,
    background: [u8; 3],
    budget: &'a Budget,
) -> Result<Decoded<'a>, String> {
    if format == ImageFormat::Jpeg && !jpeg::is_complete(bytes) {
        return Err(ENDS_EARLY.into());
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits(MAX_SIDE_BYTES));
    let mut decoder = reader.into_decoder().map_err(|e| reason(&e))?;
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into(), MAX_PIXELS)?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        let (bytes, limit) = (decoder.total_bytes() >> 20, MAX_DECODED_BYTES >> 20);
        return Err(format!("too large to open safely: {width} x {height} pixels take {bytes} MB, the limit is {limit}"));
    }
    let pixels = u64::from(width) * u64::from(height);
    // Decoded once as stored and once as RGB, and a progressive JPEG keeps 16-bit coefficients of three channels.
    // These are gone when a face is cut out, which takes at most twice the picture's size.
    let _share = budget.take(bytes.len() as u64 + decoder.total_bytes() + pixels * (3 + 6));
    decoder.set_limits(limits(MAX_DECODED_BYTES)).map_err(|e| reason(&e))?;
    let mut flags = PictureFlags::default();
    // A damaged EXIF block does not make the picture unusable.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    flags.set(PictureFlags::TURNED, orientation != Orientation::NoTransforms);
    flags.set(PictureFlags::DEEP, is_deep(decoder.color_type()));
    let image = DynamicImage::from_decoder(decoder).map_err(|e| reason(&e))?;
    let image = match image {
        DynamicImage::ImageRgb8(image) => image,
        image if image.color().has_alpha() => {
            let (image, transparent) = flatten(image.into_rgba8(), background);
            flags.set(PictureFlags::TRANSPARENT, transparent);
            image
        }
        image => image.into_rgb8(),
    };
    let image = if prepare::is_blank(image.as_raw()) {
        // Only its colour is kept meanwhile: the memory set aside is for one picture.
        let colour = *image.get_pixel(0, 0);
        drop(image);
        later_frame(bytes, format, background, pixels).unwrap_or_else(|| RgbImage::from_pixel(width, height, colour))
    } else {
        image
    };
    Ok(Decoded { image, orientation, flags, _share })
}

/// Refuses a picture by the size that its header claims.
fn check_size(width: u64, height: u64, most_pixels: u64) -> Result<(), String> {
    let too_large = |limit: String| {
        Err(format!("too large to open safely: {width} x {height} pixels, the limit is {limit}"))
    };
    match width.saturating_mul(height) {
        0 => Err("damaged: it has no pixels".into()),
        pixels if pixels > most_pixels => too_large(format!("{} megapixels", most_pixels / 1_000_000)),
        _ if width.max(height) > u64::from(MAX_SIDE) => too_large(format!("{MAX_SIDE} pixels a side")),
        _ => Ok(()),
    }
}

/// The first frame of an animation that shows something: many begin with an empty one.
fn later_frame(bytes: &[u8], format: ImageFormat, background: [u8; 3], pixels: u64) -> Option<RgbImage> {
    /// Pixels that are decoded in search of it: some seconds at most.
    const MOST_PIXELS: u64 = 400_000_000;
    let frames = frames(bytes, format).ok()??.take((MOST_PIXELS / pixels).max(1) as usize);
    let frames = frames.map_while(Result::ok).map(|frame| flatten(frame.into_buffer(), background).0);
    frames.into_iter().find(|frame| !prepare::is_blank(frame.as_raw()))
}

/// The frames of a file that is an animation.
fn frames(bytes: &[u8], format: ImageFormat) -> Result<Option<Frames<'_>>, ImageError> {
    let (source, limits) = (Cursor::new(bytes), limits(MAX_DECODED_BYTES));
    Ok(match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(source)?;
            decoder.set_limits(limits)?;
            Some(decoder.into_frames())
        }
        ImageFormat::WebP => {
            let mut decoder = WebPDecoder::new(source)?;
            decoder.set_limits(limits)?;
            decoder.has_animation().then(|| decoder.into_frames())
        }
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(source, limits)?;
            if decoder.is_apng()? { Some(decoder.apng()?.into_frames()) } else { None }
        }
        _ => None,
    })
}

fn limits(max_alloc: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_alloc);
    limits
}

fn is_deep(color: ColorType) -> bool {
    u32::from(color.bits_per_pixel()) > 8 * u32::from(color.channel_count())
}

/// Whether the name promises another format than the content is. No extension at all promises nothing.
fn has_wrong_extension(path: &Path, decoder: Decoder) -> bool {
    path.extension().is_some() && FileFormat::of(path).and_then(FileFormat::decoder) != Some(decoder)
}

/// Lays the picture on `background`; also says whether anything was transparent.
///
/// Done before resampling: it is a weighted mean like resampling itself, so the order does not change the result,
/// while resampling first would let the hidden colour of transparent pixels bleed into visible ones.
fn flatten(image: RgbaImage, background: [u8; 3]) -> (RgbImage, bool) {
    let (width, height) = image.dimensions();
    let mut transparent = false;
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for pixel in image.as_raw().chunks_exact(4) {
        transparent |= pixel[3] != 255;
        rgb.extend_from_slice(&mixed([pixel[0], pixel[1], pixel[2]], pixel[3], false, background));
    }
    let image = RgbImage::from_raw(width, height, rgb).unwrap_or_else(|| RgbImage::new(width, height));
    (image, transparent)
}

/// A pixel on the background. A premultiplied one is as dark already as its opacity makes it.
fn mixed(pixel: [u8; 3], alpha: u8, premultiplied: bool, background: [u8; 3]) -> [u8; 3] {
    if alpha == 255 {
        return pixel;
    }
    let own = u32::from(if premultiplied { 255 } else { alpha });
    std::array::from_fn(|i| {
        let sum = u32::from(pixel[i]) * own + u32::from(background[i]) * (255 - u32::from(alpha));
        ((sum + 127) / 255).min(255) as u8
    })
}

/// An `image` error in words that help.
fn reason(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => "too large to open safely: it decompresses to more memory than a picture should \
                                  need"
            .into(),
        ImageError::Unsupported(e) => format!("an unsupported variant of its format: {e}"),
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            ENDS_EARLY.into()
        }
        other => format!("damaged: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_shows_the_background_in_proportion() {
        let image = RgbaImage::from_raw(3, 1, vec![255, 0, 10, 255, 255, 0, 10, 0, 200, 100, 0, 128]).unwrap();
        let (flat, transparent) = flatten(image, [0, 50, 100]);
        assert!(transparent);
        assert_eq!(flat.as_raw()[..6], [255, 0, 10, 0, 50, 100]);
        // 128/255 of the colour and 127/255 of the background.
        assert_eq!(flat.as_raw()[6..], [100, 75, 50]);
    }

    #[test]
    fn a_name_is_wrong_only_when_it_promises_something_else() {
        for (name, wrong) in
            [("a.jpg", false), ("a.JPEG", false), ("a.jfif", false), ("a", false), ("a.png", true), ("a.txt", true)]
        {
            assert_eq!(has_wrong_extension(Path::new(name), Decoder::Library(ImageFormat::Jpeg)), wrong, "{name}");
        }
    }
}
