//! The text list of pictures not to train on.

use super::error::DataError;
use crate::files::{self, Links};
use std::collections::HashSet;
use std::path::Path;

/// A list of a million names is still read.
const MOST_BYTES: u64 = 64 << 20;

/// Names of files, and paths below the folder of pictures, with `/` between folders.
#[derive(Debug, Default)]
pub(super) struct Exclusions(HashSet<String>);

impl Exclusions {
    /// Reads a list: one name or path a line; empty lines and what begins with `#` are comments.
    ///
    /// # Errors
    /// The file is missing, unreadable, too large or no text.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Exclusions { path: path.to_owned(), source };
        Ok(Self::parse(&files::read_text(path, Links::Follow, MOST_BYTES).map_err(failed)?))
    }

    fn parse(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let names = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(names.map(|name| name.trim_start_matches("./").replace('\\', "/")).collect())
    }

    /// Whether a file is named, `path` being in the folder `root`.
    pub(super) fn hold(&self, path: &Path, root: Option<&Path>) -> bool {
        let named = |path: &Path| self.0.contains(&path.to_string_lossy().replace('\\', "/"));
        let below = root.and_then(|root| path.strip_prefix(root).ok());
        !self.0.is_empty() && (path.file_name().is_some_and(|name| named(Path::new(name))) || below.is_some_and(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_excluded_and_comments_are_not() {
        let list =
            Exclusions::parse("\u{feff}# not these\n\n  blurry.jpg \r\n./sofa/two cats.jpg\nbed\\a.png\n#b.jpg\n");
        let root = Path::new("/photos");
        let held = |path: &str| list.hold(&root.join(path), Some(root));
        for path in ["blurry.jpg", "deep/er/blurry.jpg", "sofa/two cats.jpg", "bed/a.png"] {
            assert!(held(path), "{path}");
        }
        for path in ["two cats.jpg", "garden/sofa/two cats.jpg", "b.jpg", "#b.jpg", "blurry.jpg.png", "BLURRY.jpg"] {
            assert!(!held(path), "{path}");
        }
    }

    #[test]
    fn a_missing_list_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = Exclusions::read(&folder.path().join("list.txt")).unwrap_err().to_string();
        assert!(error.contains("list.txt") && error.contains("--exclude"), "{error}");
        std::fs::write(folder.path().join("list.txt"), [0xff, 0xfe, 0]).unwrap();
        assert!(Exclusions::read(&folder.path().join("list.txt")).is_err(), "no text");
    }
}
