//! Which process trains in a run folder: written into the lock by who takes it, and found out by who only looks,
//! without touching the lock.

#[cfg(target_os = "linux")]
use crate::files::{Links, read, read_text};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
#[cfg(target_os = "linux")]
use std::path::Path;

/// Of a lock: who holds it, in three short lines.
pub(super) const LONGEST_HOLDER: u64 = 300;
/// Of a file in which the kernel tells something about a process.
#[cfg(target_os = "linux")]
const MOST_PROC: u64 = 64 << 10;

/// Who trains in a run folder, as far as that can be seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Holder {
    /// Nobody: it was let go, or its process is gone.
    Free,
    /// This process.
    Ours,
    /// Another process of this machine.
    Here,
    /// A process that cannot be seen from here: of another machine that shares the folder, or of another container. It
    /// may have been killed.
    Unseen,
}

/// The lock of a run folder, held.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Writes into a lock that was just taken who holds it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn sign(mut file: File) -> io::Result<Self> {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(signature(std::process::id()).as_bytes())?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    /// Who finds the file empty knows that it was let go, also where the process lives on, as a window's does.
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
    }
}

/// The process, and where it can be seen which one that is: the boot of the machine and the space in which its number
/// counts, and when it began.
fn signature(process: u32) -> String {
    let seen = place().zip(began(process)).map_or_else(String::new, |(place, began)| format!("{place}\n{began}\n"));
    format!("process {process}\n{seen}")
}

/// Who holds a lock with this text.
pub(super) fn holder(text: &str) -> Holder {
    let mut lines = text.lines();
    let Some(process) = lines.next().and_then(|line| line.strip_prefix("process ")) else { return Holder::Free };
    let Ok(process) = process.trim().parse() else { return Holder::Unseen };
    match (lines.next(), lines.next(), place()) {
        (Some(theirs), Some(since), Some(ours)) if theirs == ours => {
            if began(process).as_deref() == Some(since) {
                seen(process)
            } else {
                Holder::Free
            }
        }
        // Written by an older version: its number is all that there is.
        (None, _, Some(_)) => {
            if began(process).is_some() {
                seen(process)
            } else {
                Holder::Free
            }
        }
        _ => Holder::Unseen,
    }
}

fn seen(process: u32) -> Holder {
    if process == std::process::id() { Holder::Ours } else { Holder::Here }
}

/// This boot of this machine, and the space of process numbers.
#[cfg(target_os = "linux")]
fn place() -> Option<String> {
    let boot = read_text(Path::new("/proc/sys/kernel/random/boot_id"), Links::Refuse, MOST_PROC).ok()?;
    let space = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), space.display()))
}

/// When the process with this number began, in ticks since the boot; none where there is no such process.
#[cfg(target_os = "linux")]
fn began(process: u32) -> Option<String> {
    /// Of the fields after the name, which may hold spaces and brackets.
    const BEGAN: usize = 19;
    let bytes = read(Path::new(&format!("/proc/{process}/stat")), Links::Refuse, MOST_PROC).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    // A process that has ended and that nobody has asked for yet trains no more.
    let state = fields.clone().next()?;
    if state == "Z" || state == "X" { None } else { fields.nth(BEGAN).map(str::to_owned) }
}

#[cfg(not(target_os = "linux"))]
fn place() -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
fn began(_: u32) -> Option<String> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn parent() -> u32 {
        std::os::unix::process::parent_id()
    }

    #[test]
    fn a_process_that_is_gone_holds_nothing_and_one_of_another_machine_may() {
        let ours = std::process::id();
        assert_eq!(holder(&signature(ours)), Holder::Ours);
        assert_eq!(holder(&signature(parent())), Holder::Here);
        // The number of a process that has ended is given to another one, which began later.
        let place = place().unwrap();
        assert_eq!(holder(&format!("process {ours}\n{place}\n1\n")), Holder::Free);
        assert_eq!(holder(&format!("process 4194305\n{place}\n1\n")), Holder::Free);
        assert_eq!(holder(&format!("process {ours}\nanother machine\n1\n")), Holder::Unseen);
        // As older versions have written it.
        assert_eq!(holder(&format!("process {ours}\n")), Holder::Ours);
        assert_eq!(holder("process 4194305\n"), Holder::Free);
        assert_eq!((holder(""), holder("process x\n")), (Holder::Free, Holder::Unseen));
    }
}
