//! The right pictures: what this program made is never trained on, folders are kept whole and recognised elsewhere, and
//! few pictures are told.

use super::{Done, contents, home, purrtrait, run};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const QUICK: &str = "--preset quick-32 --device cpu --g-width 4 --d-width 4 --latent-size 8 --batch 8 --sample-count 4 \
                     --measure-every 0 --json";

fn cats(home: &TempDir, folder: &str, count: u32, seed: u32) {
    run(purrtrait(home, &format!("dataset demo {folder} --count {count} --size 40 --seed {seed}"))).expect(0);
}

/// The program, started in a folder below `home`.
fn within(home: &TempDir, folder: &str, arguments: &str) -> Command {
    let mut command = purrtrait(home, arguments);
    command.current_dir(home.path().join(folder));
    command
}

fn started(done: &Done) -> Value {
    done.events("started").remove(0)
}

/// The reasons that were given for files of this folder, by their names.
fn reasons(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().replace('\\', "/");
    let name = |path: String| path.rsplit('/').next().unwrap().to_owned();
    report["skipped"].as_array().unwrap().iter().map(|s| (name(text(&s["path"])), text(&s["reason"]))).collect()
}

#[test]
fn what_the_program_made_below_the_pictures_is_not_trained_on() {
    let home = home();
    cats(&home, "c", 10, 3);
    let done = run(purrtrait(&home, &format!("train c {QUICK} --steps 6 --sample-every 2 --out c/run"))).expect(0);
    assert_eq!(started(&done)["pictures"], 10, "demo cats are there to learn from");
    let generate = "generate c/run --count 6 --device cpu --out c/generated --grid c/sheet.png";
    run(purrtrait(&home, generate)).expect(0);
    for film in ["walk.gif", "walk.apng", "frames"] {
        run(purrtrait(&home, &format!("walk c/run --frames 2 --device cpu --out c/{film}"))).expect(0);
    }
    // A sheet that was copied out of the run, under another name, and the run itself renamed.
    fs::copy(home.path().join("c/run/samples/step-000000004.png"), home.path().join("c/look.png")).unwrap();
    fs::rename(home.path().join("c/run"), home.path().join("c/my tabby")).unwrap();
    let mut resume = purrtrait(&home, "resume --steps 8 --json");
    resume.arg("c/my tabby");
    let done = run(resume).expect(0);
    assert_eq!(started(&done)["pictures"], 10, "{done:?}");
    assert!(done.events("notice").is_empty(), "nothing has changed: {done:?}");

    let report = run(purrtrait(&home, "dataset check c --size 32 --json")).expect(0).json();
    let found = reasons(&report);
    assert_eq!(report["usable"], 10, "{found:#?}");
    for (name, words) in [
        ("my tabby", "Purrtrait run folder"),
        ("cat-1-00000.png", "made by Purrtrait"),
        ("sheet.png", "made by Purrtrait"),
        ("look.png", "made by Purrtrait"),
        ("walk.gif", "made by Purrtrait"),
        ("walk.apng", "made by Purrtrait"),
        ("frame-000001.png", "made by Purrtrait"),
    ] {
        assert!(found.iter().any(|(n, reason)| n == name && reason.contains(words)), "{name}: {found:#?}");
    }
    let text = run(purrtrait(&home, "dataset check c --size 32")).expect(0).stdout;
    assert!(text.contains("Purrtrait run folder") && text.contains("Only 10 pictures"), "{text}");
}

#[test]
fn generated_pictures_can_be_measured() {
    let home = home();
    cats(&home, "real", 60, 3);
    run(purrtrait(&home, "generate bundled --count 60 --device cpu --out made")).expect(0);
    let report = run(purrtrait(&home, "evaluate made real --size 32 --json")).expect(0).json();
    assert_eq!(report["pictures"], 60, "{report:#}");
    // As real pictures they are none.
    let refused = run(purrtrait(&home, "evaluate real made --size 32")).expect(3);
    assert!(refused.stderr.contains("made by Purrtrait"), "{refused:?}");
}

#[test]
fn the_folder_is_kept_whole_and_an_old_relative_one_belongs_to_its_run() {
    let home = home();
    fs::create_dir(home.path().join("b")).unwrap();
    cats(&home, "a/cats", 10, 3);
    run(within(&home, "a", &format!("train cats {QUICK} --steps 4 --out run"))).expect(0);
    let settings = home.path().join("a/run/run.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let whole = home.path().join("a/cats");
    let kept = || {
        let config: toml::Table = fs::read_to_string(&settings).unwrap().parse().unwrap();
        let kept = Path::new(config["data"]["source"]["folder"].as_str().unwrap()).to_owned();
        // The system may name the temporary folder in two ways.
        assert!(kept.is_absolute() && kept.canonicalize().unwrap() == whole.canonicalize().unwrap(), "{kept:?}");
    };
    kept();
    run(within(&home, "b", "resume ../a/run --steps 6")).expect(0);

    // As older runs kept it, with another folder of that name where the program is started.
    let line = text.lines().find(|line| line.starts_with("folder")).unwrap();
    fs::write(&settings, text.replace(line, "folder = \"cats\"")).unwrap();
    cats(&home, "b/cats", 30, 9);
    let done = run(within(&home, "b", "resume ../a/run --steps 8 --json")).expect(0);
    assert_eq!(started(&done)["pictures"], 10);
    kept();

    // Nothing of that name near the run: refused, however many there are elsewhere.
    fs::write(&settings, text.replace(line, "folder = \"cats\"")).unwrap();
    fs::rename(&whole, home.path().join("a/moved")).unwrap();
    let refused = run(within(&home, "b", "resume ../a/run --steps 10")).expect(3);
    let told = refused.stderr.replace('\\', "/");
    assert!(told.contains("--pictures FOLDER") && told.contains("a/cats"), "{refused:?}");
}

#[test]
fn moved_pictures_are_recognised_and_others_refused_until_the_person_says_so() {
    let home = home();
    let at = |name: &str| home.path().join(name);
    cats(&home, "m", 20, 3);
    cats(&home, "others", 30, 9);
    run(purrtrait(&home, &format!("train m {QUICK} --steps 4 --out r"))).expect(0);
    fs::rename(at("m"), at("n")).unwrap();
    let gone = run(purrtrait(&home, "resume r --steps 6")).expect(3);
    assert!(gone.stderr.contains("--pictures FOLDER"), "{gone:?}");

    let before = contents(&at("r").join("checkpoints/step-000000004"));
    let settings = fs::read_to_string(at("r/run.toml")).unwrap();
    let refused = run(purrtrait(&home, "resume r --steps 6 --pictures others")).expect(3);
    // One of the drawn cats is left out as much like another.
    let counts = "0 of 20 pictures are there, 20 missing, 29 new";
    assert!(refused.stderr.contains(counts) && refused.stderr.contains("--accept-other-pictures"), "{refused:?}");
    assert_eq!(fs::read_to_string(at("r/run.toml")).unwrap(), settings, "nothing was changed");
    assert_eq!(contents(&at("r").join("checkpoints/step-000000004")), before);

    let done = run(purrtrait(&home, "resume r --steps 6 --pictures n --json")).expect(0);
    assert_eq!((started(&done)["pictures"].clone(), done.events("notice").len()), (20.into(), 0), "{done:?}");
    // The new place is kept.
    let done = run(purrtrait(&home, "resume r --steps 8 --json")).expect(0);
    assert_eq!(started(&done)["first_step"], 6);

    // Renamed pictures are the same ones in another order.
    (0..20).for_each(|i| {
        let name =
            |i: u32| at(&format!("n/{}.png", if i < 20 { format!("cat-{i:05}") } else { format!("tom-{i:05}") }));
        fs::rename(name(i), name(99 - i)).unwrap();
    });
    let done = run(purrtrait(&home, "resume r --steps 9 --json")).expect(0);
    assert!(done.events("notice").is_empty(), "{done:?}");
    (0..20)
        .for_each(|i| fs::rename(at(&format!("n/tom-{:05}.png", 99 - i)), at(&format!("n/cat-{i:05}.png"))).unwrap());

    // Some come and some go: told, and fine down to half of them.
    (0..8).for_each(|i| fs::remove_file(at(&format!("n/cat-{i:05}.png"))).unwrap());
    fs::copy(at("others/cat-00000.png"), at("n/new.png")).unwrap();
    let done = run(purrtrait(&home, "resume r --steps 10 --json")).expect(0);
    let notice = done.events("notice")[0]["text"].as_str().unwrap().to_owned();
    assert!(notice.contains("12 of 20 pictures are there, 8 missing, 1 new"), "{notice}");
    // The same place with others in it.
    fs::remove_dir_all(at("n")).unwrap();
    fs::rename(at("others"), at("n")).unwrap();
    let refused = run(purrtrait(&home, "resume r --steps 12")).expect(3);
    assert!(refused.stderr.contains("at least half must be there"), "{refused:?}");
    let done = run(purrtrait(&home, "resume r --steps 12 --accept-other-pictures --json")).expect(0);
    assert_eq!((started(&done)["pictures"].clone(), started(&done)["first_step"].clone()), (29.into(), 10.into()));
    // From now on they are its pictures.
    let done = run(purrtrait(&home, "resume r --steps 14 --json")).expect(0);
    assert!(done.events("notice").is_empty(), "{done:?}");
}

/// Nothing was learned, so nothing of the earlier pictures is left in the run folder.
#[test]
fn a_run_without_a_checkpoint_begins_again_with_the_pictures_that_are_named() {
    let home = home();
    cats(&home, "m", 60, 3);
    cats(&home, "others", 60, 9);
    run(purrtrait(&home, &format!("train m {QUICK} --steps 4 --held-out 25 --out r"))).expect(0);
    fs::remove_dir_all(home.path().join("r/checkpoints/step-000000004")).unwrap();
    let done = run(purrtrait(&home, "resume r --steps 2 --pictures others --json")).expect(0);
    assert_eq!((started(&done)["first_step"].clone(), started(&done)["held"].clone()), (0.into(), 15.into()));
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(home.path().join("r").join(name)).unwrap()).unwrap()
    };
    let (held, pictures) = (read("held-out.json"), read("pictures.json"));
    let known = pictures["digests"].as_array().unwrap();
    // The list of all pictures has the beginnings of their digests.
    let is_known = |digest: &Value| {
        let starts = |known: &Value| digest.as_str().unwrap().starts_with(known.as_str().unwrap());
        known.iter().any(starts)
    };
    assert!(held.as_array().unwrap().iter().all(is_known), "{held} {pictures}");
}

#[test]
fn a_run_without_a_list_of_its_pictures_knows_them_by_their_fingerprint() {
    let home = home();
    let at = |name: &str| home.path().join(name);
    cats(&home, "m", 60, 3);
    run(purrtrait(&home, &format!("train m {QUICK} --steps 4 --held-out 25 --out r"))).expect(0);
    fs::remove_file(at("r/pictures.json")).unwrap();
    fs::rename(at("m"), at("n")).unwrap();
    run(purrtrait(&home, "resume r --steps 5 --pictures n")).expect(0);
    // Changed: then those that it held out stand for all.
    fs::remove_file(at("r/pictures.json")).unwrap();
    fs::remove_file(at("n/cat-00000.png")).unwrap();
    run(purrtrait(&home, "resume r --steps 6")).expect(0);
    fs::remove_file(at("r/pictures.json")).unwrap();
    cats(&home, "others", 60, 9);
    let refused = run(purrtrait(&home, "resume r --steps 7 --pictures others")).expect(3);
    assert!(refused.stderr.contains("0 of 15 held-out pictures are there"), "{refused:?}");
    // Without any list a changed folder is taken where it was, and not elsewhere.
    fs::remove_file(at("r/held-out.json")).unwrap();
    let refused = run(purrtrait(&home, "resume r --steps 7 --pictures others")).expect(3);
    assert!(refused.stderr.contains("kept no list of its pictures"), "{refused:?}");
    fs::remove_file(at("n/cat-00001.png")).unwrap();
    run(purrtrait(&home, "resume r --steps 7")).expect(0);
    fs::write(at("r/pictures.json"), "[1]").unwrap();
    let damaged = run(purrtrait(&home, "resume r --steps 8")).expect(6);
    assert!(damaged.stderr.contains("pictures.json") && damaged.stderr.contains("delete"), "{damaged:?}");
}

#[test]
fn few_pictures_are_reported_and_none_of_them_is_held_out() {
    let home = home();
    for (count, words) in [(1, "Only 1 picture"), (2, "Only 2 pictures"), (10, "learn to copy them")] {
        cats(&home, &format!("c{count}"), count, 3);
        let arguments = format!("train c{count} {QUICK} --held-out 20 --steps 2 --out r{count}");
        let arguments = arguments.replace("--batch 8", "--batch 16");
        let done = run(purrtrait(&home, &arguments)).expect(0);
        let started = started(&done);
        assert_eq!((&started["pictures"], &started["held"]), (&count.into(), &0.into()));
        assert!(done.stderr.contains(words) && done.stderr.contains("none are held out"), "{done:?}");
        assert!(done.stderr.contains("The batch size is 16, but there "), "{done:?}");
    }
    let checked = run(purrtrait(&home, "dataset check c10")).expect(0);
    assert!(checked.stdout.contains("Mind: Only 10 pictures") && checked.stdout.contains("train --from bundled"));
    cats(&home, "enough", 50, 3);
    let done = run(purrtrait(&home, &format!("train enough {QUICK} --held-out 20 --steps 2 --out r"))).expect(0);
    assert_eq!(started(&done)["held"], 10);
    assert!(!done.stderr.contains("Only"), "{done:?}");
}
