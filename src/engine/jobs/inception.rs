//! FID and KID with Inception weights that the user has: the numbers of the literature.

use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::evaluate::InceptionReport;
use crate::files::{self, Links};
use crate::formats::{ModelFileError, read_tensors};
use crate::interrupt::JobControl;
use crate::metrics::{Inception, KID_SUBSET, Kid, MetricError, Moments, PictureSet, Vectors, frechet, kid_of_subsets};
use crate::printable::hex;
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;
use std::time::Instant;

/// How the checksum of the published file begins; its name says so too.
const PUBLISHED: &str = "6726825d";
/// What has to stand beside every FID.
const NEVER: &str = "never compare FIDs of different numbers of pictures: with fewer pictures FID is larger, and most \
                     published values are for 10,000 or 50,000";
const OTHER_FILE: &str = "this is not the published file (pt_inception-2015-12-05-6726825d.pth): the values can be \
                          compared with published ones only if the weights are the same";

/// Inception with the weights of a file.
pub(crate) struct InceptionFile {
    file: String,
    published: bool,
    network: Inception,
}

impl InceptionFile {
    /// Reads the weights.
    ///
    /// # Errors
    /// Unreadable, or not this network: the text names the file and the first tensor that is missing.
    pub(crate) fn open(path: &Path) -> Result<Self, EngineError> {
        let file = path.display().to_string();
        let network = Inception::new(read_tensors(path)?)
            .map_err(|reason| EngineError::Run(format!("{file}: not the Inception network of FID: {reason}")))?;
        let unreadable = |source| ModelFileError::File { path: path.to_path_buf(), source };
        let mut hasher = Sha256::new();
        let mut whole = files::open(path, Links::Follow, u64::MAX).map_err(unreadable)?;
        io::copy(&mut whole, &mut hasher).map_err(unreadable)?;
        let published = hex(&hasher.finalize()[..4]) == PUBLISHED;
        Ok(Self { file, published, network })
    }

    /// Compares `fakes` with `reals`, and `others`, real pictures too, with them; without others, one half of `reals`
    /// with the other.
    ///
    /// # Errors
    /// Fewer than 40 pictures; weights that lead to no numbers; cancelled.
    pub(crate) fn measure(
        &self,
        fakes: &PictureSet,
        reals: &PictureSet,
        others: Option<&PictureSet>,
        seed: u64,
        control: JobControl,
    ) -> Result<InceptionReport, EngineError> {
        let began = Instant::now();
        let named = |e: MetricError| match e {
            MetricError::NotFinite { .. } => EngineError::Run(format!("{}: {e}", self.file)),
            other => other.into(),
        };
        let reals = self.network.features(reals, control).map_err(named)?;
        let fakes = self.network.features(fakes, control).map_err(named)?;
        let others = others.map(|others| self.network.features(others, control)).transpose().map_err(named)?;
        let (fid, kid) = distances(&fakes, &reals, seed, control).map_err(named)?;
        let floor = match others {
            Some(others) => distances(&others, &reals, seed, control),
            None => {
                let half = reals.len() / 2;
                // They stand in random order.
                let [a, b] = [0, half].map(|first| reals.part(first..first + half));
                distances(&a, &b, seed, control)
            }
        };
        let floor = floor.map_err(named)?;
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
            kid_subsets: fakes.len().min(reals.len()) > KID_SUBSET,
            floor_fid: floor.0,
            floor_kid: floor.1.value * 1e3,
            advice,
            seconds: began.elapsed().as_secs_f64(),
        })
    }
}

/// FID and KID of two sets of features.
fn distances(a: &Vectors, b: &Vectors, seed: u64, control: JobControl) -> Result<(f64, Kid), MetricError> {
    control.report("distances", 0, 2);
    let fid = frechet(&Moments::of(a, control)?, &Moments::of(b, control)?, control)?;
    control.report("distances", 1, 2);
    let kid = kid_of_subsets(a, b, seed, control)?;
    if !fid.is_finite() || !kid.value.is_finite() {
        return Err(MetricError::NotFinite { what: "distances of features" });
    }
    Ok((fid, kid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::furthest;

    /// A file of the right shapes whose numbers are no weights.
    #[test]
    fn features_that_are_no_numbers_are_an_error() {
        let control = JobControl::unattended();
        let set = |scale: f32| Vectors { size: 3, values: (0..180).map(|i| (i * i % 37) as f32 * scale).collect() };
        assert!(distances(&set(1.0), &set(1.1), 1, control).unwrap().0 > 0.0);
        let error = |set: Vectors| distances(&set, &plain(), 1, control).unwrap_err().to_string();
        assert!(error(set(f32::NAN)).contains("features are NaN or infinite"));
        // Finite, but their third power is not.
        assert!(error(set(1e18)).contains("distances of features are NaN or infinite"));
    }

    fn plain() -> Vectors {
        Vectors { size: 3, values: (0..180).map(|i| (i * i % 41) as f32).collect() }
    }

    /// Features of random weights against `pytorch-fid`. Run by hand, after `python tests/reference/fid.py check
    /// FOLDER`:
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
        let cancel = std::sync::atomic::AtomicBool::new(false);
        let began = Instant::now();
        let control = JobControl::silent(&cancel);
        let found = network.network.features(&pictures, control).unwrap();
        eprintln!("50 pictures in {:.2} s", began.elapsed().as_secs_f64());
        let size = (expected.iter().map(|v| v * v).sum::<f32>() / expected.len() as f32).sqrt();
        let off = furthest(&expected, &found.values) / size;
        eprintln!("the largest difference is {off:.1e} of the usual size");
        assert!(off < 1e-3, "{off}");
        cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(matches!(network.network.features(&pictures, control), Err(MetricError::Cancelled)));
    }
}
