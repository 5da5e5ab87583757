//! What each step's line of the metrics says beside the losses.

use super::{folder, metrics, resume, tiny, train};
use purrtrait::config::{Augment, RateDecay};
use purrtrait::engine::{Event, FindingKind, StepMetrics};
use std::fs;

#[test]
fn each_line_has_the_rates_that_its_step_ran_under() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(12);
    config.rate_decay = RateDecay::Cosine;
    let set = config.tunables.lr_g;
    // Three steps are read together.
    train(config, &run);
    for m in metrics(&run) {
        // The rate falls from the moment on when two thirds of the run are done, to a quarter at its end.
        let done = (m.step - 1) as f64 / 12.0;
        let falling = ((done - 2.0 / 3.0) * 3.0).max(0.0);
        let expected = set * (0.25 + 0.375 * (1.0 + (std::f64::consts::PI * falling).cos()));
        assert!((m.lr_g - expected).abs() < 1e-12, "step {}: {} instead of {expected}", m.step, m.lr_g);
    }
    let rates: Vec<f64> = metrics(&run).iter().map(|m| m.lr_d).collect();
    assert_eq!(rates[..9], [rates[0]; 9]);
    assert!(rates[8..].windows(2).all(|pair| pair[1] < pair[0]), "{rates:?}");
}

#[test]
fn the_strength_of_adaptive_augmentation_follows_the_mean_sign() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(40);
    // Low, so that a discriminator that has hardly learned is sometimes above it.
    (config.augment, config.augment_target) = (Augment::All, 0.1);
    train(config, &run);
    let lines = metrics(&run);
    assert_eq!(lines[0].augmented, Some(0.0), "the first step has seen nothing yet");
    let mut moved = 0;
    for pair in lines.windows(2) {
        let (r_t, before, after) = (pair[0].r_t.unwrap(), pair[0].augmented.unwrap(), pair[1].augmented.unwrap());
        // Four pictures: their mean sign is one of five numbers.
        assert!((-1.0..=1.0).contains(&r_t) && (r_t * 2.0).fract() == 0.0, "{r_t}");
        assert!(if r_t > 0.1 { after > before } else { after < before || after == 0.0 }, "{r_t}: {before} to {after}");
        moved += u32::from(after != before);
    }
    assert!(moved > 0, "it never moved");
}

#[test]
fn a_fixed_augmentation_has_no_strength_and_lines_of_before_are_read() {
    let dir = folder();
    let run = dir.path().join("run");
    let events = train(tiny(4), &run);
    let info = events.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info) } else { None }).unwrap();
    assert_eq!((info.pictures, info.held_out), (20, 0));
    assert_eq!(info.unwatched, [FindingKind::Overfitting, FindingKind::Copying]);

    let path = run.join("metrics.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("augmented"));
    let old = text.lines().map(|line| {
        let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line.as_object_mut().unwrap().remove("r_t").is_some());
        format!("{line}\n")
    });
    fs::write(&path, old.collect::<String>()).unwrap();
    let events = resume(&run, 6);
    let told = events.iter().filter_map(|e| if let Event::Metrics(lines) = e { Some(lines.clone()) } else { None });
    let told: Vec<StepMetrics> = told.flatten().collect();
    assert_eq!(
        told.iter().map(|m| (m.step, m.r_t.is_some())).collect::<Vec<_>>(),
        (1..=6).map(|s| (s, s > 4)).collect::<Vec<_>>()
    );
}
