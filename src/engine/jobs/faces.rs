//! Where the cats' faces in a folder of photos are.

use super::face_sheet::write_sheets;
use crate::data::{PhotoFaces, SkippedFile, photo_faces};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::finder::Face;
use crate::interrupt::JobControl;
use serde::Serialize;
use std::path::PathBuf;

/// Which photos to search.
pub(crate) struct FacesRequest {
    /// A folder, which is searched with everything below it, or one photo.
    pub folder: PathBuf,
    /// A PNG file to draw the photos with their faces into; more than fit on one sheet give numbered files beside it.
    pub sheet: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct FacesReport {
    /// The photos, by path.
    pub files: Vec<FileFaces>,
    /// Files that are no photos or cannot be read, by path.
    pub skipped: Vec<SkippedFile>,
    /// The sheets that were written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sheets: Vec<String>,
}

/// A photo, in pixels as it is seen upright.
#[derive(Debug, Serialize)]
pub(crate) struct FileFaces {
    /// The folder as it was given, and the path below it. Names that are not Unicode get replacement characters.
    pub path: String,
    pub width: u32,
    pub height: u32,
    /// The surest first.
    pub faces: Vec<Face>,
}

impl FileFaces {
    fn of(photo: &PhotoFaces) -> Self {
        let ((width, height), faces) = (photo.size, photo.faces.clone());
        Self { path: photo.path.to_string_lossy().into_owned(), width, height, faces }
    }
}

/// Searches photos for cats' faces.
///
/// # Errors
/// A folder that cannot be opened, a sheet that cannot be written or exists already, or cancelled.
pub(crate) fn find_faces(request: &FacesRequest, control: JobControl) -> Result<FacesReport, EngineError> {
    let (photos, skipped) = photo_faces(&request.folder, &AppDirs::find().cache, control)?;
    let sheets = match &request.sheet {
        Some(path) => write_sheets(&photos, path, control)?,
        None => Vec::new(),
    };
    Ok(FacesReport { files: photos.iter().map(FileFaces::of).collect(), skipped, sheets })
}
