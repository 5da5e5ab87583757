//! The training pictures that are nearest to a generated one.

use crate::config::{DataConfig, DeviceChoice, RunConfig, Usage, short_digest};
use crate::data::{DataHome, Dataset};
use crate::engine::app_dirs::AppDirs;
use crate::engine::load::run_folder;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_event::Neighbour;
use crate::engine::run_pictures;
use crate::engine::split_pictures::{SplitPictures, Subset};
use crate::formats::{check_free, encode_png, write_new};
use crate::interrupt::JobControl;
use crate::metrics::{Originality, SMALL, judge, mirrored, shrink, usual_distance};
use crate::pixels::{Frame, SHEET_BACKGROUND, tile};
use crate::train::RunDir;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether a picture is new, with the share that says so; none where there are too few training pictures.
type Verdict = Option<(Originality, f32)>;

/// The pictures that a run is trained on, ready to be compared with.
pub(crate) struct NeighbourIndex {
    training: Subset,
    /// Each of them shrunk to 16 x 16 pixels.
    small: Vec<Vec<f32>>,
    /// How far they lie apart.
    usual: Option<f32>,
}

impl NeighbourIndex {
    /// Prepares the pictures of a run, from the cache where it still holds them. The held-out ones are left out: the
    /// run has never seen them.
    ///
    /// # Errors
    /// The pictures are gone, or the list of the held-out ones cannot be read; cancelled.
    pub(crate) fn open(
        dir: &RunDir,
        config: &RunConfig,
        home: &DataHome,
        control: JobControl,
    ) -> Result<Self, EngineError> {
        let held = dir.read_held_out()?;
        let data =
            DataConfig { source: run_pictures::source_of(dir.root(), &config.data.source), ..config.data.clone() };
        let dataset = Dataset::prepare(&data, config.model.size, home, control)?;
        let split = run_pictures::split(held.as_deref(), &dataset, config.held_out);
        let training = SplitPictures::new(Arc::new(dataset), split).training;
        let small: Vec<Vec<f32>> = training.pictures().map(|picture| shrink(picture, training.side())).collect();
        let usual = usual_distance(&small, control)?;
        Ok(Self { training, small, usual })
    }

    /// The `count` nearest pictures, nearest first, and what the nearest one says of the picture.
    pub(crate) fn judged(&self, picture: &Frame, count: usize) -> (Vec<Neighbour>, Verdict) {
        let found = self.nearest(picture, count.max(1));
        let verdict = found.first().and_then(|nearest| judge(nearest.distance, self.usual));
        (found, verdict)
    }

    fn nearest(&self, picture: &Frame, count: usize) -> Vec<Neighbour> {
        let wanted = shrink(&picture.data, picture.width as usize);
        let mirror = mirrored(&wanted, SMALL, 3);
        let distance = |a: &[f32], b: &[f32]| {
            let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            (sum / a.len() as f32).sqrt()
        };
        let mut all: Vec<(f32, bool, usize)> = self
            .small
            .iter()
            .enumerate()
            .map(|(i, small)| {
                let (plain, turned) = (distance(small, &wanted), distance(small, &mirror));
                if turned < plain { (turned, true, i) } else { (plain, false, i) }
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let side = self.training.side();
        let frame = |i: usize, turned: bool| {
            let data = self.training.picture(i).to_vec();
            let data = if turned { mirrored(&data, side, 3) } else { data };
            Frame { width: side as u32, height: side as u32, data }
        };
        let nearest = all.into_iter().take(count);
        let told = |(distance, mirrored, i)| Neighbour {
            frame: frame(i, mirrored),
            mirrored,
            distance,
            digest: short_digest(self.training.digest(i)).to_owned(),
            photo: self.training.photo(i).map(Path::to_path_buf),
        };
        nearest.map(told).collect()
    }
}

/// Which picture to compare with the training pictures, and how many of them to tell.
#[derive(Debug, Clone)]
pub struct NearestRequest {
    /// A run, or a checkpoint of one.
    pub run: PathBuf,
    /// The seed of the picture.
    pub seed: u64,
    /// Its number, as `generate` counts pictures.
    pub number: u64,
    /// How many training pictures.
    pub count: u32,
    /// PNG to write with the picture and, after it, the training pictures.
    pub sheet: Option<PathBuf>,
}

/// The training pictures nearest to a picture, nearest first.
#[derive(Debug, Clone, Serialize)]
pub struct NearestReport {
    /// Whether the picture is new; none where there are too few training pictures to say so.
    pub verdict: Option<Originality>,
    /// The distance to the nearest training picture as a share of how far training pictures lie apart.
    pub share: Option<f32>,
    /// Each with its distance.
    pub nearest: Vec<NearPicture>,
    /// The sheet, if one was asked for.
    pub sheet: Option<PathBuf>,
}

/// A training picture.
#[derive(Debug, Clone, Serialize)]
pub struct NearPicture {
    /// The beginning of its digest.
    pub digest: String,
    /// As [`Neighbour::distance`].
    pub distance: f32,
    /// Its mirror image is nearer.
    pub mirrored: bool,
    /// The photo that it was cut from; none for a drawn cat.
    pub photo: Option<PathBuf>,
    /// How the run uses it.
    #[serde(rename = "use")]
    pub usage: &'static str,
}

/// Finds the training pictures nearest to a picture of a run's generator.
///
/// # Errors
/// No run or no checkpoint, pictures that are gone, a file that exists, cancelled.
pub fn nearest(request: &NearestRequest, control: JobControl) -> Result<NearestReport, EngineError> {
    if let Some(sheet) = &request.sheet {
        check_free(sheet)?;
    }
    let no_run = |path: &Path| {
        EngineError::Run(format!("{} is not part of a run: its training pictures are unknown", path.display()))
    };
    let (dir, config) = run_folder(&request.run).ok_or_else(|| no_run(&request.run))?;
    let generator = LoadedGenerator::open(&request.run, false, DeviceChoice::Cpu)?;
    let picture = generator.generate([generator.point(request.seed, request.number, None).latent.as_slice()])?;
    let index = NeighbourIndex::open(&dir, &config, &AppDirs::find().pictures()?, control)?;
    let (found, verdict) =
        picture.first().map(|picture| index.judged(picture, request.count as usize)).unwrap_or_default();
    if let Some(sheet) = &request.sheet {
        let frames: Vec<Frame> = picture.into_iter().chain(found.iter().map(|near| near.frame.clone())).collect();
        write_new(sheet, &encode_png(&tile(&frames, SHEET_BACKGROUND), None)?)?;
    }
    let pictures = dir.newest().map_or(config.tunables.pictures, |(newest, _)| newest.meta.tunables.pictures);
    let told = |Neighbour { digest, distance, mirrored, photo, .. }: Neighbour| {
        let usage = match pictures.of(&digest) {
            Usage::Usual => "usual",
            Usage::LeftOut => "left out",
            Usage::Favoured => "favoured",
        };
        NearPicture { digest, distance, mirrored, photo, usage }
    };
    let (verdict, share) = verdict.unzip();
    Ok(NearestReport { verdict, share, nearest: found.into_iter().map(told).collect(), sheet: request.sheet.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataSource;

    /// A run on 60 demo cats, half of which are held out.
    fn run(folder: &Path) -> (RunDir, RunConfig) {
        let data = DataConfig { source: DataSource::Demo, demo_count: 60, ..DataConfig::default() };
        let mut config = RunConfig { data, held_out: 50.0, ..RunConfig::default() };
        config.model.size = 32;
        (RunDir::create(&folder.join("run"), &config).unwrap(), config)
    }

    fn index(folder: &Path, (dir, config): &(RunDir, RunConfig)) -> NeighbourIndex {
        NeighbourIndex::open(dir, config, &DataHome::at(folder.join("cache")), JobControl::unattended()).unwrap()
    }

    fn frame(pixels: &[u8]) -> Frame {
        Frame { width: 32, height: 32, data: pixels.to_vec() }
    }

    #[test]
    fn the_nearest_picture_is_the_picture_itself_also_in_the_mirror() {
        let folder = tempfile::tempdir().unwrap();
        let index = index(folder.path(), &run(folder.path()));
        let own = frame(index.training.picture(7));
        let found = index.nearest(&own, 3);
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].distance, found[0].mirrored), (0.0, false));
        assert_eq!(found[0].frame, own);
        assert_eq!(found[0].digest, index.training.digest(7)[..16]);
        assert!(found[1].distance > 0.0 && found[2].distance >= found[1].distance);
        let mirror = Frame { data: mirrored(&own.data, 32, 3), ..own };
        let found = index.nearest(&mirror, 1);
        assert_eq!((found[0].distance, found[0].mirrored), (0.0, true));
        assert_eq!(found[0].frame, mirror);
    }

    #[test]
    fn held_out_pictures_are_not_among_those_trained_on() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let cache = folder.path().join("cache");
        let dataset = Dataset::prepare(&run.1.data, 32, &DataHome::at(&cache), JobControl::unattended()).unwrap();
        let by_position = index(folder.path(), &run);
        assert_eq!(by_position.nearest(&frame(dataset.picture(0)), 60).len(), 30);
        // The list in the run folder has precedence.
        run.0.write_held_out(&[&dataset.digests()[7]]).unwrap();
        let listed = index(folder.path(), &run);
        let expected = (0..7).chain(8..60).map(|i| dataset.picture(i));
        assert!(listed.training.pictures().eq(expected));
        let found = listed.nearest(&frame(dataset.picture(7)), 60);
        assert_eq!(found.len(), 59);
        assert!(found[0].distance > 0.0);
        assert_eq!(listed.nearest(&frame(dataset.picture(8)), 1)[0].distance, 0.0);
    }
}
