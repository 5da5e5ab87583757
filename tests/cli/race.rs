//! Two recipes side by side on the command line.

use super::{TINY, home, purrtrait, run};

#[test]
fn two_recipes_race_and_each_line_says_which() {
    let home = home();
    let race = |more: &str, against: &str| {
        let mut command = purrtrait(&home, &format!("race demo {TINY} --steps 6 {more} --against"));
        command.arg(against);
        run(command)
    };
    let done = race("--json --out a", "--lr-d 1e-5 --out 'b c'").expect(0);
    let lines = done.lines();
    let ends: Vec<_> = lines.iter().filter(|l| l["event"] == "ended").map(|l| (&l["lane"], &l["step"])).collect();
    assert_eq!(ends, [(&"a".into(), &6.into()), (&"b".into(), &6.into())]);
    assert!(lines.iter().filter(|l| l["event"] == "metrics").all(|l| l["lane"] == "a" || l["lane"] == "b"));
    let compared = lines.last().unwrap();
    let labels: Vec<&str> =
        compared["differences"].as_array().unwrap().iter().map(|d| d["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"Discriminator learning rate") && !labels.contains(&"Seed"), "{labels:?}");
    assert_eq!(compared["other_latents"], "");
    assert!(home.path().join("b c/run.toml").is_file(), "quotes hold names together");
    let told = race("--out d", "--batch 4 --out e").expect(0).stdout;
    assert!(told.contains("A: Finished after step 6.") && told.contains("B: Finished after step 6."), "{told}");
    assert!(told.lines().any(|line| line.starts_with("Batch size")), "{told}");
    for (against, words) in [
        ("--seed 9", "seed: the two recipes of a race"),
        ("--steps 9", "steps: the two recipes of a race"),
        ("--lrd 3", "--against: unexpected argument '--lrd'"),
        ("--lr-d -3", "--against: "),
        ("--out 'x", "a quotation mark has no end"),
    ] {
        let refused = race("--out f", against).expect(2);
        assert!(refused.stderr.contains(words), "{against}: {refused:?}");
        assert!(!home.path().join("f").exists(), "nothing was begun");
    }
}
