//! Pictures that can be made again, and films.

use super::{Done, contents, home, purrtrait, run, train_tiny, wait};
use image::AnimationDecoder;
use purrtrait::pixels::{Frame, GridLayout};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

fn command(home: &TempDir, arguments: &str) -> Done {
    run(purrtrait(home, &format!("{arguments} --json")))
}

fn open(home: &TempDir, name: &str) -> Frame {
    Frame::open_png(&home.path().join(name)).unwrap()
}

#[test]
fn a_picture_is_restored_to_the_bit() {
    let home = home();
    train_tiny(&home, "--steps 4 --out run").expect(0);
    for (seed, folder) in [(5, "pictures"), (5, "again"), (6, "others")] {
        let arguments = format!(
            "generate run --device cpu --seed {seed} --count 5 --upscale 3 --out {folder} --grid {folder}.png \
             --name {{model}}-{{step}}-{{number}}-{{size}}"
        );
        command(&home, &arguments).expect(0);
    }
    let bytes = |folder: &str| -> Vec<Vec<u8>> {
        let single = contents(&home.path().join(folder)).into_iter().map(|(_, bytes)| bytes);
        single.chain([fs::read(home.path().join(format!("{folder}.png"))).unwrap()]).collect()
    };
    assert_eq!(bytes("pictures").len(), 6);
    assert!(bytes("pictures") == bytes("again"), "the same seed gives the same files");
    assert!(bytes("pictures").iter().zip(bytes("others")).all(|(a, b)| *a != b));
    let picture = "pictures/run-4-00003-96.png";
    assert_eq!(open(&home, picture).width, 96);

    // Trained on, the run has another newest generator; the old one is found among its checkpoints.
    run(purrtrait(&home, "resume run --steps 6")).expect(0);
    let report = command(&home, &format!("restore {picture} --device cpu --out restored.png")).expect(0).json();
    assert_eq!((&report["same"], &report["largest_difference"]), (&true.into(), &0.into()));
    assert_eq!(
        (&report["recipe"]["points"][0]["seed"], &report["recipe"]["points"][0]["number"]),
        (&5.into(), &3.into())
    );
    assert_eq!(open(&home, "restored.png"), open(&home, picture));
    let report = command(&home, "restore restored.png --device cpu").expect(0).json();
    assert_eq!(report["same"], true, "what was restored can be restored");

    // A whole sheet, and a tile of it, which is the single picture.
    assert_eq!(command(&home, "restore pictures.png --device cpu").expect(0).json()["same"], true);
    let report = command(&home, "restore pictures.png --tile 3 --device cpu --out tile.png").expect(0).json();
    assert_eq!(report["same"], true);
    assert_eq!(open(&home, "tile.png"), open(&home, picture));
    let (sheet, layout) = (open(&home, "pictures.png"), GridLayout::new(5, 96));
    assert_eq!((sheet.width, sheet.height), layout.size());
    let error = command(&home, "restore pictures.png --tile 5 --device cpu").expect(1);
    assert!(error.stderr.contains("no tile 5"), "{error:?}");

    // A picture that was painted over.
    let mut bytes = fs::read(home.path().join(picture)).unwrap();
    let end = bytes.windows(4).position(|w| w == b"IDAT").unwrap() - 4;
    bytes.truncate(end);
    let plain = Frame::filled(96, 96, [9; 3]).to_png().unwrap();
    let begin = plain.windows(4).position(|w| w == b"IDAT").unwrap() - 4;
    bytes.extend_from_slice(&plain[begin..]);
    fs::write(home.path().join("painted.png"), bytes).unwrap();
    let report = command(&home, "restore painted.png --device cpu").expect(0).json();
    assert_eq!(report["same"], false);
    assert!(report["largest_difference"].as_u64().unwrap() > 50, "{report}");
}

#[test]
fn what_cannot_be_restored_says_why() {
    let home = home();
    train_tiny(&home, "--steps 2 --out run").expect(0);
    train_tiny(&home, "--steps 2 --seed 9 --out other").expect(0);
    command(&home, "generate run --device cpu --count 1 --out pictures").expect(0);
    let picture = "pictures/cat-1-00000.png";
    let fails = |arguments: &str, code: i32, words: &[&str]| {
        let done = command(&home, arguments).expect(code);
        for word in words {
            assert!(done.stderr.contains(word), "{word} is missing: {done:?}");
        }
    };
    fails(&format!("restore {picture} --model other"), 6, &["is not the one that made the picture", "--any-model"]);
    let report = command(&home, &format!("restore {picture} --model other --any-model --device cpu")).expect(0).json();
    assert_eq!(report["same"], false);
    fails("restore nowhere.png", 1, &["nowhere.png"]);
    fs::write(home.path().join("text.png"), "not a picture").unwrap();
    fails("restore text.png", 1, &["text.png: the file is not a readable PNG"]);
    fs::write(home.path().join("plain.png"), Frame::filled(8, 8, [1; 3]).to_png().unwrap()).unwrap();
    fails("restore plain.png", 1, &["plain.png: has no recipe"]);
    fs::rename(home.path().join("run"), home.path().join("moved")).unwrap();
    fails(&format!("restore {picture}"), 6, &[picture, "it was run", "--model"]);
    let report = command(&home, &format!("restore {picture} --model moved --device cpu")).expect(0).json();
    assert_eq!(report["same"], true);
    // Names that lead elsewhere.
    fails("generate moved --out pictures --name ../{number}", 1, &["not a folder"]);
    fails("generate moved --out pictures --name {cat}-{number}", 1, &["{cat} is not one of"]);
    fails("generate moved --out pictures --name x", 2, &["{number}"]);
    fails("generate moved --device cpu --count 1 --out pictures", 1, &["already exists"]);
}

#[test]
fn ways_are_filmed() {
    let home = home();
    train_tiny(&home, "--steps 3 --sample-every 1 --out run").expect(0);
    command(&home, "generate run --device cpu --seed 2 --count 2 --out pictures").expect(0);
    let film = |arguments: &str| command(&home, &format!("{arguments} --device cpu")).expect(0).json();

    // Points are met exactly: the first and last frames of an open way are its ends.
    let report = film("interpolate run pictures/cat-2-00000.png 2:1 --frames 7 --out way");
    assert_eq!((&report["frames"], &report["width"]), (&7.into(), &32.into()));
    assert_eq!(open(&home, "way/frame-000000.png"), open(&home, "pictures/cat-2-00000.png"));
    assert_eq!(open(&home, "way/frame-000006.png"), open(&home, "pictures/cat-2-00001.png"));
    assert_ne!(open(&home, "way/frame-000003.png"), open(&home, "way/frame-000000.png"));

    film("interpolate run --seeds 1,2,3 --loop --ease smooth --frames 6 --fps 10 --upscale 2 --out x.gif");
    let file = std::io::BufReader::new(fs::File::open(home.path().join("x.gif")).unwrap());
    let frames = image::codecs::gif::GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 6);
    assert_eq!(frames[0].buffer().dimensions(), (64, 64));
    assert!(frames.iter().all(|f| f.delay().numer_denom_ms() == (100, 1)));

    film("walk run --seed 2 --frames 30 --fps 12 --out walk");
    assert_eq!(contents(&home.path().join("walk")).len(), 30);
    assert_eq!(open(&home, "walk/frame-000000.png"), open(&home, "pictures/cat-2-00000.png"));

    let report = film("timelapse run --fps 5 --out grids.apng");
    let samples = contents(&home.path().join("run").join("samples")).len();
    assert_eq!(report["frames"], samples);
    let report = film("timelapse run --latent-seed 2 --out one.webm");
    assert!(report["frames"].as_u64().unwrap() >= 1 && report["height"] == 32, "{report}");
    assert!(fs::read(home.path().join("one.webm")).unwrap().starts_with(b"\x1a\x45\xdf\xa3"));

    // Without ffmpeg MP4 is AV1, which is said in words and in the report.
    let bare = |arguments: &str| {
        let mut command = purrtrait(&home, arguments);
        command.env("PATH", home.path());
        run(command).expect(0)
    };
    let report = bare("walk run --seed 2 --frames 4 --device cpu --out walk.mp4 --json").json();
    assert!(report["codec"] == "AV1" && report["note"].as_str().unwrap().contains("needs ffmpeg"), "{report}");
    assert_eq!(&fs::read(home.path().join("walk.mp4")).unwrap()[4..8], b"ftyp");
    let told = bare("walk run --seed 2 --frames 4 --device cpu --out said.mp4");
    assert!(told.stdout.contains("AV1") && told.stderr.contains("older phones"), "{told:?}");

    // Nothing is overwritten, nothing is made of nothing.
    let taken = command(&home, "interpolate run --seeds 1,2 --frames 2 --out x.gif").expect(1);
    assert!(taken.stderr.contains("x.gif already exists"), "{taken:?}");
    let kind = command(&home, "interpolate run --seeds 1,2 --frames 2 --out x.mkv").expect(1);
    assert!(kind.stderr.contains("films cannot be saved as .mkv"), "{kind:?}");
    command(&home, "interpolate run --seeds 1 --out y.gif").expect(2);
    command(&home, "interpolate run --out y.gif").expect(2);
    command(&home, "walk nowhere --out y.gif").expect(6);
    command(&home, "timelapse pictures --out y.gif").expect(6);
}

/// Hours of a small network leave tens of thousands of sheets: enough of them are filmed, how long it takes is told on
/// the way, and it can be given up.
#[test]
fn a_timelapse_of_twenty_thousand_sheets_is_short() {
    let home = home();
    train_tiny(&home, "--steps 1 --sample-every 1 --out run").expect(0);
    let samples = home.path().join("run/samples");
    let sheet = fs::read(samples.join("step-000000001.png")).unwrap();
    for step in 2..=20_000 {
        fs::write(samples.join(format!("step-{step:09}.png")), &sheet).unwrap();
    }
    let began = std::time::Instant::now();
    let report = command(&home, "timelapse run --out short.apng").expect(0).json();
    assert_eq!(report["frames"], 30 * 25);
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    let report = command(&home, "timelapse run --seconds 2 --fps 10 --out shorter.apng").expect(0).json();
    assert_eq!(report["frames"], 20);
    command(&home, "timelapse run --seconds 0 --out none.apng").expect(2);
    command(&home, "timelapse run --seconds 3 --all --out none.apng").expect(2);

    #[cfg(unix)]
    {
        let log = home.path().join("told.txt");
        let mut command = purrtrait(&home, "timelapse run --all --upscale 4 --out long.webm --json");
        let mut child = command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
        let began = std::time::Instant::now();
        let told = || {
            let text = fs::read_to_string(&log).unwrap();
            text.lines().any(|line| line.contains(" of 20,000") && line.contains(" left"))
        };
        while !told() {
            assert!(began.elapsed() < super::PATIENCE && child.try_wait().unwrap().is_none(), "nothing is told");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        super::interrupt(&child);
        assert_eq!(wait(&mut child).code(), Some(130));
        assert!(files(home.path()).iter().all(|name| !name.starts_with("long")), "{:?}", files(home.path()));
    }
}

/// The names in a folder, without those of folders.
#[cfg(unix)]
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap());
    let files = entries.filter(|e| e.file_type().unwrap().is_file());
    files.map(|e| e.file_name().into_string().unwrap()).collect()
}

#[cfg(unix)]
#[test]
fn a_cancelled_film_leaves_nothing() {
    let home = home();
    train_tiny(&home, "--steps 1 --out run").expect(0);
    let arguments = "walk run --frames 1000000 --device cpu --out long.webm";
    let mut child = purrtrait(&home, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = std::time::Instant::now();
    while !files(home.path()).iter().any(|name| name.ends_with(".part")) {
        assert!(started.elapsed() < super::PATIENCE && child.try_wait().unwrap().is_none(), "no film begins");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    super::interrupt(&child);
    assert_eq!(wait(&mut child).code(), Some(130));
    assert_eq!(files(home.path()), Vec::<String>::new());
}
