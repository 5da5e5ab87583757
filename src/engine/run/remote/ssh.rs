//! The system's `ssh`, and what it means when it ends. Keys, agents, jump hosts and passwords are its business.

use crate::config::Machine;
use crate::engine::spawn;
use crate::engine::wire::WireError;
use crate::printable;
use crossbeam_channel::{Receiver, bounded};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Lines of what ssh says that are kept, and bytes of each.
const LINES: usize = 12;
const LONGEST_LINE: u64 = 500;
/// An ssh whose connection is over ends within this time, or is made to.
const LAST_BREATH: Duration = Duration::from_secs(3);
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Exit codes: of ssh itself, and of the shell there.
const OF_SSH: i32 = 255;
const NOT_FOUND: i32 = 127;
const NOT_A_PROGRAM: i32 = 126;
/// Of a program that does not know its arguments.
const USAGE: i32 = 2;

/// A line that is dead is noticed within 20 seconds, nothing else goes over it, and nothing of it stays behind.
const OPTIONS: [&str; 5] = [
    "ClearAllForwardings=yes",
    "ControlMaster=no",
    "ConnectTimeout=20",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
];

/// What the program there is started for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Errand<'a> {
    /// The training of this name.
    Train(&'a str),
    /// What is new of the run in this folder.
    Show(&'a str),
}

/// Why there is no connection, in whole sentences.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The line; another attempt may help.
    Line(String),
    /// Something at the other end that stays as it is.
    Useless(String),
}

/// An ssh that runs.
pub(super) struct Ssh {
    child: Child,
    /// The last lines of what it said, once it has ended.
    said: Receiver<VecDeque<String>>,
}

impl Ssh {
    /// Starts the program on the machine: a training, or finds it there, or what shows a run.
    ///
    /// # Errors
    /// There is no `ssh` here, or the system refuses the process.
    pub(super) fn start(machine: &Machine, errand: Errand<'_>) -> Result<(Self, ChildStdin, ChildStdout), Trouble> {
        let mut command = Command::new("ssh");
        command.args(arguments(machine, errand));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        spawn::asking(&mut command);
        let refused = |e: io::Error| {
            let remedy = if e.kind() == io::ErrorKind::NotFound { " Install the OpenSSH client." } else { "" };
            Trouble::Useless(format!("Cannot start ssh: {e}.{remedy}"))
        };
        let mut child = command.spawn().map_err(refused)?;
        let missing = || refused(io::ErrorKind::BrokenPipe.into());
        let pipes = child.stdin.take().zip(child.stdout.take()).ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        let (sender, said) = bounded(1);
        let listener = thread::Builder::new().name("purrtrait-ssh".into());
        // Nobody may wait for it any more.
        listener.spawn(move || _ = sender.send(listen(errors))).map_err(refused)?;
        Ok((Self { child, said }, pipes.0, pipes.1))
    }

    /// Ends it, and says why the connection is over. `met`: the right program had answered.
    pub(super) fn over(mut self, machine: &Machine, met: bool, why: &Result<(), WireError>) -> Trouble {
        let since = Instant::now();
        let mut status = None;
        while status.is_none() && since.elapsed() < LAST_BREATH {
            status = self.child.try_wait().ok().flatten();
            thread::sleep(Duration::from_millis(10));
        }
        self.end();
        // A process that ssh has started may still have its standard error.
        let said = self.said.recv_timeout(LAST_WORDS).unwrap_or_default();
        trouble(machine, met, status, &said, why)
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.end();
    }
}

/// What `ssh` is called with. Nothing of it can be taken for another flag, and the shell there sees plain words and
/// quoted paths.
fn arguments(machine: &Machine, errand: Errand<'_>) -> Vec<String> {
    // Someone who has administrator's rights there gets neither this machine's keys nor its display.
    let mut all: Vec<String> = ["-T", "-a", "-x"].map(str::to_owned).into();
    all.extend(OPTIONS.iter().flat_map(|option| ["-o".to_owned(), (*option).to_owned()]));
    if let Some(user) = machine.user() {
        all.extend(["-l".to_owned(), user.to_owned()]);
    }
    if let Some(port) = machine.port() {
        all.extend(["-p".to_owned(), port.to_string()]);
    }
    let asked = match errand {
        Errand::Train(job) => format!("--relay {job}"),
        Errand::Show(run) => format!("--show {}", quoted(run)),
    };
    let command = format!("{} engine {asked}", quoted(machine.program()));
    all.extend(["--".to_owned(), machine.host().to_owned(), command]);
    all
}

/// A path as one word for a shell; a home folder's `~` at its beginning stays one.
fn quoted(path: &str) -> String {
    let (home, rest) = path.strip_prefix("~/").map_or(("", path), |rest| ("~/", rest));
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if !rest.is_empty() && rest.chars().all(plain) {
        return format!("{home}{rest}");
    }
    format!("{home}'{}'", rest.replace('\'', r"'\''"))
}

/// Keeps the last lines, and logs all.
fn listen(errors: ChildStderr) -> VecDeque<String> {
    let mut errors = BufReader::new(errors);
    let mut lines = VecDeque::new();
    loop {
        let mut line = Vec::new();
        match (&mut errors).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return lines,
            Ok(_) => {}
        }
        let line = printable::line(String::from_utf8_lossy(&line).trim()).into_owned();
        if line.is_empty() {
            continue;
        }
        log::debug!("ssh: {line}");
        lines.push_back(line);
        if lines.len() > LINES {
            lines.pop_front();
        }
    }
}

/// What happened, and what helps.
fn trouble(
    machine: &Machine,
    met: bool,
    status: Option<ExitStatus>,
    said: &VecDeque<String>,
    why: &Result<(), WireError>,
) -> Trouble {
    let (host, program) = (machine.host(), machine.program());
    let last = said.iter().next_back().map_or_else(String::new, |line| format!(" ({line})"));
    match why {
        Err(e @ WireError::Version { .. }) => {
            return Trouble::Useless(format!("{host} has another version: {e}."));
        }
        Err(WireError::TooLong(_) | WireError::Unreadable(_) | WireError::Unwritable(_)) if met => {
            return Trouble::Line(format!("{host} cannot be understood any more."));
        }
        Err(WireError::Stranger) => {
            return Trouble::Useless(format!(
                "{host} answers with something else than Purrtrait: a start-up file of the shell there prints \
                 something, or {program} is another program. `ssh {host} true` must print nothing."
            ));
        }
        _ if met => return Trouble::Line(format!("The line to {host} broke{last}.")),
        _ => {}
    }
    match status.and_then(|status| status.code()) {
        Some(NOT_FOUND) => Trouble::Useless(format!(
            "{host} has no program {program}{last}. Install the same version of Purrtrait there, or name its path: \
             ssh://{host}?program=/path/to/purrtrait."
        )),
        Some(NOT_A_PROGRAM) => {
            Trouble::Useless(format!("{host} cannot run {program}{last}. It must be a program for that machine."))
        }
        Some(USAGE) => Trouble::Useless(format!(
            "{program} on {host} is another version{last}. Install version {} of Purrtrait there.",
            env!("CARGO_PKG_VERSION")
        )),
        Some(OF_SSH) => Trouble::Line(of_ssh(host, said, &last)),
        _ => Trouble::Line(format!("{program} on {host} ended before it answered{last}.")),
    }
}

/// The reasons of ssh that people meet most.
fn of_ssh(host: &str, said: &VecDeque<String>, last: &str) -> String {
    let heard = |words: &str| said.iter().any(|line| line.contains(words));
    if heard("Host key verification failed") || heard("HOST IDENTIFICATION HAS CHANGED") {
        return format!("The host key of {host} is unknown or has changed{last}. Run `ssh {host}` once and check it.");
    }
    if heard("Permission denied") || heard("Too many authentication failures") {
        return format!(
            "{host} refuses the login{last}. Check the user name, and that `ssh {host}` lets you in with a key."
        );
    }
    if heard("Could not resolve hostname") {
        return format!("There is no machine {host}{last}. Check the name, or add it to your ssh configuration.");
    }
    format!("{host} cannot be reached{last}. Check that it is switched on and that `ssh {host}` works.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_shell_unquoted() {
        for (path, word) in [
            ("purrtrait", "purrtrait"),
            ("/opt/purrtrait-0.1/bin", "/opt/purrtrait-0.1/bin"),
            ("/my cats/it's", r"'/my cats/it'\''s'"),
            ("~/bin/purrtrait", "~/bin/purrtrait"),
            ("~/my cats", "~/'my cats'"),
            ("$(id);x", "'$(id);x'"),
            ("~root/x", "'~root/x'"),
            ("~/", "~/''"),
        ] {
            assert_eq!(quoted(path), word);
        }
        let machine = "ssh://anna@box:2222?program=/a%20b".parse().unwrap();
        let all = arguments(&machine, Errand::Train("0123456789abcdef"));
        assert_eq!(
            all[all.len() - 7..],
            ["-l", "anna", "-p", "2222", "--", "box", "'/a b' engine --relay 0123456789abcdef"]
        );
        let all = arguments(&machine, Errand::Show("~/runs/my cats;id"));
        assert_eq!(all.last().unwrap(), "'/a b' engine --show ~/'runs/my cats;id'");
    }
}
