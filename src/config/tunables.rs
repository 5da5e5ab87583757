//! Settings that act on a running training: each change takes effect at the next step and is marked on the plots.

use super::define::settings;
use super::param::{Kind, SettingError, Value, check_all};
use super::picture_use::PictureUse;

settings! {
    /// Everything that may change while a run trains.
    pub struct Tunables;
    /// The live-editable settings, in the order in which they are shown.
    pub static TUNABLES;

    lr_g: f64 = 2e-4 => {
        key: "lr-g",
        label: "Generator learning rate",
        help: "Step size of the generator's optimiser (Adam). Lower it when the generator's loss jumps about; raise it \
               when the pictures stop changing.",
        takes: Kind::Float { min: 1e-7, max: 1e-2, log: true },
    };
    lr_d: f64 = 2e-4 => {
        key: "lr-d",
        label: "Discriminator learning rate",
        help: "Step size of the discriminator's optimiser (Adam). Lower it when the discriminator's loss falls towards \
               zero: it is winning, and the generator learns nothing from a discriminator that is always right.",
        takes: Kind::Float { min: 1e-7, max: 1e-2, log: true },
    };
    smoothing: f64 = 0.1 => {
        key: "smoothing",
        label: "Label smoothing",
        help: "Labels real pictures with 1 minus this (one-sided), so that the discriminator does not become \
               overconfident. Only the bce loss uses it.",
        takes: Kind::Float { min: 0.0, max: 0.4, log: false },
    };
    d_steps: u32 = 1 => {
        key: "d-steps",
        label: "Discriminator steps",
        help: "Discriminator updates per generator update. More than one helps when the generator wins.",
        takes: Kind::Int { min: 1, max: 8 },
    };
    r1: f64 = 0.0 => {
        key: "r1",
        label: "R1 penalty",
        help: "Weight (gamma) of the gradient penalty on real pictures: it keeps the discriminator's output flat \
               around them, and both networks in balance. 0 is off; small pictures want 0.01 to 1. Raise it when \
               training oscillates, lower it when nothing is learned.",
        takes: Kind::Float { min: 0.0, max: 10.0, log: true },
    };
    r2: f64 = 0.0 => {
        key: "r2",
        label: "R2 penalty",
        help: "The same penalty on generated pictures. 0 is off. R1 and R2 with the rpgan loss train most stably.",
        takes: Kind::Float { min: 0.0, max: 10.0, log: true },
    };
    ema_images: f64 = 10_000.0 => {
        key: "ema-images",
        label: "EMA half-life",
        help: "The pictures shown come from an exponential moving average (EMA) of the generator's weights, with a \
               half-life of this many training pictures, from scratch at most a tenth of those seen so far: calmer \
               and usually better than the newest weights. 0 shows the newest weights.",
        unit: "pictures",
        takes: Kind::Float { min: 0.0, max: 200_000.0, log: true },
    };
    sample_every: u32 = 10 => {
        key: "sample-every",
        label: "Sample every",
        help: "Steps between two sample grids. About a thousand of them stay in the run folder: all of the newest and \
               the first, those next to a changed setting, and fewer of those in between.",
        unit: "steps",
        takes: Kind::Int { min: 1, max: 100_000 },
    };
    checkpoint_every: f64 = 5.0 => {
        key: "checkpoint-every",
        label: "Save every",
        help: "Epochs between two checkpoints. Where epochs are short, the interval is longer: up to a minute, or 19 \
               times as long as saving takes. A crash costs at most the time since the last checkpoint.",
        unit: "epochs",
        takes: Kind::Float { min: 0.01, max: 1000.0, log: true },
    };
    metrics_every: u32 = 5 => {
        key: "metrics-every",
        label: "Log losses every",
        help: "Steps between two readings of the losses. Each reading makes the device wait, so reading at every step \
               costs speed.",
        unit: "steps",
        takes: Kind::Int { min: 1, max: 1000 },
    };
    measure_every: f64 = 5.0 => {
        key: "measure-every",
        label: "Measure every",
        help: "Epochs between two measurements of picture quality. One processor core measures while training \
               continues, at most a tenth of the time; the final pictures are measured once more. Each time a \
               checkpoint is saved, and the best of them stays on disk. In a folder of more than 10,000 pictures, \
               10,000 count as an epoch. 0 never measures.",
        unit: "epochs",
        takes: Kind::Float { min: 0.0, max: 100.0, log: true },
    };
    stop_on_copies: bool = true => {
        key: "stop-on-copies",
        label: "Stop at copies",
        help: "Ends the run, saved, once two measurements in a row show that most generated pictures are nearly copies \
               of training pictures: from then on, it learns them by heart. The best checkpoint stays on disk. Needs \
               measurements (Measure every).",
        takes: Kind::Flag,
        before: "never_stopped",
    };
    /// Training pictures that are left out or favoured.
    #[serde(skip_serializing_if = "PictureUse::is_usual")]
    pictures: PictureUse = PictureUse::default();
}

/// Of a larger data set, so many pictures count as an epoch: a day without a measurement helps nobody.
const LONGEST_EPOCH: f64 = 10_000.0;

/// Older runs train until their limit, copies or not.
fn never_stopped() -> bool {
    false
}

impl Tunables {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting outside its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_all(TUNABLES, self)?;
        self.pictures.validate()
    }

    /// Epochs from one measurement of the pictures to the next, in a run with so many training pictures; 0 for none.
    pub(crate) fn epochs_between_measurements(&self, pictures: usize) -> f64 {
        self.measure_every * (LONGEST_EPOCH / pictures.max(1) as f64).min(1.0)
    }

    /// The differences from `old` as `(label, old value, new value)`: the text of the marks on the plots.
    pub(crate) fn changes_from(&self, old: &Self) -> Vec<(&'static str, Value, Value)> {
        let settings = TUNABLES.iter().map(|p| (p.label, p.get(old), p.get(self)));
        let mut changes: Vec<_> = settings.filter(|(_, before, after)| before != after).collect();
        if self.pictures != old.pictures {
            let counts = |tunables: &Self| <[usize; 2]>::from(tunables.pictures.counts()).map(|n| n as f64);
            let labels = ["Pictures left out", "Pictures favoured"].into_iter();
            let counted = labels.zip(counts(old)).zip(counts(self)).map(|((label, old), new)| (label, old, new));
            // Of two sets that are as large, both are named: which pictures they are is not said.
            let same = counts(old) == counts(self);
            let counted = counted.filter(|(_, old, new)| old != new || same && *new > 0.0);
            changes.extend(counted.map(|(label, old, new)| (label, Value::Number(old), Value::Number(new))));
        }
        changes
    }

    /// Whether the networks learn the same under both: how often samples, losses, measurements and checkpoints are
    /// made, and which weights are shown, does not count.
    pub(crate) fn teach_like(&self, other: &Self) -> bool {
        let Self { lr_g, lr_d, smoothing, d_steps, r1, r2, pictures, .. } = self.clone();
        *other == Self { lr_g, lr_d, smoothing, d_steps, r1, r2, pictures, ..other.clone() }
    }

    /// These settings, with those that differ between `written` and `edited` taken from `edited`.
    pub(crate) fn with_edits(&self, written: &Self, edited: &Self) -> Self {
        let mut all = self.clone();
        for p in TUNABLES.iter().filter(|p| p.get(edited) != p.get(written)) {
            // Edited values were checked when they were made.
            let _ = p.set(&mut all, &p.get(edited));
        }
        if edited.pictures != written.pictures {
            all.pictures = edited.pictures.clone();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture_use::Usage;
    use super::*;

    #[test]
    fn large_data_sets_are_measured_more_often_than_their_epochs_end() {
        let every =
            |pictures| Tunables { measure_every: 4.0, ..Tunables::default() }.epochs_between_measurements(pictures);
        assert_eq!([115, 10_000, 40_000].map(every), [4.0, 4.0, 1.0]);
        assert_eq!(Tunables { measure_every: 0.0, ..Tunables::default() }.epochs_between_measurements(115), 0.0);
    }

    #[test]
    fn only_settings_that_teach_make_a_difference_to_learning() {
        let teaching = ["lr-g", "lr-d", "smoothing", "d-steps", "r1", "r2"];
        for param in TUNABLES {
            let mut other = Tunables::default();
            let values = [3.0, 0.3, 3e-3].map(Value::Number).into_iter().chain([Value::Flag(false)]);
            let fits = values.into_iter().any(|value| param.set(&mut other, &value).is_ok());
            assert!(fits, "{}", param.key);
            let teaches = !other.teach_like(&Tunables::default());
            assert_eq!(teaches, teaching.contains(&param.key), "{}", param.key);
        }
        let mut other = Tunables::default();
        other.pictures.set("0123456789abcdef", Usage::LeftOut);
        assert!(!other.teach_like(&Tunables::default()));
    }

    #[test]
    fn pictures_are_a_setting_like_the_others() {
        let usual = Tunables::default();
        assert!(!toml::to_string(&usual).unwrap().contains("pictures"));
        let mut changed = Tunables { lr_g: 1e-4, ..usual.clone() };
        changed.pictures.set("0123456789abcdef0", Usage::LeftOut);
        let words = |new: &Tunables, old| {
            let changes = new.changes_from(old).into_iter();
            changes.map(|(label, old, new)| format!("{label} {old} {new}")).collect::<Vec<_>>()
        };
        assert_eq!(words(&changed, &usual), ["Generator learning rate 2e-4 1e-4", "Pictures left out 0 1"]);
        assert_eq!(words(&usual, &changed)[1], "Pictures left out 1 0");
        let mut another = usual.clone();
        another.pictures.set("fedcba9876543210", Usage::LeftOut);
        another.lr_g = 1e-4;
        assert_eq!(words(&another, &changed), ["Pictures left out 1 1"]);
        let read: Tunables = toml::from_str(&toml::to_string(&changed).unwrap()).unwrap();
        assert_eq!(read, changed);
        assert_eq!(usual.with_edits(&usual, &changed), changed);
        assert_eq!(changed.with_edits(&usual, &usual), changed);
    }
}
