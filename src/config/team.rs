//! Devices and workers that share each batch of a training, as people write them:
//! `gpu:0,gpu:1,worker://HOST:PORT[?token-file=PATH]`.

use super::device::DeviceChoice;
use super::param::SettingError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The port of a worker that names none.
pub const WORKER_PORT: u16 = 7417;
const SCHEME: &str = "worker://";
/// Longest name of a host, as in the domain name system.
const LONGEST_NAME: usize = 253;
/// Longest path on most systems.
const LONGEST_PATH: usize = 4096;
/// Most members of a team.
const MOST: usize = 64;
/// What a path needs no code for in an address.
const IN_A_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'_').remove(b'-').remove(b'~');

/// A device that `purrtrait worker` serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkerAddress {
    host: String,
    port: u16,
    token_file: Option<String>,
}

impl WorkerAddress {
    /// Its name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file with the token that both ends know.
    pub fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref().map(Path::new)
    }

    /// How people know it: host and port.
    pub fn place(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The same worker with another token file.
    pub fn with_token_file(self, path: PathBuf) -> Option<Self> {
        let token_file = Some(usable_path(path.to_str()?)?);
        Some(Self { token_file, ..self })
    }
}

impl FromStr for WorkerAddress {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |what: &str| {
            let reason = format!(
                "{text:?} is no address of a worker: {what}. Write worker://HOST:PORT, or \
                 worker://HOST:PORT?token-file=PATH"
            );
            SettingError::new("device", reason)
        };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with worker://"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = match place.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or_else(|| wrong("its port"))?)),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c) || (place.starts_with('[') && c == ':');
        if host.is_empty() || host.len() > LONGEST_NAME || !host.chars().all(fits) {
            return Err(wrong("a host may hold letters, digits, dots, dashes and underscores"));
        }
        let port = port.map_or(Ok(WORKER_PORT), str::parse).ok().filter(|port| *port > 0);
        let mut worker = Self { host: host.to_owned(), port: port.ok_or_else(|| wrong("its port"))?, token_file: None };
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = percent_decode_str(value).decode_utf8().map_err(|_| wrong("it is not valid UTF-8"))?;
            match key {
                "token-file" => {
                    worker.token_file = Some(usable_path(&value).ok_or_else(|| wrong("its token file"))?);
                }
                _ => return Err(wrong("after the question mark only token-file= is known")),
            }
        }
        Ok(worker)
    }
}

fn usable_path(path: &str) -> Option<String> {
    let fits = !path.is_empty() && path.len() <= LONGEST_PATH && !path.chars().any(char::is_control);
    fits.then(|| path.to_owned())
}

impl std::fmt::Display for WorkerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{SCHEME}{}", self.place())?;
        match &self.token_file {
            Some(path) => write!(f, "?token-file={}", utf8_percent_encode(path, IN_A_QUERY)),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for WorkerAddress {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<WorkerAddress> for String {
    fn from(worker: WorkerAddress) -> Self {
        worker.to_string()
    }
}

/// One that takes a slice of each batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamMember {
    /// A device of this machine.
    Device(DeviceChoice),
    /// A device that a worker serves.
    Worker(WorkerAddress),
}

impl FromStr for TeamMember {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(SCHEME) {
            return text.parse().map(Self::Worker);
        }
        let unknown =
            |_| SettingError::new("device", format!("{text:?} is not auto, gpu, cpu, gpu:N or worker://HOST:PORT"));
        text.parse().map(Self::Device).map_err(unknown)
    }
}

impl std::fmt::Display for TeamMember {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Device(device) => device.fmt(f),
            Self::Worker(worker) => worker.fmt(f),
        }
    }
}

/// A device of this machine, on which everything meets, and at least one other member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TeamPlace {
    first: DeviceChoice,
    others: Vec<TeamMember>,
}

impl TeamPlace {
    /// Of these members.
    ///
    /// # Errors
    /// Fewer than two, the first one no device of this machine, or one of them twice.
    pub fn new(members: Vec<TeamMember>) -> Result<Self, SettingError> {
        let wrong = |reason: String| Err(SettingError::new("device", reason));
        let mut members = members.into_iter();
        let Some(TeamMember::Device(first)) = members.next() else {
            return wrong(
                "the first device must be one of this machine, because the gradients meet there: auto, cpu, gpu or \
                 gpu:N"
                    .to_owned(),
            );
        };
        let others: Vec<TeamMember> = members.collect();
        if others.is_empty() || others.len() >= MOST {
            return wrong(format!("a training can share its batches among 2 to {MOST} devices"));
        }
        let team = Self { first, others };
        let is_same = |a: &TeamMember, b: &TeamMember| match (a, b) {
            // Several slices on one processor are useful to try this out.
            (TeamMember::Device(a), TeamMember::Device(b)) => a == b && *a != DeviceChoice::Cpu,
            (TeamMember::Worker(a), TeamMember::Worker(b)) => a.place() == b.place(),
            _ => false,
        };
        let all: Vec<TeamMember> = team.members().collect();
        for (i, member) in all.iter().enumerate() {
            if all[..i].iter().any(|before| is_same(before, member)) {
                return wrong(format!("{member} is named twice; each device can take one slice of a batch"));
            }
        }
        Ok(team)
    }

    /// The device on which everything meets.
    pub fn first(&self) -> DeviceChoice {
        self.first
    }

    /// The members beside the first one.
    pub fn others(&self) -> &[TeamMember] {
        &self.others
    }

    /// All members, in their order.
    pub fn members(&self) -> impl Iterator<Item = TeamMember> {
        [TeamMember::Device(self.first)].into_iter().chain(self.others.iter().cloned())
    }

    /// Whether all are devices of one machine.
    pub fn is_local(&self) -> bool {
        self.others.iter().all(|member| matches!(member, TeamMember::Device(_)))
    }
}

impl FromStr for TeamPlace {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text.split(',').map(|member| member.trim().parse()).collect::<Result<_, _>>()?)
    }
}

impl std::fmt::Display for TeamPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.first.fmt(f)?;
        self.others.iter().try_for_each(|member| write!(f, ",{member}"))
    }
}

impl TryFrom<String> for TeamPlace {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TeamPlace> for String {
    fn from(team: TeamPlace) -> Self {
        team.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_devices_is_read_and_written() {
        for text in [
            "gpu:0,gpu:1",
            "cpu,cpu,cpu",
            "auto,worker://10.0.0.2:7000",
            "gpu,worker://box:7417?token-file=/home/anna/my%20cats%2C%20all/token,worker://[fe80::1]:9",
        ] {
            let team: TeamPlace = text.parse().unwrap();
            assert_eq!(team.to_string(), text);
            assert_eq!(team.members().count(), text.split(',').count());
        }
        let team: TeamPlace = "cpu, worker://box?token-file=a%20b".parse().unwrap();
        assert_eq!((team.first(), team.is_local()), (DeviceChoice::Cpu, false));
        let TeamMember::Worker(worker) = &team.others()[0] else { panic!("{team}") };
        assert_eq!((worker.place().as_str(), worker.token_file()), ("box:7417", Some(Path::new("a b"))));
        assert!("gpu:0,gpu:1".parse::<TeamPlace>().unwrap().is_local());
    }

    #[test]
    fn what_cannot_be_a_team_is_refused() {
        for (text, why) in [
            ("cpu", "2 to 64"),
            ("gpu:0,gpu:0", "twice"),
            ("auto,cpu,auto", "twice"),
            ("cpu,worker://a:1,worker://a:1?token-file=t", "twice"),
            ("worker://a:1,cpu", "first device"),
            ("cpu,", "is not auto"),
            ("cpu,tpu", "is not auto"),
            ("cpu,ssh://box", "is not auto"),
            ("cpu,worker://", "a host may hold"),
            ("cpu,worker://a b", "a host may hold"),
            ("cpu,worker://a:0", "its port"),
            ("cpu,worker://a:70000", "its port"),
            ("cpu,worker://[::1", "a host may hold"),
            ("cpu,worker://a?token=x", "only token-file="),
            ("cpu,worker://a?token-file=", "its token file"),
            ("cpu,worker://a?token-file=a%0Ab", "its token file"),
            ("cpu,worker://a?token-file=%ff", "UTF-8"),
        ] {
            let error = text.parse::<TeamPlace>().expect_err(text);
            assert!(error.key == "device" && error.to_string().contains(why), "{text}: {error}");
        }
        let many = vec!["cpu"; 65].join(",");
        assert!(many.parse::<TeamPlace>().is_err() && many[4..].parse::<TeamPlace>().is_ok());
    }
}
