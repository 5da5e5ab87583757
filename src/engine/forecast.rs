//! How long a run will take, said before it starts.

use crate::config::{DataConfig, DataSource, FEWEST_PICTURES, RunConfig, Tunables, held_out_count};
use crate::engine::protocol::speed::StepSpeed;
use crate::printable::thousands;
use crate::train::{Milestones, run_length};

/// Good pictures later than this are for people with another device, in seconds.
const PATIENCE: f64 = 12.0 * 3600.0;

/// When a run will show what, in seconds after its start.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Forecast {
    /// The first cats; 0 where a model draws them from the start.
    pub first_seconds: f64,
    /// Good cats.
    pub good_seconds: f64,
    /// The end of the run, if it has a limit.
    pub end_seconds: Option<f64>,
    /// There are so few pictures that it copies some of them before it draws good cats.
    pub copies_first: bool,
    /// After so many steps it is good. More are planned, and so few pictures are copied then.
    pub enough_steps: Option<u64>,
    /// Where the numbers of steps come from, in a sentence.
    pub source: &'static str,
}

impl Forecast {
    /// Of a run with these settings on so many pictures.
    pub fn new(config: &RunConfig, pictures: usize, speed: StepSpeed) -> Self {
        let Milestones { first, good, source } = Milestones::of(config);
        let length = length(config, pictures);
        let after = |steps: u64| if steps == 0 { 0.0 } else { speed.first_step + steps as f64 * speed.step };
        Self {
            first_seconds: after(first),
            good_seconds: after(good),
            end_seconds: length.map(after),
            copies_first: is_few(config, pictures) && config.start.is_none(),
            enough_steps: enough_steps(config, pictures),
            source,
        }
    }

    /// Whether nobody should have to wait for that.
    pub fn is_slow(&self) -> bool {
        self.good_seconds > PATIENCE
    }

    /// In a sentence, or two.
    pub fn sentence(&self) -> String {
        let when = self.when();
        // docs/measurements.md, "A few photos of one's own cats": with 27 photos, 14 of 100 pictures were copies by
        // then; from the bundled generator 1 after 5,466 steps, and 10 after 14,022.
        if self.copies_first {
            when + " From so few pictures it begins to copy them before that; start from cats it already knows."
        } else if let Some(steps) = self.enough_steps {
            format!("{when} Later it begins to copy so few pictures: a limit of {} steps is enough.", thousands(steps))
        } else {
            when
        }
    }

    fn when(&self) -> String {
        let (first, good) = (self.first_seconds, self.good_seconds);
        let cats = match first {
            0.0 => "Cats at once".to_owned(),
            seconds => format!("First cats in about {}", about(seconds)),
        };
        match self.end_seconds {
            Some(end) if end < first => {
                format!("The run ends after about {}, before its first cats (about {}).", about(end), about(first))
            }
            Some(end) if end < 0.9 * good => {
                format!("{cats}; the run ends after about {}, before good ones (about {}).", about(end), about(good))
            }
            _ if first == 0.0 => format!("{cats}, good ones of your own in about {}.", about(good)),
            _ => format!("{cats}, good ones in about {}.", about(good)),
        }
    }
}

/// Steps of the whole run, if it has an end.
fn length(config: &RunConfig, pictures: usize) -> Option<u64> {
    run_length(config, pictures - held_out_count(pictures, config.held_out))
}

/// Whether the pictures are a person's own and so few that nothing watches for copies of them.
fn is_few(config: &RunConfig, pictures: usize) -> bool {
    config.data.source != DataSource::Demo && pictures < FEWEST_PICTURES
}

/// After how many steps a run on `pictures` that starts from a model is good, where more than half as many again are
/// planned and the pictures are so few that they are copied then.
pub fn enough_steps(config: &RunConfig, pictures: usize) -> Option<u64> {
    let good = Milestones::of(config).good;
    let goes_on = length(config, pictures).is_none_or(|steps| steps > good + good / 2);
    (is_few(config, pictures) && config.start.is_some() && goes_on).then_some(good)
}

/// A time in words, as roughly as it is known: `20 seconds`, `3 minutes`, `2 hours`, `9 days`.
fn about(seconds: f64) -> String {
    const DAY: f64 = 86_400.0;
    let of = |count: f64, unit: &str| format!("{count} {unit}{}", if count == 1.0 { "" } else { "s" });
    match seconds {
        s if s < 55.0 => of((s / 10.0).round().max(1.0) * 10.0, "second"),
        s if s < 10.0 * 60.0 => of((s / 60.0).round(), "minute"),
        s if s < 55.0 * 60.0 => of((s / 300.0).round() * 5.0, "minute"),
        s if s < 36.0 * 3600.0 => of((s / 3600.0).round().max(1.0), "hour"),
        s if s < 60.0 * DAY => of((s / DAY).round(), "day"),
        s if s < 700.0 * DAY => of((s / DAY / 30.4).round(), "month"),
        _ => "years".to_owned(),
    }
}

/// The settings on which the time of a step depends, with everything else as it is by default: equal for recipes that
/// need no measurement of their own.
pub fn speed_key(config: &RunConfig) -> RunConfig {
    let Tunables { d_steps, r1, r2, .. } = config.tunables;
    // A penalty costs the same whatever its weight.
    let on = |weight: f64| if weight > 0.0 { 0.1 } else { 0.0 };
    RunConfig {
        device: config.device,
        batch: config.batch,
        augment: config.augment,
        augment_target: if config.augment_target > 0.0 { 0.6 } else { 0.0 },
        penalty_every: config.penalty_every,
        precision: config.precision,
        model: config.model.clone(),
        tunables: Tunables { d_steps, r1: on(r1), r2: on(r2), ..Tunables::default() },
        data: DataConfig::default(),
        ..RunConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Preset, StartModel};

    fn of(preset: &str) -> RunConfig {
        Preset::find(preset).unwrap().config()
    }

    fn sentence(config: &RunConfig, pictures: usize, step: f64) -> String {
        Forecast::new(config, pictures, StepSpeed { step, first_step: 1.0 }).sentence()
    }

    #[test]
    fn a_recipe_says_when_there_are_cats() {
        assert_eq!(
            sentence(&of("modern-64"), 4270, 0.18),
            "First cats in about 3 minutes, good ones in about 25 minutes."
        );
        let slow = Forecast::new(&of("article-128"), 4270, StepSpeed { step: 54.0, first_step: 60.0 });
        assert!(slow.is_slow());
        assert_eq!(
            slow.sentence(),
            "First cats in about 4 days; the run ends after about 9 days, before good ones (about 14 days)."
        );
    }

    #[test]
    fn a_limit_and_a_model_are_taken_into_account() {
        let short = RunConfig { max_steps: 400, ..of("modern-64") };
        assert_eq!(
            sentence(&short, 4270, 0.1),
            "The run ends after about 40 seconds, before its first cats (about 2 minutes)."
        );
        let start = StartModel { name: "cats".into(), ..StartModel::default() };
        let tuned = RunConfig { start: Some(start), ..of("finetune") };
        assert_eq!(sentence(&tuned, 200, 0.11), "Cats at once, good ones of your own in about 10 minutes.");
    }

    #[test]
    fn very_few_pictures_are_copied_sooner_than_where_a_model_knows_cats() {
        let folder = DataSource::Folder("cats".into());
        let mut config = RunConfig { data: DataConfig { source: folder, ..DataConfig::default() }, ..of("modern-64") };
        assert!(sentence(&config, 49, 0.1).ends_with("before that; start from cats it already knows."));
        assert!(!sentence(&config, 50, 0.1).contains("copy"));
        config.start = Some(StartModel { name: "cats".into(), ..StartModel::default() });
        assert!(
            sentence(&config, 27, 0.1)
                .ends_with(" Later it begins to copy so few pictures: a limit of 6,000 steps is enough.")
        );
        assert!(!sentence(&config, 50, 0.1).contains("copy"), "that is watched");
        config.max_steps = 6000;
        assert!(!sentence(&config, 27, 0.1).contains("copy"));
        assert!(!sentence(&of("quick-32"), 20, 0.1).contains("copy"), "drawn cats are no photos");
    }

    #[test]
    fn times_are_as_rough_as_they_are_known() {
        let all = [3.0, 44.0, 58.0, 170.0, 1400.0, 3500.0, 7000.0, 1.3e5, 7.7e5, 1e7, 1e9].map(about);
        let words = [
            "10 seconds",
            "40 seconds",
            "1 minute",
            "3 minutes",
            "25 minutes",
            "1 hour",
            "2 hours",
            "2 days",
            "9 days",
            "4 months",
            "years",
        ];
        assert_eq!(all, words);
    }

    #[test]
    fn recipes_of_equal_speed_have_one_key() {
        let recipe = of("modern-64");
        let mut other = RunConfig { max_steps: 7, seed: 3, held_out: 0.0, ..recipe.clone() };
        (other.tunables.lr_g, other.tunables.r1) = (1e-5, 0.3);
        assert_eq!(speed_key(&recipe), speed_key(&other));
        other.tunables.r1 = 0.0;
        assert_ne!(speed_key(&recipe), speed_key(&other));
        assert_ne!(speed_key(&recipe), speed_key(&RunConfig { batch: 8, ..recipe.clone() }));
        speed_key(&of("finetune")).validate().unwrap();
    }
}
