//! Where text goes. With `--json` standard output carries JSON alone and people read standard error; without it people
//! read standard output. Nothing here panics when a reader goes away. What is printed goes through
//! [`printable`] first, wherever it comes from.

use super::exit::{Exit, Failure};
use super::text::thousands;
use crate::engine::Lane;
use crate::interrupt::{JobControl, JobProgress};
use crate::printable;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bar that is on the screen: whatever else is printed has to step around it.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);
/// The reader of standard output went away.
static PIPE_CLOSED: AtomicBool = AtomicBool::new(false);

/// Says things to people and to programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    /// All that is said is about this run of a race.
    lane: Option<Lane>,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json, lane: None }
    }

    /// The same about one run of a race.
    pub(super) fn about(self, lane: Option<Lane>) -> Self {
        Self { lane, ..self }
    }

    /// What lines begin with.
    fn begin(&self) -> String {
        self.lane.map_or_else(String::new, |lane| format!("{}: ", lane.name()))
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Nobody reads standard output any more.
    pub(super) fn closed(&self) -> bool {
        PIPE_CLOSED.load(Ordering::Relaxed)
    }

    /// A line of results for people.
    pub(super) fn line(&self, text: &str) {
        self.print(&printable::line(&(self.begin() + text)));
    }

    /// Several lines of results, such as a table. The names in it are to be [`printable`] lines.
    pub(super) fn lines(&self, text: &str) {
        self.print(&printable::lines(text));
    }

    fn print(&self, text: &str) {
        if self.json { write_stderr(&format!("{text}\n")) } else { write_stdout(&format!("{text}\n")) }
    }

    /// A remark beside the results: always on standard error.
    pub(super) fn note(&self, text: &str) {
        write_stderr(&format!("{}{}\n", self.begin(), printable::line(text)));
    }

    /// One JSON line for programs; people do not see it.
    pub(super) fn json(&self, object: &impl Serialize) {
        if self.json {
            match serde_json::to_value(object) {
                Ok(mut value) => {
                    if let (Some(lane), Some(object)) = (self.lane, value.as_object_mut()) {
                        object.insert("lane".to_owned(), json!(lane));
                    }
                    write_json(&value.to_string());
                }
                // Such as a path that is not Unicode: say so instead of leaving a gap.
                Err(error) => write_json(&super::events::error(Exit::Other, &error.to_string()).to_string()),
            }
        }
    }

    pub(super) fn failure(&self, failure: &Failure) {
        self.json(&super::events::error(failure.exit, &failure.text));
        self.note(&format!("error: {}", failure.text));
    }
}

/// One line of JSON.
pub(crate) fn write_json(text: &str) {
    write_stdout(&format!("{}\n", printable::json(text)));
}

fn write_stdout(text: &str) {
    around_bar(|| {
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        // Other faults, such as a full disk under a log file, are no reason to end a training.
        if written.is_err_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
            PIPE_CLOSED.store(true, Ordering::Relaxed);
        }
    });
}

pub(crate) fn write_stderr(text: &str) {
    // There is nowhere left to report that standard error is closed.
    around_bar(|| _ = std::io::stderr().lock().write_all(text.as_bytes()));
}

fn around_bar(print: impl FnOnce()) {
    // Cloned so that the lock is not held while printing: a log line from another thread may come meanwhile.
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// How a record of the log looks: one line, with its time to the second.
///
/// # Errors
/// As the formatter's.
pub fn log_record(to: &mut env_logger::fmt::Formatter, record: &log::Record) -> std::io::Result<()> {
    let (time, level, target) = (to.timestamp_seconds(), record.level(), record.target());
    let style = to.default_level_style(level);
    writeln!(to, "[{time} {style}{level:<5}{style:#} {target}] {}", printable::line(&record.args().to_string()))
}

/// Where the log goes: standard error, around the bar.
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        around_bar(|| _ = std::io::stderr().lock().write_all(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Does a job, which Ctrl+C cancels, and shows how far it is.
pub(crate) fn metered<T>(out: &Output, job: impl FnOnce(JobControl) -> T) -> T {
    let meter = Meter::new(out);
    job(JobControl::interruptible(&|progress| meter.job(progress, "")))
}

/// How far something is: a bar on a terminal, otherwise a line now and then.
pub(crate) struct Meter<'a> {
    out: &'a Output,
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

/// Between two lines where there is no terminal: enough to see that it lives, little enough for a log file.
const LINE_EVERY: Duration = Duration::from_secs(10);

impl<'a> Meter<'a> {
    pub(super) fn new(out: &'a Output) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar.clone();
        // The first line comes after a second: to see that it lives, and how long it will take.
        let soon = Instant::now().checked_sub(LINE_EVERY - Duration::from_secs(1)).unwrap_or_else(Instant::now);
        Self { out, bar, last_line: Mutex::new(soon) }
    }

    /// How far a job is, and a few words.
    pub(super) fn job(&self, JobProgress { phase, done, total }: JobProgress, words: &str) {
        self.show(phase, done as u64, (total > 0).then_some(total as u64), words);
    }

    /// `done` of `total`, where the total is known, and a few words.
    pub(super) fn show(&self, what: &str, done: u64, total: Option<u64>, words: &str) {
        if let Some(bar) = &self.bar {
            if bar.length() != total || bar.position() == 0 {
                bar.set_style(style(total.is_some()));
                if let Some(total) = total {
                    bar.set_length(total);
                }
            }
            bar.set_position(done);
            bar.set_message(printable::line(&format!("{what} {words}")).into_owned());
            return;
        }
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            let total = total.map_or_else(String::new, |t| format!(" of {}", thousands(t)));
            self.out.line(format!("{what} {}{total} {words}", thousands(done)).trim_end());
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        *BAR.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(bounded: bool) -> indicatif::ProgressStyle {
    let template = if bounded {
        "{bar:16.cyan/dim} {human_pos}/{human_len} {wide_msg}"
    } else {
        "{spinner:.cyan} {human_pos} {wide_msg}"
    };
    indicatif::ProgressStyle::with_template(template).unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_meter_comes_soon_and_the_others_seldom() {
        let out = Output::new(true);
        let mut meter = Meter::new(&out);
        meter.bar = None;
        let waits = || LINE_EVERY.saturating_sub(meter.last_line.lock().unwrap().elapsed());
        assert!(waits() <= Duration::from_secs(1));
        *meter.last_line.lock().unwrap() -= Duration::from_secs(1);
        meter.show("cats drawn", 1, Some(3), "");
        assert!(waits() > Duration::from_secs(1));
    }
}
