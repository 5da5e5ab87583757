//! Runs that start from a model: `train --from`, and files that hold both networks.

use super::*;

/// What remains of the settings of a tiny run where the networks come from a model.
const FEW: &str = "--device cpu --batch 4 --demo-count 32 --sample-count 4 --metrics-every 1 --measure-every 0";

/// A base run in `home/base`.
fn base(home: &TempDir) {
    run(purrtrait(home, &format!("train demo {TINY} --steps 3 --out base"))).expect(0);
}

fn settings(run: &Path) -> toml::Table {
    fs::read_to_string(run.join("run.toml")).unwrap().parse().unwrap()
}

#[test]
fn a_run_starts_from_a_run_a_checkpoint_and_a_file() {
    let home = home();
    base(&home);
    let export = "export base --format safetensors --discriminator --out both.safetensors --json";
    let report = run(purrtrait(&home, export)).expect(0).json();
    assert_eq!(report["discriminator"], true, "{report:#}");
    let about = run(purrtrait(&home, "import both.safetensors --out again.safetensors --json")).expect(0).json();
    assert_eq!((&about["discriminator"], &about["model"]), (&true.into(), &report["model"]), "{about:#}");
    assert!(about["what"].as_str().unwrap().contains("with its discriminator"), "{about:#}");
    for (number, model) in
        ["base", "base/checkpoints/step-000000003", "both.safetensors", "again.safetensors"].into_iter().enumerate()
    {
        let train = format!("train demo --from {model} {FEW} --steps 2 --out run{number} --json");
        let done = run(purrtrait(&home, &train)).expect(0);
        let notice = &done.events("notice")[0]["text"];
        assert!(notice.as_str().unwrap().starts_with("Starts from the model "), "{model}: {notice}");
        let config = settings(&home.path().join(format!("run{number}")));
        assert_eq!(config["preset"].as_str(), Some("finetune"), "{config}");
        assert_eq!(config["start"]["model"].as_str(), report["model"].as_str(), "{model}");
        assert_eq!(config["model"]["g-width"].as_integer(), Some(4), "the model's");
        assert_eq!(config["d-first"].as_integer(), Some(0), "it has a discriminator");
    }
    // The generator of the first step is the model's, from wherever it was taken.
    let pictures = |run: &str| fs::read(home.path().join(run).join("checkpoints/step-000000000/weights.safetensors"));
    assert!(pictures("run0").unwrap() == pictures("run1").unwrap());
    assert!(pictures("run2").unwrap() == pictures("run3").unwrap());
}

#[test]
fn a_generator_alone_gets_a_new_discriminator_only_if_asked() {
    let home = home();
    base(&home);
    run(purrtrait(&home, "export base --format safetensors --out alone.safetensors")).expect(0);
    let train = format!("train demo --from alone.safetensors {FEW} --d-width 4 --steps 2 --out run --json");
    let said = run(purrtrait(&home, &train)).expect(2);
    let text = said.events("error")[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("alone has no discriminator") && text.contains("exported with"), "{text}");
    let done = run(purrtrait(&home, &format!("{train} --d-first 2"))).expect(0);
    let notice = done.events("notice")[0]["text"].as_str().unwrap().to_owned();
    assert!(notice.contains("no discriminator") && notice.contains("learns alone for 2 steps"), "{notice}");
    let rates: Vec<_> = done.events("metrics").iter().map(|m| m["lr_g"].as_f64().unwrap()).collect();
    assert_eq!(rates, [0.0, 0.0]);
    let frozen = format!("train demo --from alone.safetensors {FEW} --d-first 2 --freeze-d 1 --steps 2 --out other");
    let said = run(purrtrait(&home, &frozen)).expect(2).stderr;
    assert!(said.contains("freeze-d") && said.contains("no discriminator"), "{said}");
}

#[test]
fn what_contradicts_the_model_is_refused_before_anything_is_written() {
    let home = home();
    base(&home);
    for (flags, code, words) in [
        ("--from base --g-width 8", 2, ["g-width: 8 contradicts", "base has 4"]),
        ("--from base --size 64", 2, ["g-width: is 4", "start from a wider model"]),
        ("--from nowhere", 6, ["nowhere", "no such file or folder"]),
        ("--freeze-d 2", 2, ["freeze-d", "starts from a model"]),
    ] {
        let said = run(purrtrait(&home, &format!("train demo {FEW} {flags} --steps 1 --out run"))).expect(code).stderr;
        assert!(words.iter().all(|word| said.contains(word)), "{flags}: {said}");
        assert!(!home.path().join("run").exists());
    }
}

#[test]
fn a_licence_goes_with_whatever_is_made_from_a_model() {
    let home = home();
    base(&home);
    let licence = "CC-BY-SA-4.0";
    let export = format!("export base --format safetensors --discriminator --notice {licence} --out base.safetensors");
    run(purrtrait(&home, &export)).expect(0);
    let said =
        run(purrtrait(&home, &format!("train demo --from base.safetensors {FEW} --steps 1 --out run"))).expect(0);
    assert!(format!("{}{}", said.stdout, said.stderr).contains(licence), "{said:?}");
    assert_eq!(settings(&home.path().join("run"))["start"]["notice"].as_str(), Some(licence));
    for (source, file) in [("run", "one"), ("run/checkpoints/step-000000001", "two")] {
        let export = format!("export {source} --format safetensors --notice mine --out {file}.safetensors --json");
        let report = run(purrtrait(&home, &export)).expect(0).json();
        assert_eq!(report["notice"], format!("{licence} mine"));
        let about = run(purrtrait(&home, &format!("import {file}.safetensors --json"))).expect(0).json();
        assert_eq!(about["notice"], format!("{licence} mine"));
    }
    for name in ["cats.onnx", "cats.html"] {
        let format = name.rsplit_once('.').unwrap().1;
        run(purrtrait(&home, &format!("export run --format {format} --out {name}"))).expect(0);
        let bytes = fs::read(home.path().join(name)).unwrap();
        assert!(bytes.windows(licence.len()).any(|w| w == licence.as_bytes()), "{name}");
    }
}

#[test]
fn the_bundled_model_can_be_started_from() {
    let home = home();
    let train = format!("train demo --from bundled {FEW} --steps 1 --json");
    let done = run(purrtrait(&home, &train)).expect(0);
    let started = &done.events("started")[0]["config"];
    assert_eq!((&started["start"]["name"], &started["model"]["size"]), (&"bundled".into(), &64.into()), "{started:#}");
}

/// The recipe plans 10,000 steps.
#[cfg(unix)]
#[test]
fn a_training_on_a_handful_of_pictures_says_how_many_steps_are_enough() {
    let home = home();
    run(purrtrait(&home, "dataset demo few --count 6 --size 64 --seed 1")).expect(0);
    let few = purrtrait(&home, "train few --from bundled --device cpu --batch 4 --sample-count 4 --out few-run");
    let (child, lines) = start_and_wait_for_words(few, "Limit       6,000 steps are enough");
    interrupt(&child);
    rest(child, lines).expect(130);
    let enough = run(purrtrait(&home, &format!("train few --from bundled {FEW} --steps 1 --out enough"))).expect(0);
    assert!(!enough.stdout.contains("are enough"), "{enough:?}");
}

#[test]
fn a_forecast_says_how_long_and_trains_nothing() {
    let home = home();
    let told = run(purrtrait(&home, &format!("train demo {TINY} --forecast"))).expect(0);
    assert!(told.stdout.contains("irst cats") && told.stdout.contains("good ones"), "{told:?}");
    let json = run(purrtrait(&home, &format!("train demo {TINY} --steps 3 --forecast --json"))).expect(0);
    let told = json.json();
    assert!(told["text"].as_str().unwrap().starts_with("The run ends after about "), "{told:#}");
    assert!(told["forecast"]["end_seconds"].as_f64().unwrap() > 0.0, "{told:#}");
    assert_eq!(told["recommended"]["flags"], "--preset quick-32", "drawn cats on a processor: {told:#}");
    assert!(!home.path().join("runs").exists(), "no run was begun");
    run(purrtrait(&home, "train nowhere --forecast")).expect(3);
    run(purrtrait(&home, "train demo --forecast --out run")).expect(2);
}
