//! JPEG XL.

use super::colour::Conversion;
use super::picture::{Decoded, ENDS_EARLY, check_size, flatten};
use crate::data::budget::Budget;
use crate::data::flags::PictureFlags;
use image::metadata::Orientation;
use image::{RgbImage, RgbaImage};
use jxl_oxide::{
    AllocTracker, EnumColourEncoding, ExtraChannelType, JxlImage, JxlThreadPool, PixelFormat, RenderingIntent,
};

/// Largest picture: decoding takes several numbers of four bytes for each sample.
const MOST_PIXELS: u64 = 64_000_000;
/// Bytes that decoding takes for each pixel.
const BYTES: u64 = 32;

/// Decodes the first picture of a file.
///
/// # Errors
/// The reason, in words for a list of skipped files.
pub(super) fn decode<'a>(bytes: &[u8], background: [u8; 3], budget: &'a Budget) -> Result<Decoded<'a>, String> {
    let damaged = |error: &dyn std::fmt::Display| format!("damaged: {error}");
    // Threads of the library's would be those of the pictures, which may wait for memory.
    let builder = || JxlImage::builder().pool(JxlThreadPool::none());
    let header = size(builder(), bytes)?;
    check_size(header.0.into(), header.1.into(), MOST_PIXELS)?;
    let pixels = u64::from(header.0) * u64::from(header.1);
    let need = bytes.len() as u64 + pixels * BYTES + (16 << 20);
    let _share = budget.take(need);
    let tracker = AllocTracker::with_limit(need as usize);
    let mut image = builder().alloc_tracker(tracker).read(bytes).map_err(|e| damaged(&e))?;
    if image.hdr_type().is_some() {
        image.request_color_encoding(EnumColourEncoding::srgb(RenderingIntent::Relative));
    }
    if image.num_loaded_keyframes() == 0 {
        return Err(ENDS_EARLY.into());
    }
    let render = image.render_frame(0).map_err(|e| damaged(&e))?;
    let mut stream = render.stream();
    let (width, height, channels) = (stream.width(), stream.height(), stream.channels() as usize);
    let format = image.pixel_format();
    if format.has_black() || channels != format.channels() {
        return Err("an unsupported variant of its format: colours for printing".into());
    }
    let mut samples = vec![0u8; width as usize * height as usize * channels];
    stream.write_to_buffer(&mut samples);
    drop(render);

    let mut flags = PictureFlags::default();
    let metadata = &image.image_header().metadata;
    flags.set(PictureFlags::DEEP, metadata.bit_depth.bits_per_sample() > 8);
    // The library turns the picture.
    flags.set(PictureFlags::TURNED, metadata.orientation != 1);
    let profile = image.rendered_icc();
    let mut coloured = in_colour(samples, format);
    let wide = if format.has_alpha() { 4 } else { 3 };
    if let Some(conversion) = Conversion::from_icc(&profile, wide) {
        conversion.apply(&mut coloured, wide);
    }
    let wrong = || "damaged: its size is wrong".to_owned();
    let picture = if format.has_alpha() {
        let associated = metadata
            .ec_info
            .iter()
            .any(|channel| matches!(channel.ty, ExtraChannelType::Alpha { alpha_associated: true }));
        let picture = RgbaImage::from_raw(width, height, coloured).ok_or_else(wrong)?;
        let (picture, transparent) = flatten(picture, associated, background);
        flags.set(PictureFlags::TRANSPARENT, transparent);
        picture
    } else {
        RgbImage::from_raw(width, height, coloured).ok_or_else(wrong)?
    };
    Ok(Decoded { image: picture, orientation: Orientation::NoTransforms, flags, _share })
}

/// Width and height by the header, before anything large is allocated.
fn size(builder: jxl_oxide::JxlImageBuilder, bytes: &[u8]) -> Result<(u32, u32), String> {
    /// A header is far shorter; but a colour profile and EXIF data may stand before its end.
    const STEP: usize = 1 << 16;
    let mut waiting = builder.alloc_tracker(AllocTracker::with_limit(64 << 20)).build_uninit();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (step, _) = rest.split_at(rest.len().min(STEP));
        let used = waiting.feed_bytes(step).map_err(|e| format!("damaged: {e}"))?;
        match waiting.try_init().map_err(|e| format!("damaged: {e}"))? {
            jxl_oxide::InitializeResult::Initialized(image) => return Ok((image.width(), image.height())),
            jxl_oxide::InitializeResult::NeedMoreData(more) if used > 0 => waiting = more,
            jxl_oxide::InitializeResult::NeedMoreData(_) => break,
        }
        rest = &rest[used..];
    }
    Err(ENDS_EARLY.into())
}

/// Three channels of colour where there is one of grey.
fn in_colour(samples: Vec<u8>, format: PixelFormat) -> Vec<u8> {
    match format {
        PixelFormat::Gray => samples.iter().flat_map(|grey| [*grey; 3]).collect(),
        PixelFormat::Graya => {
            samples.as_chunks::<2>().0.iter().flat_map(|[grey, a]| [*grey, *grey, *grey, *a]).collect()
        }
        _ => samples,
    }
}
