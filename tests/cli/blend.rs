//! Models made of two.

use super::{TINY, home, purrtrait, run};

#[test]
fn relatives_blend_and_strangers_are_warned_of() {
    let home = home();
    run(purrtrait(&home, &format!("train demo {TINY} --steps 3 --out base"))).expect(0);
    run(purrtrait(&home, "train demo --from base --device cpu --demo-count 64 --batch 8 --steps 3 --out further"))
        .expect(0);
    run(purrtrait(&home, &format!("train demo {TINY} --seed 5 --steps 3 --out stranger"))).expect(0);
    let blended =
        run(purrtrait(&home, "blend base further --amount 4:0,32:1 --out between.safetensors --json")).expect(0);
    assert!(blended.stderr.is_empty(), "{blended:?}");
    let report = blended.json();
    assert_eq!((&report["amount"], &report["discriminator"]), (&"4:0,32:1".into(), &true.into()), "{report}");
    assert!(report["correlation"].as_f64().unwrap() > 0.9, "{report}");
    // Its pictures name the saved file's generator, and come back from it.
    run(purrtrait(&home, "generate between.safetensors --count 1 --grid cat.png --device cpu")).expect(0);
    let restored =
        run(purrtrait(&home, "restore cat.png --out again.png --model between.safetensors --json")).expect(0);
    let restored = restored.json();
    assert_eq!((&restored["same"], &restored["recipe"]["model"]["hash"]), (&true.into(), &report["model"]));
    // A training can start from it.
    run(purrtrait(&home, "train demo --from between.safetensors --device cpu --demo-count 64 --batch 8 --steps 1"))
        .expect(0);
    let warned = run(purrtrait(&home, "blend base stranger --out mush.safetensors")).expect(0);
    assert!(warned.stderr.contains("common model") && home.path().join("mush.safetensors").is_file(), "{warned:?}");
    let other = run(purrtrait(&home, "blend base bundled --out none.safetensors")).expect(2);
    assert!(other.stderr.contains("same networks") && !home.path().join("none.safetensors").exists(), "{other:?}");
    let taken = run(purrtrait(&home, "blend base further --out between.safetensors")).expect(1);
    assert!(taken.stderr.contains("exists"), "{taken:?}");
    let amount = run(purrtrait(&home, "blend base further --out x.safetensors --amount 4:0,4:1")).expect(2);
    assert!(amount.stderr.contains("4:0,16:0.5,64:1"), "{amount:?}");
}
