//! The story of a run as a page.

use super::{home, purrtrait, run, train_tiny};
use std::fs;

#[test]
fn a_page_tells_how_a_run_went_and_replaces_nothing() {
    let home = home();
    train_tiny(&home, "--steps 6 --sample-every 2 --out run").expect(0);
    run(purrtrait(&home, "runs describe run --name </script> --notes two<b>")).expect(0);
    let kept = || {
        (super::contents(&home.path().join("run/samples")), fs::read(home.path().join("run/metrics.jsonl")).unwrap())
    };
    let before = kept();
    let report = run(purrtrait(&home, "story run --out page.html --json")).expect(0).json();
    assert_eq!((&report["moments"], &report["step"]), (&4.into(), &6.into()), "steps 1, 2, 4 and 6");
    assert!(before == kept(), "the run is only read");
    let page = fs::read_to_string(home.path().join("page.html")).unwrap();
    assert_eq!(report["bytes"], page.len());
    let data = page.split_once("id=\"story\">").unwrap().1.split_once("</script>").unwrap().0;
    let story: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!((&story["name"], &story["notes"]), (&"</script>".into(), &"two<b>".into()));
    let steps: Vec<u64> = story["moments"].as_array().unwrap().iter().map(|m| m["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [1, 2, 4, 6]);
    assert_eq!(story["losses"].as_array().unwrap().len(), 6);
    assert!(!page.contains(home.path().to_str().unwrap()), "no path of this machine");

    let again = run(purrtrait(&home, "story run --out page.html")).expect(1);
    assert!(again.stderr.contains("page.html"), "{again:?}");
    assert_eq!(fs::read_to_string(home.path().join("page.html")).unwrap(), page);
    assert!(run(purrtrait(&home, "story run --out page.pdf")).expect(2).stderr.contains(".html"));
    assert!(run(purrtrait(&home, "story nothing --out other.html")).expect(6).stderr.contains("nothing"));
}
