//! How a training without a window treats the computer.

use super::{Done, TINY, home, purrtrait, run};
use std::fs;
use std::path::{Path, PathBuf};

/// Seconds of the steps from 5 to 30, as the run folder has them.
fn seconds(run: &Path) -> f64 {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let at = |step: u64| lines.clone().find(|m| m["step"] == step).unwrap()["seconds"].as_f64().unwrap();
    at(30) - at(5)
}

/// Checks that the same steps take four times as long with a quarter of the device. What else this computer does may
/// disturb a comparison.
pub fn takes_four_times_as_long(mut train: impl FnMut(&str) -> PathBuf) {
    let mut seen = Vec::new();
    for _ in 0..8 {
        let full = seconds(&train("full"));
        let slower = seconds(&train("background")) / full;
        if (2.0..8.0).contains(&slower) {
            return;
        }
        seen.push(slower);
    }
    panic!("{seen:?} instead of 4");
}

#[test]
fn a_share_is_given_on_the_command_line_and_the_weights_are_the_same() {
    let home = home();
    let mut n = 0;
    takes_four_times_as_long(|share| {
        n += 1;
        let flags = format!("--share {share} --let-sleep --pause-on-battery=off --steps 30 --json");
        run(purrtrait(&home, &format!("train demo {TINY} {flags} --out run{n}"))).expect(0);
        home.path().join(format!("run{n}"))
    });
    let weights = |n| fs::read(home.path().join(format!("run{n}/checkpoints/step-000000030/weights.safetensors")));
    assert!(weights(1).unwrap() == weights(2).unwrap(), "the share changes no weight");
    assert!(!home.path().join("home/settings.json").exists(), "a flag is not remembered");
}

#[test]
fn what_the_flags_take_is_explained_and_checked() {
    let home = home();
    let done = |arguments: &str| -> Done { run(purrtrait(&home, arguments)) };
    let refused = done("train demo --share half").expect(2);
    assert!(refused.stderr.contains("[possible values: full, polite, background]"), "{refused:?}");
    done("train demo --pause-on-battery=maybe").expect(2);
    for command in ["train", "resume"] {
        let help = done(&format!("{command} --help")).expect(0).stdout;
        for words in ["--share <SHARE>", "about 60 % of the time", "--pause-on-battery", "--let-sleep"] {
            assert!(help.contains(words), "{command}: {words} in {help}");
        }
    }
}
