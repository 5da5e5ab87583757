//! Another machine, behind a stand-in for `ssh`: a script that is first in the search path. What a real sshd does is in
//! `tests/reference/ssh.sh`.

use super::manners::takes_four_times_as_long;
use super::{TINY, interrupt, purrtrait, rest, run, start_and_wait_for};
use std::fs;
use std::io::BufRead;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Has `ssh` be this script; its last argument is what a shell there would run.
pub(crate) fn ssh(home: &TempDir, command: &mut Command, script: &str) {
    let folder = home.path().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("ssh");
    fs::write(&file, format!("#!/bin/sh\nfor command; do :; done\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
}

/// A shell on another machine: another home, and the program in a folder with a blank.
pub(crate) fn there(home: &TempDir) -> (String, String) {
    let far = home.path().join("far");
    fs::create_dir_all(far.join("a b")).unwrap();
    let program = far.join("a b/purrtrait");
    if !program.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_purrtrait"), &program).unwrap();
    }
    let address = format!("ssh://box?program={}&device=cpu", program.display().to_string().replace(' ', "%20"));
    let script = format!("PURRTRAIT_HOME='{}' exec sh -c \"$command\"", far.display());
    (address, script)
}

/// The share travels with the run, and holds where that trains.
#[test]
fn a_share_holds_on_the_other_machine() {
    let home = tempfile::tempdir().unwrap();
    let (address, script) = there(&home);
    let mut n = 0;
    takes_four_times_as_long(|share| {
        n += 1;
        let flags = format!("--share {share} --steps 30 --out run{n} --device {address}");
        let mut train = purrtrait(&home, &format!("train demo {MACHINE} {flags}"));
        ssh(&home, &mut train, &script);
        run(train).expect(0);
        home.path().join(format!("run{n}"))
    });
}

const MACHINE: &str = "--preset quick-32 --g-width 4 --d-width 4 --latent-size 8 --batch 8 --demo-count 64 \
                       --sample-count 4 --metrics-every 1 --checkpoint-every 1 --measure-every 0 --json";

#[test]
fn a_run_on_another_machine_is_complete_here_and_resumes_on_either() {
    let home = tempfile::tempdir().unwrap();
    let (address, script) = there(&home);
    let mut train = purrtrait(&home, &format!("train demo {MACHINE} --steps 20 --out run --device {address}"));
    ssh(&home, &mut train, &script);
    let done = run(train).expect(0);
    assert_eq!(done.events("ended")[0]["reason"], "finished");
    assert_eq!(done.events("started")[0]["device"]["id"], "cpu");
    // What was there before the news began is in the file alone.
    let steps: Vec<u64> = done.events("metrics").iter().map(|m| m["step"].as_u64().unwrap()).collect();
    assert!(!steps.is_empty() && steps == (21 - steps.len() as u64..=20).collect::<Vec<_>>(), "{steps:?}");
    let run_folder = home.path().join("run");
    let metrics = fs::read_to_string(run_folder.join("metrics.jsonl")).unwrap();
    let kept = metrics.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["step"].as_u64());
    assert_eq!(kept.flatten().collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    for file in ["checkpoints/step-000000020/manifest.json", "samples/step-000000020.png", "held-out.json"] {
        assert!(run_folder.join(file).is_file(), "{file}");
    }
    // The settings there name no folder of this machine.
    let job = fs::read_dir(home.path().join("far/jobs")).unwrap().flatten().map(|entry| entry.path());
    let job = job.into_iter().find(|path| path.join("run").is_dir()).unwrap();
    let far = fs::read_to_string(job.join("run/run.toml")).unwrap();
    assert!(far.contains("/squares") && !far.contains("ssh://"), "{far}");

    // The same weights as a run of this machine, to the bit.
    run(purrtrait(&home, &format!("train demo {MACHINE} --steps 20 --out same --device cpu"))).expect(0);
    let weights = |run: &Path| fs::read(run.join("checkpoints/step-000000020/weights.safetensors")).unwrap();
    assert!(weights(&run_folder) == weights(&home.path().join("same")), "another machine computes the same");

    // Here, which the other machine does not know of, and there again with what was done here.
    let here = run(purrtrait(&home, "resume run --steps 24 --device cpu --json")).expect(0);
    assert_eq!(here.events("started")[0]["first_step"], 20);
    let mut again = purrtrait(&home, &format!("resume run --steps 30 --json --device {address}"));
    ssh(&home, &mut again, &script);
    assert_eq!(run(again).expect(0).events("started")[0]["first_step"], 24);
    // There again, where it was last.
    let mut longer = purrtrait(&home, "resume run --steps 33 --json");
    ssh(&home, &mut longer, &script);
    let longer = run(longer).expect(0);
    assert_eq!(
        (&longer.events("started")[0]["first_step"], &longer.events("ended")[0]["step"]),
        (&30.into(), &33.into())
    );
    let squares = fs::read_dir(home.path().join("far/jobs/squares")).unwrap().count();
    assert_eq!(squares, 1, "the squares were sent once");
}

#[test]
fn what_can_be_wrong_with_another_machine_is_one_sentence_with_its_remedy() {
    let home = tempfile::tempdir().unwrap();
    let fails = |script: &str, words: &[&str]| {
        let mut train = purrtrait(
            &home,
            &format!("train demo {} --steps 1 --out run --device ssh://box", TINY.replace("--device cpu", "")),
        );
        ssh(&home, &mut train, script);
        let done = run(train);
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(words.iter().all(|word| done.stderr.contains(word)), "{words:?}: {done:?}");
        fs::remove_dir_all(home.path().join("run")).unwrap();
    };
    let says = |text: &str, code: u8| format!("echo '{text}' >&2; exit {code}");
    fails(&says("ssh: Could not resolve hostname box: unknown", 255), &["There is no machine box", "configuration"]);
    fails(&says("anna@box: Permission denied (publickey).", 255), &["box refuses the login", "user name"]);
    fails(&says("Host key verification failed.", 255), &["host key of box", "ssh box"]);
    fails(&says("ssh: connect to host box port 22: Connection refused", 255), &["cannot be reached", "refused"]);
    fails(&says("sh: 1: purrtrait: not found", 127), &["box has no program purrtrait", "ssh://box?program="]);
    fails(&says("error: unexpected argument --relay found", 2), &["another version", "Install version"]);
    fails(&says("error: /home/x/jobs: No space left on device", 1), &["ended before it answered", "No space left"]);
    fails("echo Welcome; exec cat >/dev/null", &["something else than Purrtrait", "ssh box true"]);
    // A greeting of another version: its length, and a map of protocol and program in CBOR.
    let other = r"printf 'PURRPIPE\032\000\000\000\242hprotocol\003gprogramf9.9.99'; exec cat >/dev/null";
    fails(other, &["box has another version", "9.9.99", "install"]);
    // Without any ssh.
    let mut train = purrtrait(
        &home,
        &format!("train demo {} --steps 1 --out run --device ssh://box", TINY.replace("--device cpu", "")),
    );
    train.env("PATH", "/nowhere");
    let done = run(train).expect(1);
    assert!(done.stderr.contains("Cannot start ssh") && done.stderr.contains("OpenSSH"), "{done:?}");
    // Addresses that a shell or ssh could misread start nothing.
    for address in ["ssh://-oProxyCommand=x", "ssh://a;b", "ssh://box?program=-x"] {
        let mut train = purrtrait(&home, "train demo --device");
        train.arg(address);
        let done = run(train).expect(2);
        assert!(done.stderr.contains("no address of a machine"), "{done:?}");
    }
}

#[test]
fn a_line_that_breaks_costs_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (address, script) = there(&home);
    // The first connections break after two seconds, whatever they carry.
    let breaking = format!(
        "n=$(cat {0}/n 2>/dev/null || echo 0); echo $((n + 1)) >{0}/n\n\
         if [ $n -lt 2 ]; then PURRTRAIT_HOME='{0}/far' exec timeout -s KILL 2 sh -c \"exec $command\"; fi\n{script}",
        home.path().display()
    );
    let endless = format!("train demo {MACHINE} --steps 1000000 --out run --device {address}");
    let mut train = purrtrait(&home, &endless);
    ssh(&home, &mut train, &breaking);
    let (child, mut lines) = start_and_wait_for(train, "preparing");
    let mut heard = String::new();
    while !heard.contains("The line to box is back") || !heard.contains("\"event\":\"saved\"") {
        if heard.ends_with("is back.\"}\n") {
            // From here on a checkpoint comes over the new line.
            heard = "The line to box is back".to_owned();
        }
        assert!(lines.read_line(&mut heard).unwrap() > 0, "it has ended: {heard}");
    }
    interrupt(&child);
    let done = rest(child, lines).expect(130);
    let last = done.events("ended")[0]["step"].as_u64().unwrap();
    let told = fs::read_to_string(home.path().join("run/metrics.jsonl")).unwrap();
    let step = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["step"].as_u64().unwrap();
    assert_eq!(told.lines().map(step).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
    let far = fs::read_dir(home.path().join("far/jobs")).unwrap().flatten().map(|entry| entry.path().join("run"));
    let far = far.into_iter().find(|run| run.is_dir()).unwrap();
    for file in ["metrics.jsonl", &format!("checkpoints/step-{last:09}/weights.safetensors")] {
        assert!(fs::read(home.path().join("run").join(file)).unwrap() == fs::read(far.join(file)).unwrap(), "{file}");
    }
}
