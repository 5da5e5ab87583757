//! Photos as a phone has them, on the command line: what is left out and why, exclusions, and faces as `.cat` files.

use super::{home, purrtrait, run, train_tiny};
use purrtrait::data::draw_demo_cat;
use serde_json::Value;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use walkdir::WalkDir;

/// Demo cats of these numbers, the first ones with a `.cat` file.
fn photos(home: &TempDir, folder: &str, numbers: Range<u64>, with_faces: u64) {
    let folder = home.path().join(folder);
    fs::create_dir_all(&folder).unwrap();
    for i in numbers {
        let path = folder.join(format!("cat {i:02}.png"));
        fs::write(&path, draw_demo_cat(91, i, 96).to_png().unwrap()).unwrap();
        if i < with_faces {
            fs::write(folder.join(format!("cat {i:02}.png.cat")), FACE).unwrap();
        }
    }
}

/// 64 pixels from ear to ear, in the middle.
const FACE: &str = "9 34 40 62 40 48 58 16 34 22 18 36 26 60 26 74 18 80 34";

/// All files below a folder with their bytes.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    files.filter(|path| path.is_file()).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn list(home: &TempDir, text: &str) {
    list_of(home, "not these.txt", text);
}

fn list_of(home: &TempDir, name: &str, text: &str) {
    fs::write(home.path().join(name), text).unwrap();
}

fn check(home: &TempDir, arguments: &[&str]) -> Value {
    let mut command = purrtrait(home, "dataset check phone --size 32 --json");
    command.args(arguments);
    run(command).expect(0).json()
}

#[test]
fn dataset_check_says_what_is_left_out_and_why() {
    let home = home();
    photos(&home, "phone", 0..6, 2);
    photos(&home, "phone/copies", 4..6, 0);
    list(&home, "# not these\ncat 03.png\ncopies/cat 05.png\nnobody.jpg\n");
    let list = ["--exclude", "not these.txt"];
    let before = everything(&home.path().join("phone"));

    let report = check(&home, &[&list[..], &["--faces", "off", "--duplicates", "keep"]].concat());
    assert_eq!(report["usable"], 6, "{report:#}");
    assert_eq!(report["left_out"], serde_json::json!([["listed", 2]]), "{report:#}");
    let pictures = report["left_out_pictures"].as_array().unwrap();
    assert_eq!(pictures.len(), 2);
    assert!(pictures.iter().all(|picture| picture["reason"] == "listed" && picture["square"]["side"] == 96.0));
    assert!(Path::new(pictures[0]["path"].as_str().unwrap()).ends_with("phone/cat 03.png"), "{report:#}");

    // Copies are one moment: the best is used.
    let report = check(&home, &["--faces", "off"]);
    let burst = |report: &Value| {
        let left_out = report["left_out"].as_array().unwrap().iter();
        left_out.filter(|of| of[0] == "burst").map(|of| of[1].as_u64().unwrap()).sum::<u64>()
    };
    assert!(burst(&report) >= 1 && report["bursts"].as_u64() >= Some(1), "{report:#}");
    assert_eq!(burst(&check(&home, &["--faces", "off", "--duplicates", "keep"])), 0);

    let mut command = purrtrait(&home, "dataset check phone --size 32 --faces off");
    command.args(list);
    let text = run(command).expect(0).stdout;
    for words in ["could be read but not used", "2  in the list of excluded pictures", "--duplicates keep uses them"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(everything(&home.path().join("phone")), before, "no photo was touched");
}

#[test]
fn photos_without_a_face_are_left_out_or_cropped_as_one_says() {
    let home = home();
    photos(&home, "phone", 0..5, 2);
    let skip = check(&home, &["--faces", "on", "--no-face", "skip", "--duplicates", "keep"]);
    let crop = check(&home, &["--faces", "on", "--no-face", "crop", "--duplicates", "keep"]);
    for report in [&skip, &crop] {
        let faces = &report["faces"];
        assert!(faces["on"] == true && faces["faces"].as_u64() >= Some(2), "{report:#}");
        assert!(faces["text"].as_str().is_some_and(|text| !text.is_empty()));
    }
    let without = skip["faces"]["without"].as_u64().unwrap();
    assert_eq!(crop["usable"].as_u64().unwrap(), skip["usable"].as_u64().unwrap() + without, "{skip:#}\n{crop:#}");
    let text = run(purrtrait(&home, "dataset check phone --size 32 --faces on")).expect(0).stdout;
    assert!(text.contains("faces in all photos") && text.contains("photos without a face"), "{text}");
}

#[test]
fn a_run_remembers_its_list_of_exclusions_and_evaluate_takes_one() {
    let home = home();
    photos(&home, "phone", 0..12, 0);
    list(&home, "cat 00.png\ncat 01.png\n");
    let train = "train phone --preset quick-32 --device cpu --g-width 4 --d-width 4 --latent-size 8 --batch 4 \
                 --sample-count 4 --measure-every 0 --faces off --duplicates keep --json";
    let mut command = purrtrait(&home, &format!("{train} --steps 2 --out run"));
    command.args(["--exclude", "not these.txt"]);
    let done = run(command).expect(0);
    assert_eq!(done.events("started")[0]["pictures"], 10, "{done:?}");
    // From another folder: the list is where it was.
    fs::create_dir(home.path().join("elsewhere")).unwrap();
    let mut command = purrtrait(&home, "resume ../run --steps 4 --json");
    command.current_dir(home.path().join("elsewhere"));
    let done = run(command).expect(0);
    assert_eq!(done.events("started")[0]["pictures"], 10);
    assert!(done.events("notice").is_empty(), "{done:?}");
    // Another list, from now on.
    list_of(&home, "fewer.txt", "cat 00.png\n");
    let resumed = |arguments: &str| run(purrtrait(&home, &format!("resume run {arguments} --json")));
    assert_eq!(resumed("--steps 6 --exclude fewer.txt").expect(0).events("started")[0]["pictures"], 11);
    assert_eq!(resumed("--steps 8").expect(0).events("started")[0]["pictures"], 11);
    fs::remove_file(home.path().join("fewer.txt")).unwrap();
    let gone = resumed("--steps 10").expect(3);
    assert!(gone.stderr.contains("fewer.txt") && gone.stderr.contains("takes another list"), "{gone:?}");
    list_of(&home, "none.txt", "");
    assert_eq!(resumed("--steps 10 --exclude none.txt").expect(0).events("started")[0]["pictures"], 12);

    let missing = run(purrtrait(&home, &format!("{train} --steps 2 --out none --exclude gone.txt"))).expect(3);
    assert!(missing.stderr.contains("gone.txt") && missing.stderr.contains("--exclude"), "{missing:?}");
    assert!(!home.path().join("none").exists());

    run(purrtrait(&home, "dataset demo others --count 60 --size 40 --seed 5")).expect(0);
    let evaluate = |arguments: &str| run(purrtrait(&home, &format!("evaluate bundled others {arguments} --json")));
    let names: Vec<_> = fs::read_dir(home.path().join("others")).unwrap().map(|e| e.unwrap().file_name()).collect();
    let two: Vec<_> = names.iter().take(2).map(|name| name.to_string_lossy().into_owned()).collect();
    fs::write(home.path().join("two.txt"), two.join("\n")).unwrap();
    let settings = "--faces off --duplicates keep";
    assert_eq!(evaluate(settings).expect(0).json()["pictures"], 60);
    assert_eq!(evaluate(&format!("{settings} --exclude two.txt")).expect(0).json()["pictures"], 58);
    // Without a folder there is nothing that they could be about.
    train_tiny(&home, "--steps 2 --out tiny");
    let refused = run(purrtrait(&home, "evaluate tiny --exclude two.txt")).expect(2);
    assert!(refused.stderr.contains("FOLDER"), "{refused:?}");
}

#[test]
fn a_run_keeps_what_auto_decided_about_faces() {
    let home = home();
    photos(&home, "phone", 0..12, 0);
    let train = "train phone --preset quick-32 --device cpu --g-width 4 --d-width 4 --latent-size 8 --batch 4 \
                 --sample-count 4 --measure-every 0 --duplicates keep --no-face crop --steps 2 --out run --json";
    let done = run(purrtrait(&home, train)).expect(0);
    let on = done.events("dataset")[0]["faces"]["on"].as_bool().unwrap();
    let settings = || fs::read_to_string(home.path().join("run/run.toml")).unwrap();
    assert!(settings().contains(if on { "faces = \"on\"" } else { "faces = \"off\"" }), "{}", settings());
    // A run of a version that did not keep it decides again, and keeps that.
    let kept = settings();
    fs::write(home.path().join("run/run.toml"), kept.replace("\nfaces = ", "\nfaces = \"auto\" # ")).unwrap();
    assert!(settings().contains("faces = \"auto\""));
    run(purrtrait(&home, "resume run --steps 4 --json")).expect(0);
    assert_eq!(settings().replace("max-steps = 4", "max-steps = 2"), kept);
}

#[test]
fn faces_are_written_into_another_folder_and_nothing_is_overwritten() {
    let home = home();
    photos(&home, "phone/deep", 0..4, 2);
    let arguments = "dataset landmarks phone --out faces --faces off --duplicates keep";
    let before = everything(&home.path().join("phone"));
    let report = run(purrtrait(&home, &format!("{arguments} --json"))).expect(0).json();
    let counts = |report: &Value| ["written", "faces", "existing", "without"].map(|key| report[key].as_u64().unwrap());
    assert_eq!(counts(&report), [2, 2, 0, 2], "{report:#}");
    let written = home.path().join("faces/deep/cat 00.png.cat");
    let text = fs::read_to_string(&written).unwrap();
    // The outer points of the ears and the eyes are where they were.
    let numbers: Vec<f64> = text.split_whitespace().map(|n| n.parse().unwrap()).collect();
    let between = |i: usize| (numbers[1 + i] + numbers[3 + i]) / 2.0;
    assert_eq!((numbers.len(), text.lines().count()), (19, 1));
    assert!((between(0) - 48.0).abs() < 0.01 && (between(1) - 40.0).abs() < 0.01, "{text}");
    assert!((numbers[17] - numbers[7] - 64.0).abs() < 0.01, "{text}");

    fs::write(&written, "mine").unwrap();
    let text = run(purrtrait(&home, arguments)).expect(0).stdout;
    assert!(text.contains("2 files were there already and were left as they are"), "{text}");
    assert_eq!(fs::read_to_string(&written).unwrap(), "mine");
    let refused = run(purrtrait(&home, "dataset landmarks phone --out phone/deep/faces --faces off")).expect(3);
    assert!(refused.stderr.contains("choose a folder outside"), "{refused:?}");
    assert_eq!(everything(&home.path().join("phone")), before);
}

#[test]
fn decisions_of_a_newer_version_are_refused_and_damaged_ones_told() {
    let home = home();
    photos(&home, "phone", 0..3, 0);
    fs::create_dir_all(home.path().join("home")).unwrap();
    let choices = home.path().join("home/picture-choices.json");
    let newer = r#"{"version":7,"photos":{}}"#;
    fs::write(&choices, newer).unwrap();
    let refused = run(purrtrait(&home, "dataset check phone --size 32 --faces off")).expect(3);
    assert!(refused.stderr.contains("picture-choices.json") && refused.stderr.contains("update Purrtrait"));
    assert_eq!(fs::read_to_string(&choices).unwrap(), newer);
    fs::write(&choices, "{ broken").unwrap();
    let told = run(purrtrait(&home, "dataset check phone --size 32 --faces off")).expect(0);
    assert!(told.stderr.contains("picture-choices.bad.json"), "{told:?}");
    assert_eq!(fs::read_to_string(home.path().join("home/picture-choices.bad.json")).unwrap(), "{ broken");
}
