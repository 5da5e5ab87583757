//! Runs side by side.

use super::{home, purrtrait, run, train_tiny};
use purrtrait::pixels::Frame;
use std::fs;

#[test]
fn what_differs_is_said_and_drawn() {
    let home = home();
    train_tiny(&home, "--steps 4 --seed 3 --out one").expect(0);
    train_tiny(&home, "--steps 6 --seed 3 --lr-g 1e-3 --out two").expect(0);
    train_tiny(&home, "--steps 2 --seed 4 --out three").expect(0);
    let report = run(purrtrait(&home, "compare one two --grid both.png --json")).expect(0).json();
    let labels: Vec<&str> =
        report["differences"].as_array().unwrap().iter().map(|d| d["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"Generator learning rate") && labels.contains(&"Steps"), "{labels:?}");
    assert!(!labels.contains(&"Seed") && !labels.contains(&"Batch size"), "{labels:?}");
    assert_eq!((&report["other_latents"], &report["runs"][1]["step"]), (&"".into(), &6.into()));
    let grid = Frame::open_png(&home.path().join("both.png")).unwrap();
    assert!(grid.width > grid.height && grid.height > 64, "two rows: {} x {}", grid.width, grid.height);

    // Runs of another picture size are enlarged.
    train_tiny(&home, "--steps 2 --seed 3 --size 64 --out large").expect(0);
    run(purrtrait(&home, "compare one large --grid sizes.png")).expect(0);
    let sizes = Frame::open_png(&home.path().join("sizes.png")).unwrap();
    assert!(sizes.width > 2 * grid.width - 20 && sizes.height > 2 * grid.height - 20, "{} px", sizes.width);

    let words = run(purrtrait(&home, "compare one two three")).expect(0);
    assert!(words.stdout.contains("Generator learning rate") && !words.stderr.contains("latents"), "{words:?}");
    // Runs of different seeds draw from the same latents: a copy of a run draws what the run draws.
    train_tiny(&home, "--steps 4 --seed 3 --out same").expect(0);
    let lines = fs::read_to_string(home.path().join("same/run.toml")).unwrap();
    fs::write(home.path().join("same/run.toml"), lines.replace("seed = 3", "seed = 9")).unwrap();
    run(purrtrait(&home, "compare one same --grid common.png")).expect(0);
    let common = Frame::open_png(&home.path().join("common.png")).unwrap();
    // Eight tiles of 32 px a row, with equal gaps.
    let gap = (common.height - 64) / 3;
    let line = |y: u32| &common.data[(y * common.width * 3) as usize..((y + 1) * common.width * 3) as usize];
    assert!((0..32).all(|y| line(gap + y) == line(2 * gap + 32 + y)), "both rows are of the same latents");
    assert!(line(gap + 16).chunks(3).any(|pixel| pixel != &line(gap + 16)[..3]), "something is drawn");
    let shorter = super::TINY.replace("--latent-size 8", "--latent-size 12");
    run(purrtrait(&home, &format!("train demo {shorter} --steps 2 --seed 4 --out short"))).expect(0);
    let words = run(purrtrait(&home, "compare one short")).expect(0);
    assert!(words.stderr.contains("different seeds and latent sizes"), "{words:?}");
    assert!(run(purrtrait(&home, "compare one two --grid both.png")).expect(1).stderr.contains("both.png"));
    assert!(run(purrtrait(&home, "compare one nothing")).expect(6).stderr.contains("nothing"));
    run(purrtrait(&home, "compare one")).expect(2);
}
