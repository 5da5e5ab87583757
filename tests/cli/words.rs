//! What is printed: our own words alone, nothing that a terminal obeys, commands that can be copied, and paths as
//! people type them.

use super::{Done, TINY, contents, home, purrtrait, run, train_tiny};
use purrtrait::printable::unfit;
use std::fs;

/// Nothing that a terminal would obey, and no line that looks as if it were another message.
#[track_caller]
fn assert_printable(done: &Done) {
    for text in [&done.stdout, &done.stderr] {
        assert!(!text.contains(|c| c != '\n' && unfit(c)), "{done:?}");
        assert!(text.len() < 10_000, "{} bytes", text.len());
    }
    let forged = |line: &str| line.starts_with("forged");
    assert!(!done.stdout.lines().chain(done.stderr.lines()).any(forged), "{done:?}");
}

/// Colours, the title of the terminal, C1, the reading direction, and lines.
const HOSTILE: &str = "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{202e}gnp\u{2066}\r\nforged\u{85}\u{2028}";

/// Libraries print what is for their developers where they find no display; no command is to.
#[test]
fn only_our_own_words_are_printed() {
    let home = home();
    let quiet = |arguments: &str| {
        let mut command = purrtrait(&home, arguments);
        for name in ["XDG_RUNTIME_DIR", "WAYLAND_SOCKET", "LIBGL_DEBUG"] {
            command.env_remove(name);
        }
        run(command).expect(0)
    };
    let lines = |done: Done| done.stderr.lines().map(str::to_owned).collect::<Vec<_>>();
    for arguments in [
        "devices --json",
        "devices",
        "generate bundled --count 1 --grid x.png",
        "generate bundled --count 1 --device auto --out pictures",
        "dataset demo cats --count 2 --size 16",
        &format!("train demo {} --steps 2 --out run", TINY.replace("--device cpu", "--device auto")),
    ] {
        assert_eq!(lines(quiet(arguments)), Vec::<String>::new(), "{arguments}");
    }
    // A folder that is no absolute path counts as none.
    let mut command = purrtrait(&home, "devices");
    command.env("XDG_RUNTIME_DIR", "nowhere");
    assert_eq!(lines(run(command).expect(0)), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn names_of_files_are_shown_and_not_obeyed() {
    let home = home();
    let folder = home.path().join(format!("cats{HOSTILE}"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(format!("a{HOSTILE}.png")), "no picture").unwrap();
    let check = |json: &[&str]| {
        let mut command = purrtrait(&home, "dataset check");
        command.arg(&folder).args(json);
        run(command).expect(3)
    };
    let done = check(&[]);
    assert_printable(&done);
    assert!(
        done.stdout.contains(r"a\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{202e}gnp\u{2066}\r\nforged\u{85}\u{2028}.png"),
        "{done:?}"
    );
    let done = check(&["--json"]);
    assert_printable(&done);
    let path = done.lines()[0]["skipped"][0]["path"].as_str().unwrap().to_owned();
    assert!(path.ends_with(&format!("a{HOSTILE}.png")), "programs get the name itself: {path:?}");
    // What was typed, too: shells complete names.
    for arguments in ["export", "frobnicate", "train --preset", "resume", "generate --grid x.png", "import"] {
        let mut command = purrtrait(&home, arguments);
        let done = run({
            command.arg(&folder);
            command
        });
        assert_ne!(done.code, Some(0), "{arguments}");
        assert_printable(&done);
    }
}

#[test]
fn what_is_in_files_is_shown_and_not_obeyed() {
    let home = home();
    train_tiny(&home, "--steps 1 --out run").expect(0);
    // The name that a recipe gives its generator.
    run(purrtrait(&home, "generate run --device cpu --count 1 --out pictures")).expect(0);
    let (picture, _) = contents(&home.path().join("pictures")).pop().unwrap();
    let mut recipe = purrtrait::formats::read_recipe(&picture).unwrap().unwrap();
    let frame = purrtrait::pixels::Frame::open_png(&picture).unwrap();
    recipe.model.label = HOSTILE.repeat(1000);
    recipe.model.hash = "0123456789abcdef".into();
    recipe.model.path = Some(format!("gone/{HOSTILE}"));
    fs::write(home.path().join("hostile.png"), purrtrait::formats::encode_png(&frame, Some(&recipe)).unwrap()).unwrap();
    for arguments in ["restore hostile.png", "restore hostile.png --model run --any-model --device cpu"] {
        assert_printable(&run(purrtrait(&home, arguments)));
    }
    // A notice in a model file.
    let mut generator = purrtrait::engine::load_generator(&home.path().join("run"), false).unwrap();
    generator.notice = format!("{HOSTILE}{}", "long ".repeat(100_000));
    let bytes = purrtrait::formats::write_safetensors(&generator, None, false).unwrap();
    fs::write(home.path().join("hostile.safetensors"), bytes).unwrap();
    assert_printable(&run(purrtrait(&home, "import hostile.safetensors")));
    let json = run(purrtrait(&home, "import hostile.safetensors --json"));
    assert!(!json.stdout.contains(|c| c != '\n' && unfit(c)) && json.stdout.ends_with("}\n"), "{}", json.stdout.len());
    json.json();
    // What a parser quotes, and settings that are shown.
    for text in [
        format!("preset = \"{HOSTILE}\"\n"),
        "preset = \"a\u{9b}2J\u{202e}\"\nbatch = \"\u{9b}31m\"\n".to_owned(),
        "device = \"\\u001b[31m\\u001b]0;x\\u0007\\nforged\"\n".to_owned(),
        format!("x = {}\n", "\u{9b}[".repeat(200_000)),
    ] {
        fs::write(home.path().join("run/run.toml"), text).unwrap();
        for arguments in ["resume run", "timelapse run --out x.gif", "generate run --count 1 --out more"] {
            let done = run(purrtrait(&home, arguments));
            assert_ne!(done.code, Some(0), "{arguments}");
            assert_printable(&done);
        }
    }
}

/// What is printed for copying is copied into a shell.
#[cfg(unix)]
#[test]
fn a_printed_command_can_be_copied() {
    for name in ["my cats' run", "$HOME `id` \"x\"", "-run", "bundled", "a\nb\u{1b}[31m", "~", " x;y "] {
        let home = home();
        let mut command = purrtrait(&home, &format!("train demo {TINY} --steps 2"));
        command.arg(format!("--out={name}"));
        // A name that is typed so would lose its blanks.
        let odd = name.trim() != name || name == "~";
        if odd {
            command = purrtrait(&home, &format!("train demo {TINY} --steps 2"));
            command.arg(format!("--out=./{}x", name.trim_end()));
        }
        let done = run(command).expect(0);
        assert_printable(&done);
        for (start, end) in
            [("  more training:  purrtrait ", " --steps 3"), ("  new pictures:   purrtrait ", " --device cpu")]
        {
            let printed = done.stdout.lines().find_map(|line| line.strip_prefix(start)).unwrap();
            let mut shell = std::process::Command::new("bash");
            shell.args(["-c", &format!("\"$0\" {printed}{end}"), env!("CARGO_BIN_EXE_purrtrait")]);
            shell.env("PURRTRAIT_HOME", home.path().join("home")).current_dir(home.path());
            run(shell).expect(0);
        }
    }
}

/// As in the window's path fields.
#[cfg(unix)]
#[test]
fn paths_are_understood_as_people_type_them() {
    let home = home();
    run(purrtrait(&home, "dataset demo my-cats --count 9 --size 16")).expect(0);
    fs::rename(home.path().join("my-cats"), home.path().join("my cats")).unwrap();
    let absolute = home.path().join("my cats").display().to_string();
    let address = format!("file://{}", absolute.replace(' ', "%20"));
    for typed in ["~/my cats", "'~/my cats'", "\"my cats\"", "my cats ", &format!("'{absolute}'"), &address] {
        let mut command = purrtrait(&home, "dataset check --json");
        command.arg(typed).env("HOME", home.path());
        assert_eq!(run(command).expect(0).json()["usable"], 9, "{typed}");
        // Where new things go, too.
        let mut command = purrtrait(&home, &format!("train --steps 1 {TINY}"));
        command.arg(typed).arg("--out='~/runs/new'").env("HOME", home.path());
        run(command).expect(0);
        fs::remove_dir_all(home.path().join("runs/new")).unwrap();
    }
}

#[test]
fn too_many_threads_are_limited_and_that_is_said_once() {
    let home = home();
    let mut command = purrtrait(&home, "dataset demo cats --count 4 --size 16");
    command.env("RAYON_NUM_THREADS", "100000");
    let done = run(command).expect(0);
    assert_eq!(done.stderr.matches("RAYON_NUM_THREADS: ").count(), 1, "{done:?}");
    let mut command = purrtrait(&home, "dataset demo more --count 4 --size 16");
    command.env("RAYON_NUM_THREADS", "2");
    assert_eq!(run(command).expect(0).stderr, "");
    for (asked, told) in [("1", "CPU, 1 thread\n"), ("3", "CPU, 3 threads\n")] {
        let mut command = purrtrait(&home, "devices");
        command.env("RAYON_NUM_THREADS", asked);
        let done = run(command).expect(0);
        assert!(done.stdout.contains(told), "{done:?}");
    }
}

/// Each refusal names the file, the reason and what can be done.
#[test]
fn refusals_name_a_remedy() {
    let home = home();
    train_tiny(&home, "--steps 3 --sample-every 3 --out run").expect(0);
    let at = |name: &str| home.path().join("run").join(name);
    let refused = |arguments: &str, code: i32, words: [&str; 3]| {
        let done = run(purrtrait(&home, arguments)).expect(code);
        assert!(words.iter().all(|word| done.stderr.contains(word)), "{arguments}: {words:?} {done:?}");
    };
    for (name, bytes, arguments, words) in [
        ("run.toml", "", "resume run --steps 5", ["is empty", "copy of the run"]),
        (
            "run.toml",
            "preset = \"quick-32\"\n[model",
            "generate run --count 1 --grid x.png",
            ["line 2", "copy of the run"],
        ),
        ("held-out.json", "[\"70", "resume run --steps 5", ["EOF", "copy of the run"]),
        ("samples/step-000000003.png", "\u{89}", "timelapse run --out film.gif", ["decode", "delete this sample grid"]),
    ] {
        let good = fs::read(at(name)).unwrap();
        fs::write(at(name), bytes).unwrap();
        refused(arguments, 6, [name, words[0], words[1]]);
        fs::write(at(name), good).unwrap();
    }
    fs::write(home.path().join("file"), "text").unwrap();
    refused("resume file", 6, ["file", "is not a run folder", "run.toml"]);
    refused("import nothing.pth", 6, ["nothing.pth", "(os error", "check the path"]);
    refused("restore nothing.png", 1, ["nothing.png", "(os error", "check the path"]);
    refused("generate run --count 1 --out file", 1, ["file", "(os error", "choose another path"]);
    run(purrtrait(&home, "export bundled --format safetensors --out alone.safetensors")).expect(0);
    refused("curate alone.safetensors --count 9 --keep 3 --grid x.png", 6, ["alone", "discriminator", "name a run"]);
    refused("train demo --device cpu --steps 1 --out file", 6, ["file", "cannot be created", "choose another folder"]);
    // A run that is damaged is no folder of pictures.
    fs::remove_file(at("run.toml")).unwrap();
    fs::create_dir(at("run.toml")).unwrap();
    refused("evaluate run file", 6, ["run.toml", "a folder", "delete it"]);
}

/// Hours of training are not begun anew without a word.
#[test]
fn a_run_without_its_checkpoints_says_that_it_begins_again() {
    let home = home();
    train_tiny(&home, "--steps 3 --out run").expect(0);
    fs::remove_dir_all(home.path().join("run/checkpoints")).unwrap();
    let done = run(purrtrait(&home, "resume run --steps 4 --json")).expect(0);
    let told = |done: &Done| {
        done.events("notice").iter().any(|n| n["text"].as_str().unwrap().contains("starts over from its first step"))
    };
    assert!(told(&done), "{done:?}");
    let done = run(purrtrait(&home, "resume run --steps 5 --json")).expect(0);
    assert!(!told(&done), "{done:?}");
}

/// Everything that the program writes can be read by those whom the user lets read files.
#[cfg(unix)]
#[test]
fn files_have_the_mode_that_the_user_wants() {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for umask in ["022", "077", "002"] {
        let home = home();
        let script = format!(
            "set -e; umask {umask}; p() {{ \"$0\" \"$@\" >/dev/null; }}; : >file; mkdir folder
             p dataset demo cats --count 60 --size 32
             p train cats {} --steps 4 --sample-every 2 --held-out 20 --measure-every 0 --out run
             p resume run --steps 6
             p generate run --count 2 --device cpu --out pictures --grid grid.png
             p export run --format safetensors --out x.safetensors; p export run --format html --out x.html
             p walk run --frames 3 --device cpu --out walk.gif; p walk run --frames 3 --device cpu --out frames",
            TINY.replace("--demo-count 64", "").replace("--held-out 0", "")
        );
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_purrtrait")]);
        shell.env("PURRTRAIT_HOME", home.path().join("home")).current_dir(home.path());
        run(shell).expect(0);
        let (file, folder) = (mode(&home.path().join("file")), mode(&home.path().join("folder")));
        let (mut seen, mut wrong) = (Vec::new(), Vec::new());
        let mut folders = vec![home.path().to_path_buf()];
        while let Some(next) = folders.pop() {
            for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
                if mode(&path) != if path.is_dir() { folder } else { file } {
                    wrong.push(path.clone());
                }
                if path.is_dir() {
                    folders.push(path.clone());
                }
                seen.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        assert!(wrong.is_empty(), "umask {umask}: {wrong:?}");
        let wanted =
            ["run.toml", "held-out.json", "metrics.jsonl", "weights.safetensors", "state.json", "manifest.json"];
        for name in wanted.into_iter().chain(["step-000000002.png", "x.safetensors", "x.py", "walk.gif", "cache"]) {
            assert!(seen.iter().any(|seen| seen == name), "{name} is missing in {seen:?}");
        }
    }
}
