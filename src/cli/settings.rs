//! One flag per setting, made from its definition in `config`.

use crate::config::{
    DATA, DataConfig, Kind, MODEL, ModelConfig, PRESETS, Param, RUN, RunConfig, SettingError, TUNABLES, Tunables, Value,
};
use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;

const RATE_DECAY: &str = "rate-decay";
const SIZE: &str = "size";
/// The one setting of the pictures that is a path.
const EXCLUDE: &str = "exclude";

/// The settings that the command line names, each already checked on its own.
#[derive(Debug, Clone, Default)]
pub(super) struct RunSettings {
    data: DataSettings,
    model: Vec<Given<ModelConfig>>,
    run: Vec<Given<RunConfig>>,
    tunables: Vec<Given<Tunables>>,
}

/// The settings of the pictures alone, for commands that do not train.
#[derive(Debug, Clone, Default)]
pub(super) struct DataSettings {
    given: Vec<Given<DataConfig>>,
    exclude: Option<PathBuf>,
}

/// A setting and its value.
struct Given<S: 'static>(&'static Param<S>, Value);

// By hand, since deriving would ask the same of S.
impl<S> Clone for Given<S> {
    fn clone(&self) -> Self {
        Self(self.0, self.1.clone())
    }
}
impl<S> std::fmt::Debug for Given<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.0.key, self.1)
    }
}

impl RunSettings {
    /// Writes them into `config` and checks the whole. Gives lines about those that have no effect there.
    pub(super) fn apply(self, config: &mut RunConfig) -> Result<Vec<String>, SettingError> {
        let run = self.run.iter().map(|given| given.0.key);
        let mut keys: Vec<_> = run.chain(self.tunables.iter().map(|given| given.0.key)).collect();
        if !keys.contains(&RATE_DECAY) {
            // Presets choose it, and only the person can set a limit.
            keys.push(RATE_DECAY);
        }
        self.write(config)?;
        config.validate()?;
        Ok(keys.into_iter().filter_map(|key| Some(format!("--{key}: {}", config.unused(key)?))).collect())
    }

    /// The picture size, if it is named.
    pub(super) fn size(&self) -> Option<u32> {
        let given = self.model.iter().find(|given| given.0.key == SIZE)?;
        given.1.choice().parse().ok()
    }

    /// Writes them into `config` without a look at the whole.
    pub(super) fn write(self, config: &mut RunConfig) -> Result<(), SettingError> {
        self.data.apply(&mut config.data)?;
        set_all(self.model, &mut config.model)?;
        set_all(self.tunables, &mut config.tunables)?;
        set_all(self.run, config)
    }
}

impl DataSettings {
    pub(super) fn apply(self, data: &mut DataConfig) -> Result<(), SettingError> {
        if self.exclude.is_some() {
            data.exclude = self.exclude;
        }
        set_all(self.given, data)
    }

    /// Each by its key, and the list of exclusions.
    pub(super) fn by_key(self) -> (Vec<(&'static str, Value)>, Option<PathBuf>) {
        (self.given.into_iter().map(|Given(param, value)| (param.key, value)).collect(), self.exclude)
    }

    fn read(&mut self, matches: &mut ArgMatches) {
        self.given.extend(take(DATA, matches));
        if let Ok(Some(list)) = matches.try_remove_one(EXCLUDE) {
            self.exclude = Some(list);
        }
    }
}

/// Every flag that `train` takes for a setting, for the error about an unknown one.
pub(crate) fn setting_flags() -> String {
    let keys = DATA.iter().map(|p| p.key).chain(MODEL.iter().map(|p| p.key));
    let keys = keys.chain(RUN.iter().map(|p| p.key)).chain(TUNABLES.iter().map(|p| p.key));
    keys.chain([EXCLUDE]).map(|key| format!("--{key}")).collect::<Vec<_>>().join(" ")
}

fn set_all<S>(given: Vec<Given<S>>, target: &mut S) -> Result<(), SettingError> {
    given.into_iter().try_for_each(|Given(param, value)| param.set(target, &value))
}

/// The flag of one setting. `part` finds the setting's structure in a preset, for the default in the help.
fn flag<S: 'static>(param: &'static Param<S>, heading: &'static str, part: fn(&RunConfig) -> &S) -> Arg {
    let name = match param.kind {
        Kind::Float { .. } => "NUMBER",
        Kind::Int { .. } | Kind::Limit { .. } => "N",
        Kind::Flag => "on|off",
        Kind::Choice(_) => "NAME",
    };
    let values = defaults(param, part);
    let (short, long) = match values.split_first() {
        Some(((_, first), rest)) if rest.iter().all(|(_, value)| value == first) => (first.clone(), first.clone()),
        _ => {
            let each = values.iter().map(|(preset, value)| format!("{value} in {preset}"));
            ("by preset".to_owned(), each.collect::<Vec<_>>().join(", "))
        }
    };
    let unit = if param.unit.is_empty() { String::new() } else { format!(", in {}", param.unit) };
    Arg::new(param.key)
        .long(param.key)
        .aliases(param.formerly)
        .value_name(name)
        .help(format!("{} [default: {short}]", param.label))
        .long_help(format!("{}\nTakes {}{unit}. [default: {long}]", param.help, param.expects()))
        .help_heading(heading)
        // So that -1 is reported as out of range and not taken for a flag.
        .allow_negative_numbers(true)
        .value_parser(move |text: &str| param.parse(text))
}

fn exclude_flag() -> Arg {
    Arg::new(EXCLUDE)
        .long(EXCLUDE)
        .value_name("LIST")
        .help("Text file of pictures to leave out: a file name, or a path below FOLDER, per line")
        .long_help(
            "Text file of pictures to leave out: a file name, or a path below FOLDER, per line. Empty lines and lines \
             that begin with # are ignored. A run reads it again when it is resumed",
        )
        .help_heading("Pictures")
        .value_parser(value_parser!(PathBuf))
}

/// The setting's value in each preset.
fn defaults<S>(param: &Param<S>, part: fn(&RunConfig) -> &S) -> Vec<(&'static str, String)> {
    PRESETS.iter().map(|p| (p.name, param.get(part(&p.config())).to_string())).collect()
}

fn take<S>(params: &'static [&'static Param<S>], matches: &mut ArgMatches) -> Vec<Given<S>> {
    params
        .iter()
        // A command that has only some of the flags answers with an error for the others.
        .filter_map(|p| Some(Given(p, matches.try_remove_one::<Value>(p.key).ok()??)))
        .collect()
}

impl clap::Args for RunSettings {
    fn augment_args(command: Command) -> Command {
        command
            .args(RUN.iter().map(|p| flag(p, "Run", |c| c)))
            .args(
                TUNABLES
                    .iter()
                    .map(|p| flag(p, "Training (can be changed in the window while it runs)", |c| &c.tunables)),
            )
            .args(MODEL.iter().map(|p| flag(p, "Networks and loss", |c| &c.model)))
            .args(DATA.iter().map(|p| flag(p, "Pictures", |c| &c.data)))
            .arg(exclude_flag())
    }
    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for RunSettings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }
    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Self::default();
        settings.update_from_arg_matches_mut(matches)?;
        Ok(settings)
    }
    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.update_from_arg_matches_mut(&mut matches.clone())
    }
    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), clap::Error> {
        self.data.read(matches);
        self.model.extend(take(MODEL, matches));
        self.run.extend(take(RUN, matches));
        self.tunables.extend(take(TUNABLES, matches));
        Ok(())
    }
}

impl clap::Args for DataSettings {
    fn augment_args(command: Command) -> Command {
        // The demo's own settings mean nothing for a folder.
        let params = DATA.iter().filter(|p| !p.key.starts_with("demo-"));
        command.args(params.map(|p| flag(p, "Pictures", |c| &c.data))).arg(exclude_flag())
    }
    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for DataSettings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut settings = Self::default();
        settings.read(&mut matches.clone());
        Ok(settings)
    }
    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.read(&mut matches.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    #[test]
    fn every_setting_is_a_flag_of_its_own() {
        let command = RunSettings::augment_args(Command::new("train"));
        let flags: Vec<_> = command.get_arguments().map(|a| a.get_id().as_str().to_owned()).collect();
        assert_eq!(flags.len(), DATA.len() + MODEL.len() + RUN.len() + TUNABLES.len() + 1);
        // Panics on two equal flags.
        command.debug_assert();
    }

    /// Sends every value of these settings through its flag into the settings, and through their TOML.
    fn round_trip<S: PartialEq>(params: &'static [&'static Param<S>], part: fn(&mut RunConfig) -> &mut S) {
        let mut command = RunSettings::augment_args(Command::new("train"));
        command.build();
        for (param, value) in params.iter().flat_map(|p| p.examples().into_iter().map(move |value| (p, value))) {
            for key in param.formerly.iter().chain([&param.key]) {
                let arguments = ["train".to_owned(), format!("--{key}"), value.to_string()];
                let mut matches = command.clone().try_get_matches_from_mut(arguments).unwrap();
                let settings = <RunSettings as clap::FromArgMatches>::from_arg_matches_mut(&mut matches).unwrap();
                let mut config = RunConfig::default();
                settings.write(&mut config).unwrap();
                assert_eq!(param.get(part(&mut config)), value, "--{key}");
                let text = toml::to_string(&config).unwrap();
                let mut read: RunConfig = toml::from_str(&text).unwrap();
                assert_eq!(read, config, "{key}:\n{text}");
                // And nothing else was touched.
                let default = param.get(part(&mut RunConfig::default()));
                param.set(part(&mut read), &default).unwrap();
                assert_eq!(read, RunConfig::default(), "--{key}");
            }
        }
    }

    #[test]
    fn every_value_of_every_setting_goes_through_flag_and_file() {
        round_trip(DATA, |c| &mut c.data);
        round_trip(MODEL, |c| &mut c.model);
        round_trip(RUN, |c| c);
        round_trip(TUNABLES, |c| &mut c.tunables);
    }

    #[test]
    fn older_keys_in_files_are_read() {
        let config: RunConfig = toml::from_str("hold-out = 12.5").unwrap();
        assert_eq!(config, RunConfig { held_out: 12.5, ..RunConfig::default() });
        let text = toml::to_string(&config).unwrap();
        assert!(text.contains("held-out = 12.5") && !text.contains("hold-out"), "{text}");
    }

    #[test]
    fn settings_without_effect_are_told() {
        let told = |preset: &str, arguments: &[&'static str]| {
            let command = RunSettings::augment_args(Command::new("train"));
            let mut matches = command.get_matches_from(std::iter::once("train").chain(arguments.iter().copied()));
            let settings = <RunSettings as clap::FromArgMatches>::from_arg_matches_mut(&mut matches).unwrap();
            let mut config = crate::config::Preset::find(preset).unwrap().config();
            config.rate_decay = crate::config::RateDecay::Cosine;
            settings.apply(&mut config).unwrap()
        };
        let lines = told("modern-64", &["--smoothing", "0.2", "--r1", "0.1"]);
        assert!(matches!(&lines[..], [a, b] if a.starts_with("--smoothing: ") && b.starts_with("--rate-decay: ")));
        assert!(told("classic-64", &["--smoothing", "0.2", "--epochs", "3"]).is_empty());
    }

    #[test]
    fn the_help_names_each_presets_default() {
        let mut command = RunSettings::augment_args(Command::new("train"));
        let help = command.render_long_help().to_string();
        assert!(
            help.contains(
                "[default: 32 in quick-32, 32 in modern-64, 16 in modern-128, 8 in modern-256, 64 in classic-64, 64 in \
                 article-128]"
            ),
            "{help}"
        );
        assert!(help.contains("Takes a number from 0.01 to 1000, in epochs. [default: 5]"), "{help}");
    }
}
