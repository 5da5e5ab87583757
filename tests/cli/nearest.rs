//! Training pictures that a generated one is like, and what becomes of them when the run is resumed.

use super::{TINY, home, purrtrait, run};

#[test]
fn the_nearest_training_pictures_are_listed_left_out_and_favoured() {
    let home = home();
    run(purrtrait(&home, &format!("train demo {TINY} --steps 3 --out runs/cats"))).expect(0);
    let nearest = "nearest runs/cats --seed 3 --count 3";
    let report = run(purrtrait(&home, &format!("{nearest} --sheet near.png --json"))).expect(0).json();
    let near = report["nearest"].as_array().unwrap();
    assert_eq!(near.len(), 3);
    // After three steps it is grey, and like none of the drawn cats.
    assert_eq!(report["verdict"], "new");
    assert!(report["share"].as_f64().unwrap() > 0.6, "{report}");
    assert!(near.is_sorted_by_key(|n| n["distance"].as_f64().unwrap()) && home.path().join("near.png").is_file());
    let again = run(purrtrait(&home, &format!("{nearest} --sheet near.png")));
    assert!(again.code == Some(1) && again.stderr.contains("near.png"), "{again:?}");
    let digest = |i: usize| near[i]["digest"].as_str().unwrap();
    let usage = format!("--leave-out {} --favour {}", digest(0), digest(1));
    run(purrtrait(&home, &format!("resume runs/cats --steps 6 {usage}"))).expect(0);
    let marks = std::fs::read_to_string(home.path().join("runs/cats/marks.jsonl")).unwrap();
    assert!(marks.contains("Pictures left out 0 \u{2192} 1, Pictures favoured 0 \u{2192} 1"), "{marks}");
    let listed = run(purrtrait(&home, nearest)).expect(0).stdout;
    assert!(listed.starts_with("New: the nearest training picture is "), "{listed}");
    // Three more steps change what it is like.
    let all = run(purrtrait(&home, "nearest runs/cats --seed 3 --count 1000")).expect(0).stdout;
    for (i, usage) in [(0, ", left out"), (1, ", favoured")] {
        let line = all.lines().find(|line| line.starts_with(digest(i))).unwrap();
        assert!(line.contains(usage), "{line} in\n{listed}");
    }
    // They stay so, until they are used as usual again.
    run(purrtrait(&home, &format!("resume runs/cats --steps 7 --as-usual {}", digest(0)))).expect(0);
    let marks = std::fs::read_to_string(home.path().join("runs/cats/marks.jsonl")).unwrap();
    assert!(marks.lines().last().unwrap().contains("Pictures left out 1 \u{2192} 0\""), "{marks}");
    let wrong = run(purrtrait(&home, "resume runs/cats --steps 8 --favour 0123456789abcdef"));
    let told = wrong.code == Some(2) && wrong.stderr.contains("favour") && wrong.stderr.contains("purrtrait nearest");
    assert!(told, "{wrong:?}");
    let none = run(purrtrait(&home, "nearest bundled"));
    assert!(none.code != Some(0) && none.stderr.contains("not part of a run"), "{none:?}");
}
