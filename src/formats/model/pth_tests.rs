//! State dicts as PyTorch writes them, built byte by byte here, and what must be refused.
//! `tests/reference/pth_make.py` does the same with PyTorch itself.

use super::tests::{random, refusal, tiny};
use super::*;
use crate::model::SavedGenerator;
use std::path::Path;

/// A zip archive of stored files.
pub(super) fn zip(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let (start, length) = (out.len() as u32, bytes.len() as u32);
        let mut about = vec![0u8; 10];
        about.extend(crc32fast::hash(bytes).to_le_bytes());
        about.extend([length.to_le_bytes(), length.to_le_bytes()].concat());
        about.extend([(name.len() as u16).to_le_bytes(), [0; 2]].concat());
        out.extend([b"PK\x03\x04", about.as_slice(), name.as_bytes(), bytes].concat());
        list.extend([b"PK\x01\x02\0\0", about.as_slice(), &[0; 10], &start.to_le_bytes(), name.as_bytes()].concat());
    }
    let (start, count) = (out.len() as u32, (files.len() as u16).to_le_bytes());
    out.extend(&list);
    out.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat());
    out.extend([(list.len() as u32).to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

pub(super) fn text(words: &str) -> Vec<u8> {
    [b"X".as_slice(), &(words.len() as u32).to_le_bytes(), words.as_bytes()].concat()
}

pub(super) fn number(n: usize) -> Vec<u8> {
    [b"J".as_slice(), &(n as u32).to_le_bytes()].concat()
}

pub(super) fn tuple(parts: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    [b"(".to_vec(), parts.into_iter().collect::<Vec<_>>().concat(), b"t".to_vec()].concat()
}

/// The instructions that build one tensor on storage `key`.
pub(super) fn tensor(key: usize, shape: &[usize], strides: &[usize], count: usize) -> Vec<u8> {
    let storage = [b"ctorch\nFloatStorage\n".to_vec(), text(&key.to_string()), text("cpu"), number(count)].concat();
    let storage = [tuple([text("storage"), storage]), b"Q".to_vec()].concat();
    let sizes = |n: &[usize]| tuple(n.iter().map(|n| number(*n)));
    let no_hooks = b"ccollections\nOrderedDict\n)R".to_vec();
    let arguments = tuple([storage, number(0), sizes(shape), sizes(strides), vec![0x89], no_hooks]);
    [b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(), arguments, b"R".to_vec()].concat()
}

pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|i| shape[i + 1..].iter().product()).collect()
}

/// `OrderedDict` of these values.
pub(super) fn dict(pairs: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let pairs = pairs.into_iter().map(|(name, value)| [text(&name), value].concat());
    [b"ccollections\nOrderedDict\n)R(".to_vec(), pairs.collect::<Vec<_>>().concat(), b"u".to_vec()].concat()
}

pub(super) fn archive(program: Vec<u8>, saved: &SavedGenerator) -> Vec<u8> {
    let mut files = vec![
        ("archive/data.pkl".to_owned(), [b"\x80\x02".as_slice(), &program, b"."].concat()),
        ("archive/byteorder".to_owned(), b"little".to_vec()),
    ];
    for (i, tensor) in saved.tensors.iter().enumerate() {
        files.push((format!("archive/data/{i}"), tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect()));
    }
    zip(&files)
}

pub(super) fn state_dict(saved: &SavedGenerator, prefix: &str) -> Vec<u8> {
    dict(
        saved
            .tensors
            .iter()
            .enumerate()
            .map(|(i, t)| (t.name.replace("main.", prefix), tensor(i, &t.shape, &strides(&t.shape), t.values.len()))),
    )
}

#[test]
fn state_dicts_are_read_bare_wrapped_and_prefixed() {
    let saved = random(&tiny());
    let plain = || vec![b'N'];
    for program in [
        state_dict(&saved, "main."),
        state_dict(&saved, "module.main."),
        dict([("epoch".to_owned(), number(7)), ("netG".to_owned(), state_dict(&saved, "main."))]),
        dict([("state_dict".to_owned(), state_dict(&saved, "netG.main.")), ("optimizer".to_owned(), plain())]),
    ] {
        let read = import_bytes(&archive(program, &saved), Path::new("x.pth")).unwrap();
        assert_eq!((read.generator.config, read.generator.tensors), (tiny(), saved.tensors.clone()));
        assert!(read.what.contains("PyTorch state dict"), "{}", read.what);
    }
}

#[test]
fn code_is_named_and_not_run() {
    let saved = random(&tiny());
    for program in [b"cos\nsystem\n(X\x04\0\0\0truetR".as_slice(), b"\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R"] {
        let reason = refusal(&archive(program.to_vec(), &saved));
        assert!(reason.contains("os.system") && reason.contains("no code is run"), "{reason}");
    }
    let reason = refusal(&archive(b"c__main__\nGenerator\n)\x81}b".to_vec(), &saved));
    assert!(reason.contains("__main__.Generator") && reason.contains("state_dict"), "{reason}");
    for instruction in [b"i".as_slice(), b"o", b"\x81", b"P1\n", b"\x82\x01", b"S'x'\n", b"\x97", b"\xff", b"b", b"1"] {
        refusal(&archive(instruction.to_vec(), &saved));
    }
}

#[test]
fn claims_that_cannot_be_true_are_refused() {
    let saved = random(&tiny());
    // The first weight of a whole generator, somewhere else in its storage of 768 numbers.
    let with = |shape: &[usize], strides: &[usize], count: usize| {
        let others =
            saved.tensors.iter().enumerate().map(|(i, t)| (i, t.name.clone(), t.shape.clone(), t.values.len()));
        let program = dict(others.map(|(i, name, own, length)| {
            (
                name,
                if i == 0 {
                    tensor(0, shape, strides, count)
                } else {
                    tensor(i, &own, &super::pth_tests::strides(&own), length)
                },
            )
        }));
        archive(program, &saved)
    };
    let (big, shape) = (1 << 31, [3, 16, 4, 4]);
    refusal(&with(&shape, &[256, 16, 4, 1], big - 1));
    let outside = refusal(&with(&shape, &[257, 16, 4, 1], 768));
    assert!(outside.contains("main.0.weight") && outside.contains("[3, 16, 4, 4]"), "{outside}");
    assert!(outside.contains("768"), "{outside}");
    refusal(&with(&shape, &[big - 1, big - 1, big - 1, big - 1], 768));
    refusal(&with(&[big - 1, big - 1, big - 1, 4], &[0, 0, 0, 0], 768));
    refusal(&with(&shape, &[256, 16, 4], 768));
    let spread = refusal(&with(&shape, &[0, 0, 0, 0], 768));
    assert!(spread.contains("expanded"), "{spread}");
    // Deeply nested, sharing, containing itself: all flat here.
    refusal(&archive([vec![b']'; 500_000], vec![b'a'; 499_999]].concat(), &saved));
    refusal(&archive([vec![b')'], vec![0x85; 900_000]].concat(), &saved));
    refusal(&archive(b"}q\0X\x01\0\0\0ah\0s".to_vec(), &saved));
    refusal(&archive(vec![b'('; 2 << 20], &saved));
    let many = refusal(&archive([vec![b']'; 3 << 20], b".".to_vec()].concat(), &saved));
    assert!(many.contains("values beside the weights") && many.contains("state_dict"), "{many}");
    // Doubling: a list that gets itself twice, sixty times.
    refusal(&archive([b"]q\0".to_vec(), b"(h\0h\0e".repeat(60)].concat(), &saved));
    // Long names, put together over and over.
    let long = [text(&"x".repeat(250)), b"q\0".to_vec(), text("y"), b"q\x01".to_vec()].concat();
    refusal(&archive([long, b"h\0h\x01\x93".repeat(500_000)].concat(), &saved));
    refusal(&archive([b"X".as_slice(), &u32::MAX.to_le_bytes()].concat(), &saved));
    // A name in the list that claims to be larger than the whole file.
    let mut bomb = archive(state_dict(&saved, "main."), &saved);
    let list = bomb.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bomb[list + 20..list + 28].fill(0xff);
    refusal(&bomb);
    let mut compressed = archive(state_dict(&saved, "main."), &saved);
    compressed[list + 10] = 8;
    assert!(refusal(&compressed).contains("compressed"));
}

#[test]
fn damaged_archives_are_refused() {
    let saved = random(&tiny());
    let good = archive(state_dict(&saved, "main."), &saved);
    for cut in (0..good.len()).step_by(499).chain([good.len() - 1, good.len() - 23]) {
        refusal(&good[..cut]);
    }
    for at in (0..good.len()).step_by(97) {
        let mut flipped = good.clone();
        flipped[at] ^= 4;
        // Dates and the copies of lengths in local records are not looked at.
        if let Ok(read) = import_bytes(&flipped, Path::new("x")) {
            assert_eq!(read.generator.tensors, saved.tensors, "byte {at}");
        }
    }
    assert!(refusal(&zip(&[("a.txt".to_owned(), vec![1])])).contains("data.pkl"));
}

/// The format before PyTorch 1.6.
fn sequence(program: Vec<u8>, saved: &SavedGenerator) -> Vec<u8> {
    let names = saved.tensors.iter().enumerate().rev().flat_map(|(i, _)| text(&i.to_string()));
    let mut out =
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02".to_vec();
    out.extend([program, b".\x80\x02](".to_vec(), names.collect(), b"e.".to_vec()].concat());
    for tensor in saved.tensors.iter().rev() {
        out.extend((tensor.values.len() as u64).to_le_bytes());
        out.extend(tensor.values.iter().flat_map(|v| v.to_le_bytes()));
    }
    out
}

#[test]
fn the_format_before_1_6_is_read_and_its_damage_found() {
    let saved = random(&tiny());
    // There a storage had a sixth value.
    let mut program = state_dict(&saved, "main.");
    let end = |bytes: &[u8]| bytes.windows(2).position(|w| w == b"tQ");
    let mut old = Vec::new();
    while let Some(at) = end(&program) {
        old.extend([&program[..at], b"NtQ"].concat());
        program.drain(..at + 2);
    }
    old.extend(program);
    let good = sequence(old, &saved);
    let read = import_bytes(&good, Path::new("x.pth")).unwrap();
    assert_eq!((read.generator.config, read.generator.tensors), (tiny(), saved.tensors.clone()));
    for cut in (0..good.len()).step_by(499).chain([good.len() - 1]) {
        refusal(&good[..cut]);
    }
    for at in (0..good.len()).step_by(97) {
        let mut flipped = good.clone();
        flipped[at] ^= 4;
        // This format has no checksums: what matters is that nothing panics.
        let _ = import_bytes(&flipped, Path::new("x"));
    }
    assert!(refusal(&[&good[..17], b"K\x07."].concat()).contains("unknown version"));
}
