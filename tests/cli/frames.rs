//! `dataset frames`: with a program in place of ffmpeg that does what the test wants, and with ffmpeg where it is.
#![cfg(unix)]

use super::stopping::stop;
use super::{Done, contents, home, purrtrait, run};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// `dataset frames` with this shell script as the only ffmpeg.
fn frames(home: &TempDir, script: &str, arguments: &str) -> Command {
    let folder = home.path().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join("ffmpeg");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = purrtrait(home, &format!("dataset frames {arguments}"));
    command.env("PATH", std::env::join_paths([&folder, Path::new("/usr/bin"), Path::new("/bin")]).unwrap());
    command
}

fn names(folder: &Path) -> Vec<String> {
    let files = contents(folder).into_iter();
    files.map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

const THREE: &str = "for i in 1 2 3; do echo \"frame $i\" > 00000$i.jpg; done";

#[test]
fn frames_are_named_after_the_video_and_nothing_is_overwritten() {
    let home = home();
    fs::write(home.path().join("-my.cat.mp4"), "film").unwrap();
    let script = format!("printf '%s\\n' \"$@\" > '{}'; {THREE}", home.path().join("arguments").display());
    let mut command = frames(&home, &script, "--every 2.5 --out deep/er --json --");
    command.arg("-my.cat.mp4");
    let report = run(command).expect(0).json();
    assert_eq!((&report["frames"], &report["complete"]), (&3.into(), &true.into()));
    let out = home.path().join("deep/er");
    assert_eq!(names(&out), ["my.cat-frame-000001.jpg", "my.cat-frame-000002.jpg", "my.cat-frame-000003.jpg"]);
    assert_eq!(fs::read_to_string(out.join("my.cat-frame-000002.jpg")).unwrap(), "frame 2\n");
    let arguments = fs::read_to_string(home.path().join("arguments")).unwrap();
    assert!(arguments.contains("\nfps=1/2.5:round=up\n") && arguments.contains("\n-protocol_whitelist\nfile,pipe\n"));
    let video = arguments.lines().find(|line| line.ends_with("-my.cat.mp4")).unwrap();
    assert!(video.starts_with("file:/"), "{video}");
    // Once more: those that are there stay, and of the folder nothing changes.
    let before = contents(&out);
    let mut command = frames(&home, &script, "--out deep/er --");
    command.arg("-my.cat.mp4");
    let done = run(command).expect(1);
    assert!(done.stderr.contains("my.cat-frame-000001.jpg is there already"), "{done:?}");
    assert_eq!(contents(&out), before);
}

#[test]
fn what_ffmpeg_cannot_do_is_said_in_its_words_and_leaves_nothing() {
    let home = home();
    fs::write(home.path().join("cat.mp4"), "film").unwrap();
    for (script, words) in [
        ("printf 'x\\n\\033[31mcat.mp4: Invalid data\\n\\n' >&2; exit 1", "cat.mp4: Invalid data"),
        ("echo half > 000001.jpg; exit 1", "ffmpeg gave no reason"),
        ("true", "ffmpeg gave no reason"),
    ] {
        let done = run(frames(&home, script, "cat.mp4 --out frames")).expect(1);
        assert!(done.stderr.contains(words) && !done.stderr.contains('\u{1b}'), "{words}: {done:?}");
        assert!(!home.path().join("frames").exists(), "{words}");
    }
    let done = run(frames(&home, THREE, "none.mp4 --out frames"));
    assert!(done.code != Some(0) && done.stderr.contains("Cannot open the video none.mp4"), "{done:?}");
    let done = run(frames(&home, THREE, "http://127.0.0.1:9/cat.mp4 --out frames"));
    assert!(done.code != Some(0) && done.stderr.contains("Cannot open the video"), "{done:?}");
    for every in ["0", "-1", "0.05", "90000", "nan", "inf", "two"] {
        let done = run(frames(&home, THREE, &format!("cat.mp4 --every={every} --out frames"))).expect(2);
        assert!(done.stderr.contains("from 0.1 to 86,400"), "{every}: {done:?}");
    }
    assert!(!home.path().join("frames").exists());
}

#[test]
fn without_ffmpeg_it_says_how_to_get_it() {
    let home = home();
    fs::write(home.path().join("cat.mp4"), "film").unwrap();
    let mut command = purrtrait(&home, "dataset frames cat.mp4 --out frames");
    command.env("PATH", home.path());
    let done = run(command).expect(1);
    assert!(done.stderr.contains("needs ffmpeg") && done.stderr.contains("install"), "{done:?}");
    assert!(!home.path().join("frames").exists());
}

#[test]
fn more_frames_than_anybody_needs_are_not_taken() {
    let home = home();
    fs::write(home.path().join("cat.mp4"), "film").unwrap();
    let script = "i=100001; while [ $i -le 110001 ]; do echo $i > 0${i#1}.jpg; i=$((i+1)); done";
    let done = run(frames(&home, script, "cat.mp4 --out frames")).expect(0);
    assert!(done.stdout.contains("10,000 frames") && done.stdout.contains("the video has more"), "{done:?}");
    assert_eq!(names(&home.path().join("frames")).len(), 10_000);
}

/// Ctrl+C ends ffmpeg and leaves nothing, neither frames nor a folder that was made for them.
#[test]
fn cancelled_it_leaves_nothing() {
    let home = home();
    fs::write(home.path().join("cat.mp4"), "film").unwrap();
    let pid = home.path().join("pid");
    let script = format!("{THREE}; echo $$ > '{}'; exec sleep 600", pid.display());
    let begun = || fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n'));
    let done: Done = stop(frames(&home, &script, "cat.mp4 --out frames"), "INT", begun);
    assert_eq!(done.code, Some(130), "{done:?}");
    assert!(!home.path().join("frames").exists());
    let process = PathBuf::from(format!("/proc/{}", fs::read_to_string(&pid).unwrap().trim()));
    let began = Instant::now();
    while process.exists() {
        assert!(began.elapsed() < Duration::from_secs(5), "ffmpeg goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs the installed ffmpeg; false where there is none.
fn ffmpeg(home: &TempDir, arguments: &str) -> bool {
    let arguments = format!("-nostdin -loglevel error -y {arguments}");
    let mut command = Command::new("ffmpeg");
    command.args(arguments.split(' ')).current_dir(home.path()).stdout(Stdio::null());
    match command.status() {
        Ok(status) => {
            assert!(status.success(), "{arguments}");
            true
        }
        Err(_) => {
            println!("no ffmpeg here: left out");
            false
        }
    }
}

#[test]
fn the_real_ffmpeg_gives_upright_frames_at_the_right_times() {
    let home = home();
    // Each second another grey, brighter at the left; half of the film is as bright at the top.
    let source =
        "-f lavfi -i color=black:size=96x48:rate=10:duration=4,geq=lum=40*floor(T)+80*lt(X\\,48):cb=128:cr=128";
    if !ffmpeg(&home, &format!("{source} -c:v mpeg4 -q:v 2 cat.mp4")) {
        return;
    }
    let report = run(purrtrait(&home, "dataset frames cat.mp4 --every 1 --out frames --json")).expect(0).json();
    assert_eq!(report["frames"], 4);
    let open = |path: String| image::open(home.path().join(path)).unwrap().into_luma8();
    for second in 0..4 {
        let frame = open(format!("frames/cat-frame-00000{}.jpg", second + 1));
        assert_eq!(frame.dimensions(), (96, 48));
        let [left, right] = [20, 76].map(|x| i32::from(frame.get_pixel(x, 24).0[0]));
        // Films store brightness from 16 to 235.
        let shown = |luma: i32| ((luma - 16).max(0) * 255 / 219).min(255);
        let expected = [40 * second + 80, 40 * second].map(shown);
        assert!(left.abs_diff(expected[0]) < 8 && right.abs_diff(expected[1]) < 8, "{second}: {left} {right}");
    }
    // Turned by the film's matrix, as phones do: left becomes the top.
    let mut film = fs::read(home.path().join("cat.mp4")).unwrap();
    let header = film.windows(4).position(|w| w == b"tkhd").unwrap();
    let turned = [0u32, 0x1_0000, 0, 0xFFFF_0000, 0, 0, 0, 0, 0x4000_0000];
    for (i, value) in turned.iter().enumerate() {
        film[header + 44 + 4 * i..][..4].copy_from_slice(&value.to_be_bytes());
    }
    fs::write(home.path().join("turned.mp4"), film).unwrap();
    run(purrtrait(&home, "dataset frames turned.mp4 --every 3.5 --out frames")).expect(0);
    let frame = open("frames/turned-frame-000001.jpg".to_owned());
    assert_eq!(frame.dimensions(), (48, 96));
    assert!(frame.get_pixel(24, 20).0[0] > frame.get_pixel(24, 76).0[0] + 40);
}

#[test]
fn the_real_ffmpeg_reads_no_lists_of_other_files() {
    let home = home();
    if !ffmpeg(&home, "-f lavfi -i color=red:size=64x64:rate=5:duration=2 -c:v mpeg4 cat.mp4") {
        return;
    }
    fs::write(home.path().join("list.mp4"), "ffconcat version 1.0\nfile cat.mp4\n").unwrap();
    fs::write(home.path().join("hls.mp4"), "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ncat.mp4\n").unwrap();
    fs::write(home.path().join("none.mp4"), "no film").unwrap();
    for name in ["list.mp4", "hls.mp4", "none.mp4"] {
        let done = run(purrtrait(&home, &format!("dataset frames {name} --out frames"))).expect(1);
        assert!(done.stderr.contains("no frames could be taken") && done.stderr.contains("ffmpeg says"), "{done:?}");
    }
    assert!(!home.path().join("frames").exists());
}
