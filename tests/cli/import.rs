//! Models of others.

use super::{home, purrtrait, run};
use std::fs;

/// Whoever opens a file that is no model learns what it is and what to do, with every command that takes a model.
#[test]
fn what_was_downloaded_in_place_of_a_model_is_named() {
    let home = home();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 14330\n";
    for (name, text, words) in [
        ("generator.pth", pointer, ["Git LFS pointer", "git lfs pull"]),
        ("netG.pt", "<!DOCTYPE html>\n<html><body>Sign in</body></html>", ["web page", "download the file itself"]),
    ] {
        fs::write(home.path().join(name), text).unwrap();
        for command in [format!("import {name}"), format!("generate {name} --count 1 --grid x.png")] {
            let said = run(purrtrait(&home, &command)).expect(6).stderr;
            assert!(said.contains(name) && words.iter().all(|word| said.contains(word)), "{command}: {said}");
        }
    }
}

#[test]
fn an_import_tells_what_it_assumes_changes_and_leaves_out() {
    let home = home();
    run(purrtrait(&home, "export bundled --format safetensors --out own.safetensors")).expect(0);
    let about = run(purrtrait(&home, "import own.safetensors --json")).expect(0).json();
    for key in ["assumed", "changed", "left-out"] {
        assert_eq!(about[key], serde_json::json!([]), "{key}");
    }
    assert!(about["choice"].is_null());
    // Without its card it is a file like any other.
    let bytes = fs::read(home.path().join("own.safetensors")).unwrap();
    let length = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    header.as_object_mut().unwrap().remove("__metadata__");
    let header = header.to_string();
    let numbers = &bytes[8 + length..];
    let foreign = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), numbers].concat();
    fs::write(home.path().join("foreign.safetensors"), foreign).unwrap();
    let said = run(purrtrait(&home, "import foreign.safetensors")).expect(0).stdout;
    assert!(said.contains("assumed: normally distributed latents, a ReLU"), "{said}");
    assert!(said.contains(about["model"].as_str().unwrap()), "{said}");
}
