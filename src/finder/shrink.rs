//! Making a part of a picture smaller, without a copy of the picture.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use std::cell::RefCell;

thread_local! {
    /// Keeps its memory from picture to picture.
    static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
}

/// The part `[left, top, width, height]` of a picture at another size. Every new pixel is a mean, weighted by a
/// triangle, of all old ones around it. Nothing where either has no pixels.
pub(super) fn shrink(picture: &RgbImage, part: [u32; 4], (width, height): (u32, u32)) -> Option<RgbImage> {
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3).ok()?;
    let [left, top, part_width, part_height] = part.map(f64::from);
    let mut small = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
        left,
        top,
        part_width,
        part_height,
    );
    RESIZER.with_borrow_mut(|resizer| resizer.resize(&source, &mut small, &options)).ok()?;
    RgbImage::from_raw(width, height, small.into_vec()).filter(|small| !small.is_empty())
}
