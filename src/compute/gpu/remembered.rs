//! What was found out about a GPU, its driver and this build of the program, kept in a file of the cache folder.

use super::build::BUILD;
use crate::config::DeviceInfo;
use crate::files::{self, Links};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::Path;

/// Largest size of such a file: it has a few lines for each adapter.
const MOST_BYTES: u64 = 1 << 20;

/// What a finding depends on: the adapter, its driver and the kernels of this build; and what of them it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FoundOn {
    adapter: String,
    api: String,
    driver: String,
    build: String,
    about: String,
}

impl FoundOn {
    pub(crate) fn of(info: &DeviceInfo, about: &str) -> Self {
        Self {
            adapter: info.name.clone(),
            api: info.api.clone(),
            driver: info.driver.clone(),
            build: format!("{} {BUILD:016x}", env!("CARGO_PKG_VERSION")),
            about: about.to_owned(),
        }
    }

    /// Whether `other` is about the same of the same adapter, be it with another driver or build.
    fn replaces(&self, other: &Self) -> bool {
        (&self.adapter, &self.api, &self.about) == (&other.adapter, &other.api, &other.about)
    }
}

/// What the file says, or what `find` finds, which is then added to the file. A file that cannot be read or written
/// costs finding it again, no more.
pub(crate) fn remembered<V: Clone + Serialize + DeserializeOwned>(
    file: &Path,
    key: &FoundOn,
    find: impl FnOnce() -> Option<V>,
) -> Option<V> {
    let text = files::read_text(file, Links::Follow, MOST_BYTES).unwrap_or_default();
    let mut entries: Vec<(FoundOn, V)> = serde_json::from_str(&text).unwrap_or_default();
    if let Some((_, value)) = entries.iter().find(|(known, _)| known == key) {
        return Some(value.clone());
    }
    let value = find()?;
    // Of an adapter with another driver or build only the newest is kept.
    entries.retain(|(known, _)| !key.replaces(known));
    entries.push((key.clone(), value.clone()));
    if let Err(e) = save(file, &entries) {
        log::warn!("{}: {e}; it will be found out again", file.display());
    }
    Some(value)
}

/// All or nothing, so that a second program never reads half a file.
fn save(file: &Path, entries: &[(FoundOn, impl Serialize)]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        files::make_folder(folder)?;
    }
    files::replace(file, &serde_json::to_vec_pretty(entries)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(driver: &str) -> FoundOn {
        let [adapter, api, build, about] = ["A", "Vulkan", "1", "f32"].map(String::from);
        FoundOn { adapter, api, driver: driver.into(), build, about }
    }

    #[test]
    fn a_finding_is_remembered_until_the_driver_or_the_build_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("below").join("found.json");
        let (first, second) = (Some(1.0), Some(2.0));
        assert_eq!(remembered(&file, &key("1"), || first), first);
        assert_eq!(remembered(&file, &key("1"), || unreachable!()), first);
        assert_eq!(remembered(&file, &key("2"), || second), second);
        assert_eq!(remembered(&file, &key("2"), || unreachable!()), second);
        // Another build replaces it, too; something else about it and another adapter stand beside it.
        let built = FoundOn { build: "2".into(), ..key("2") };
        assert_eq!(remembered(&file, &built, || first), first);
        for other in [
            FoundOn { about: "f16".into(), ..built.clone() },
            FoundOn { adapter: "B".into(), ..built.clone() },
            FoundOn { api: "DirectX 12".into(), ..built.clone() },
        ] {
            assert_eq!(remembered(&file, &other, || second), second);
            assert_eq!(remembered(&file, &other, || unreachable!()), second);
        }
        assert_eq!(remembered(&file, &built, || unreachable!()), first);
        // What was not found is asked for again.
        assert_eq!(remembered::<f64>(&file, &key("2"), || None), None);
        assert_eq!(remembered(&file, &key("2"), || second), second);
        // A file of another version, and a damaged one, are written anew.
        for other in [r#"[[{"adapter":"A","api":"Vulkan","driver":"2","version":"0.1.0"},1.0]]"#, "[{ broken"] {
            std::fs::write(&file, other).unwrap();
            assert_eq!(remembered(&file, &key("2"), || first), first);
            assert_eq!(remembered(&file, &key("2"), || unreachable!()), first);
        }
    }

    /// What an adapter's key says: nothing of it is empty.
    #[test]
    fn a_finding_belongs_to_an_adapter_its_driver_and_this_build() {
        let Some(gpu) = crate::compute::any_gpu() else { return };
        let key = FoundOn::of(&gpu.info, "f32");
        assert_eq!([&key.adapter, &key.api, &key.driver], [&gpu.info.name, &gpu.info.api, &gpu.info.driver]);
        assert!(![&key.adapter, &key.api, &key.driver].into_iter().any(String::is_empty), "{key:?}");
        assert!(key.build.len() > 17 && key.about == "f32", "{key:?}");
    }

    /// A folder that cannot be made, because a file has its name.
    #[test]
    fn a_cache_that_cannot_be_written_is_survived() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, "mine").unwrap();
        assert_eq!(remembered(&blocked.join("found.json"), &key("1"), || Some(1.0)), Some(1.0));
        assert_eq!(std::fs::read_to_string(&blocked).unwrap(), "mine");
    }
}
