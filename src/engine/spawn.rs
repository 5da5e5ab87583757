//! Starting other processes: which program this is, and how its children stand to its terminal.

use std::path::{Path, PathBuf};
use std::process::Command;

/// This program's own file. After an update that replaced the file, Linux still has the one that is running.
pub(crate) fn this_program() -> PathBuf {
    let file = std::env::current_exe().unwrap_or_default();
    let running = Path::new("/proc/self/exe");
    if !file.is_file() && running.exists() { running.to_owned() } else { file }
}

/// Neither Ctrl+C in the terminal of this program nor a second one reaches the process: it ends when it is asked to, or
/// when this program is gone. It yields to whatever a person does meanwhile, in the window and its explorer above all;
/// where nothing else has work to do, that costs it nothing.
#[cfg(unix)]
pub(crate) fn in_background(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    /// Of 19; on Linux, a tenth of what a usual process is given where both have work to do.
    const NICE: libc::c_int = 10;
    let lower = || {
        // Where it is refused, the process is as quick as any other.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
        Ok(())
    };
    command.process_group(0);
    // SAFETY: between fork and exec only a system call is made, which changes the new process alone.
    unsafe { command.pre_exec(lower) };
}

/// The same, and no console window opens for it.
#[cfg(windows)]
pub(crate) fn in_background(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const BELOW_NORMAL_PRIORITY_CLASS: u32 = 0x0000_4000;
    command.creation_flags(OWN_GROUP | BELOW_NORMAL_PRIORITY_CLASS);
}

/// `CREATE_NEW_PROCESS_GROUP` and `CREATE_NO_WINDOW`.
#[cfg(windows)]
const OWN_GROUP: u32 = 0x0000_0200 | 0x0800_0000;

/// The process has no terminal at all, so that it outlives the session that it is started in.
#[cfg(unix)]
pub(crate) fn detached(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let leave = || match unsafe { libc::setsid() } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    };
    // SAFETY: as above.
    unsafe { command.pre_exec(leave) };
}

/// The process may ask a person something on the terminal, if there is one, but outlives Ctrl+C there. Without a
/// terminal to ask on it asks in a window, if it knows how.
#[cfg(unix)]
pub(crate) fn asking(command: &mut Command) {
    use std::io::IsTerminal;
    use std::os::unix::process::CommandExt;
    if !std::io::stdin().is_terminal() {
        if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
            command.env("SSH_ASKPASS_REQUIRE", "prefer");
        }
        return detached(command);
    }
    let ignore = || match unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) } {
        libc::SIG_ERR => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    };
    // SAFETY: as above.
    unsafe { command.pre_exec(ignore) };
}

/// The process asks a person in its own way, and no console window opens for it.
#[cfg(windows)]
pub(crate) fn asking(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    command.creation_flags(OWN_GROUP);
}
