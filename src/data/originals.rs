//! The pictures of a dataset as large as their photos have them.

use super::budget::Budget;
use super::cut::cut;
use super::dataset::Dataset;
use super::decode::Decoded;
use super::demo;
use super::error::DataError;
use super::fill::{DECODE_BYTES, in_pool};
use super::item::with_decoded;
use super::photo::content_id;
use super::prepare::{self, Settings};
use super::report::SkippedFile;
use super::square::Placement;
use super::squares::{PhotoFile, PreparedPicture};
use crate::config::{DataConfig, DataSource};
use crate::interrupt::JobControl;
use crate::pixels::Frame;
use fast_image_resize::Resizer;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A picture of a dataset, cut from its photo once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Original {
    /// Its index in the dataset.
    pub index: usize,
    /// At the side that was asked for.
    pub frame: Frame,
}

impl Dataset {
    /// How many pixels a side the square of each picture has in its photo, in their order. Drawn cats have as many as
    /// anybody wants: `u32::MAX`.
    pub(crate) fn sides_in_photos(&self, config: &DataConfig) -> Vec<u32> {
        let drawn = config.source == DataSource::Demo;
        self.squares().map(|(_, p)| if drawn { u32::MAX } else { p.square.side.round() as u32 }).collect()
    }

    /// The photo and the square of each picture, in their order.
    fn squares(&self) -> impl Iterator<Item = (&PhotoFile, &PreparedPicture)> {
        let all = self.report().pictures.as_deref();
        all.into_iter().flat_map(|all| {
            let used = all.pictures.iter().filter(|picture| picture.left_out.is_none());
            used.map(|picture| (&all.photos[picture.photo as usize], picture))
        })
    }
}

/// The pictures `wanted` (index and side in pixels, in rising order) of a dataset that was prepared with `config`, cut
/// from their photos in the same way; and the photos that can no longer be used. No side may be larger than that of
/// [`Dataset::sides_in_photos`].
///
/// # Errors
/// When cancelled.
pub(crate) fn originals(
    dataset: &Dataset,
    config: &DataConfig,
    wanted: &[(usize, u32)],
    control: JobControl,
) -> Result<(Vec<Original>, Vec<SkippedFile>), DataError> {
    let squares: Vec<_> = dataset.squares().collect();
    let pieces: Vec<Piece> =
        wanted.iter().map(|&(index, side)| Piece { index, side, picture: squares[index].1 }).collect();
    if config.source == DataSource::Demo {
        let draw = |piece: &Piece| {
            let frame = demo::draw(config.demo_seed, piece.picture.photo.into(), piece.side);
            Original { index: piece.index, frame }
        };
        return Ok((pieces.par_iter().map(draw).collect(), Vec::new()));
    }
    let photos: Vec<&[Piece]> = pieces.chunk_by(|a, b| a.picture.photo == b.picture.photo).collect();
    let (budget, done) = (Budget::new(DECODE_BYTES), AtomicUsize::new(0));
    let open = |pieces: &&[Piece]| {
        control.check()?;
        let photo = squares[pieces[0].index].0;
        let cut = with_decoded(&photo.path, config.background, &budget, |bytes, decoded| {
            if content_id(bytes) != photo.content {
                return Err("it has changed meanwhile".to_owned());
            }
            let mut resizer = Resizer::new();
            pieces.iter().map(|piece| piece.cut(decoded, config, &mut resizer)).collect::<Result<Vec<_>, _>>()
        });
        control.report("photos opened", done.fetch_add(1, Ordering::Relaxed) + 1, photos.len());
        Ok(cut.map_err(|reason| SkippedFile { path: photo.path.clone(), reason }))
    };
    let opened = in_pool(|| photos.par_iter().map(open).collect::<Result<Vec<_>, DataError>>())?;
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for opened in opened {
        match opened {
            Ok(originals) => found.extend(originals),
            Err(file) => skipped.push(file),
        }
    }
    Ok((found, skipped))
}

/// What is to be cut out.
struct Piece<'a> {
    index: usize,
    side: u32,
    picture: &'a PreparedPicture,
}

impl Piece<'_> {
    fn cut(&self, decoded: &Decoded, config: &DataConfig, resizer: &mut Resizer) -> Result<Original, String> {
        let Self { index, side, picture } = *self;
        let data = if picture.placement == Placement::Crop {
            let DataConfig { crop, background, .. } = *config;
            let settings = Settings { side, crop, background, align: false, faces: false };
            prepare::square(&decoded.image, decoded.orientation, &settings, resizer)?
        } else {
            let image = cut(&decoded.image, &decoded.upright(), &picture.square, side, resizer)?;
            prepare::resized(&image, side, resizer)?.into_raw()
        };
        Ok(Original { index, frame: Frame { width: side, height: side, data } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataHome;
    use image::RgbImage;

    fn prepared(config: &DataConfig, folder: &std::path::Path) -> Dataset {
        Dataset::prepare(config, 32, &DataHome::at(folder), JobControl::unattended()).unwrap()
    }

    /// Mean difference of two pictures at 16 x 16 pixels, of 255.
    fn difference(a: &[u8], b: &Frame) -> f32 {
        let small = |data: &[u8], side: u32| {
            let image = RgbImage::from_raw(side, side, data.to_vec()).unwrap();
            prepare::resized(&image, 16, &mut Resizer::new()).unwrap().into_raw()
        };
        let (a, b) = (small(a, 32), small(&b.data, b.width));
        a.iter().zip(&b).map(|(a, b)| f32::from(a.abs_diff(*b))).sum::<f32>() / a.len() as f32
    }

    #[test]
    fn originals_show_what_the_pictures_show_with_more_pixels() {
        let temp = tempfile::tempdir().unwrap();
        let photos = temp.path().join("photos");
        std::fs::create_dir(&photos).unwrap();
        for (i, side) in [300u32, 90, 200].into_iter().enumerate() {
            let cat = demo::draw(3, i as u64, side);
            std::fs::write(photos.join(format!("{i}.png")), cat.to_png().unwrap()).unwrap();
        }
        let config = DataConfig { source: DataSource::Folder(photos.clone()), ..DataConfig::default() };
        let dataset = prepared(&config, temp.path());
        let sides = dataset.sides_in_photos(&config);
        assert_eq!(sides, [300, 90, 200]);
        let wanted = [(0, 256), (2, 128)];
        let (found, skipped) = originals(&dataset, &config, &wanted, JobControl::unattended()).unwrap();
        assert!(skipped.is_empty());
        for (original, (index, side)) in found.iter().zip(wanted) {
            assert_eq!((original.index, original.frame.width), (index, side));
            assert!(difference(dataset.picture(index), &original.frame) < 2.0);
        }
        assert!(difference(dataset.picture(1), &found[0].frame) > 4.0, "the comparison can fail");
        // A photo that was replaced is another photo.
        std::fs::write(photos.join("2.png"), demo::draw(9, 9, 200).to_png().unwrap()).unwrap();
        let (found, skipped) = originals(&dataset, &config, &wanted, JobControl::unattended()).unwrap();
        assert_eq!((found.len(), skipped.len()), (1, 1));
        assert!(skipped[0].reason.contains("changed"), "{skipped:?}");
    }

    #[test]
    fn drawn_cats_are_drawn_larger() {
        let temp = tempfile::tempdir().unwrap();
        let config = DataConfig { demo_count: 6, ..DataConfig::default() };
        let dataset = prepared(&config, temp.path());
        assert_eq!(dataset.sides_in_photos(&config), [u32::MAX; 6]);
        let (found, _) = originals(&dataset, &config, &[(4, 128)], JobControl::unattended()).unwrap();
        assert!(difference(dataset.picture(4), &found[0].frame) < 4.0);
    }
}
