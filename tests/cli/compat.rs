//! What older versions wrote opens unchanged; `tests/compat/README.md` tells how the files were made.

use super::*;
use purrtrait::config::{AppSettings, Augment, DataConfig, Duplicates, FaceMode, Precision, Preset, RunConfig, Theme};

fn compat() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder with a copy of the older run.
fn older_run() -> TempDir {
    let home = home();
    copy(&compat().join("run"), &home.path().join("run"));
    home
}

#[test]
fn an_older_picture_is_restored_to_the_bit() {
    let home = older_run();
    let picture = compat().join("cat-7-00000.png");
    let restore = format!("restore {} --model run --device cpu --out again.png --json", picture.display());
    let report = run(purrtrait(&home, &restore)).expect(0).json();
    assert_eq!(
        (&report["same"], &report["recipe"]["program"]),
        (&true.into(), &"Purrtrait 0.1.0".into()),
        "{report:#}"
    );
    let frame = |path: &Path| purrtrait::pixels::Frame::open_png(path).unwrap();
    assert!(frame(&home.path().join("again.png")) == frame(&picture));
}

#[test]
fn an_older_run_is_measured_with_the_pictures_that_it_held_out() {
    let home = older_run();
    let report = run(purrtrait(&home, "evaluate run --json")).expect(0).json();
    assert_eq!((&report["pictures"], &report["step"]), (&60.into(), &4.into()), "{report:#}");
    assert!(report["r_held"].is_number() && report["r_train"].is_number(), "{report:#}");
}

#[test]
fn an_older_run_is_resumed_with_its_split_and_settings() {
    let home = older_run();
    let done = run(purrtrait(&home, "resume run --steps 6 --json")).expect(0);
    let started = &done.events("started")[0];
    assert_eq!((&started["first_step"], &started["pictures"], &started["held"]), (&4.into(), &60.into(), &60.into()));
    assert_eq!(started["config"]["held-out"], 50.0, "{started:#}");
    let steps: Vec<_> = done.events("metrics").iter().map(|m| m["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [5, 6]);
    let warnings = done.events("notice").into_iter().filter(|notice| notice["level"] != "info");
    assert_eq!(warnings.collect::<Vec<_>>(), [] as [Value; 0], "{done:?}");
    // The same pictures are held out, under whichever of its two names the list is kept.
    let list = |run: &Path| -> Vec<String> {
        let text = ["held-out.json", "held-back.json"].into_iter().find_map(|name| fs::read(run.join(name)).ok());
        let mut digests: Vec<String> = serde_json::from_slice(&text.unwrap()).unwrap();
        digests.sort();
        digests
    };
    let held = list(&home.path().join("run"));
    assert_eq!((held.len(), &held), (60, &list(&compat().join("run"))));
}

#[test]
fn older_settings_and_presets_are_read() {
    let text = fs::read_to_string(compat().join("settings.json")).unwrap();
    let settings = AppSettings {
        machines: Vec::new(),
        theme: Theme::Dark,
        zoom: 1.25,
        recent_folders: vec!["/cats".into()],
        recent_runs: vec!["/runs/0001-cats".into()],
        runs_folder: Some("/runs".into()),
        real_pictures: Some("/real".into()),
        inception: None,
        ..AppSettings::default()
    };
    assert_eq!(serde_json::from_str::<AppSettings>(&text).unwrap(), settings);
    let text = fs::read_to_string(compat().join("presets.json")).unwrap();
    let older: std::collections::BTreeMap<String, RunConfig> = serde_json::from_str(&text).unwrap();
    for (name, older) in &older {
        let mut expected = Preset::find(name).unwrap_or_else(|| panic!("{name} is gone")).config();
        // What did not exist then stays off, so that a run sees the same pictures.
        expected.data = DataConfig { faces: FaceMode::Off, duplicates: Duplicates::Keep, ..expected.data };
        expected.tunables.stop_on_copies = false;
        // It was written down, and 32 bits unless somebody said otherwise.
        expected.precision = Precision::F32;
        if name == "quick-32" {
            // It held nothing out, so nothing watched for overfitting.
            expected.held_out = 0.0;
        }
        if expected.augment == Augment::ColourGeometry {
            expected.augment = Augment::ColourTranslation;
        }
        assert_eq!(*older, expected, "{name}");
    }
}

#[test]
fn the_older_flag_of_bench_is_understood() {
    let report = run(purrtrait(&home(), "bench --forms --device cpu --json")).expect(0).json();
    assert_eq!(report["conv_algorithms"], Value::Array(Vec::new()));
    assert_eq!(report["forms"], report["conv_algorithms"]);
}
