use super::super::edits::apply;
use super::*;
use crate::config::{RunConfig, StartModel};
use crate::engine::protocol::command::ResumeOptions;
use crate::engine::protocol::queue::QueueEdit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn new(steps: u64) -> QueuedTraining {
    QueuedTraining::Start { config: Box::new(RunConfig { max_steps: steps, ..RunConfig::default() }), out: None }
}

fn add(file: &QueueFile, name: &str, training: QueuedTraining) {
    let edit = QueueEdit::Add { name: name.to_owned(), training };
    file.update(|entries| apply(entries, edit, false)).unwrap();
}

fn in_folder() -> (tempfile::TempDir, QueueFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = QueueFile::new(folder.path().join("queue.json"));
    (folder, file)
}

#[test]
fn the_queue_is_there_again_with_all_of_each_recipe() {
    let (_folder, file) = in_folder();
    assert!(file.load().unwrap().entries.is_empty());
    let mut config = RunConfig { max_steps: 500, ..RunConfig::default() };
    config.start = Some(StartModel { source: "/models/of mine".into(), name: "mine".into(), ..StartModel::default() });
    let start = QueuedTraining::Start { config: Box::new(config), out: Some("/runs/new".into()) };
    let options = ResumeOptions { max_epochs: Some(9), other_pictures: true, ..ResumeOptions::default() };
    let resume = QueuedTraining::Resume { run: "/runs/old".into(), options: Box::new(options) };
    add(&file, " A \u{7} name ", start.clone());
    add(&file, &"n".repeat(500), resume.clone());
    let again = QueueFile::new(file.file.path.clone()).load().unwrap();
    assert_eq!(again.notice, None);
    let [first, second] = &again.entries[..] else { panic!("{again:?}") };
    assert_eq!((&first.training, &second.training), (&start, &resume), "also the place of the model");
    assert!(!first.name.contains('\u{7}') && second.name.chars().count() == LONGEST_RUN_NAME, "{first:?}");
}

#[test]
fn a_damaged_entry_costs_no_other_and_the_file_is_kept() {
    let (folder, file) = in_folder();
    for i in 1..=3 {
        add(&file, &format!("Cat {i}"), new(i));
    }
    let path = &file.file.path;
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, text.replacen("\"batch\"", "\"batsch\"", 1)).unwrap();
    let loaded = file.load().unwrap();
    let names: Vec<&str> = loaded.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["Cat 2", "Cat 3"]);
    let notice = loaded.notice.unwrap();
    assert!(notice.contains("queue.bad.json") && notice.contains("2 trainings are left"), "{notice}");
    assert!(fs::read_to_string(folder.path().join("queue.bad.json")).unwrap().contains("batsch"));
    assert_eq!(file.load().unwrap().notice, None, "that was said");
    fs::write(path, "{ scribble").unwrap();
    assert!(file.load().unwrap().notice.unwrap().contains("queue.bad-2.json"));
    assert!(file.load().unwrap().entries.is_empty());
}

#[test]
fn a_newer_file_is_neither_used_nor_changed() {
    let (_folder, file) = in_folder();
    let text = r#"{"version": 99, "trainings": [{"from": "the future"}]}"#;
    fs::write(&file.file.path, text).unwrap();
    assert!(file.load().unwrap_err().to_string().contains("newer version"));
    assert!(file.update(|entries| apply(entries, QueueEdit::Clear, false)).is_err());
    assert_eq!(fs::read_to_string(&file.file.path).unwrap(), text);
}

#[test]
fn two_writers_lose_nothing_and_a_refused_change_changes_nothing() {
    let (_folder, file) = in_folder();
    thread::scope(|scope| {
        for name in ["a", "b"] {
            let file = &file;
            scope.spawn(move || (0..20).for_each(|i| add(file, &format!("{name}{i}"), new(i + 1))));
        }
    });
    assert_eq!(file.load().unwrap().entries.len(), 40);
    let before = fs::read(&file.file.path).unwrap();
    assert!(file.update(|entries| apply(entries, QueueEdit::Remove(99), false)).is_err());
    assert_eq!(fs::read(&file.file.path).unwrap(), before);
}

#[test]
fn one_program_runs_the_queue_and_another_sees_that() {
    let (_folder, file) = in_folder();
    assert!(!file.is_run());
    let right = file.take().unwrap().expect("nobody has it");
    assert!(file.is_run());
    assert!(file.take().unwrap().is_none(), "another handle is refused");
    add(&file, "meanwhile", new(1));
    // Who looks never keeps anybody from beginning.
    drop(right);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                file.is_run();
            }
        });
        (0..50).for_each(|_| assert!(file.take().unwrap().is_some()));
        stop.store(true, Ordering::Relaxed);
    });
}
