//! FID and KID with Inception weights that the user has: the numbers of the literature.

use super::error::EngineError;
use crate::export::{ModelFileError, read_tensors};
use crate::metrics::{
    Inception, KID_SUBSET, MetricError, Moments, PictureSet, Vectors, Watch, frechet, kid_of_subsets,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Instant;

/// How the checksum of the published file begins; its name says so too.
const PUBLISHED: &str = "6726825d";
/// What has to stand beside every FID.
const NEVER: &str = "never compare an FID with one of another number of pictures: with fewer it is larger";
const OTHER_FILE: &str = "this is not the published file (pt_inception-2015-12-05-6726825d.pth) itself: the numbers compare with \
                          published ones only if it holds the same weights";

/// What Inception thinks of two sets of pictures.
#[derive(Debug, Clone, Serialize)]
pub struct InceptionReport {
    /// The weights.
    pub file: String,
    /// Whether that is the published file, to the bit.
    pub published: bool,
    /// Generated and real pictures, as many of each.
    pub pictures: usize,
    /// Fréchet Inception distance; 0 is best.
    pub fid: f64,
    /// Kernel Inception distance times 1,000: mean of 100 subsets of 1,000 pictures, or one of all where there are no
    /// more than that; 0 is best.
    pub kid: f64,
    /// Standard deviation of the subsets, or standard error of the one number.
    pub kid_error: f64,
    /// Whether there were subsets.
    pub kid_subsets: bool,
    /// The same for as many training pictures against the real ones, where there are so many: nothing can be better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_fid: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_kid: Option<f64>,
    /// What to know about the numbers.
    pub advice: Vec<&'static str>,
    pub seconds: f64,
}

/// Inception with the weights of a file.
pub(super) struct InceptionFile {
    file: String,
    published: bool,
    network: Inception,
}

impl InceptionFile {
    /// # Errors
    /// Unreadable, or not this network: the text names the file and the first tensor that is missing.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let file = path.display().to_string();
        let network = Inception::new(read_tensors(path)?)
            .map_err(|reason| EngineError::Run(format!("{file}: not the Inception of FID: {reason}")))?;
        let unreadable = |source| ModelFileError::File { path: path.to_path_buf(), source };
        let mut hasher = Sha256::new();
        io::copy(&mut File::open(path).map_err(unreadable)?, &mut hasher).map_err(unreadable)?;
        let published = hasher.finalize()[..4].iter().map(|b| format!("{b:02x}")).collect::<String>() == PUBLISHED;
        Ok(Self { file, published, network })
    }

    /// Compares `fakes` with `reals`, and `others`, real pictures too, with them.
    ///
    /// # Errors
    /// Fewer than 20 pictures; cancelled.
    pub fn measure(
        &self,
        fakes: &PictureSet,
        reals: &PictureSet,
        others: Option<&PictureSet>,
        seed: u64,
        watch: Watch,
    ) -> Result<InceptionReport, MetricError> {
        let began = Instant::now();
        let features = self.network.features(reals, watch)?;
        let reals = (Moments::of(&features, watch)?, features);
        let compare = |pictures: &PictureSet| -> Result<_, MetricError> {
            let features: Vectors = self.network.features(pictures, watch)?;
            watch.tell("distances", 0, 2);
            let fid = frechet(&Moments::of(&features, watch)?, &reals.0, watch)?;
            watch.tell("distances", 1, 2);
            Ok((fid, kid_of_subsets(&features, &reals.1, seed, watch)?))
        };
        let (fid, kid) = compare(fakes)?;
        let floor = others.map(compare).transpose()?;
        let mut advice = vec![NEVER];
        if !self.published {
            advice.push(OTHER_FILE);
        }
        Ok(InceptionReport {
            file: self.file.clone(),
            published: self.published,
            pictures: fakes.len(),
            fid,
            kid: kid.value * 1e3,
            kid_error: kid.error * 1e3,
            kid_subsets: fakes.len().min(reals.1.len()) > KID_SUBSET,
            floor_fid: floor.map(|(fid, _)| fid),
            floor_kid: floor.map(|(_, kid)| kid.value * 1e3),
            advice,
            seconds: began.elapsed().as_secs_f64(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// Features of random weights against `pytorch-fid`. Run by hand, after `python tests/reference/fid.py check FOLDER`:
    ///
    ///     INCEPTION_CHECK=FOLDER cargo test --release --lib inceptions_features -- --ignored --nocapture
    #[test]
    #[ignore = "needs the files of tests/reference/fid.py"]
    fn inceptions_features_are_those_of_pytorch_fid() {
        let folder = std::env::var("INCEPTION_CHECK").expect("INCEPTION_CHECK=FOLDER");
        let folder = Path::new(&folder);
        let mut pictures = PictureSet::new(64);
        for i in 0..50 {
            let picture = image::open(folder.join(format!("kind0/{i:03}.png"))).unwrap().into_rgb8();
            pictures.push(&picture.into_raw()).unwrap();
        }
        let expected = std::fs::read(folder.join("features.f32")).unwrap();
        let expected: Vec<f32> = expected.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let network = InceptionFile::open(&folder.join("random.pth")).unwrap();
        assert!(!network.published);
        let go_on = AtomicBool::new(false);
        let began = Instant::now();
        let watch = Watch { cancel: &go_on, progress: &|_, _, _| () };
        let found = network.network.features(&pictures, watch).unwrap();
        eprintln!("50 pictures in {:.2} s", began.elapsed().as_secs_f64());
        assert_eq!(found.values.len(), expected.len());
        let size = (expected.iter().map(|v| v * v).sum::<f32>() / expected.len() as f32).sqrt();
        let off = found.values.iter().zip(&expected).map(|(a, b)| (a - b).abs() / size).fold(0.0, f32::max);
        eprintln!("the largest difference is {off:.1e} of the usual size");
        assert!(off < 1e-3, "{off}");
        go_on.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(matches!(network.network.features(&pictures, watch), Err(MetricError::Cancelled)));
    }
}
