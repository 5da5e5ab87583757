//! Single jobs without a worker thread, for the command line.

use crate::config::DataConfig;
use crate::data::{DataError, Dataset, DatasetReport, draw_demo_cat};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::files::make_folder;
use crate::formats::{ExportError, write_new};
use crate::interrupt::JobControl;
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use crate::compute::limit_threads;
pub(crate) use crate::compute::list_devices;

/// Reads all pictures and prepares them, as a training would.
///
/// # Errors
/// A folder that cannot be opened, or cancelled. A folder without a usable picture is no error here: the report says
/// so.
pub(crate) fn check_dataset(
    data: &DataConfig,
    size: u32,
    control: JobControl,
) -> Result<Arc<DatasetReport>, EngineError> {
    match Dataset::prepare(data, size, &AppDirs::find().pictures()?, control) {
        Ok(dataset) => Ok(dataset.report().clone()),
        Err(DataError::NoPictures { report }) => Ok(report),
        Err(e) => Err(e.into()),
    }
}

/// Writes demo cats as `cat-00000.png`, ... into a folder. Files of these names that exist already are not touched.
///
/// # Errors
/// A file that cannot be written, or that exists; cancelled. The files that are there by then are whole.
pub fn write_demo(out: &Path, count: u32, size: u32, seed: u64, control: JobControl) -> Result<(), EngineError> {
    make_folder(out).map_err(|source| ExportError::File { path: out.to_path_buf(), source })?;
    let done = AtomicUsize::new(0);
    (0..count).into_par_iter().try_for_each(|i| {
        control.check()?;
        let path = out.join(format!("cat-{i:05}.png"));
        // Without the mark of generated pictures: these are there to learn from.
        let bytes = draw_demo_cat(seed, i.into(), size).to_png().map_err(|e| EngineError::Other(e.to_string()))?;
        write_new(&path, &bytes)?;
        control.report("cats drawn", done.fetch_add(1, Ordering::Relaxed) + 1, count as usize);
        Ok(())
    })
}
