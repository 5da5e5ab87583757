//! Writing the faces of prepared pictures as `.cat` files.

use super::tools::check_dataset;
use crate::config::DataConfig;
use crate::data::{DatasetReport, PreparedPictures};
use crate::engine::protocol::error::EngineError;
use crate::files::make_folder;
use crate::formats::{ExportError, write_new};
use crate::interrupt::JobControl;
use crate::printable::thousands;
use serde::Serialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

/// What became of the `.cat` files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct LandmarksReport {
    /// Where they are, with the subfolders of the photos.
    pub folder: String,
    /// Files that were written.
    pub written: usize,
    /// Faces in them.
    pub faces: usize,
    /// Files that were there already and were left as they are.
    pub existing: usize,
    /// Photos without a face, or whose faces are all excluded.
    pub without: usize,
}

impl LandmarksReport {
    /// The report in sentences.
    pub(crate) fn text(&self) -> String {
        let count =
            |n: usize, one: &str, many: &str| format!("{} {}", thousands(n as u64), if n == 1 { one } else { many });
        let files = count(self.written, ".cat file", ".cat files");
        let mut text = format!("{files} with {} written to {}.", count(self.faces, "face", "faces"), self.folder);
        if self.existing > 0 {
            text += &match self.existing {
                1 => " 1 file was there already and was left as it is.".to_owned(),
                n => format!(" {} files were there already and were left as they are.", thousands(n as u64)),
            };
        }
        if self.without > 0 {
            text += &format!(" {} without a face.", count(self.without, "photo is", "photos are"));
        }
        text
    }
}

/// Prepares the pictures of a folder and writes their faces.
///
/// # Errors
/// As [`write_landmarks`]; a folder that cannot be opened.
pub(crate) fn landmarks_of(
    data: &DataConfig,
    folder: &Path,
    control: JobControl,
) -> Result<LandmarksReport, EngineError> {
    // Where faces are does not depend on the size; the usual one may be in the cache.
    write_landmarks(&*check_dataset(data, 64, control)?, folder, control)
}

/// Writes a `.cat` file for each photo with a face below `folder`, with the photos' subfolders and names. What is
/// there already stays.
///
/// # Errors
/// Demo cats, a folder among the pictures, one that cannot be written; cancelled. Files written by then are whole.
pub(crate) fn write_landmarks(
    report: &DatasetReport,
    folder: &Path,
    control: JobControl,
) -> Result<LandmarksReport, EngineError> {
    let (Some(root), Some(pictures)) = (&report.folder, &report.pictures) else {
        return Err(EngineError::Data("Demo cats have no landmarks; choose a folder of photos.".to_owned()));
    };
    if is_within(folder, root) {
        let text = format!(
            "{} is in the folder of the pictures, where nothing is written; choose a folder outside {}.",
            folder.display(),
            root.display()
        );
        return Err(EngineError::Data(text));
    }
    write_below(pictures, root, folder, control)
}

fn write_below(
    pictures: &PreparedPictures,
    root: &Path,
    folder: &Path,
    control: JobControl,
) -> Result<LandmarksReport, EngineError> {
    let files = pictures.landmark_files();
    let mut report = LandmarksReport {
        folder: folder.display().to_string(),
        written: 0,
        faces: 0,
        existing: 0,
        without: pictures.photos.len() - files.len(),
    };
    for (done, file) in files.iter().enumerate() {
        control.check()?;
        let mut path = OsString::from(folder.join(file.photo.strip_prefix(root).unwrap_or(file.photo)));
        path.push(".cat");
        let path = PathBuf::from(path);
        let parent = path.parent().unwrap_or(folder);
        make_folder(parent).map_err(|source| ExportError::File { path: parent.to_path_buf(), source })?;
        match write_new(&path, file.text.as_bytes()) {
            Ok(()) => {
                report.written += 1;
                report.faces += file.faces;
            }
            Err(ExportError::Exists { .. }) => report.existing += 1,
            Err(e) => return Err(e.into()),
        }
        control.report("faces written", done + 1, files.len());
    }
    Ok(report)
}

/// Whether `path` is `folder` or below it, however both are spelled. `path` need not exist.
fn is_within(path: &Path, folder: &Path) -> bool {
    let path = absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let real = |path: &Path| path.canonicalize().ok();
    let Some(folder) = real(folder) else { return false };
    path.ancestors().find_map(real).is_some_and(|there| there.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_among_the_pictures_are_recognised() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        std::fs::create_dir_all(at("cats/deep")).unwrap();
        for inside in ["cats", "cats/deep", "cats/new/newer", "cats/deep/../new"] {
            assert!(is_within(&at(inside), &at("cats")), "{inside}");
        }
        for outside in ["", "cats2", "new", "cats/../new"] {
            assert!(!is_within(&at(outside), &at("cats")), "{outside}");
        }
    }
}
