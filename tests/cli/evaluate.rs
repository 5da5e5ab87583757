//! Measuring a generator and folders of pictures.

use super::{home, purrtrait, run, train_tiny};

#[test]
fn a_generator_and_folders_are_measured() {
    let home = home();
    train_tiny(&home, "--steps 2 --out run").expect(0);
    for (folder, count, seed) in [("cats", 70, 5), ("others", 60, 6)] {
        let arguments = format!("dataset demo {folder} --count {count} --size 32 --seed {seed}");
        run(purrtrait(&home, &arguments)).expect(0);
    }
    let command = "evaluate run cats --count 55 --json";
    let bad = run(purrtrait(&home, command)).expect(0).json();
    assert_eq!((bad["pictures"].as_u64(), bad["side"].as_u64(), bad["step"].as_u64()), (Some(55), Some(32), Some(2)));
    assert!(bad["features"].as_str().unwrap().starts_with("relative only"));
    // Its 64 demo cats are still there, so copies are looked for and the discriminator is asked.
    for name in ["swd", "colour", "kid", "kid_error", "density", "diversity", "memorisation", "r_train", "r_held"] {
        assert!(bad[name].is_number(), "{name} in {bad}");
    }
    let again = run(purrtrait(&home, command)).expect(0).json();
    assert_eq!(bad["swd"], again["swd"], "the same seed");
    // After two steps there are no cats yet; other demo cats are as good as real.
    let good = run(purrtrait(&home, "evaluate others cats --size 32 --training others --json")).expect(0).json();
    assert_eq!((good["pictures"].as_u64(), good["model"].is_null()), (Some(60), true));
    for name in ["swd", "colour", "kid"] {
        let [good, bad] = [&good, &bad].map(|report| report[name].as_f64().unwrap());
        assert!(bad > 3.0 * good, "{name}: {bad} and {good}");
    }
    assert_eq!(good["memorisation"].as_f64(), Some(0.0), "they are their own copies");
    let text = run(purrtrait(&home, "evaluate others cats --size 32")).expect(0).stdout;
    assert!(text.contains("60 generated pictures of 32 px") && text.contains("relative only"), "{text}");
}

/// Half of 120 demo cats are held out, so nothing has to be named, and none of them counts as trained on.
#[test]
fn held_out_pictures_are_the_measure() {
    let home = home();
    let settings = "--preset quick-32 --g-width 4 --d-width 4 --batch 8 --device cpu --demo-count 120 --held-out 50";
    run(purrtrait(&home, &format!("train demo {settings} --steps 2 --out held"))).expect(0);
    let report = run(purrtrait(&home, "evaluate held --json")).expect(0).json();
    assert_eq!(report["pictures"].as_u64(), Some(60));
    assert!(report["folder"].as_str().unwrap().contains("held-out") && report["r_held"].is_number(), "{report}");
}

#[test]
fn what_cannot_be_measured_is_named() {
    let home = home();
    run(purrtrait(&home, "dataset demo few --count 20 --size 32")).expect(0);
    run(purrtrait(&home, "dataset demo cats --count 60 --size 32")).expect(0);
    std::fs::write(home.path().join("text.pth"), "no weights").unwrap();
    run(purrtrait(&home, "export bundled --format safetensors --out cat.safetensors")).expect(0);
    for (arguments, code, words) in [
        ("bundled few", 3, "few: 20 pictures are too few to measure; 50 are needed"),
        // The side that lacks pictures is named, or the number that was asked for.
        ("few cats --size 32", 3, "few: 20 pictures are too few to measure; 50 are needed"),
        ("few cats --size 32 --count 55", 2, "count: 55 pictures were requested, but only 20 of few can be used"),
        ("cats cats --count 49", 2, "49 is not in 50..=100000"),
        ("bundled missing", 3, "missing"),
        ("bundled", 2, "folder: there are no held-out pictures"),
        ("missing cats", 6, "missing: there is no such file or folder"),
        ("cats cats --count 61", 2, "count: 61 pictures were requested, but only 60 of cats can be used"),
        ("cats cats --raw", 2, "raw: a folder of pictures has no weights"),
        ("bundled cats --size 32", 2, "size: only for folders of pictures"),
        ("cats cats --size 48", 2, "expected 16, 32, 64, 128 or 256"),
        ("cats cats --inception none.pth", 6, "none.pth: "),
        ("cats cats --inception cats", 6, "cats: a folder, not a file"),
        (
            "cats cats --inception text.pth",
            6,
            "text.pth: the file is neither a .safetensors nor a PyTorch file, but text",
        ),
        ("cats cats --inception cat.safetensors", 6, "cat.safetensors: not the Inception network of FID: "),
        ("cats cats --inception cat.safetensors", 6, "Conv2d_1a_3x3.conv.weight is missing"),
    ] {
        let done = run(purrtrait(&home, &format!("evaluate {arguments}"))).expect(code);
        assert!(done.stderr.contains(words), "{arguments}: {done:?}");
    }
}

/// Half of a folder of 120 cats is held out. A checkpoint knows its run's settings, and a folder that was moved can be
/// named.
#[test]
fn checkpoints_and_moved_pictures_are_measured_as_the_run_is() {
    let home = home();
    run(purrtrait(&home, "dataset demo cats --count 120 --size 32 --seed 5")).expect(0);
    run(purrtrait(&home, "dataset demo others --count 60 --size 32 --seed 6")).expect(0);
    let settings = "--preset quick-32 --g-width 4 --d-width 4 --batch 8 --device cpu --held-out 50";
    run(purrtrait(&home, &format!("train cats {settings} --steps 2 --out held"))).expect(0);
    let whole = run(purrtrait(&home, "evaluate held --json")).expect(0).json();
    let checkpoint = "held/checkpoints/step-000000002";
    for source in [checkpoint, &format!("{checkpoint}/weights.safetensors")] {
        let report = run(purrtrait(&home, &format!("evaluate {source} --json"))).expect(0).json();
        for name in ["pictures", "swd", "kid", "memorisation", "r_train", "r_held"] {
            assert!(report[name].is_number() && report[name] == whole[name], "{source}: {name} in {report}");
        }
    }
    let cats = home.path().join("cats");
    std::fs::rename(&cats, home.path().join("moved")).unwrap();
    let done = run(purrtrait(&home, "evaluate held")).expect(3);
    assert!(done.stderr.contains("cats: ") && done.stderr.contains("--training"), "{done:?}");
    let moved = run(purrtrait(&home, "evaluate held --training moved --json")).expect(0).json();
    assert_eq!((&moved["swd"], &moved["memorisation"]), (&whole["swd"], &whole["memorisation"]));
    assert_eq!(moved["notes"].as_array().unwrap().len(), 0, "what was held out does not count as trained on: {moved}");

    // One of the pictures that were trained on lies among the others.
    let other = |notes: usize| {
        let report = run(purrtrait(&home, "evaluate held others --training moved --json")).expect(0).json();
        assert_eq!(report["notes"].as_array().unwrap().len(), notes, "{report}");
        report
    };
    let without = other(0);
    std::fs::copy(home.path().join("moved/cat-00000.png"), home.path().join("others/zz.png")).unwrap();
    let with = other(1);
    assert_eq!((&with["pictures"], with["floor_from"].as_str()), (&without["pictures"], Some("training")));
    assert!(with["r_held"].is_number(), "{with}");
}
