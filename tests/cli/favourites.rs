//! Favourites without a window.

use super::{TINY, home, purrtrait, run};

#[test]
fn favourites_are_listed_and_exported() {
    let home = home();
    run(purrtrait(&home, &format!("train demo {TINY} --steps 3 --out cats"))).expect(0);
    let none = run(purrtrait(&home, "favourites cats")).expect(0);
    assert!(none.stdout.starts_with("0 favourites"), "{none:?}");
    // As the window writes them: a latent is the bits of its eight numbers.
    let line = |bits: u32, name: &str| {
        let latent = format!("{bits:08x}").repeat(8);
        format!("{{\"keep\":{{\"latent\":\"{latent}\",\"psi\":1.0,\"name\":\"{name}\",\"notes\":\"a\\nb\"}}}}\n")
    };
    let text = format!("{{\"format\":1}}\n{}{}", line(0x3f00_0000, "Minka"), line(0xbf00_0000, "../Tom"));
    std::fs::write(home.path().join("cats/favourites.jsonl"), text).unwrap();
    let listed = run(purrtrait(&home, "favourites cats")).expect(0);
    assert!(listed.stdout.contains("2 favourites") && listed.stdout.contains("Minka — a b"), "{listed:?}");
    let exported = run(purrtrait(&home, "favourites cats --out mine --upscale 2 --device cpu --json")).expect(0);
    let report = exported.json();
    assert_eq!(report["favourites"][1]["name"], "../Tom");
    let mine = home.path().join("mine");
    let mut names: Vec<String> =
        std::fs::read_dir(&mine).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["0001-Minka.png", "0002-..-Tom.png", "favourites.json", "latents.json"]);
    // The latents make the same pictures, and nothing is overwritten.
    run(purrtrait(&home, "generate cats --latents mine/latents.json --out same --upscale 2 --device cpu")).expect(0);
    run(purrtrait(&home, "restore mine/0001-Minka.png --out back.png --model cats")).expect(0);
    run(purrtrait(&home, "favourites cats --out mine --device cpu")).expect(0);
    assert!(mine.join("0001-Minka-2.png").is_file() && mine.join("favourites-2.json").is_file());
    // A line that is damaged is told of, and costs no other.
    let path = home.path().join("cats/favourites.jsonl");
    let damaged = std::fs::read_to_string(&path).unwrap() + "{\"keep\":\n";
    std::fs::write(&path, damaged).unwrap();
    let told = run(purrtrait(&home, "favourites cats")).expect(0);
    assert!(told.stderr.contains("favourites.bad.jsonl") && told.stdout.contains("2 favourites"), "{told:?}");
}
