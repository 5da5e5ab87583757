//! Runs and pictures that somebody else has packed: what lies in them leads nowhere and stops nothing.

use super::{Done, TINY, contents, home, purrtrait, run, train_tiny};
use purrtrait::formats::{Point, Recipe, encode_png, read_recipe};
use purrtrait::pixels::Frame;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn command(home: &TempDir, arguments: &str) -> Done {
    run(purrtrait(home, arguments))
}

/// A run of three steps in `home/run`, as a stranger's archive holds it.
fn packed() -> TempDir {
    let home = home();
    train_tiny(&home, "--steps 3 --sample-every 3 --out run").expect(0);
    home
}

fn checkpoint(home: &TempDir) -> PathBuf {
    home.path().join("run/checkpoints/step-000000003")
}

/// Every file below a folder with its bytes.
fn all(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut folders, mut files) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => files.push((entry.path(), fs::read(entry.path()).unwrap())),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// The steps that stand in the metrics of `home/run`.
fn steps(home: &TempDir) -> Vec<u64> {
    let text = fs::read_to_string(home.path().join("run/metrics.jsonl")).unwrap();
    let step = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["step"].as_u64().unwrap();
    text.lines().map(step).collect()
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Once more than a file of the run: nothing outside is written, whatever is resumed.
    #[test]
    fn files_that_are_links_are_refused_and_what_they_lead_to_stays() {
        for name in
            ["run.lock", "run.toml", "metrics.jsonl", "marks.jsonl", "quality.jsonl", "held-out.json", "held-back.json"]
        {
            let home = packed();
            let (victim, link) = (home.path().join("victim.txt"), home.path().join("run").join(name));
            // What is in the run is good, so that only the link can be the reason.
            let text = fs::read(&link).unwrap_or_else(|_| b"precious\n".to_vec());
            fs::write(&victim, &text).unwrap();
            let _ = fs::remove_file(&link);
            symlink("../victim.txt", &link).unwrap();
            let done = command(&home, "resume run --steps 5").expect(6);
            assert!(done.stderr.contains(name) && done.stderr.contains("is a link"), "{name}: {done:?}");
            assert!(done.stderr.contains("cp -rL"), "the remedy: {done:?}");
            assert_eq!(fs::read(&victim).unwrap(), text, "{name}");
            // A link that leads nowhere yet: no file is made there.
            fs::remove_file(&victim).unwrap();
            command(&home, "resume run --steps 5").expect(6);
            assert!(!victim.exists(), "{name}");
        }
    }

    /// The names that earlier versions gave their temporary files.
    #[test]
    fn temporary_files_are_never_those_that_lie_there() {
        let home = packed();
        let metrics = home.path().join("run/metrics.jsonl");
        let text = fs::read_to_string(&metrics).unwrap();
        fs::write(&metrics, format!("{text}$(touch hacked) #\n")).unwrap();
        fs::write(home.path().join("bashrc"), "").unwrap();
        for name in ["metrics", "marks", "quality", "run", "held-back", "held-out", "samples/step-000000006"] {
            symlink(home.path().join("bashrc"), home.path().join("run").join(name).with_extension("tmp")).unwrap();
        }
        symlink(home.path(), home.path().join("run/checkpoints/.step-000000006.tmp")).unwrap();
        command(&home, "resume run --steps 6").expect(0);
        assert_eq!(fs::read(home.path().join("bashrc")).unwrap(), b"", "nothing was written through a link");
        assert!(home.path().join("run/run.toml").exists());
        assert_eq!(steps(&home), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn folders_that_are_links_are_refused_and_what_they_lead_to_stays() {
        let home = packed();
        let own = home.path().join("mine");
        train_tiny(&home, "--steps 6 --checkpoint-every 0.25 --keep 6 --out mine").expect(0);
        let before = all(&own);
        let whole = home.path().join("whole");
        copy(&home.path().join("run"), &whole);
        for (name, target) in [
            ("checkpoints", "mine/checkpoints"),
            ("samples", "mine/samples"),
            ("maps", "mine/maps"),
            ("checkpoints/step-000000003", "mine/checkpoints/step-000000006"),
        ] {
            fs::remove_dir_all(home.path().join("run")).unwrap();
            copy(&whole, &home.path().join("run"));
            fs::remove_dir_all(home.path().join("run").join(name)).unwrap();
            symlink(home.path().join(target), home.path().join("run").join(name)).unwrap();
            for arguments in
                ["resume run --steps 12", "generate run --device cpu --out out", "timelapse run --out x.gif"]
            {
                let done = command(&home, arguments).expect(6);
                assert!(done.stderr.contains(name) && done.stderr.contains("is a link"), "{arguments}: {done:?}");
            }
            assert!(all(&own) == before, "{name}: the other run was changed");
        }
        // The folder that the user names may be a link.
        symlink(home.path().join("whole"), home.path().join("link")).unwrap();
        command(&home, "resume link --steps 4").expect(0);
    }

    /// A file can have two names without a link: a backup made of them, or a trap.
    #[test]
    fn files_with_a_second_name_elsewhere_are_not_changed_there() {
        let home = packed();
        for name in ["run.lock", "metrics.jsonl", "marks.jsonl", "run.toml"] {
            let inside = home.path().join("run").join(name);
            if !inside.exists() {
                fs::write(&inside, "").unwrap();
            }
            fs::hard_link(&inside, home.path().join(format!("backup-{name}"))).unwrap();
        }
        let outside = |name: &str| fs::read(home.path().join(format!("backup-{name}"))).unwrap();
        let before = ["run.lock", "metrics.jsonl", "marks.jsonl", "run.toml"].map(outside);
        fs::write(home.path().join("backup-run.lock"), "precious").unwrap();
        command(&home, "resume run --steps 6").expect(0);
        assert_eq!(outside("run.lock"), b"precious");
        assert_eq!(["metrics.jsonl", "marks.jsonl", "run.toml"].map(outside)[..], before[1..]);
        assert_eq!(steps(&home), [1, 2, 3, 4, 5, 6]);
    }

    fn make_pipe(path: &Path) {
        let _ = fs::remove_file(path);
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    /// Opening one would wait for ever.
    #[test]
    fn pipes_and_devices_stop_nothing() {
        let home = packed();
        let whole = home.path().join("whole");
        copy(&home.path().join("run"), &whole);
        let saved = "checkpoints/step-000000003";
        let used = ["generate run --device cpu --out out", "resume run --steps 5"];
        for (name, commands) in [
            ("run.toml".to_owned(), &used[..]),
            (format!("{saved}/manifest.json"), &used),
            (format!("{saved}/state.json"), &used),
            (format!("{saved}/weights.safetensors"), &used),
            ("run.lock".to_owned(), &used[1..]),
            ("held-out.json".to_owned(), &used[1..]),
            ("metrics.jsonl".to_owned(), &used[1..]),
            ("marks.jsonl".to_owned(), &used[1..]),
            ("quality.jsonl".to_owned(), &used[1..]),
            ("samples/step-000000003.png".to_owned(), &["timelapse run --out x.gif"]),
        ] {
            for device in [false, true] {
                fs::remove_dir_all(home.path().join("run")).unwrap();
                copy(&whole, &home.path().join("run"));
                let path = home.path().join("run").join(&name);
                match device {
                    false => make_pipe(&path),
                    true => {
                        let _ = fs::remove_file(&path);
                        symlink("/dev/zero", &path).unwrap();
                    }
                }
                for arguments in commands {
                    let done = command(&home, arguments).expect(6);
                    let file = name.rsplit('/').next().unwrap();
                    let reason = if device { "is a link" } else { "a pipe" };
                    assert!(done.stderr.contains(file) && done.stderr.contains(reason), "{name}: {done:?}");
                }
            }
        }
    }

    /// Files that the user names: links are fine, pipes are not.
    #[test]
    fn pipes_that_the_user_names_are_reported() {
        let home = packed();
        make_pipe(&home.path().join("pipe"));
        for (arguments, code) in [
            ("restore pipe", 1),
            ("import pipe", 6),
            ("generate run --device cpu --latents pipe --out out", 1),
            ("evaluate run --inception pipe", 6),
        ] {
            let done = command(&home, arguments);
            assert!(done.code == Some(code) && done.stderr.contains("pipe"), "{arguments}: {done:?}");
        }
    }

    /// Who may do everything has nothing that is read-only, so the program runs as somebody else then.
    #[test]
    fn a_run_that_cannot_be_written_can_be_used_but_not_trained_on() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        use std::os::unix::process::CommandExt;
        const NOBODY: u32 = 65534;
        let home = packed();
        let root = fs::metadata(home.path()).unwrap().uid() == 0;
        let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        fs::create_dir(home.path().join("out")).unwrap();
        for name in ["home", "out"] {
            let folder = home.path().join(name);
            let below = all(&folder).into_iter().map(|(path, _)| path);
            for path in below.chain([folder.clone(), folder.join("cache"), folder.join("cache/pictures")]) {
                if root && path.exists() {
                    chown(&path, Some(NOBODY), None).unwrap();
                }
            }
        }
        let folders = ["run", "run/samples", "run/checkpoints", "run/checkpoints/step-000000003"];
        all(&home.path().join("run")).iter().for_each(|(path, _)| set(path, 0o444));
        folders.iter().for_each(|name| set(&home.path().join(name), 0o555));
        set(home.path(), 0o755);
        let as_user = |arguments: &str| {
            let mut command = purrtrait(&home, arguments);
            if root {
                command.uid(NOBODY);
            }
            run(command)
        };
        as_user("generate run --device cpu --count 1 --out out/pictures").expect(0);
        let done = as_user("resume run --steps 5").expect(6);
        folders.iter().for_each(|name| set(&home.path().join(name), 0o755));
        for word in ["run.lock", "cannot be written", "resume the copy"] {
            assert!(done.stderr.contains(word), "{word}: {done:?}");
        }
    }
}

/// Files larger than the memory, which cost an archive nothing. (On Windows they would take their room on the disk.)
#[cfg(unix)]
#[test]
fn files_without_an_end_are_refused_by_their_size() {
    let home = packed();
    let whole = home.path().join("whole");
    copy(&home.path().join("run"), &whole);
    let saved = "checkpoints/step-000000003";
    for (name, bytes) in [
        ("run.toml".to_owned(), 1u64 << 40),
        (format!("{saved}/manifest.json"), 1 << 40),
        (format!("{saved}/state.json"), 1 << 40),
        (format!("{saved}/weights.safetensors"), 1 << 40),
        ("held-out.json".to_owned(), 1 << 40),
        // One line of four gigabytes.
        ("metrics.jsonl".to_owned(), 4 << 30),
    ] {
        fs::remove_dir_all(home.path().join("run")).unwrap();
        copy(&whole, &home.path().join("run"));
        File::options().write(true).open(home.path().join("run").join(&name)).unwrap().set_len(bytes).unwrap();
        let began = Instant::now();
        let done = command(&home, "resume run --steps 5").expect(6);
        assert!(done.stderr.contains("is larger than a file of this type can be"), "{name}: {done:?}");
        assert!(began.elapsed() < Duration::from_secs(10), "{name}: {:?}", began.elapsed());
    }
    // A long line is not the end of a history: what a power cut leaves behind is cut off.
    fs::remove_dir_all(home.path().join("run")).unwrap();
    copy(&whole, &home.path().join("run"));
    File::options().write(true).open(home.path().join("run/metrics.jsonl")).unwrap().set_len(64 << 20).unwrap();
    command(&home, "resume run --steps 5").expect(0);
    assert_eq!(steps(&home), [1, 2, 3, 4, 5]);
}

/// Numbers in small files that would overflow, or make good checkpoints look old.
#[test]
fn numbers_that_no_training_reaches_are_refused() {
    let home = packed();
    let folder = checkpoint(&home);
    let state = fs::read_to_string(folder.join("state.json")).unwrap();
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let digest = |text: &str| {
        use sha2::Digest;
        sha2::Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let (bytes, sum) = (state.len(), digest(&state));
    assert!(manifest.contains(&sum));
    for (from, to, reason) in [
        ("\"step\": 3", "\"step\": 18446744073709551615", "no training reaches"),
        ("\"step\": 3", "\"step\": 4", "holds step 4"),
        ("\"updates_g\": 3", "\"updates_g\": 18446744073709551615", "no training reaches"),
        ("\"latent-size\": 8", "\"latent-size\": 4000000000", "latent-size"),
    ] {
        assert!(state.contains(from), "{from} in {state}");
        let changed = state.replacen(from, to, 1);
        fs::write(folder.join("state.json"), &changed).unwrap();
        let listed = manifest.replace(&sum, &digest(&changed));
        let listed = listed.replace(&format!("\"bytes\": {bytes},"), &format!("\"bytes\": {},", changed.len()));
        fs::write(folder.join("manifest.json"), listed).unwrap();
        let done = command(&home, "resume run --steps 5").expect(6);
        assert!(done.stderr.contains(reason), "{to}: {done:?}");
    }
    // Files that the manifest lists beside ours are not looked for, wherever they are said to be.
    fs::write(folder.join("state.json"), &state).unwrap();
    let more = manifest.replace(
        "\"files\": {",
        "\"files\": {\"../../../../etc/passwd\": {\"bytes\": 18446744073709551615, \"sha256\": \"\"},",
    );
    fs::write(folder.join("manifest.json"), more).unwrap();
    command(&home, "resume run --steps 5").expect(0);
}

/// A run that went through zip or tar, other systems and their file managers.
#[test]
fn runs_out_of_archives_are_resumed() {
    let home = packed();
    let root = home.path().join("run");
    // Empty folders are often left out, and so is what nobody misses.
    fs::remove_dir_all(root.join("samples")).unwrap();
    fs::remove_file(root.join("run.lock")).unwrap();
    // Text files that were sent as text.
    for name in ["run.toml", "metrics.jsonl", "held-out.json"] {
        let text = fs::read_to_string(root.join(name)).unwrap().replace('\n', "\r\n");
        fs::write(root.join(name), format!("\u{feff}{text}")).unwrap();
    }
    // What macOS and Windows put beside files.
    fs::create_dir_all(root.join("__MACOSX/checkpoints")).unwrap();
    for name in [
        "._run.toml",
        ".DS_Store",
        "checkpoints/._step-000000003",
        "checkpoints/.DS_Store",
        "checkpoints/step-000000003/._weights.safetensors",
        "checkpoints/step-000000003/desktop.ini",
        "__MACOSX/checkpoints/._step-000000003",
        "Thumbs.db",
    ] {
        fs::write(root.join(name), b"\0\x05\x16\x07\0\x02\0\0Mac OS X").unwrap();
    }
    // Dates that say nothing.
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(315_532_800);
    for (path, _) in all(&root) {
        File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    }
    command(&home, "generate run --device cpu --count 1 --out pictures").expect(0);
    let done = command(&home, "resume run --steps 6 --json").expect(0);
    assert_eq!(done.events("started")[0]["first_step"], 3, "{done:?}");
    let text = fs::read_to_string(root.join("metrics.jsonl")).unwrap();
    let values = text.trim_start_matches('\u{feff}').lines().map(|l| serde_json::from_str(l).unwrap());
    let steps: Vec<u64> = values.map(|v: serde_json::Value| v["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [1, 2, 3, 4, 5, 6]);
    command(&home, "timelapse run --out x.gif").expect(0);
}

/// A picture with another recipe than its own.
fn forge(home: &TempDir, picture: &str, change: impl FnOnce(&mut Recipe)) -> PathBuf {
    let mut recipe = read_recipe(&home.path().join(picture)).unwrap().unwrap();
    change(&mut recipe);
    let frame = Frame::open_png(&home.path().join(picture)).unwrap();
    let path = home.path().join("forged.png");
    fs::write(&path, encode_png(&frame, Some(&recipe)).unwrap()).unwrap();
    path
}

#[test]
fn a_sheet_that_claims_to_be_large_is_refused_before_it_is_drawn() {
    let home = packed();
    command(&home, "generate run --device cpu --count 1 --out pictures").expect(0);
    let picture = contents(&home.path().join("pictures"))[0].0.clone();
    let path = forge(&home, picture.to_str().unwrap(), |recipe| {
        recipe.grid = true;
        recipe.upscale = 8;
        recipe.points = (0..90_000).map(|i| Point::drawn(vec![0.5; 8], 1, i)).collect();
    });
    assert!(fs::metadata(&path).unwrap().len() < 300_000);
    let began = Instant::now();
    for arguments in ["restore forged.png --device cpu", "restore forged.png --tile 80000 --device cpu"] {
        let done = command(&home, arguments).expect(1);
        for word in ["forged.png", "32 x 32 pixels", "90000 pictures", "77402 x 77402"] {
            assert!(done.stderr.contains(word), "{word}: {done:?}");
        }
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

/// A picture may come from anybody: where it says that its generator is, nothing is looked for.
#[test]
fn recipes_lead_to_no_paths_of_their_own() {
    let home = packed();
    command(&home, "generate run --device cpu --count 1 --out pictures").expect(0);
    let picture = contents(&home.path().join("pictures"))[0].0.clone();
    let picture = picture.to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(home.path().join("run"), elsewhere.path().join("secret")).unwrap();
    let secret = elsewhere.path().join("secret").to_str().unwrap().to_owned();
    let above = format!("../../../../../../../../{secret}");
    for (label, path) in [
        ("run", Some(secret.as_str())),
        ("run", Some("//192.0.2.1/evil/x")),
        ("run", Some("\\\\192.0.2.1\\evil\\x")),
        (secret.as_str(), None),
        (above.as_str(), None),
        ("//192.0.2.1/evil/x", None),
        ("..", Some(above.as_str())),
    ] {
        forge(&home, picture, |recipe| {
            recipe.model.label = label.to_owned();
            recipe.model.path = path.map(str::to_owned);
        });
        let done = command(&home, "restore forged.png --device cpu").expect(6);
        assert!(done.stderr.contains("name it with --model"), "{label}: {done:?}");
    }
    let done = command(&home, &format!("restore forged.png --model {secret} --device cpu --json")).expect(0);
    assert_eq!(done.json()["same"], true);
    // A link that came with the picture leads nowhere either.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, home.path().join("run")).unwrap();
        forge(&home, picture, |recipe| recipe.model.label = "run".to_owned());
        command(&home, "restore forged.png --device cpu").expect(6);
    }
}

/// What the path was good for: a run of the user's own is found by its hash, wherever it was and whatever it is called.
#[test]
fn own_runs_are_found_by_their_hash() {
    let home = home();
    run(purrtrait(&home, &format!("train demo {TINY} --steps 2"))).expect(0);
    let runs = home.path().join("home/runs");
    let made = fs::read_dir(&runs).unwrap().next().unwrap().unwrap().path();
    command(&home, &format!("generate {} --device cpu --count 1 --out pictures", made.display())).expect(0);
    fs::rename(&made, runs.join("another name")).unwrap();
    let picture = contents(&home.path().join("pictures"))[0].0.clone();
    let done = command(&home, &format!("restore {} --device cpu --json", picture.display())).expect(0);
    assert_eq!(done.json()["same"], true);
}
