//! The copies of runs on other machines that are watched here: what they are called, and which of them stay.

use crate::config::Machine;
use crate::files::{self, entries, real_folder};
use crate::printable;
use crate::train::RunDir;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Copies that stay, with the one that is watched now.
const MOST_COPIES: usize = 16;
/// What they may hold together, but for the one that is watched now.
const MOST_BYTES: u64 = 4 << 30;
/// Bytes of the hash in the name of a copy.
const DIGITS: usize = 8;

/// The copy of the run at this path of a machine.
pub(super) fn copy_of(copies: &Path, machine: &Machine, path: &str) -> PathBuf {
    let name = format!("{}@{}:{}:{path}", machine.user().unwrap_or(""), machine.host(), machine.port().unwrap_or(0));
    let digest = printable::hex(&Sha256::digest(name.as_bytes())[..DIGITS]);
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("run");
    copies.join(format!("{}-{digest}", files::plain_name(last)))
}

/// Whether a folder may be a copy, by its name.
fn is_named_so(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.rsplit_once('-'));
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    name.is_some_and(|(_, digest)| digest.len() == 2 * DIGITS && digest.bytes().all(is_digit))
}

/// Removes the copies that were watched longest ago, beyond a number and a size. Those that are watched now stay, and
/// so does whatever holds more than a copy: favourites, a name, anything that somebody put there.
pub(super) fn tidy(copies: &Path, watched: &Path) {
    thin(copies, watched, MOST_COPIES, MOST_BYTES);
}

fn thin(copies: &Path, watched: &Path, most: usize, most_bytes: u64) {
    let others = entries(copies).filter(|path| path != watched && is_named_so(path));
    let others = others.filter(|path| real_folder(path).unwrap_or(false));
    let mut others: Vec<_> = others.filter_map(|path| Some((RunDir::copy_used(&path)?, path))).collect();
    others.sort_by(|a, b| b.cmp(a));
    let mut total = 0_u64;
    for (kept, (_, path)) in others.into_iter().enumerate() {
        let bytes = RunDir::copy_bytes(&path);
        total = total.saturating_add(bytes);
        if (kept + 1 >= most || total > most_bytes)
            && let Err(e) = RunDir::remove_copy(&path)
        {
            log::debug!("{}: this copy of a run stays: {e}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;
    use std::fs;
    use std::time::{Duration, SystemTime};

    /// A copy that was watched so many hours ago.
    fn copy(copies: &Path, run: &str, hours: u64) -> PathBuf {
        let root = copy_of(copies, &"ssh://anna@box".parse().unwrap(), run);
        drop(RunDir::create(&root, &RunConfig::default()).unwrap());
        fs::write(root.join("metrics.jsonl"), vec![b'\n'; 100_000]).unwrap();
        let lock = fs::File::options().write(true).open(root.join("run.lock")).unwrap();
        lock.set_modified(SystemTime::now() - Duration::from_secs(3600 * hours)).unwrap();
        root
    }

    fn left(copies: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            entries(copies).filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        names.iter_mut().for_each(|name| name.truncate(name.rfind('-').unwrap_or(name.len())));
        names.sort();
        names
    }

    #[test]
    fn the_copies_watched_last_stay_and_so_does_what_is_no_copy() {
        let home = tempfile::tempdir().unwrap();
        let copies = home.path();
        let all: Vec<_> = (1..=6_u64).map(|hours| copy(copies, &format!("/runs/r{hours}"), hours)).collect();
        // What we did not make, in a copy and beside one; and a copy of a run that is being watched by somebody else.
        fs::write(all[4].join("favourites.jsonl"), "{}").unwrap();
        fs::create_dir(copies.join("mine")).unwrap();
        fs::create_dir(copies.join("mine-0123456789abcdef")).unwrap();
        fs::write(copies.join("mine-0123456789abcdef/cat.jpg"), "a cat").unwrap();
        let _watched = RunDir::keep_copy(&all[5]).unwrap();
        fs::File::options()
            .write(true)
            .open(all[5].join("run.lock"))
            .unwrap()
            .set_modified(SystemTime::UNIX_EPOCH)
            .unwrap();

        thin(copies, &all[3], 16, u64::MAX);
        assert_eq!(left(copies).len(), 8, "there is room for all");
        // Of the four others that may go, the two watched last have room beside the one that is watched here.
        thin(copies, &all[3], 3, u64::MAX);
        assert_eq!(left(copies), ["mine", "mine", "r1", "r2", "r4", "r5", "r6"]);
        thin(copies, &all[3], 16, 150_000);
        assert_eq!(left(copies), ["mine", "mine", "r1", "r4", "r5", "r6"]);
        assert!(copies.join("mine-0123456789abcdef/cat.jpg").is_file());
        tidy(copies, &all[3]);
        assert_eq!(left(copies).len(), 6);
    }

    /// What lies behind a link is not ours.
    #[cfg(unix)]
    #[test]
    fn nothing_behind_a_link_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let (copies, other) = (home.path().join("watched"), home.path().join("other"));
        let run = copy(&other, "/runs/cats", 1);
        fs::create_dir(&copies).unwrap();
        std::os::unix::fs::symlink(&run, copies.join(run.file_name().unwrap())).unwrap();
        let linked = copy(&copies, "/runs/dogs", 2);
        fs::remove_dir_all(linked.join("samples")).unwrap();
        std::os::unix::fs::symlink(run.join("samples"), linked.join("samples")).unwrap();
        thin(&copies, Path::new(""), 0, 0);
        assert!(run.join("run.toml").is_file() && run.join("samples").is_dir());
        assert!(linked.is_dir(), "a link is nothing that a copy has");
    }
}
