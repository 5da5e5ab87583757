//! Where the pictures of a run are, and which of them it trains on.

use crate::config::{DataSource, FaceMode, RunConfig};
use crate::data::{Dataset, DatasetReport, Split};
use crate::engine::protocol::error::EngineError;
use std::path::{Path, PathBuf, absolute};

/// The source as a run folder keeps it, with an absolute path: a relative one would be another folder elsewhere.
///
/// # Errors
/// An empty path, no current folder, or a path that `run.toml` cannot hold.
pub(crate) fn kept(source: DataSource) -> Result<DataSource, EngineError> {
    let DataSource::Folder(path) = source else { return Ok(source) };
    Ok(DataSource::Folder(whole(&path, "the folder of pictures", "folder")?))
}

/// The list of exclusions in the same way.
///
/// # Errors
/// As [`kept`].
pub(crate) fn kept_list(list: &Path) -> Result<PathBuf, EngineError> {
    whole(list, "the list of excluded pictures (--exclude)", "file")
}

fn whole(path: &Path, role: &str, kind: &str) -> Result<PathBuf, EngineError> {
    let whole = absolute(path).map_err(|e| {
        let text = format!("cannot use {:?} as {role}: {e}. Give its absolute path.", path.display());
        EngineError::Data(text)
    })?;
    if whole.to_str().is_none() {
        let text = format!(
            "cannot use {} as {role}: the path is not valid UTF-8, so run.toml cannot hold it. Rename the {kind}.",
            whole.display()
        );
        return Err(EngineError::Data(text));
    }
    Ok(whole)
}

/// The settings as a run folder keeps them: what `auto` decided about faces stays decided, so that a run that is
/// resumed sees its pictures as they were, whatever has joined them.
pub(crate) fn recorded(config: &RunConfig, report: &DatasetReport) -> RunConfig {
    let mut recorded = config.clone();
    if let (FaceMode::Auto, Some(faces)) = (config.data.faces, &report.faces) {
        recorded.data.faces = if faces.on { FaceMode::On } else { FaceMode::Off };
    }
    recorded
}

/// Where the pictures of the run in `root` are. Runs of an older version name them relative to the folder that they
/// were started in: that was the one that holds the run, or the one above it. Where neither has them, the first is
/// named in the message that follows.
pub(crate) fn source_of(root: &Path, source: &DataSource) -> DataSource {
    let DataSource::Folder(path) = source else { return source.clone() };
    if path.is_absolute() {
        return source.clone();
    }
    let root = absolute(root).unwrap_or_else(|_| root.to_path_buf());
    let mut candidates = root.ancestors().skip(1).take(2).map(|folder| plain(&folder.join(path)));
    // `train cats --out runs/cats` from the folder above: beside the run lies the run itself.
    let fits = |folder: &PathBuf| folder.is_dir() && !folder.starts_with(&root);
    let first = root.parent().unwrap_or(&root).join(path);
    DataSource::Folder(candidates.find(fits).unwrap_or(plain(&first)))
}

/// Without `.`, which would hide what a path begins with.
fn plain(path: &Path) -> PathBuf {
    absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The training pictures and held-out pictures of a run, of the pictures that there are now. `held` are the digests of
/// the held-out ones that the run wrote down; none in runs of an older version.
pub(crate) fn split(held: Option<&[String]>, dataset: &Dataset, percent: f64) -> Split {
    match held {
        Some(held) => Split::again(dataset.digests(), percent, held),
        None => Split::before(dataset.len(), percent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataConfig;
    use crate::data::FaceReport;

    fn folder(path: impl Into<PathBuf>) -> DataSource {
        DataSource::Folder(path.into())
    }

    #[test]
    fn what_auto_decided_is_kept_and_what_the_person_chose_as_well() {
        let decided = |on| DatasetReport {
            faces: Some(FaceReport { on, faces: 0, without: 0, text: String::new() }),
            ..DatasetReport::default()
        };
        let chosen = |faces| RunConfig { data: DataConfig { faces, ..DataConfig::default() }, ..RunConfig::default() };
        for (before, report, after) in [
            (FaceMode::Auto, decided(true), FaceMode::On),
            (FaceMode::Auto, decided(false), FaceMode::Off),
            (FaceMode::Auto, DatasetReport::default(), FaceMode::Auto),
            (FaceMode::On, decided(true), FaceMode::On),
            (FaceMode::Off, DatasetReport::default(), FaceMode::Off),
        ] {
            assert_eq!(recorded(&chosen(before), &report), chosen(after));
        }
    }

    #[test]
    fn an_old_relative_folder_is_searched_beside_the_run_and_above_it() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| absolute(temp.path().join(name)).unwrap();
        // `train cats --out runs/cats`: beside the run lies the run itself.
        let run = at("runs/cats");
        std::fs::create_dir_all(&run).unwrap();
        assert_eq!(source_of(&run, &folder("cats")), folder(at("runs/cats")), "named in the message");
        std::fs::create_dir(at("cats")).unwrap();
        assert_eq!(source_of(&run, &folder("cats")), folder(at("cats")));
        assert_eq!(source_of(&run, &folder("./cats")), folder(at("cats")));
        std::fs::create_dir(at("runs/dogs")).unwrap();
        std::fs::create_dir(at("dogs")).unwrap();
        assert_eq!(source_of(&run, &folder("dogs")), folder(at("runs/dogs")), "the nearest");
        // Whole paths and demo cats are what they are.
        assert_eq!(source_of(&run, &folder(at("gone"))), folder(at("gone")));
        assert_eq!(source_of(&run, &DataSource::Demo), DataSource::Demo);
        assert!(matches!(kept(folder("cats")), Ok(DataSource::Folder(path)) if path.is_absolute()));
        assert!(kept(folder("")).unwrap_err().to_string().contains("absolute path"));
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let path = Path::new(std::ffi::OsStr::from_bytes(b"cats\xff"));
            assert!(kept(folder(path)).unwrap_err().to_string().contains("Rename the folder"));
        }
    }
}
