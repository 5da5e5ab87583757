//! The program: the window, or with a subcommand the command line.

use purrtrait::cli::{self, Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    init_log();
    if cli.command.is_some() { cli::run(cli, window_bench()) } else { open_window(&cli) }
}

/// Warnings of everybody and our own news. What the graphics libraries tell about each adapter and shader is for their
/// developers.
const LOG: &str = "warn,purrtrait=info,wgpu_core=error,wgpu_hal=off,egui_wgpu=error,naga=error,cubecl=error,\
                   cubecl_runtime=error,cubecl_wgpu=error,winit=error,sctk=off,zbus=off,rfd=off,tracing=off";

/// Logs to standard error; `RUST_LOG` chooses what.
fn init_log() {
    let logger = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(LOG))
        .format_timestamp_secs()
        .target(env_logger::Target::Pipe(Box::new(cli::LogWriter)))
        .build();
    // Errors are heard by the window also where they are not written.
    log::set_max_level(logger.filter().max(log::LevelFilter::Error));
    // It fails only where another one was set before.
    let _ = log::set_boxed_logger(Box::new(Logger(logger)));
}

/// Writes the log, and lets the window hear it.
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

#[cfg(feature = "gui")]
fn open_window(cli: &Cli) -> ExitCode {
    if no_display() {
        return cli::train_demo(
            cli.json,
            "There is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set).",
        );
    }
    match purrtrait::ui::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => cli::train_demo(cli.json, &reason),
    }
}

#[cfg(not(feature = "gui"))]
fn open_window(cli: &Cli) -> ExitCode {
    cli::train_demo(cli.json, "This build has no window.")
}

/// Only the X11 and Wayland systems can be without a display.
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
        let times = purrtrait::ui::bench::frame_times(BENCH_FRAMES);
        serde_json::to_value(times).map_err(|e| e.to_string())
    })
}

#[cfg(not(feature = "gui"))]
fn window_bench() -> Option<cli::WindowBench> {
    None
}
