use super::*;
use crate::model::NamedTensor;
use crate::train::CheckpointMeta;
use std::io::Write;

/// Of a training without networks.
fn at_step(step: u64) -> Checkpoint {
    let RunConfig { tunables, model, .. } = RunConfig::default();
    let meta = CheckpointMeta {
        step,
        epoch: 0.0,
        batches: step,
        updates_g: step,
        updates_d: step,
        revision: 0,
        seconds: 0.0,
        tunables,
        written_tunables: None,
        dataset: String::new(),
        model,
    };
    Checkpoint::new(meta, Vec::new())
}

#[test]
fn a_second_program_is_refused_and_a_dead_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("run");
    let first = RunDir::create(&root, &RunConfig::default()).unwrap();
    let second = RunDir::open(&root);
    match second {
        Err(RunDirError::InUse { holder, .. }) => assert!(holder.contains(&std::process::id().to_string())),
        other => panic!("{other:?}"),
    }
    drop(first);
    let (_, config) = RunDir::open(&root).unwrap();
    assert_eq!(config, RunConfig::default());
}

#[test]
fn a_folder_with_a_run_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    drop(RunDir::create(dir.path(), &RunConfig::default()).unwrap());
    assert!(matches!(RunDir::create(dir.path(), &RunConfig::default()), Err(RunDirError::Occupied { .. })));
}

#[test]
fn the_checkpoint_to_go_back_to_outlives_newer_ones() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    let save = |step, healthy| {
        run.save(&at_step(step), 2, healthy).unwrap();
        run.checkpoint_steps().into_iter().map(|(step, _)| step).collect::<Vec<_>>()
    };
    for step in [10, 20] {
        save(step, step);
    }
    // All is well: only the number counts.
    assert_eq!(save(30, 30), [20, 30]);
    // Something has looked wrong since step 25.
    assert_eq!(save(40, 25), [20, 30, 40]);
    assert_eq!(save(50, 25), [20, 40, 50]);
    // It was nothing.
    assert_eq!(save(60, 60), [50, 60]);
}

#[test]
fn rewinding_cuts_later_steps_and_half_lines() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    run.append_metrics(&[1u64, 2, 3, 4]).unwrap();
    fs::OpenOptions::new().append(true).open(run.metrics()).unwrap().write_all(b"[5").unwrap();
    let (metrics, marks) = run.rewind::<u64, u64>(|m| *m <= 3, |_| true).unwrap();
    assert_eq!((metrics, marks), (vec![1, 2, 3], vec![]));
    assert_eq!(fs::read_to_string(run.metrics()).unwrap(), "1\n2\n3\n");
}

/// A stranger's numbers have the right checksum too.
#[test]
fn weights_that_no_training_leaves_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    let tensor = |name: &str, value: f32| NamedTensor { name: name.to_owned(), shape: vec![1], values: vec![value] };
    run.save(&at_step(1), 9, 1).unwrap();
    for (step, name, value) in [
        (2, "ema/main.1.running_var", -0.1),
        (3, "g/main.0.weight", 3e38),
        (4, "d/main.0.weight", f32::NAN),
        (5, "adam-g/v/main.0.weight", -1e-9),
        (6, "adam-d/m/main.0.weight", f32::INFINITY),
    ] {
        run.save(&Checkpoint::new(at_step(step).meta, vec![tensor(name, value)]), 9, 1).unwrap();
        let (checkpoint, damaged) = run.newest().unwrap();
        assert_eq!(checkpoint.meta.step, 1);
        assert!(damaged[0].contains(name), "{damaged:?}");
    }
    // What training does leave there.
    let good = [
        ("ema/main.1.running_var", 0.0),
        ("g/main.0.weight", -40.0),
        ("adam-g/v/main.0.weight", 0.0),
        ("adam-d/v/main.0.weight", 1e12),
        ("adam-d/m/main.0.weight", -1e5),
    ];
    let tensors = good.map(|(name, value)| tensor(name, value)).to_vec();
    run.save(&Checkpoint::new(at_step(7).meta, tensors), 9, 1).unwrap();
    assert_eq!(run.newest().unwrap().0.meta.step, 7);
}

/// A line that was cut at its end by hand, or by a copy: the next one must not be glued to it.
#[test]
fn a_history_without_its_last_end_of_line_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    fs::write(run.metrics(), "\u{feff}1\r\n2\r\n3").unwrap();
    assert_eq!(run.rewind::<u64, u64>(|_| true, |_| true).unwrap().0, [1, 2, 3]);
    run.append_metrics(&[4u64]).unwrap();
    assert_eq!(run.rewind::<u64, u64>(|_| true, |_| true).unwrap().0, [1, 2, 3, 4]);
}
