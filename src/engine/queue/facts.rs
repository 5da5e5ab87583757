//! What a person is told of an entry of the queue: its recipe in a few words, and what is unusual about it.

use super::file::QueueEntry;
use crate::config::{Preset, RunConfig};
use crate::engine::jobs::course::settings;
use crate::engine::protocol::queue::{EntryState, QueueItem, QueuedTraining};
use crate::printable;
use crate::train::RunDir;

/// The most settings that are named.
const MOST_DIFFERENCES: usize = 40;

/// What is told of an entry; `busy` tells that a program runs the queue.
pub(super) fn item(entry: &QueueEntry, busy: bool) -> QueueItem {
    let (config, trouble) = match config(&entry.training) {
        Ok(config) => (config, String::new()),
        Err(why) => (RunConfig::default(), why),
    };
    let known = trouble.is_empty();
    let word = |text: String| if known { printable::line(&text).into_owned() } else { String::new() };
    let state = match &entry.state {
        EntryState::Running if !busy => EntryState::Interrupted,
        state => state.clone(),
    };
    let (pictures, preset) = (word(config.data.source.name()), word(config.preset.clone()));
    let name = match &entry.training {
        _ if !entry.name.is_empty() => entry.name.clone(),
        QueuedTraining::Start { .. } => format!("{pictures}, {preset}"),
        QueuedTraining::Resume { run, .. } => {
            let name = run.file_name().unwrap_or(run.as_os_str()).to_string_lossy();
            printable::line(&name).into_owned()
        }
    };
    QueueItem {
        id: entry.id,
        name,
        state,
        run: entry.run.clone(),
        resumes: matches!(entry.training, QueuedTraining::Resume { .. }),
        pictures,
        preset,
        size: if known { config.model.size } else { 0 },
        device: word(config.place().to_string()),
        end: if known { end(&config) } else { String::new() },
        differs: if known { differs(&config) } else { Vec::new() },
        trouble,
    }
}

/// The settings that it trains with.
fn config(training: &QueuedTraining) -> Result<RunConfig, String> {
    match training {
        QueuedTraining::Start { config, .. } => Ok((**config).clone()),
        QueuedTraining::Resume { run, options } => {
            let (_, mut config) = RunDir::inspect(run).map_err(|e| printable::line(&e.to_string()).into_owned())?;
            config.max_steps = options.max_steps.unwrap_or(config.max_steps);
            config.max_epochs = options.max_epochs.unwrap_or(config.max_epochs);
            if let Some(place) = options.device.clone() {
                config.set_place(place);
            }
            Ok(config)
        }
    }
}

/// Where a run ends by itself.
fn end(config: &RunConfig) -> String {
    let of = |n: u64, thing: &str| {
        let plural = if n == 1 { "" } else { "s" };
        format!("{} {thing}{plural}", printable::thousands(n))
    };
    match (config.max_steps, u64::from(config.max_epochs)) {
        (0, 0) => String::new(),
        (steps, 0) => of(steps, "step"),
        (0, epochs) => of(epochs, "epoch"),
        (steps, epochs) => format!("{} or {}", of(steps, "step"), of(epochs, "epoch")),
    }
}

/// The settings that are not those of the preset. Where it ends is told for itself, and the networks of a model that it
/// starts from are no choice.
fn differs(config: &RunConfig) -> Vec<String> {
    let Some(preset) = Preset::find(&config.preset) else { return Vec::new() };
    let mut usual = preset.config();
    (usual.max_steps, usual.max_epochs) = (config.max_steps, config.max_epochs);
    if config.start.is_some() {
        usual.model = config.model.clone();
    }
    let pairs = settings(config).into_iter().zip(settings(&usual));
    let other = pairs.filter(|(now, before)| now.1 != before.1);
    let start = config.start.iter().map(|start| format!("Starts from {}", printable::line(&start.name)));
    let named = other.map(|((label, value), _)| printable::line(&format!("{label} {value}")).into_owned());
    start.chain(named).take(MOST_DIFFERENCES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PRESETS;

    fn told(config: RunConfig) -> QueueItem {
        let training = QueuedTraining::Start { config: Box::new(config), out: None };
        item(&QueueEntry::new(1, String::new(), training), false)
    }

    #[test]
    fn an_entry_tells_where_it_ends_and_what_differs_from_its_preset() {
        let mut config = PRESETS[0].config();
        config.max_steps = 0;
        config.max_epochs = 0;
        let endless = told(config.clone());
        assert_eq!((endless.end.as_str(), endless.differs.len()), ("", 0));
        assert!(endless.endless().is_some_and(|text| text.contains("no limit")));
        assert_eq!(endless.name, format!("{}, {}", config.data.source.name(), config.preset));
        (config.max_steps, config.batch) = (5000, config.batch + 1);
        let item = told(config.clone());
        assert_eq!((item.end.as_str(), item.endless()), ("5,000 steps", None));
        assert_eq!(item.differs, [format!("Batch size {} pictures", config.batch)]);
        (config.max_steps, config.max_epochs) = (0, 1);
        assert_eq!(told(config).end, "1 epoch");
    }

    #[test]
    fn an_entry_whose_run_is_gone_says_so() {
        let training = QueuedTraining::Resume { run: "/no/such/run".into(), options: Default::default() };
        let item = item(&QueueEntry::new(1, String::new(), training), false);
        assert!(item.trouble.contains("/no/such/run") && item.endless().is_none(), "{item:?}");
        assert_eq!(item.name, "run");
    }
}
