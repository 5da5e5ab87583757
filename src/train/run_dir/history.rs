//! The histories of a run: metrics, marks and measurements, one line each.

use super::error::{RunDirError, at};
use super::files::{LONGEST_LINE, MOST_HISTORY, append, history, rewind, without_mark};
use super::folder::RunDir;
use crate::files::{Links, each_line, open, real_file, replace_with};
use crate::train::thinning::Thinner;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufWriter, Write};

/// Bytes of metrics that are thinned out, some 230,000 steps: read at every start, and more than a plot can show.
const MOST_METRICS: u64 = 48 << 20;

/// All that was written of how a run went, oldest first.
pub(crate) struct RunHistory<M, K, Q> {
    /// A line for each step.
    pub metrics: Vec<M>,
    /// Settings that changed.
    pub marks: Vec<K>,
    /// Measurements of the pictures.
    pub quality: Vec<Q>,
}

impl RunDir {
    /// Whether steps were done here, saved or not.
    pub(crate) fn was_trained(&self) -> bool {
        self.metrics().symlink_metadata().is_ok_and(|about| about.len() > 0)
    }

    /// Appends lines to the metrics.
    pub(crate) fn append_metrics<T: Serialize>(&self, lines: &[T]) -> Result<(), RunDirError> {
        append(&self.metrics(), lines)
    }

    /// Appends a line to the marks.
    pub(crate) fn append_mark<T: Serialize>(&self, mark: &T) -> Result<(), RunDirError> {
        append(&self.marks(), std::slice::from_ref(mark))
    }

    /// Appends a line to the measurements of the pictures.
    pub(crate) fn append_quality<T: Serialize>(&self, point: &T) -> Result<(), RunDirError> {
        append(&self.quality(), std::slice::from_ref(point))
    }

    /// Metrics, marks and measurements so far, without changing them.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn read_history<M, K, Q>(&self) -> Result<RunHistory<M, K, Q>, RunDirError>
    where
        M: DeserializeOwned,
        K: DeserializeOwned,
        Q: DeserializeOwned,
    {
        Ok(RunHistory {
            metrics: history(&self.metrics())?,
            marks: history(&self.marks())?,
            quality: history(&self.quality())?,
        })
    }

    /// The measurements for which `keep` holds; the others are cut off, as with [`Self::rewind`].
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn rewind_quality<T: DeserializeOwned>(&self, keep: impl Fn(&T) -> bool) -> Result<Vec<T>, RunDirError> {
        rewind(&self.quality(), keep)
    }

    /// The history up to a checkpoint: metrics and marks for which `keep` holds. What comes after it is cut off, since
    /// those steps are about to be done again.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn rewind<M, K>(
        &self,
        keep_metric: impl Fn(&M) -> bool,
        keep_mark: impl Fn(&K) -> bool,
    ) -> Result<(Vec<M>, Vec<K>), RunDirError>
    where
        M: DeserializeOwned,
        K: DeserializeOwned,
    {
        Ok((rewind(&self.metrics(), keep_metric)?, rewind(&self.marks(), keep_mark)?))
    }

    /// Thins the metrics once there are too many: all of what is near `now` and near the beginning stays, and of what
    /// lies between the least and the greatest values. All or nothing. `reading` gives a line's step and values.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn thin_metrics<T: DeserializeOwned, const N: usize>(
        &self,
        now: u64,
        reading: impl Fn(&T) -> (u64, [f32; N]),
    ) -> Result<(), RunDirError> {
        let path = self.metrics();
        if !real_file(&path, Links::Refuse).is_ok_and(|found| found.len() > MOST_METRICS) {
            return Ok(());
        }
        let thin = |new: &mut File| {
            let (mut new, mut thinner) = (BufWriter::new(new), Thinner::new(now));
            let mut keep = |line: Vec<u8>| new.write_all(&line).and_then(|()| new.write_all(b"\n"));
            let take = |line: Option<&[u8]>, _| {
                // Half a line at the end, after a crash, is nothing.
                let Some(line) = line.map(without_mark) else { return Ok(()) };
                let Ok(value) = serde_json::from_slice::<T>(line) else { return Ok(()) };
                let (step, values) = reading(&value);
                thinner.push(step, values, line.to_vec()).into_iter().try_for_each(&mut keep)
            };
            each_line(open(&path, Links::Refuse, MOST_HISTORY)?, LONGEST_LINE, take)?;
            thinner.finish().into_iter().try_for_each(&mut keep)?;
            new.flush()
        };
        replace_with(&path, thin).map_err(at(&path))
    }
}
