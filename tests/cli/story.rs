//! The story of a run as a page.

use super::{home, purrtrait, run, train_tiny};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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
    let steps: Vec<u64> =
        story["samples"]["moments"].as_array().unwrap().iter().map(|m| m["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [1, 2, 4, 6]);
    // At 1, then each time after half as many steps more.
    let drawn: Vec<_> = super::contents(&home.path().join("run/maps")).into_iter().map(|(path, _)| path).collect();
    let expected = [1, 2, 4, 6].map(|step| home.path().join(format!("run/maps/step-00000000{step}.jpg")));
    assert_eq!(drawn, expected);
    let map = &story["map"];
    let maps = map["moments"].as_array().unwrap();
    assert_eq!((report["maps"].as_u64(), maps.last().unwrap()["step"].as_u64()), (Some(maps.len() as u64), Some(6)));
    let [columns, side, gap] = ["columns", "side", "gap"].map(|key| map["layout"][key].as_u64().unwrap());
    let jpeg = STANDARD.decode(maps.last().unwrap()["jpeg"].as_str().unwrap()).unwrap();
    let drawn = image::load_from_memory(&jpeg).unwrap().to_rgb8();
    assert_eq!((map["layout"]["count"].as_u64(), side), (Some(columns * columns), 32));
    assert_eq!(u64::from(drawn.width()), columns * (side + gap) + gap);
    // Something else is drawn at each end.
    let tile = |column: u64, row: u64| -> Vec<f64> {
        let at = |i: u64| (gap + i * (side + gap)) as u32;
        let pixels = (0..32).flat_map(|y| (0..32).map(move |x| (x, y)));
        pixels.map(|(x, y)| f64::from(drawn.get_pixel(at(column) + x, at(row) + y).0[0])).collect()
    };
    let apart = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>();
    let far = apart(tile(0, 0), tile(columns - 1, columns - 1));
    assert!(far > 0.0);
    // A run of an older version has no maps: the checkpoint draws the same.
    let whole = fs::read(home.path().join("run/maps/step-000000006.jpg")).unwrap();
    assert_eq!(whole, jpeg);
    fs::rename(home.path().join("run/maps"), home.path().join("set-aside")).unwrap();
    let report = run(purrtrait(&home, "story run --out older.html --json")).expect(0).json();
    assert_eq!(report["maps"], 1);
    let older = fs::read_to_string(home.path().join("older.html")).unwrap();
    assert!(older.contains(&STANDARD.encode(&whole)), "drawn by the checkpoint to the bit");
    // What is no map of these pictures is left out.
    fs::create_dir(home.path().join("run/maps")).unwrap();
    fs::write(home.path().join("run/maps/step-000000002.jpg"), "no picture").unwrap();
    fs::copy(home.path().join("set-aside/step-000000004.jpg"), home.path().join("run/maps/step-000000004.jpg"))
        .unwrap();
    let report = run(purrtrait(&home, "story run --out half.html --json")).expect(0).json();
    assert_eq!(report["maps"], 2, "steps 4 and 6");
    // Neither is one of a past that the run has rolled back from: no step and no checkpoint is as new.
    let fourth = home.path().join("run/maps/step-000000004.jpg");
    fs::rename(fourth, home.path().join("run/maps/step-000000009.jpg")).unwrap();
    let report = run(purrtrait(&home, "story run --out rolled-back.html --json")).expect(0).json();
    assert_eq!(report["maps"], 1);
    let rolled_back = fs::read_to_string(home.path().join("rolled-back.html")).unwrap();
    assert!(rolled_back.contains(&STANDARD.encode(&whole)), "the map of step 6, drawn by its checkpoint");

    assert_eq!(story["losses"].as_array().unwrap().len(), 6);
    assert!(!page.contains(home.path().to_str().unwrap()), "no path of this machine");

    let again = run(purrtrait(&home, "story run --out page.html")).expect(1);
    assert!(again.stderr.contains("page.html"), "{again:?}");
    assert_eq!(fs::read_to_string(home.path().join("page.html")).unwrap(), page);
    assert!(run(purrtrait(&home, "story run --out page.pdf")).expect(2).stderr.contains(".html"));
    assert!(run(purrtrait(&home, "story nothing --out other.html")).expect(6).stderr.contains("nothing"));
}
