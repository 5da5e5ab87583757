//! What recipes have drawn, so that one sees before a start what to expect.

use crate::pixels::Frame;
use std::sync::{Arc, OnceLock};

/// Unselected pictures of one training: numbers 0 to 7 of seed 1.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    /// A strip of eight.
    pub strip: Arc<Frame>,
    /// What it was trained on, and how long.
    pub words: &'static str,
}

/// Preset, file, words.
const FILES: [(&str, &[u8], &str); 6] = [
    (
        "quick-32",
        include_bytes!("../../assets/examples/quick-32.png"),
        "Drawn by this recipe after 6,000 steps on 1,000 photos of cats: five minutes on one core of a CPU.",
    ),
    (
        "modern-64",
        include_bytes!("../../assets/examples/modern-64.png"),
        "Drawn by a narrow network of this recipe after two and a half hours on one core of a CPU, from 1,000 photos \
         of cats. A graphics card and the full width do better.",
    ),
    (
        "classic-64",
        include_bytes!("../../assets/examples/classic-64.png"),
        "Drawn by a narrow network of this recipe after 6,700 steps on 1,000 photos of cats: a quarter of an hour on \
         one core of a CPU, with augmentation.",
    ),
    (
        "modern-128",
        include_bytes!("../../assets/examples/modern-128.png"),
        "Drawn by the bundled generator, grown to 128 px and trained for 14,000 more steps on 1,000 photos of cats: \
         an hour and a half on one core of a CPU. A graphics card and the full width do better.",
    ),
    (
        "modern-256",
        include_bytes!("../../assets/examples/modern-256.png"),
        "Drawn by the bundled generator of 128 px, grown to 256 px and trained for 2,200 steps on one core of a CPU: a \
         beginning. Shown at half its size.",
    ),
    (
        "finetune",
        include_bytes!("../../assets/examples/finetune.png"),
        "Drawn by the bundled generator after it was trained further on 115 photos of Maine Coons for 19 minutes on \
         one core of a CPU.",
    ),
];

/// What the preset of this name has drawn; none where nothing was trained to the end yet.
pub(crate) fn example(preset: &str) -> Option<&'static Example> {
    static ALL: OnceLock<Vec<(&'static str, Example)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let read = |(name, file, words): (&'static str, &[u8], &'static str)| {
            let strip = Frame::from_png(file).ok()?;
            Some((name, Example { strip: Arc::new(strip), words }))
        };
        FILES.into_iter().filter_map(read).collect()
    });
    all.iter().find(|(name, _)| *name == preset).map(|(_, example)| example)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{FINE_TUNING, PRESETS};

    #[test]
    fn every_example_can_be_read_and_belongs_to_a_preset() {
        for (name, ..) in FILES {
            assert!(PRESETS.iter().chain([&FINE_TUNING]).any(|preset| preset.name == name), "{name}");
            let example = example(name).unwrap_or_else(|| panic!("{name} cannot be read"));
            let (width, height) = (example.strip.width, example.strip.height);
            assert_eq!(width, 8 * height, "{name}: eight pictures side by side, not {width} x {height}");
        }
        assert!(example("article-128").is_none());
    }
}
