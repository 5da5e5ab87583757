//! Signals.

use super::end_request::EndRequest;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Calls `request` for each signal, on a thread of its own.
pub(super) fn watch(request: fn(EndRequest)) -> std::io::Result<()> {
    // Whoever handles it gets an error from writing; nobody needs to know more.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let mut wanted = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let mut signals = Signals::new(wanted)?;
    std::thread::Builder::new().name("purrtrait-signals".into()).spawn(move || {
        for signal in signals.forever() {
            request(if signal == SIGINT { EndRequest::Person(signal.unsigned_abs()) } else { EndRequest::System });
        }
    })?;
    Ok(())
}

/// `nohup` has SIGHUP ignored, so that a program outlives its terminal: that must stay so.
fn is_ignored(signal: i32) -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call only writes the present one to `now`, which has room for it and for which
    // zeros are a valid value.
    let now = unsafe {
        if libc::sigaction(signal, std::ptr::null(), now.as_mut_ptr()) != 0 {
            return false;
        }
        now.assume_init()
    };
    now.sa_sigaction == libc::SIG_IGN
}

/// At once: what runs at the usual end may wait for a thread that hangs.
pub(super) fn exit(code: i32) -> ! {
    signal_hook::low_level::exit(code)
}

/// Has `run` called when somebody calls `exit`, on that thread.
pub(super) fn at_exit(run: extern "C" fn()) {
    // SAFETY: a plain function that lives as long as the program. Where there is no room for one more, it is not
    // called.
    unsafe { libc::atexit(run) };
}
