//! Drivers that may crash with the whole process.

use super::*;

/// What the trial of a driver says, whatever becomes of it: that it began, and then that its kernels were right or wrong,
/// that there is no such device, or nothing more, as on software adapters that crash.
#[test]
fn the_trial_of_a_driver_says_that_it_began() {
    let home = home();
    let missing = run(purrtrait(&home, "engine --try-spirv gpu:99")).expect(0);
    assert_eq!(missing.stdout, "begun\nclosed\n");
    let done = run(purrtrait(&home, "engine --try-spirv gpu:0"));
    let mut lines = done.stdout.lines();
    assert_eq!(lines.next(), Some("begun"), "{done:?}");
    match (done.code, lines.next()) {
        (Some(0), Some("right" | "closed")) => {}
        (code, None) if code != Some(0) => println!("this driver crashes: {done:?}"),
        _ => panic!("{done:?}"),
    }
    assert_eq!(lines.next(), None);
}

/// A software adapter gets WGSL, so that none crashes; a training that chooses its precision says so.
#[test]
fn a_software_adapter_gets_wgsl() {
    let home = home();
    let devices = run(purrtrait(&home, "devices --json")).expect(0).json();
    let gpu = devices["devices"].as_array().unwrap().iter().find(|device| device["id"] == "gpu:0");
    if gpu.is_none_or(|gpu| gpu["software"] != true) {
        println!("SKIPPED: no software adapter");
        return;
    }
    let tiny = TINY.replace("--device cpu", "--device gpu:0 --precision auto");
    let done = run(purrtrait(&home, &format!("train demo {tiny} --steps 1 --out run --json"))).expect(0);
    let notices: Vec<_> = done.events("notice").into_iter().map(|notice| notice["text"].to_string()).collect();
    assert!(notices.iter().any(|text| text.contains("gets its shaders in WGSL")), "{notices:?}");
}
