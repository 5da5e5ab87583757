//! Giving up what became too much: old sample sheets, and old lines of the metrics.

use super::files::{LONGEST_LINE, MOST_HISTORY, without_mark};
use super::{RunDir, RunDirError, at};
use crate::files::{Links, each_line, open, real_file, real_folder, replace_with};
use crate::train::Thinner;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufWriter, Write};

/// Bytes of metrics that are thinned out, some 230,000 steps: read at every start, and more than a plot can show.
const MOST_METRICS: u64 = 48 << 20;

impl RunDir {
    /// Deletes the sample sheets of these steps: our own files, by their names, no links and nothing behind them. One that
    /// cannot be deleted costs space, nothing else.
    pub(crate) fn remove_samples(&self, steps: &[u64]) {
        let folder = self.samples();
        if !real_folder(&folder).unwrap_or(false) {
            return;
        }
        let remove = |step: &u64| {
            let path = self.sample(*step);
            if real_file(&path, Links::Refuse).is_ok() { std::fs::remove_file(&path) } else { Ok(()) }
        };
        let failed: Vec<_> = steps.iter().filter_map(|step| remove(step).err()).collect();
        if let Some(e) = failed.first() {
            log::warn!("{}: {} old sample sheets stay: {e}", folder.display(), failed.len());
        }
    }

    /// Thins the metrics once there are too many: all of what is near `now` and near the beginning stays, and of what lies
    /// between the least and the greatest values. All or nothing. `place` gives a line's step and values.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn thin_metrics<T: DeserializeOwned, const N: usize>(
        &self,
        now: u64,
        place: impl Fn(&T) -> (u64, [f32; N]),
    ) -> Result<(), RunDirError> {
        let path = self.metrics();
        if !real_file(&path, Links::Refuse).is_ok_and(|found| found.len() > MOST_METRICS) {
            return Ok(());
        }
        let thin = |new: &mut File| {
            let (mut new, mut thinner) = (BufWriter::new(new), Thinner::new(now));
            let mut keep = |line: Vec<u8>| new.write_all(&line).and_then(|()| new.write_all(b"\n"));
            let look = |line: Option<&[u8]>, _| {
                // Half a line at the end, after a crash, is nothing.
                let Some(line) = line.map(without_mark) else { return Ok(()) };
                let Ok(value) = serde_json::from_slice::<T>(line) else { return Ok(()) };
                let (step, values) = place(&value);
                thinner.push(step, values, line.to_vec()).into_iter().try_for_each(&mut keep)
            };
            each_line(open(&path, Links::Refuse, MOST_HISTORY)?, LONGEST_LINE, look)?;
            thinner.finish().into_iter().try_for_each(&mut keep)?;
            new.flush()
        };
        replace_with(&path, thin).map_err(at(&path))
    }
}
