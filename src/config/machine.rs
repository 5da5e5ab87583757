//! Another machine to train on, as people write it: `ssh://[user@]host[:port][?program=PATH&device=DEVICE]`.

use super::device::DeviceChoice;
use super::param::SettingError;
use super::team::{TeamMember, TeamPlace};
use super::typed_path;
use crate::files::exact_path;
use crate::printable;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr;

const SCHEME: &str = "ssh://";
/// Longest name of a host or a person, as in the domain name system.
const LONGEST_NAME: usize = 253;
/// Longest path on most systems.
const LONGEST_PATH: usize = 4096;
/// What a path needs no code for in an address.
const IN_A_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'_').remove(b'-').remove(b'~');

/// Another machine that trains. The system's `ssh` reaches it, so a host may be a name from the person's ssh
/// configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Machine {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    program: Option<String>,
    device: DeviceChoice,
    /// Several of its devices, the one above the first.
    team: Option<TeamPlace>,
}

impl Machine {
    /// Who logs in there; none leaves that to `ssh`.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Its name or address, which never looks like a flag and holds nothing that a shell would take for more than a
    /// name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; none leaves that to `ssh`.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The program there: a path, or a name that its shell finds.
    pub fn program(&self) -> &str {
        self.program.as_deref().unwrap_or("purrtrait")
    }

    /// Whether both are the same account of the same machine.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        (&self.user, &self.host, self.port) == (&other.user, &other.host, other.port)
    }

    /// Which of its devices trains; of several the first.
    pub fn device(&self) -> DeviceChoice {
        self.device
    }

    /// Which of its devices share the batches, if several do.
    pub fn team(&self) -> Option<&TeamPlace> {
        self.team.as_ref()
    }
}

/// Letters, digits, dots, dashes and underscores: `ssh` may hand a name to a shell (`ProxyCommand`).
fn is_name(text: &str, further: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c) || further.contains(c);
    !text.is_empty() && text.len() <= LONGEST_NAME && !text.starts_with('-') && text.chars().all(fits)
}

impl FromStr for Machine {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |what: &str| {
            let reason = format!("{text:?} is no address of a machine: {what}. Write ssh://user@host, or ssh://name");
            SettingError::new("device", reason)
        };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with ssh://"))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let place = place.strip_suffix('/').unwrap_or(place);
        let (user, place) = place.rsplit_once('@').map_or((None, place), |(user, place)| (Some(user), place));
        let (host, port, further) = match place.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            Some((host, "")) => (host, None, ":%"),
            Some((host, port)) => (host, Some(port.strip_prefix(':').ok_or_else(|| wrong("its port"))?), ":%"),
            None => place.split_once(':').map_or((place, None, ""), |(host, port)| (host, Some(port), "")),
        };
        if !is_name(host, further) || user.is_some_and(|user| !is_name(user, "")) {
            return Err(wrong("a name may hold letters, digits, dots, dashes and underscores, and begin with no dash"));
        }
        let port = port.map(|port| port.parse().ok().filter(|port| *port > 0).ok_or_else(|| wrong("its port")));
        let mut machine = Self {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port: port.transpose()?,
            program: None,
            device: DeviceChoice::Auto,
            team: None,
        };
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = percent_decode_str(value).decode_utf8().map_err(|_| wrong("it is not valid UTF-8"))?;
            match key {
                "program" => machine.program = Some(program(&value).ok_or_else(|| wrong("its program"))?),
                "device" if value.contains(',') => {
                    let team: TeamPlace = value.parse()?;
                    if !team.is_local() {
                        return Err(wrong("its devices must be its own"));
                    }
                    (machine.device, machine.team) = (team.first(), Some(team));
                }
                "device" => machine.device = value.parse()?,
                _ => return Err(wrong("after the question mark only program= and device= are known")),
            }
        }
        Ok(machine)
    }
}

/// A path that is no flag and that every shell takes once it is quoted.
fn program(path: &str) -> Option<String> {
    let fits = !path.is_empty() && path.len() <= LONGEST_PATH && !path.starts_with('-');
    (fits && !path.chars().any(char::is_control)).then(|| path.to_owned())
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(SCHEME)?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        let program = self.program.as_deref().map(|p| format!("program={}", utf8_percent_encode(p, IN_A_QUERY)));
        let device = match &self.team {
            Some(team) => Some(format!("device={team}")),
            None => (self.device != DeviceChoice::Auto).then(|| format!("device={}", self.device)),
        };
        let query: Vec<String> = program.into_iter().chain(device).collect();
        if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.join("&")) }
    }
}

impl TryFrom<String> for Machine {
    type Error = SettingError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Machine> for String {
    fn from(machine: Machine) -> Self {
        machine.to_string()
    }
}

/// Where a run trains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrainingPlace {
    /// On a device of this machine.
    Here(DeviceChoice),
    /// On several devices, one of this machine and others, which share each batch.
    Together(TeamPlace),
    /// On another machine.
    There(Machine),
}

impl Default for TrainingPlace {
    fn default() -> Self {
        Self::Here(DeviceChoice::Auto)
    }
}

impl TrainingPlace {
    /// What is left of a team without the workers that a text names.
    pub(crate) fn rest_of(team: &TeamPlace, gone: &str) -> Self {
        let is_gone = |member: &TeamMember| match member {
            TeamMember::Worker(worker) => gone.contains(&format!("worker {} ", worker.place())),
            TeamMember::Device(_) => false,
        };
        let rest = team.members().filter(|member| !is_gone(member)).collect();
        TeamPlace::new(rest).map_or(Self::Here(team.first()), Self::Together)
    }
}

impl From<DeviceChoice> for TrainingPlace {
    fn from(device: DeviceChoice) -> Self {
        Self::Here(device)
    }
}

impl FromStr for TrainingPlace {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with(SCHEME) {
            return text.parse().map(Self::There);
        }
        if text.contains(',') || text.starts_with("worker:") {
            return text.parse().map(Self::Together);
        }
        let unknown = |_| {
            let reason = format!("{text:?} is not auto, gpu, cpu, gpu:N, ssh://HOST or a list such as gpu:0,gpu:1");
            SettingError::new("device", reason)
        };
        text.parse().map(Self::Here).map_err(unknown)
    }
}

impl std::fmt::Display for TrainingPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(device) => device.fmt(f),
            Self::Together(team) => team.fmt(f),
            Self::There(machine) => machine.fmt(f),
        }
    }
}

/// The folder of a run, here or on another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunPlace {
    /// On this machine.
    Here(#[serde(with = "exact_path")] PathBuf),
    /// On another machine: its path there, from the root or, with `~/`, from the home folder.
    There(Machine, String),
}

impl RunPlace {
    /// What a person typed: a path, or `ssh://[user@]host[:port]/path/of/the/run[?program=PATH]`. A path that begins
    /// with `/~/` is one in the home folder there.
    ///
    /// # Errors
    /// An address that is none.
    pub fn typed(text: &OsStr) -> Result<Self, SettingError> {
        let Some(rest) = text.to_str().and_then(|text| text.trim().strip_prefix(SCHEME)) else {
            return Ok(Self::Here(typed_path(text)));
        };
        let wrong = |what: &str| {
            let reason =
                format!("{:?} is no address of a run: {what}. Write ssh://user@host/folder/of/the/run", text.display());
            SettingError::new("run", reason)
        };
        let (place, query) = rest.split_once('?').map_or((rest, ""), |(place, query)| (place, query));
        let (host, path) = place.split_once('/').ok_or_else(|| wrong("it names no folder"))?;
        let path = percent_decode_str(path).decode_utf8().map_err(|_| wrong("it is not valid UTF-8"))?;
        let path = if path.starts_with("~/") { path.into_owned() } else { format!("/{path}") };
        let fits = path.trim_start_matches('~').trim_matches('/').len().min(LONGEST_PATH) > 0;
        if !fits || path.len() > LONGEST_PATH || path.chars().any(char::is_control) {
            return Err(wrong("its folder"));
        }
        let machine = format!("{SCHEME}{host}?{query}").parse().map_err(|e: SettingError| wrong(&e.reason))?;
        Ok(Self::There(machine, path))
    }
}

impl std::fmt::Display for RunPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(path) => f.write_str(&printable::path(path)),
            Self::There(machine, path) => write!(f, "{} on {}", printable::line(path), machine.host()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        for text in [
            "ssh://box",
            "ssh://anna@gpu-box.example.org:2222",
            "ssh://[fe80::1%eth0]:22",
            "ssh://box?program=/opt/my%20cats/purrtrait&device=gpu:1",
            "ssh://box?program=~/bin/purrtrait",
            "ssh://box?device=gpu:0,gpu:1",
        ] {
            let machine: Machine = text.parse().unwrap();
            assert_eq!(machine.to_string(), text);
        }
        let machine: Machine = "ssh://anna@box:7/?program=/my%20cats/p&device=cpu".parse().unwrap();
        assert_eq!((machine.user(), machine.host(), machine.port()), (Some("anna"), "box", Some(7)));
        assert_eq!((machine.program(), machine.device()), ("/my cats/p", DeviceChoice::Cpu));
        assert_eq!("ssh://box".parse::<Machine>().unwrap().program(), "purrtrait");
        assert_eq!("gpu:1".parse(), Ok(TrainingPlace::Here(DeviceChoice::Adapter(1))));
        for text in ["cpu,cpu", "gpu:0,worker://box:7000", "ssh://box?device=gpu:0,gpu:1"] {
            assert_eq!(text.parse::<TrainingPlace>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_team_goes_on_without_a_worker() {
        let team: TeamPlace = "cpu,worker://a:7,worker://b:7?token-file=t".parse().unwrap();
        let rest = |gone: &str| TrainingPlace::rest_of(&team, gone).to_string();
        assert_eq!(rest("worker a:7 (CPU): it is gone"), "cpu,worker://b:7?token-file=t");
        assert_eq!(rest("worker a:7 (CPU), worker b:7 (CPU)"), "cpu");
    }

    #[test]
    fn a_run_is_a_path_or_an_address_with_one() {
        let typed = |text: &str| RunPlace::typed(text.as_ref());
        let there = |machine: &str, path: &str| RunPlace::There(machine.parse().unwrap(), path.to_owned());
        assert_eq!(typed("runs/cats"), Ok(RunPlace::Here("runs/cats".into())));
        assert_eq!(typed("'my run'"), Ok(RunPlace::Here("my run".into())));
        assert_eq!(typed("ssh://box/runs/my%20cats"), Ok(there("ssh://box", "/runs/my cats")));
        let text = "ssh://anna@box:2222/~/runs/cats?program=/opt/purrtrait";
        assert_eq!(typed(text), Ok(there("ssh://anna@box:2222?program=/opt/purrtrait", "~/runs/cats")));
        for text in
            ["ssh://box", "ssh://box/", "ssh://box/~/", "ssh:///run", "ssh://-x/run", "ssh://box/a%0Ab", "ssh://b/%ff"]
        {
            let error = typed(text).expect_err(text);
            assert!(error.key == "run" && error.to_string().contains("no address of a run"), "{error}");
        }
    }

    #[test]
    fn what_a_shell_or_ssh_could_misread_is_refused() {
        for text in [
            "box",
            "ssh://",
            "ssh://-oProxyCommand=x",
            "ssh://-l@box",
            "ssh://a b",
            "ssh://box;id",
            "ssh://$(id)",
            "ssh://`id`@box",
            "ssh://bo\nx",
            "ssh://box:0",
            "ssh://box:70000",
            "ssh://[::1",
            "ssh://box/run",
            "ssh://box?program=",
            "ssh://box?program=-x",
            "ssh://box?program=a%0Ab",
            "ssh://box?program=%ff",
            "ssh://box?device=ssh://other",
            "ssh://box?device=cpu,worker://other",
            "ssh://box?password=x",
        ] {
            let error = text.parse::<Machine>().expect_err(text);
            assert!(error.key == "device", "{error}");
        }
    }
}
