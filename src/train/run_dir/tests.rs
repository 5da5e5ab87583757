use super::*;
use crate::config::RunConfig;
use crate::model::NamedTensor;
use crate::pixels::Frame;
use crate::train::{Checkpoint, CheckpointMeta};
use std::fs;
use std::io::Write;

const ALL: Kept = Kept { newest: 9, healthy: 1, measured: &[] };

/// Of a training without networks.
fn at_step(step: u64) -> Checkpoint {
    let RunConfig { tunables, model, .. } = RunConfig::default();
    let meta = CheckpointMeta {
        start: None,
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
fn the_checkpoint_for_a_rollback_outlives_newer_ones() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    let save = |step, healthy| {
        run.save(&at_step(step), Kept { newest: 2, healthy, measured: &[] }).unwrap();
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

/// What a crash leaves says by itself which checkpoint is best: the measurements and the checkpoints that are there.
#[test]
fn the_best_checkpoint_outlives_newer_ones_and_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    assert_eq!(run.best(), None, "nothing is measured");
    for step in [10, 20, 30, 40, 50] {
        run.save(&at_step(step), Kept { newest: 1, healthy: step, measured: &[20] }).unwrap();
    }
    let lines = [(10, 5.0, 1.0), (20, 30.0, 1.0), (30, 31.0, 1.0), (40, 40.0, 1.0), (50, 2.0, 0.3)];
    for (step, kid, memorisation) in lines {
        let more = "of later versions";
        run.append_quality(&serde_json::json!({"step": step, "kid": kid, "memorisation": memorisation, "more": more}))
            .unwrap();
    }
    fs::OpenOptions::new().append(true).open(run.quality()).unwrap().write_all(b"{\"step\": 20, \"ki").unwrap();
    // That of step 10 is gone, and step 50 made copies.
    let (best, folder) = run.best().unwrap();
    assert_eq!((best.step, best.kid, Checkpoint::read(&folder).unwrap().meta.step), (20, 30.0, 20));
    drop(run);
    let (run, _) = RunDir::open(dir.path()).unwrap();
    assert_eq!(run.best().unwrap().0.step, 20, "also the next time");
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(run.best(), None);
}

/// A folder of an older version is read and opened as it is. Its list gets the new name when another one is written,
/// and the old one goes last: whatever a crash leaves, one whole list counts.
#[test]
fn a_list_under_its_former_name_is_read_and_replaced_safely() {
    let dir = tempfile::tempdir().unwrap();
    drop(RunDir::create(dir.path(), &RunConfig::default()).unwrap());
    let [new, former] = ["held-out.json", "held-back.json"].map(|name| dir.path().join(name));
    fs::write(&former, r#"["old"]"#).unwrap();
    let (run, _) = RunDir::open(dir.path()).unwrap();
    assert_eq!(run.read_held_out().unwrap().unwrap(), ["old"]);
    assert!(
        !new.exists() && fs::read_to_string(&former).unwrap() == r#"["old"]"#,
        "opening and reading change nothing"
    );
    // After a crash between writing and removing.
    fs::write(&new, r#"["new"]"#).unwrap();
    assert_eq!(run.read_held_out().unwrap().unwrap(), ["new"]);
    // What cannot be written leaves the old list.
    fs::remove_file(&new).unwrap();
    fs::create_dir(&new).unwrap();
    assert!(run.write_held_out(&["newer"]).is_err());
    assert_eq!(fs::read_to_string(&former).unwrap(), r#"["old"]"#);
    fs::remove_dir(&new).unwrap();
    run.write_held_out(&["newer"]).unwrap();
    assert_eq!(run.read_held_out().unwrap().unwrap(), ["newer"]);
    assert!(new.exists() && !former.exists());
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
    run.save(&at_step(1), ALL).unwrap();
    for (step, name, value) in [
        (2, "ema/main.1.running_var", -0.1),
        (3, "g/main.0.weight", 3e38),
        (4, "d/main.0.weight", f32::NAN),
        (5, "adam-g/v/main.0.weight", -1e-9),
        (6, "adam-d/m/main.0.weight", f32::INFINITY),
    ] {
        run.save(&Checkpoint::new(at_step(step).meta, vec![tensor(name, value)]), ALL).unwrap();
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
    run.save(&Checkpoint::new(at_step(7).meta, tensors), ALL).unwrap();
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

#[test]
fn only_our_own_sample_sheets_are_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    let sheet = Frame::filled(4, 4, [0; 3]);
    for step in [10, 20, 30, 40] {
        run.save_sample(step, &sheet).unwrap();
    }
    let samples = dir.path().join("samples");
    for name in ["step-50.png", "step-000000020.jpg", "step-+00000020.png", "mine.png", "step-000000020-best.png"] {
        fs::write(samples.join(name), "mine").unwrap();
    }
    fs::create_dir(samples.join("step-000000060.png")).unwrap();
    assert_eq!(run.sample_steps(), [10, 20, 30, 40, 60]);
    let elsewhere = dir.path().join("elsewhere.png");
    fs::write(&elsewhere, "mine").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&elsewhere, samples.join("step-000000070.png")).unwrap();
    run.remove_samples(&[20, 40, 50, 60, 70, 80]);
    assert_eq!(run.sample_steps().iter().filter(|step| **step < 60).collect::<Vec<_>>(), [&10, &30]);
    assert!(samples.join("step-50.png").is_file() && samples.join("step-000000060.png").is_dir());
    assert_eq!(fs::read_to_string(elsewhere).unwrap(), "mine");
    #[cfg(unix)]
    {
        // A run whose folder of samples leads elsewhere loses nothing there.
        fs::rename(&samples, dir.path().join("real")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("real"), &samples).unwrap();
        run.remove_samples(&[10, 30]);
        assert_eq!(run.sample_steps().len(), 4, "10, 30, and what is no file of ours");
    }
}

#[test]
fn a_map_is_taken_where_it_is_a_picture_of_its_size() {
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    assert_eq!((run.map_steps(), run.load_map(1, (8, 8))), (vec![], None), "there is none yet");
    for step in [1, 2, 3] {
        run.save_map(step, &Frame::filled(8, 8, [200, 10, 10])).unwrap();
    }
    assert!(run.load_map(2, (8, 8)).is_some() && run.load_map(2, (16, 8)).is_none());
    fs::write(run.map(3), "mine").unwrap();
    assert!(run.load_map(3, (8, 8)).is_none(), "what is no picture is none");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(run.map(2), run.map(9)).unwrap();
        assert!(run.load_map(9, (8, 8)).is_none(), "no link is followed");
    }
    run.remove_maps(&[2, 7]);
    assert_eq!(run.map_steps()[..2], [1, 3]);
    run.save_map(1, &Frame::filled(8, 8, [0; 3])).unwrap();
}

/// 600,000 lines, more than are kept: thinned once, whole lines, nothing lost at either end, and no more the next time.
#[test]
fn metrics_of_days_are_thinned_and_keep_their_extremes() {
    type Line = (u64, f32, f32, String);
    let dir = tempfile::tempdir().unwrap();
    let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
    let line = |step: u64| -> Line {
        let spike = if step == 271_828 { 1e9 } else { (step % 10) as f32 };
        (step, spike, 0.5, "as long as the lines of a training are, about".repeat(2))
    };
    let reading = |line: &Line| (line.0, [line.1, line.2]);
    run.append_metrics(&(1..=300_000).map(line).collect::<Vec<_>>()).unwrap();
    let length = || fs::metadata(run.metrics()).unwrap().len();
    let before = length();
    run.thin_metrics(300_000, reading).unwrap();
    assert_eq!(length(), before, "these are not too many");
    run.append_metrics(&(300_001..=600_000).map(line).collect::<Vec<_>>()).unwrap();
    fs::OpenOptions::new().append(true).open(run.metrics()).unwrap().write_all(b"[600001,").unwrap();
    run.thin_metrics(600_000, reading).unwrap();
    let after = length();
    assert!(after < before / 3, "{after} bytes are left of {before} and more");
    let (kept, _) = run.rewind::<Line, u64>(|_| true, |_| true).unwrap();
    assert_eq!(length(), after, "every line is whole");
    let steps: Vec<u64> = kept.iter().map(|line| line.0).collect();
    assert!(steps.is_sorted() && steps[0] == 1 && steps[steps.len() - 1] == 600_000);
    assert!(kept.iter().all(|kept| *kept == line(kept.0)) && steps.contains(&271_828), "the spike stays");
    run.thin_metrics(600_000, reading).unwrap();
    assert_eq!(length(), after);
}
