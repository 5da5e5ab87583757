//! The program: the window, or with a subcommand the command line.

use purrtrait::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(all(unix, not(target_os = "macos")))]
    runtime_folder::settle();
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    init_log();
    purrtrait::engine::limit_threads();
    if cli.wants_window() { open_window(cli) } else { cli::run(cli, window_bench()) }
}

#[cfg(all(unix, not(target_os = "macos")))]
mod runtime_folder {
    //! The Wayland library, which graphics drivers ask for a display, prints an error of its own where
    //! `XDG_RUNTIME_DIR` is not set (in a container, under `sudo`, as a service), although nothing is wrong then. The
    //! standard says what to do: take another folder instead.

    use std::os::unix::fs::MetadataExt;
    use std::path::{Path, PathBuf};

    const VARIABLE: &str = "XDG_RUNTIME_DIR";
    /// Cannot exist, so nobody can put a false display there.
    const NOWHERE: &str = "/dev/null/runtime";

    /// Sets the variable where it is not set, or to something that the library does not take.
    pub fn settle() {
        if std::env::var_os(VARIABLE).is_some_and(|folder| Path::new(&folder).is_absolute()) {
            return;
        }
        // SAFETY: this is the first thing that the program does; there is no other thread.
        unsafe { std::env::set_var(VARIABLE, usual().unwrap_or_else(|| NOWHERE.into())) };
    }

    /// Where systems have it for a user who is logged in, if it is there and the user's own.
    fn usual() -> Option<PathBuf> {
        let user = std::fs::metadata("/proc/self").ok()?.uid();
        let folder = PathBuf::from(format!("/run/user/{user}"));
        (folder.metadata().ok()?.uid() == user).then_some(folder)
    }
}

/// Warnings from everywhere, and our own information. What the graphics libraries log about each adapter and shader is
/// for their developers.
const LOG: &str = "warn,purrtrait=info,wgpu_core=error,wgpu_hal=off,egui_wgpu=error,naga=error,cubecl=error,\
                   cubecl_runtime=error,cubecl_wgpu=error,winit=error,sctk=off,zbus=off,rfd=off,tracing=off";

/// Logs to standard error; `RUST_LOG` selects what. A panic is logged as one line, too.
fn init_log() {
    let logger = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(LOG))
        .format(cli::log_record)
        .target(env_logger::Target::Pipe(Box::new(cli::LogWriter)))
        .build();
    // The window gets errors even where they are not written.
    log::set_max_level(logger.filter().max(log::LevelFilter::Error));
    // It fails only where another one was set before.
    let _ = log::set_boxed_logger(Box::new(Logger(logger)));
    std::panic::set_hook(Box::new(|panic| {
        purrtrait::compute::overhear(panic.payload_as_str().unwrap_or_default());
        let (thread, place) = (std::thread::current(), panic.location().map(ToString::to_string));
        log::error!(
            "an internal error in {} at {}: {}",
            thread.name().unwrap_or("an unnamed thread"),
            place.as_deref().unwrap_or("an unknown location"),
            panic.payload_as_str().unwrap_or("unknown"),
        );
        // Where RUST_BACKTRACE asks for it.
        let trace = std::backtrace::Backtrace::capture();
        if trace.status() == std::backtrace::BacktraceStatus::Captured {
            trace.to_string().lines().for_each(|line| log::error!("{line}"));
        }
    }));
}

/// Writes the log, and passes it to the window.
struct Logger(env_logger::Logger);

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        self.0.enabled(metadata)
    }
    fn log(&self, record: &log::Record) {
        #[cfg(feature = "gui")]
        purrtrait::ui::overhear(record);
        self.0.log(record);
    }
    fn flush(&self) {
        self.0.flush();
    }
}

#[cfg(all(windows, feature = "gui"))]
mod console {
    //! One program is the window and the command line, so Windows gives it a console, also when it is started from the
    //! desktop. The manifest asks Windows 11 not to; for earlier versions it is closed here.

    use windows_sys::Win32::System::Console::{FreeConsole, GetConsoleProcessList};

    /// Closes the console if nobody else uses it: no shell waits in it then.
    pub fn close_own() {
        let mut users = [0; 2];
        // SAFETY: the list has room for as many numbers as it is said to have.
        let count = unsafe { GetConsoleProcessList(users.as_mut_ptr(), users.len() as u32) };
        if count == 1 {
            // SAFETY: it takes nothing and touches nothing of ours.
            unsafe { FreeConsole() };
        }
    }
}

#[cfg(feature = "gui")]
fn open_window(cli: Cli) -> ExitCode {
    let watched = match cli.watched() {
        Ok(watched) => watched,
        Err(code) => return code,
    };
    #[cfg(windows)]
    console::close_own();
    if no_display() {
        return cli::without_window(
            cli,
            "There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set).",
        );
    }
    use purrtrait::ui::Closed;
    match purrtrait::ui::run(watched) {
        Ok(Closed::ByPerson) => ExitCode::SUCCESS,
        Ok(Closed::Asked) => cli::Exit::Interrupted.into(),
        Ok(Closed::Broken(reason)) => {
            log::error!("The window failed: {reason}. The run is saved.");
            cli::Exit::Other.into()
        }
        Err(reason) => cli::without_window(cli, &reason),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(cli: Cli) -> ExitCode {
    cli::without_window(cli, "This build has no window.")
}

/// Only systems with X11 or Wayland can lack a display.
#[cfg(feature = "gui")]
fn no_display() -> bool {
    let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
    cfg!(all(unix, not(target_os = "macos"))) && unset("DISPLAY") && unset("WAYLAND_DISPLAY")
}

/// Frames measured by `bench --window`: enough for a 99th percentile.
#[cfg(feature = "gui")]
const BENCH_FRAMES: usize = 300;

#[cfg(feature = "gui")]
fn window_bench() -> Option<cli::WindowBench> {
    Some(|| {
        use purrtrait::ui::bench::{favourites_times, frame_times, grid_times};
        let value = |times| serde_json::to_value(times).map_err(|e| e.to_string());
        let mut all = value(frame_times(BENCH_FRAMES))?;
        all["pictures"] = value(grid_times(BENCH_FRAMES))?;
        all["favourites"] = value(favourites_times(BENCH_FRAMES))?;
        Ok(all)
    })
}

#[cfg(not(feature = "gui"))]
fn window_bench() -> Option<cli::WindowBench> {
    None
}
