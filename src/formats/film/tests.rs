//! Films are read back by other programs' code: the `image` crate, and ffprobe in `tests/reference/films.sh`.

use super::*;
use image::AnimationDecoder;
use std::fs;
use std::io::BufReader;

fn spec(frames: u32) -> FilmSpec {
    FilmSpec { width: 34, height: 18, frames, fps: 25, repeat: true }
}

/// Each frame has its own colours.
fn frame(spec: FilmSpec, i: u32) -> Frame {
    let mut frame = Frame::filled(spec.width, spec.height, [40 * i as u8, 200, 255 - 30 * i as u8]);
    frame.data[..3].copy_from_slice(&[i as u8, 0, 0]);
    frame
}

fn write(path: &Path, spec: FilmSpec) {
    let mut film = FilmWriter::create(path, spec).unwrap();
    for i in 0..spec.frames {
        film.add(&frame(spec, i)).unwrap();
    }
    film.finish().unwrap();
    assert!(path.exists());
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_gif_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.gif");
    write(&path, spec(6));
    let decoder = image::codecs::gif::GifDecoder::new(BufReader::new(fs::File::open(&path).unwrap())).unwrap();
    let frames = decoder.into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 6);
    for (i, read) in frames.iter().enumerate() {
        assert_eq!(read.delay().numer_denom_ms(), (40, 1));
        let rgb = image::DynamicImage::from(read.buffer().clone()).into_rgb8();
        assert_eq!(rgb.into_raw(), frame(spec(6), i as u32).data, "few colours are kept exactly");
    }
}

#[test]
fn an_apng_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.apng");
    write(&path, spec(6));
    let decoder = image::codecs::png::PngDecoder::new(BufReader::new(fs::File::open(&path).unwrap())).unwrap();
    let frames = decoder.apng().unwrap().into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 6);
    for (i, read) in frames.iter().enumerate() {
        let (numerator, denominator) = read.delay().numer_denom_ms();
        assert_eq!(numerator / denominator, 40);
        let rgb = image::DynamicImage::from(read.buffer().clone()).into_rgb8();
        assert_eq!(rgb.into_raw(), frame(spec(6), i as u32).data);
    }
}

#[test]
fn a_sequence_is_a_folder_of_pictures() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film");
    write(&path, spec(3));
    assert_eq!(names(&path), ["frame-000000.png", "frame-000001.png", "frame-000002.png"]);
    assert_eq!(Frame::open_png(&path.join("frame-000002.png")).unwrap(), frame(spec(3), 2));
}

/// Walks the elements of an EBML file: `(depth, id, content)`.
fn elements(bytes: &[u8], depth: usize, out: &mut Vec<(usize, u32, Vec<u8>)>) {
    let containers = [
        0x1A45_DFA3,
        0x1853_8067,
        0x114D_9B74,
        0x4DBB,
        0x1549_A966,
        0x1654_AE6B,
        0xAE,
        0xE0,
        0x1F43_B675,
        0x1C53_BB6B,
        0xBB,
        0xB7,
    ];
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at].leading_zeros() as usize + 1;
        let id = bytes[at..at + length].iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
        at += length;
        let length = bytes[at].leading_zeros() as usize + 1;
        let first = u64::from(bytes[at]) & ((1 << (8 - length)) - 1);
        let size = bytes[at + 1..at + length].iter().fold(first, |n, b| n << 8 | u64::from(*b)) as usize;
        at += length;
        let content = &bytes[at..at + size];
        out.push((depth, id, content.to_vec()));
        if containers.contains(&id) {
            elements(content, depth + 1, out);
        }
        at += size;
    }
}

#[test]
fn a_webm_is_laid_out_as_the_standard_says() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.webm");
    // More than one cluster: a player can start every two seconds.
    write(&path, FilmSpec { fps: 2, ..spec(7) });
    let bytes = fs::read(&path).unwrap();
    let mut all = Vec::new();
    elements(&bytes, 0, &mut all);
    let find = |id: u32| all.iter().filter(move |(_, i, _)| *i == id).map(|(_, _, content)| content.clone());
    let number = |content: &[u8]| content.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    assert_eq!(find(0x4282).next().unwrap(), b"webm");
    assert_eq!(find(0x86).next().unwrap(), b"V_AV1");
    // A marker, version 1.
    assert_eq!(find(0x63A2).next().unwrap()[0], 0x81);
    assert_eq!([0xB0, 0xBA].map(|id| number(&find(id).next().unwrap())), [34, 18]);
    assert_eq!(number(&find(0x23_E383).next().unwrap()), 500_000_000);
    let duration = find(0x4489).next().unwrap();
    assert_eq!(f64::from_be_bytes(duration.try_into().unwrap()), 3500.0);
    let blocks: Vec<_> = find(0xA3).collect();
    assert_eq!(blocks.len(), 7);
    assert!(blocks[0][3] == 0x80 && blocks.iter().all(|b| b[0] == 0x81 && b[4..6] != [0x12, 0x00]));
    // Every position leads to the element that it names.
    let segment = find(0x1853_8067).next().unwrap();
    let ids: Vec<_> = find(0x53AB).collect();
    let offsets: Vec<_> = find(0x53AC).map(|p| number(&p) as usize).collect();
    assert_eq!(ids.len(), 3);
    for (id, offset) in ids.iter().zip(offsets) {
        assert_eq!(segment[offset..offset + 4], id[..]);
    }
    let clusters: Vec<_> = find(0xF1).map(|p| number(&p) as usize).collect();
    assert_eq!(clusters.len(), find(0x1F43_B675).count());
    assert!(clusters.len() > 1);
    assert!(clusters.iter().all(|offset| segment[*offset..].starts_with(&[0x1F, 0x43, 0xB6, 0x75])));
}

/// The boxes of an MP4 file: `(kind, content)`, those inside others too.
fn boxes(bytes: &[u8], out: &mut Vec<([u8; 4], Vec<u8>)>) {
    let mut rest = bytes;
    while let Some(head) = rest.first_chunk::<8>() {
        let kind: [u8; 4] = head[4..].try_into().unwrap();
        // 1 says that the size follows as 64 bits.
        let (size, from) = match u32::from_be_bytes(head[..4].try_into().unwrap()) {
            1 => (u64::from_be_bytes(rest[8..16].try_into().unwrap()) as usize, 16),
            size => (size as usize, 8),
        };
        let content = &rest[from..size];
        out.push((kind, content.to_vec()));
        if [b"moov", b"trak", b"mdia", b"minf", b"stbl"].contains(&&kind) {
            boxes(content, out);
        }
        rest = &rest[size..];
    }
    assert!(rest.is_empty());
}

#[test]
fn an_mp4_without_ffmpeg_is_av1_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mp4");
    let spec = FilmSpec { fps: 2, ..spec(7) };
    let mut film = FilmWriter::mp4(&path, spec, None).unwrap();
    (0..7).for_each(|i| film.add(&frame(spec, i)).unwrap());
    let coding = film.finish().unwrap();
    let note = coding.note.unwrap();
    assert!(
        coding.codec == "AV1" && note.contains("AV1") && note.contains("ffmpeg") && note.contains("install"),
        "{note}"
    );
    let bytes = fs::read(&path).unwrap();
    assert!(crate::pixels::is_ours(&bytes[..bytes.len().min(4096)]));
    let mut all = Vec::new();
    boxes(&bytes, &mut all);
    let at = |kind: &[u8; 4]| all.iter().position(|(own, _)| own == kind).unwrap();
    let content = |kind: &[u8; 4]| &all[at(kind)].1;
    let number = |kind: &[u8; 4], from: usize| u32::from_be_bytes(content(kind)[from..from + 4].try_into().unwrap());
    assert!(at(b"moov") < at(b"mdat"), "the head comes first");
    // The table of sizes: one for all or 0, how many, each.
    assert_eq!((number(b"stsz", 4), number(b"stsz", 8)), (0, 7));
    let frames: u32 = (0..7).map(|i| number(b"stsz", 12 + 4 * i)).sum();
    assert!(frames as usize <= content(b"mdat").len());
    // Units a second, and how many the film takes.
    assert_eq!((number(b"mdhd", 12), number(b"mdhd", 16)), (2, 7));
    // A player can start every two seconds.
    assert!(number(b"stss", 4) >= 2 && number(b"stss", 8) == 1);
    let entry = &content(b"stsd")[8..];
    assert_eq!((&entry[4..8], &entry[32..36]), (&b"av01"[..], &[0, 34, 0, 18][..]));
    assert!(entry.windows(5).any(|w| w == b"av1C\x81"), "version 1 behind the name");
}

/// Stand-ins for ffmpeg: one that has no such encoder, and ones that fail at the start, in the middle and at the end.
#[cfg(unix)]
#[test]
fn an_ffmpeg_that_cannot_or_fails_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (program, path) = (dir.path().join("ffmpeg"), dir.path().join("x.mp4"));
    let film = |script: &str, frames: u32| {
        fs::write(&program, format!("#!/bin/sh\ncase \"$*\" in *-encoders*) echo {script}\nesac\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut film = FilmWriter::mp4(&path, spec(frames), Some(program.clone()))?;
        for i in 0..frames {
            film.add(&frame(spec(frames), i % 6))?;
        }
        film.finish()
    };
    let coding = film("' V....D mpeg4 MPEG-4';;", 3).unwrap();
    assert!(coding.codec == "AV1" && coding.note.unwrap().contains("no libx264 encoder"));
    fs::remove_file(&path).unwrap();
    let able = "' V....D libx264 H.264'; exit;;\nesac\ncase x in x)";
    for (fails, reason) in [
        ("echo 'first' >&2; echo 'Unknown option xyz' >&2; exit 1;;", "Unknown option xyz"),
        ("head -c 3000 >/dev/null; echo 'No space left on device' >&2; exit 1;;", "No space left on device"),
        ("cat >/dev/null; exit 3;;", "exit status: 3"),
        ("kill -9 $$;;", "signal: 9"),
    ] {
        // More than a pipe holds.
        let error = film(&format!("{able} {fails}"), 600).unwrap_err().to_string();
        let named = error.contains("x.mp4") && error.contains("ffmpeg") && error.contains(".webm");
        // One that is killed at once may break the line before its end is known.
        assert!(named && (error.contains(reason) || reason.contains("signal")), "{error}");
        assert_eq!(names(dir.path()), ["ffmpeg"]);
    }
    let coding = film(&format!("{able} cat >/dev/null;;"), 3).unwrap();
    assert_eq!(coding, FilmCoding { codec: "H.264", note: None });
}

#[test]
fn nothing_is_left_of_an_unfinished_film_and_nothing_is_overwritten() {
    for name in ["x.gif", "x.apng", "x.webm", "x.mp4", "film"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let mut film = FilmWriter::create(&path, spec(3)).unwrap();
        film.add(&frame(spec(3), 0)).unwrap();
        assert!(!path.exists());
        drop(film);
        assert!(names(dir.path()).is_empty(), "{name}: {:?}", names(dir.path()));
        // Cut short.
        let mut film = FilmWriter::create(&path, spec(3)).unwrap();
        film.add(&frame(spec(3), 0)).unwrap();
        // More than a pipe holds.
        let error = film.finish().unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("1 of 3 frames"), "{error}");
        assert!(names(dir.path()).is_empty());
        fs::write(&path, "mine").unwrap();
        assert!(matches!(FilmWriter::create(&path, spec(3)), Err(ExportError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }
}

#[test]
fn what_cannot_be_filmed_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let begin = |name: &str, spec: FilmSpec| match FilmWriter::create(&dir.path().join(name), spec) {
        Err(e) => e.to_string(),
        Ok(_) => panic!("{name} {spec:?}"),
    };
    let good = spec(3);
    for (name, spec, reason) in [
        ("x.mov", good, "films cannot be saved as .mov"),
        ("x.mkv", good, "films cannot be saved as .mkv"),
        ("x.gif", FilmSpec { fps: 60, ..good }, "at most 50"),
        ("x.apng", FilmSpec { fps: 0, ..good }, "1 to 120"),
        ("x.apng", FilmSpec { fps: 1000, ..good }, "1 to 120"),
        ("x.apng", FilmSpec { frames: 0, ..good }, "at least one"),
        ("x.gif", FilmSpec { width: 70_000, ..good }, "65535"),
        ("x.webm", FilmSpec { width: 8, ..good }, "width"),
        ("nowhere/x.gif", good, "nowhere"),
    ] {
        let error = begin(name, spec);
        assert!(error.contains(reason) && error.contains(name), "{error}");
    }
    let mut film = FilmWriter::create(&dir.path().join("x.gif"), good).unwrap();
    assert!(film.add(&Frame::filled(3, 3, [0; 3])).unwrap_err().to_string().contains("3 x 3 pixels, not 34 x 18"));
}

#[test]
fn every_film_is_known_as_ours() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["x.gif", "x.apng", "x.webm", "x.mp4"] {
        let path = dir.path().join(name);
        write(&path, spec(2));
        let bytes = fs::read(&path).unwrap();
        assert!(crate::pixels::is_ours(&bytes[..bytes.len().min(4096)]), "{name}");
    }
    write(&dir.path().join("film"), spec(2));
    assert!(crate::pixels::is_ours(&fs::read(dir.path().join("film/frame-000001.png")).unwrap()));
}
