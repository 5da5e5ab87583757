//! How a process ended, in words.

use std::process::ExitStatus;

/// What happened to the engine, in a whole sentence.
pub(super) fn words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return of_signal(signal);
    }
    match status.code() {
        Some(code) if !(0..=255).contains(&code) => {
            format!("The training process crashed (code 0x{code:08X}), perhaps in the graphics driver.")
        }
        Some(code) => format!("The training process ended unexpectedly (exit code {code})."),
        None => "The training process ended unexpectedly.".to_owned(),
    }
}

#[cfg(unix)]
fn of_signal(signal: i32) -> String {
    let number = format!("signal {signal}");
    let name = signal_hook::low_level::signal_name(signal).unwrap_or(&number);
    match signal {
        libc::SIGKILL => {
            format!("The training process was killed ({name}): by the system if memory ran out, or by somebody.")
        }
        libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE | libc::SIGABRT => {
            format!("The training process crashed ({name}), perhaps in the graphics driver.")
        }
        _ => format!("The training process was ended by {name}."),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn the_reason_is_named() {
        for (status, text) in [
            (9, "was killed (SIGKILL)"),
            (11, "crashed (SIGSEGV), perhaps in the graphics driver"),
            (15, "was ended by SIGTERM"),
            (3 << 8, "exit code 3"),
        ] {
            let words = words(ExitStatus::from_raw(status));
            assert!(words.contains(text), "{words}");
        }
    }
}
