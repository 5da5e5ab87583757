//! Runs on the command line.

use super::{TINY, home, purrtrait, run};

#[test]
fn runs_are_listed_named_and_moved_to_the_bin() {
    let home = home();
    run(purrtrait(&home, &format!("train demo {TINY} --steps 3"))).expect(0);
    let list = run(purrtrait(&home, "runs --json")).expect(0).json();
    let path = list["runs"][0]["run"].as_str().expect("a run").to_owned();
    let mut describe = purrtrait(&home, &format!("runs describe {path} --notes first --name"));
    describe.arg("Long hair");
    run(describe).expect(0);
    let listed = run(purrtrait(&home, "runs")).expect(0).stdout;
    assert!(listed.contains("Long hair, ") && listed.contains("step 3\n  first\n1 run\n"), "{listed}");
    // What is not given stays.
    run(purrtrait(&home, &format!("runs describe {path} --notes second"))).expect(0);
    let about = &run(purrtrait(&home, "runs --json")).expect(0).json()["runs"][0];
    assert_eq!((&about["name"], &about["notes"]), (&"Long hair".into(), &"second".into()));
    let mut bin = purrtrait(&home, &format!("runs bin {path}"));
    bin.env("XDG_DATA_HOME", home.path().join("data"));
    run(bin).expect(0);
    assert!(!std::path::Path::new(&path).exists());
    if cfg!(all(unix, not(target_os = "macos"))) {
        let name = std::path::Path::new(&path).file_name().unwrap();
        let kept = home.path().join("data/Trash/files").join(name).join("about.json");
        assert!(std::fs::read_to_string(kept).unwrap().contains("Long hair"));
    }
    assert!(run(purrtrait(&home, "runs")).expect(0).stdout.contains("0 runs"));
    let gone = run(purrtrait(&home, &format!("runs bin {path}")));
    assert!(gone.code != Some(0) && gone.stderr.contains("not a run folder"), "{gone:?}");
}
