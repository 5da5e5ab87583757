//! HEIF files: HEIC and AVIF. One still picture of a file counts, its primary item, coded in one piece or as a grid.

use super::boxes::{Boxes, Item, Name, Reader};
use super::colour::Conversion;
use super::picture::{Decoded, ENDS_EARLY, MAX_PIXELS, check_size, mixed};
use super::placement::{Placement, orientation};
use super::planes::{Coder, Coding, Planes, Target};
use crate::data::budget::Budget;
use crate::data::flags::PictureFlags;
use image::RgbImage;
use image::metadata::Orientation;
use std::borrow::Cow;

/// Largest picture that is coded in one piece: decoding takes many times the memory of its pixels.
const MOST_CODED_PIXELS: u64 = 64_000_000;
/// Most tiles of a grid. A photo of 200 megapixels has 800 of the usual ones.
const MOST_TILES: usize = 10_000;
/// Bytes that a decoder works with for each pixel of one coded picture.
const CODED_BYTES: u64 = 32;

/// The coder of items of this kind.
fn coder(kind: Name) -> Result<Coder, String> {
    #[cfg(feature = "heic")]
    if kind == *b"hvc1" {
        return Ok(super::heic::CODER);
    }
    #[cfg(feature = "avif")]
    if kind == *b"av01" {
        return Ok(super::avif::CODER);
    }
    let kind = kind.escape_ascii();
    Err(format!("an unsupported variant of its format: a HEIF file with a picture of kind {kind} inside"))
}

/// A picture made of coded ones: one, or the tiles of a grid, row by row from the top left.
struct Layout {
    tiles: Vec<u32>,
    columns: usize,
    width: usize,
    height: usize,
    /// Size of a tile.
    tile: (usize, usize),
}

/// Decodes the picture that the file is about.
///
/// # Errors
/// The reason, in words for a list of skipped files.
pub(super) fn decode<'a>(bytes: &[u8], background: [u8; 3], budget: &'a Budget) -> Result<Decoded<'a>, String> {
    let Some(boxes) = Boxes::read(bytes)? else {
        return Err("an unsupported variant of its format: an image sequence without a still picture".into());
    };
    let chain = chain(&boxes);
    let source = *chain.last().unwrap_or(&boxes.primary);
    let layout = Layout::of(&boxes, source)?;
    let opacity = opacity(&boxes, &chain).map(|id| Layout::of(&boxes, id).map(|layout| (id, layout))).transpose()?;
    let pixels = (layout.width * layout.height) as u64;
    let coded = (layout.tile.0 * layout.tile.1) as u64;
    let _share = budget.take(bytes.len() as u64 + pixels * (3 + 6 + 1) + coded * CODED_BYTES);

    let mut flags = PictureFlags::default();
    let mut image = RgbImage::new(layout.width as u32, layout.height as u32);
    let named = Colours::of(&boxes, chain.iter().chain(layout.tiles.first()));
    let mut coding = None;
    layout.each(&boxes, |planes, left, top| {
        let own = *coding.get_or_insert(named.coding.unwrap_or(planes.coding));
        flags.set(PictureFlags::DEEP, planes.depth > 8);
        let target = Target { rgb: &mut image, width: layout.width, height: layout.height, left, top };
        planes.paint(own, target)
    })?;
    let conversion = match (named.profile, coding) {
        (Some(profile), _) => Conversion::from_icc(profile, 3),
        (None, Some(coding)) => Conversion::from_numbers(coding.primaries, coding.transfer, 3),
        (None, None) => None,
    };
    if let Some(conversion) = conversion {
        conversion.apply(&mut image, 3);
    }
    if let Some((id, opacity)) = opacity {
        let premultiplied = chain.iter().any(|item| boxes.references(b"prem", *item).contains(&id));
        let opaque = lay_on(&mut image, &opacity, &boxes, premultiplied, background)?;
        flags.set(PictureFlags::TRANSPARENT, !opaque);
    }
    let mut placement = Placement::new(layout.width, layout.height);
    let properties = chain.iter().rev().filter_map(|id| boxes.items.get(id)).flat_map(|item| &item.properties);
    properties.for_each(|property| placement.apply(*property));
    let turn = match placement.turned() {
        Some(turn) => turn,
        // The container says nothing about it, and its word would count before that of EXIF.
        None => {
            exif(&boxes, &chain).and_then(|exif| Orientation::from_exif_chunk(&exif)).unwrap_or(orientation(0, false))
        }
    };
    flags.set(PictureFlags::TURNED, turn != Orientation::NoTransforms);
    Ok(Decoded { image: placement.cut(image)?, orientation: turn, flags, _share })
}

/// The primary item, the one that it is made from without any change, and so on.
fn chain(boxes: &Boxes) -> Vec<u32> {
    /// Longer ones lead in a circle.
    const LONGEST: usize = 8;
    let made_from = |id: &u32| {
        let derived = matches!(&boxes.items.get(id)?.kind, b"iden" | b"tmap");
        boxes.references(b"dimg", *id).first().copied().filter(|_| derived)
    };
    std::iter::successors(Some(boxes.primary), made_from).take(LONGEST).collect()
}

impl Layout {
    fn of(boxes: &Boxes, id: u32) -> Result<Self, String> {
        let item = boxes.items.get(&id).ok_or("damaged: its picture is missing")?;
        let (tiles, columns, size) = match &item.kind {
            b"grid" => {
                let data = boxes.data(id).ok_or(ENDS_EARLY)?;
                let (columns, rows, width, height) = grid(&data).ok_or(ENDS_EARLY)?;
                let tiles = boxes.references(b"dimg", id).to_vec();
                if tiles.len() != columns * rows || tiles.len() > MOST_TILES {
                    return Err("damaged: its grid does not have the tiles that it should".into());
                }
                (tiles, columns, Some((width, height)))
            }
            _ => (vec![id], 1, None),
        };
        // What a file repeats costs time again and again.
        let length = |tile: &u32| boxes.data(*tile).map_or(0, |data| data.len());
        let total: usize = tiles.iter().map(length).sum();
        if total > 64 << 20 && total > 2 * length(&tiles[0]).max(boxes.file_length()) {
            return Err("damaged: its tiles overlap".into());
        }
        let tile = coded_size(boxes, tiles[0])?;
        check_size(tile.0 as u64, tile.1 as u64, MOST_CODED_PIXELS)?;
        let (width, height) = size.unwrap_or(tile);
        check_size(width as u64, height as u64, MAX_PIXELS)?;
        let rows = tiles.len() / columns;
        let covers = |tile: usize, count: usize, side: usize| tile * count >= side && tile * (count - 1) < side;
        if !covers(tile.0, columns, width) || !covers(tile.1, rows, height) {
            return Err("damaged: the tiles of its grid do not cover it".into());
        }
        // All tiles are decoded whole, however little of them is shown.
        check_size((tile.0 * columns) as u64, (tile.1 * rows) as u64, MAX_PIXELS)?;
        Ok(Self { tiles, columns, width, height, tile })
    }

    /// Decodes one tile after the other, with the place of its corner.
    fn each(
        &self,
        boxes: &Boxes,
        mut use_tile: impl FnMut(Planes, usize, usize) -> Result<(), String>,
    ) -> Result<(), String> {
        for (i, &id) in self.tiles.iter().enumerate() {
            // Before it is decoded: a tile of another size could be far larger.
            if i > 0 && coded_size(boxes, id)? != self.tile {
                return Err("damaged: the tiles of its grid differ in size".into());
            }
            let (coder, config, data) = coded(boxes, id)?;
            let planes = (coder.planes)(config, &data)?;
            if (planes.width, planes.height) != self.tile || !planes.is_whole() {
                return Err("damaged: a coded picture is not of the size that it claims".into());
            }
            use_tile(planes, i % self.columns * self.tile.0, i / self.columns * self.tile.1)?;
        }
        Ok(())
    }
}

/// Columns, rows, width and height of a grid.
fn grid(data: &[u8]) -> Option<(usize, usize, usize, usize)> {
    let mut r = Reader(data);
    r.number(1)?;
    let bytes = if r.number(1)? & 1 == 1 { 4 } else { 2 };
    let (rows, columns) = (r.number(1)? as usize + 1, r.number(1)? as usize + 1);
    Some((columns, rows, r.number(bytes)? as usize, r.number(bytes)? as usize))
}

fn coded<'a>(boxes: &Boxes<'a>, id: u32) -> Result<(Coder, &'a [u8], Cow<'a, [u8]>), String> {
    let item = boxes.items.get(&id).ok_or("damaged: a tile of its grid is missing")?;
    let coder = coder(item.kind)?;
    let config = item.property(&coder.config).ok_or("damaged: it does not say how it is coded")?;
    Ok((coder, config, boxes.data(id).ok_or(ENDS_EARLY)?))
}

fn coded_size(boxes: &Boxes, id: u32) -> Result<(usize, usize), String> {
    let (coder, config, data) = coded(boxes, id)?;
    (coder.size)(config, &data)
}

/// What the container says about colours.
#[derive(Default)]
struct Colours<'a> {
    profile: Option<&'a [u8]>,
    coding: Option<Coding>,
}

impl<'a> Colours<'a> {
    /// The first profile and the first coding that one of the items has.
    fn of<'b>(boxes: &Boxes<'a>, ids: impl Iterator<Item = &'b u32>) -> Self {
        let mut colours = Self::default();
        let items = ids.filter_map(|id| boxes.items.get(id));
        for property in items.flat_map(|item: &Item<'a>| &item.properties).filter(|p| p.name == *b"colr") {
            match property.body.split_at_checked(4) {
                Some((b"prof" | b"rICC", profile)) => _ = colours.profile.get_or_insert(profile),
                Some((b"nclx", body)) => colours.coding = colours.coding.or_else(|| nclx(body)),
                _ => {}
            }
        }
        colours
    }
}

fn nclx(body: &[u8]) -> Option<Coding> {
    let mut r = Reader(body);
    let mut number = || u8::try_from(r.number(2)?).ok();
    let (primaries, transfer, matrix) = (number()?, number()?, number()?);
    Some(Coding { primaries, transfer, matrix, full_range: r.number(1)? & 0x80 != 0 })
}

/// The item that holds the opacity of the picture.
fn opacity(boxes: &Boxes, chain: &[u32]) -> Option<u32> {
    let is_opacity = |id: &u32| {
        let kind = boxes.items.get(id).and_then(|item| item.property(b"auxC")).and_then(|body| body.get(4..));
        let kind = kind.and_then(|text| text.split(|byte| *byte == 0).next()).unwrap_or_default();
        [&b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"[..], b"urn:mpeg:hevc:2015:auxid:1"].contains(&kind)
    };
    chain.iter().flat_map(|id| boxes.referring(b"auxl", *id)).find(is_opacity)
}

/// Lays the picture on the background; says whether it hides all of it.
fn lay_on(
    image: &mut RgbImage,
    layout: &Layout,
    boxes: &Boxes,
    premultiplied: bool,
    background: [u8; 3],
) -> Result<bool, String> {
    let size = (image.width() as usize, image.height() as usize);
    if (layout.width, layout.height) != size {
        return Err("an unsupported variant of its format: its opacity is not of the picture's size".into());
    }
    let mut opacity = vec![0; size.0 * size.1];
    layout.each(boxes, |planes, left, top| {
        planes.paint_opacity(size, (left, top), &mut opacity);
        Ok(())
    })?;
    for (pixel, &alpha) in image.as_chunks_mut::<3>().0.iter_mut().zip(&opacity) {
        *pixel = mixed(*pixel, alpha, premultiplied, background);
    }
    Ok(opacity.iter().all(|alpha| *alpha == 255))
}

/// The EXIF data about the picture, from its TIFF header on.
fn exif<'a>(boxes: &Boxes<'a>, chain: &[u32]) -> Option<Cow<'a, [u8]>> {
    let about = chain.iter().flat_map(|id| boxes.referring(b"cdsc", *id));
    let id = about.into_iter().find(|id| boxes.items.get(id).is_some_and(|item| item.kind == *b"Exif"))?;
    let data = boxes.data(id)?;
    // Behind the length of what stands before the header.
    let start = usize::try_from(Reader(&data).number(4)?).ok()?.checked_add(4)?;
    Some(Cow::Owned(data.get(start..)?.to_vec()))
}
