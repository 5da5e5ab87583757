//! Events of the console.

use super::end_request::EndRequest;
use std::sync::OnceLock;
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

static REQUEST: OnceLock<fn(EndRequest)> = OnceLock::new();

/// Calls `request` for each event, on a thread of the system's.
pub(super) fn watch(request: fn(EndRequest)) -> std::io::Result<()> {
    REQUEST.get_or_init(|| request);
    // SAFETY: the handler is a plain function that lives as long as the program.
    match unsafe { SetConsoleCtrlHandler(Some(handler), BOOL::from(true)) } {
        0 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

unsafe extern "system" fn handler(event: u32) -> BOOL {
    let Some(request) = REQUEST.get() else { return BOOL::from(false) };
    match event {
        CTRL_C_EVENT | CTRL_BREAK_EVENT => request(EndRequest::Person(event)),
        CTRL_CLOSE_EVENT | CTRL_LOGOFF_EVENT | CTRL_SHUTDOWN_EVENT => {
            request(EndRequest::System);
            // When this returns, the system ends the program. So it does not: saving has the seconds that the system
            // gives (5 for a console), and the program ends by itself when it is done.
            loop {
                std::thread::park();
            }
        }
        _ => return BOOL::from(false),
    }
    BOOL::from(true)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the person asked twice, or the work does not end: not to wait is the point"
)]
pub(super) fn exit(code: i32) -> ! {
    std::process::exit(code)
}

/// No library ends the program here.
pub(super) fn at_exit(_run: extern "C" fn()) {}
