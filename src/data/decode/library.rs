//! The common formats, by the picture library.

use super::colour::Conversion;
use super::picture::{Decoded, ENDS_EARLY, MAX_PIXELS, check_size, flatten};
use crate::data::budget::Budget;
use crate::data::flags::PictureFlags;
use crate::data::{jpeg, prepare};
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{
    AnimationDecoder, ColorType, DynamicImage, Frames, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbImage,
};
use std::io::Cursor;

/// Most bytes a picture may take once decoded; matters for 16 and 32 bits a channel.
pub(super) const MAX_DECODED_BYTES: u64 = 640 << 20;
/// What a PNG may unpack beside its pixels (colour profile, comments): a small file could otherwise hide gigabytes.
const MAX_SIDE_BYTES: u64 = 32 << 20;

/// Decodes what the picture library knows.
pub(super) fn decode<'a>(
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
        return Err(format!(
            "too large to open safely: {width} x {height} pixels take {bytes} MB, the limit is {limit}"
        ));
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
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(|e| reason(&e))?;
    let channels = if image.color().has_alpha() { 4 } else { 3 };
    let conversion = match png_colours(bytes, format, channels) {
        Told::Something(conversion) => conversion,
        Told::Nothing => profile.and_then(|profile| Conversion::from_icc(&profile, channels)),
    };
    let image = if channels == 4 {
        let mut image = image.into_rgba8();
        conversion.inspect(|conversion| conversion.apply(&mut image, channels));
        let (image, transparent) = flatten(image, false, background);
        flags.set(PictureFlags::TRANSPARENT, transparent);
        image
    } else {
        let mut image = image.into_rgb8();
        conversion.inspect(|conversion| conversion.apply(&mut image, channels));
        image
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

/// What a file says about its colours, besides a profile.
enum Told {
    /// How to convert them, if there is anything to do.
    Something(Option<Conversion>),
    Nothing,
}

/// A PNG file has three more ways to say it. One counts before a profile, two where there is none.
fn png_colours(bytes: &[u8], format: ImageFormat, channels: usize) -> Told {
    if format != ImageFormat::Png {
        return Told::Nothing;
    }
    let limits = png::Limits { bytes: MAX_SIDE_BYTES as usize };
    let Ok(reader) = png::Decoder::new_with_limits(Cursor::new(bytes), limits).read_info() else {
        return Told::Nothing;
    };
    let info = reader.info();
    if let Some(numbers) = info.coding_independent_code_points {
        let (primaries, transfer) = (numbers.color_primaries, numbers.transfer_function);
        return Told::Something(Conversion::from_numbers(primaries, transfer, channels));
    }
    match info.gama_chunk {
        Some(gamma) if info.srgb.is_none() && info.icc_profile.is_none() => {
            let point = |(x, y): (png::ScaledFloat, png::ScaledFloat)| (x.into_value(), y.into_value());
            let points = info.chrm_chunk.map(|p| [p.white, p.red, p.green, p.blue].map(point));
            Told::Something(Conversion::from_gamma(gamma.into_value(), points, channels))
        }
        _ => Told::Nothing,
    }
}

/// The first frame of an animation that shows something: many begin with an empty one.
fn later_frame(bytes: &[u8], format: ImageFormat, background: [u8; 3], pixels: u64) -> Option<RgbImage> {
    /// Pixels that are decoded in search of it: some seconds at most.
    const MOST_PIXELS: u64 = 400_000_000;
    let frames = frames(bytes, format).ok()??.take((MOST_PIXELS / pixels).max(1) as usize);
    let frames = frames.map_while(Result::ok).map(|frame| flatten(frame.into_buffer(), false, background).0);
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

/// An `image` error in words that help.
fn reason(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => "too large to open safely: it decompresses to more memory than a picture should \
                                  need"
            .into(),
        ImageError::Unsupported(e) => format!("an unsupported variant of its format: {e}"),
        ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => ENDS_EARLY.into(),
        other => format!("damaged: {other}"),
    }
}
