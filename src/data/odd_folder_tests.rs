//! Folders full of what people and accidents put into them: misleading names, links, pipes. Each entry must be used
//! correctly or be listed with a reason; nothing may hang or touch the files.

use super::DataError;
use super::samples::{TestFolder, encode, quarters};
use crate::config::{DataConfig, DataSource};
use image::ImageFormat;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn content_decides_not_the_name() {
    let folder = TestFolder::new();
    folder.put("really-png.jpg", encode(quarters(20, 20), ImageFormat::Png));
    folder.put("really-jpeg.png", encode(quarters(20, 20), ImageFormat::Jpeg));
    folder.put("no-extension", encode(quarters(20, 20), ImageFormat::Bmp));
    folder.put("picture.cat", encode(quarters(20, 20), ImageFormat::WebP));
    folder.put("text.png", "this is not a cat");
    folder.put("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    folder.put("web.jpg", b"\0\0\0\x1Cftypavif\0\0\0\0mif1avif");
    folder.put("zero.jpg", b"");
    folder.put(".hidden.jpg", encode(quarters(20, 20), ImageFormat::Jpeg));
    folder.put(".folder/in.jpg", encode(quarters(20, 20), ImageFormat::Jpeg));
    folder.put("folder.jpg/inside.jpg", encode(quarters(20, 20), ImageFormat::Jpeg));
    folder.put("CON.png", encode(quarters(20, 20), ImageFormat::Png));
    folder.put(format!("{}.png", "x".repeat(251)), encode(quarters(20, 20), ImageFormat::Png));
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 7, "{:?}", dataset.report().skipped);
    let reasons: BTreeMap<String, &str> = dataset
        .report()
        .skipped
        .iter()
        .map(|s| (s.path.file_name().unwrap().to_string_lossy().into_owned(), s.reason.as_str()))
        .collect();
    for (name, part) in [
        ("text.png", "not a picture"),
        ("phone.jpg", "the file ends too early"),
        ("web.jpg", "the file ends too early"),
        ("zero.jpg", "empty"),
        (".hidden.jpg", "hidden"),
        (".folder", "hidden"),
    ] {
        assert!(reasons[name].contains(part), "{name}: {}", reasons[name]);
    }
    assert_eq!(reasons.len(), 6);
    assert!(dataset.report().notes.contains(&("with the wrong extension".into(), 3)), "{:?}", dataset.report().notes);
}

#[cfg(unix)]
#[test]
fn links_pipes_and_odd_names_neither_hang_nor_loop() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = TestFolder::new();
    let good = encode(quarters(20, 20), ImageFormat::Png);
    let elsewhere = TestFolder::new();
    elsewhere.put("linked.png", &good);
    folder.put(OsStr::from_bytes(b"caf\xe9.png"), &good);
    folder.put("sub/plain.png", &good);
    let at = |name: &str| folder.files.join(name);
    assert!(std::process::Command::new("mkfifo").arg(at("pipe.jpg")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.jpg")).unwrap();
    symlink("/dev/zero", at("device.jpg")).unwrap();
    symlink(&folder.files, at("sub/loop")).unwrap();
    symlink(at("sub"), at("again")).unwrap();
    symlink("nowhere", at("dangling.png")).unwrap();
    symlink("self.png", at("self.png")).unwrap();
    symlink(&elsewhere.files, at("other-folder")).unwrap();
    let locked = folder.put("locked.png", &good);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The administrator may read everything.
    let readable = std::fs::File::open(&locked).is_ok();

    let dataset = folder.prepare().unwrap();
    let report = dataset.report();
    let reasons: BTreeMap<_, _> =
        report.skipped.iter().map(|s| (s.path.strip_prefix(&folder.files).unwrap().to_owned(), &s.reason)).collect();
    for (name, part) in [
        ("pipe.jpg", "pipe"),
        ("socket.jpg", "socket"),
        ("device.jpg", "device"),
        ("sub/loop", "link"),
        ("again", "searched anyway"),
        ("dangling.png", "does not exist"),
    ] {
        assert!(reasons[Path::new(name)].contains(part), "{name}: {}", reasons[Path::new(name)]);
    }
    assert!(reasons.contains_key(Path::new("self.png")));
    assert_eq!(dataset.len(), 3 + usize::from(readable), "{:?}", report.skipped);
    assert_eq!(report.skipped.len(), 7 + usize::from(!readable), "{:?}", report.skipped);
    if !readable {
        assert!(reasons[Path::new("locked.png")].contains("permission"));
        // A passing trouble is not remembered.
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(folder.prepare().unwrap().len(), 4);
    }
}

#[test]
fn the_files_are_the_same_afterwards() {
    let folder = TestFolder::new();
    folder.put("a/good.jpg", encode(quarters(20, 20), ImageFormat::Jpeg));
    folder.put("bad.jpg", "no");
    folder.put("good.png.cat", "9 1 1");
    folder.put("good.png", encode(quarters(20, 20), ImageFormat::Png));
    let state = || {
        let files = walkdir::WalkDir::new(&folder.files).sort_by_file_name().into_iter().flatten();
        files
            .map(|entry| {
                let content = std::fs::read(entry.path()).map(|bytes| Sha256::digest(bytes).to_vec()).ok();
                (entry.path().to_owned(), content, entry.metadata().unwrap().modified().unwrap())
            })
            .collect::<Vec<_>>()
    };
    let before = state();
    folder.prepare().unwrap();
    folder.prepare().unwrap();
    assert_eq!(state(), before);
}

#[test]
fn folders_that_cannot_be_used_say_why() {
    let folder = TestFolder::new();
    let empty = folder.prepare().err().unwrap().to_string();
    assert!(empty.contains("it is empty") && empty.contains(folder.files.to_str().unwrap()), "{empty}");
    folder.put("note.txt", "hello");
    let text = folder.prepare().err().unwrap().to_string();
    assert!(text.contains("note.txt: not a picture") && text.contains("demo cats"), "{text}");
    let gone = DataConfig { source: DataSource::Folder(folder.files.join("gone")), ..folder.config() };
    let gone = folder.prepare_as(&gone).err().unwrap();
    assert!(matches!(gone, DataError::Folder { .. }) && gone.to_string().contains("gone"), "{gone}");
    let file = DataConfig { source: DataSource::Folder(folder.files.join("note.txt")), ..folder.config() };
    let file = folder.prepare_as(&file).err().unwrap().to_string();
    assert!(file.contains("not a folder"), "{file}");
}
