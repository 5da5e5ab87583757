//! Training the sharpening network of a run, and pictures and films with it.

use super::{Done, home, purrtrait, run, train_tiny};
use purrtrait::pixels::Frame;
use std::fs;
use tempfile::TempDir;

fn command(home: &TempDir, arguments: &str) -> Done {
    run(purrtrait(home, &format!("{arguments} --json")))
}

fn open(home: &TempDir, name: &str) -> Frame {
    Frame::open_png(&home.path().join(name)).unwrap()
}

#[test]
fn a_run_gets_a_network_that_pictures_films_and_recipes_use() {
    let home = home();
    train_tiny(&home, "--steps 4 --out run").expect(0);
    let error = command(&home, "generate run --count 1 --sharpen --out none").expect(6);
    assert!(error.stderr.contains("purrtrait sharpen"), "says how to get one: {error:?}");
    let report = command(&home, "sharpen run --steps 3 --device cpu").expect(0).json();
    assert_eq!(
        (report["from"].as_u64(), report["to"].as_u64(), report["steps"].as_u64()),
        (Some(32), Some(256), Some(3))
    );
    assert!(report["measures"]["psnr_plain"].as_f64().unwrap() > 10.0, "{report}");
    assert!(home.path().join("run").join("sharpen.safetensors").is_file());

    let made = "generate run --count 3 --seed 5 --device cpu --sharpen 128 --out large --grid large.png";
    command(&home, made).expect(0);
    assert_eq!(open(&home, "large/cat-5-00002.png").width, 128);
    command(&home, "generate run --count 3 --seed 5 --device cpu --upscale 4 --out plain").expect(0);
    assert_ne!(open(&home, "large/cat-5-00002.png"), open(&home, "plain/cat-5-00002.png"));
    for picture in ["large/cat-5-00002.png", "large.png"] {
        let report = command(&home, &format!("restore {picture} --device cpu")).expect(0).json();
        assert_eq!((&report["same"], &report["recipe"]["format"]), (&true.into(), &2.into()), "{report}");
    }
    let report = command(&home, "restore large.png --tile 1 --device cpu --out tile.png").expect(0).json();
    assert_eq!(report["same"], true);
    assert_eq!(open(&home, "tile.png"), open(&home, "large/cat-5-00001.png"));
    let film = command(&home, "interpolate run --seeds 1,2 --frames 3 --sharpen 256 --device cpu --out x.apng");
    assert_eq!(film.expect(0).json()["width"], 256);
    let film = command(&home, "timelapse run --latent-seed 3 --sharpen 64 --device cpu --out t.gif");
    assert_eq!(film.expect(0).json()["width"], 64);

    // Another network does not make the same picture.
    command(&home, "sharpen run --steps 2 --seed 9 --device cpu").expect(0);
    let error = command(&home, "restore large.png --device cpu").expect(6);
    assert!(error.stderr.contains("not the one that sharpened"), "{error:?}");
    let report = command(&home, "restore large.png --model run --any-model --device cpu").expect(0).json();
    assert_eq!(report["same"], false);
}

#[test]
fn what_cannot_be_sharpened_is_said_with_the_remedy() {
    let home = home();
    train_tiny(&home, "--steps 1 --out run").expect(0);
    command(&home, "sharpen run --steps 1 --device cpu").expect(0);
    for (arguments, code, words) in [
        ("generate run --count 1 --sharpen 40 --out x", 2, "at least 64 px"),
        ("generate run --count 1 --sharpen 64 --upscale 2 --out x", 2, "cannot be used with"),
        ("generate bundled --count 1 --sharpen --out x", 6, "only runs have a sharpening network"),
        ("timelapse run --sharpen 64 --out x.gif", 2, "--latent-seed"),
        ("sharpen run --minutes 0", 2, "0.01 to 1440"),
        ("sharpen nothing", 6, "not a run folder"),
    ] {
        let error = command(&home, arguments).expect(code);
        assert!(error.stderr.contains(words), "{arguments}: {error:?}");
    }
    // Pictures that have no more pixels than the training uses.
    command(&home, "dataset demo small --count 30 --size 40").expect(0);
    run(purrtrait(
        &home,
        "train small --preset quick-32 --device cpu --g-width 4 --d-width 4 --batch 8 --steps 1 --out b",
    ))
    .expect(0);
    let error = command(&home, "sharpen b").expect(3);
    assert!(error.stderr.contains("0 of the 30 pictures have at least 64 x 64"), "{error:?}");
    // A damaged file names itself.
    fs::write(home.path().join("run").join("sharpen.safetensors"), b"no network").unwrap();
    let error = command(&home, "generate run --count 1 --sharpen 64 --out x").expect(6);
    assert!(error.stderr.contains("sharpen.safetensors") && error.stderr.contains("train it again"), "{error:?}");
}
