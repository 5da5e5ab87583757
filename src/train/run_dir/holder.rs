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
    let seen = match (place(), process_of(process)) {
        (Some(place), Process::Since(began)) => format!("{place}\n{began}\n"),
        _ => String::new(),
    };
    format!("process {process}\n{seen}")
}

/// The process with a number.
#[cfg_attr(not(any(target_os = "linux", target_os = "macos")), allow(dead_code))]
enum Process {
    /// There is none, or it has ended.
    Gone,
    /// When it began, in words that differ from those of any other process of this boot with its number.
    Since(String),
    /// The system does not tell.
    Hidden,
}

/// Who holds a lock with this text.
pub(super) fn holder(text: &str) -> Holder {
    let mut lines = text.lines();
    let Some(process) = lines.next().and_then(|line| line.strip_prefix("process ")) else { return Holder::Free };
    let Ok(process) = process.trim().parse() else { return Holder::Unseen };
    let theirs = (lines.next(), lines.next());
    match (theirs, place(), process_of(process)) {
        ((Some(theirs), Some(since)), Some(ours), Process::Since(began)) if theirs == ours && since == began => {
            seen(process)
        }
        ((Some(theirs), Some(_)), Some(ours), Process::Since(_) | Process::Gone) if theirs == ours => Holder::Free,
        // Written by an older version: its number is all that there is.
        ((None, _), Some(_), Process::Since(_)) => seen(process),
        ((None, _), _, Process::Gone) => Holder::Free,
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

/// The time is in ticks since the boot.
#[cfg(target_os = "linux")]
fn process_of(process: u32) -> Process {
    /// Of the fields after the name, which may hold spaces and brackets.
    const BEGAN: usize = 19;
    let Ok(bytes) = read(Path::new(&format!("/proc/{process}/stat")), Links::Refuse, MOST_PROC) else {
        // Some systems hide the processes of other users there.
        return if is_there(process) { Process::Hidden } else { Process::Gone };
    };
    let text = String::from_utf8_lossy(&bytes);
    let Some((_, fields)) = text.rsplit_once(')') else { return Process::Hidden };
    let mut fields = fields.split_whitespace();
    match (fields.clone().next(), fields.nth(BEGAN)) {
        // A process that has ended and that nobody has asked for yet trains no more.
        (Some("Z" | "X"), _) => Process::Gone,
        (_, Some(began)) => Process::Since(began.to_owned()),
        (_, None) => Process::Hidden,
    }
}

/// Whether there is a process with this number, whoever's it is.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn is_there(process: u32) -> bool {
    let Ok(number) = libc::pid_t::try_from(process) else { return false };
    // SAFETY: signal 0 is sent to nobody.
    let found = unsafe { libc::kill(number, 0) } == 0;
    found || io::Error::last_os_error().raw_os_error() != Some(libc::ESRCH)
}

/// This boot of this machine.
#[cfg(target_os = "macos")]
fn place() -> Option<String> {
    // A UUID of 36 letters, and a zero.
    let mut text = [0_u8; 64];
    let mut length = text.len();
    let (to, none) = (text.as_mut_ptr().cast(), std::ptr::null_mut());
    // SAFETY: the name ends in a zero, and no more than `length` bytes are written, all of them into `text`.
    let failed = unsafe { libc::sysctlbyname(c"kern.bootsessionuuid".as_ptr(), to, &mut length, none, 0) };
    let text = std::str::from_utf8(text.get(..length)?).ok()?.trim_end_matches('\0');
    (failed == 0 && !text.is_empty()).then(|| text.to_owned())
}

/// The time is in microseconds since 1970.
#[cfg(target_os = "macos")]
fn process_of(process: u32) -> Process {
    let Ok(number) = libc::c_int::try_from(process) else { return Process::Gone };
    // SAFETY: a structure of numbers, all of which may be 0.
    let mut about: libc::proc_bsdinfo = unsafe { std::mem::zeroed() };
    let size = size_of_val(&about) as libc::c_int;
    // SAFETY: no more than `size` bytes are written, all of them into `about`.
    let told =
        unsafe { libc::proc_pidinfo(number, libc::PROC_PIDTBSDINFO, 0, std::ptr::from_mut(&mut about).cast(), size) };
    if told != size {
        // One of another user tells nothing of itself.
        return if is_there(process) { Process::Hidden } else { Process::Gone };
    }
    // A process that has ended and that nobody has asked for yet trains no more.
    if about.pbi_status == libc::SZOMB {
        return Process::Gone;
    }
    Process::Since(format!("{}.{:06}", about.pbi_start_tvsec, about.pbi_start_tvusec))
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn place() -> Option<String> {
    None
}

/// On Windows a lock also stops readers: where its text can be read, nobody of such a system holds it.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn process_of(_: u32) -> Process {
    if cfg!(windows) { Process::Gone } else { Process::Hidden }
}

#[cfg(all(test, any(target_os = "linux", target_os = "macos")))]
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
