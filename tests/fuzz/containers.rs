//! Files with checksums and lengths around their contents: changed inside and made whole again, so that a change
//! reaches the code behind the checks.

use super::input::Input;
use super::mutate::{Random, bytes, text};
use rand::RngExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How a file is built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    Bytes,
    Text,
    Png,
    Zip,
    Safetensors,
}

/// Another file of this shape; in one of four cases the shape is ignored.
pub fn change(shape: Shape, input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let inside = random.random_bool(0.75);
    let changed = match shape {
        Shape::Text if inside => Some(text(input, other, random)),
        Shape::Png if inside => png(input, other, random),
        Shape::Zip if inside => zip(input, other, random),
        Shape::Safetensors if inside => safetensors(input, other, random),
        _ => None,
    };
    changed.unwrap_or_else(|| bytes(input, other, random))
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// How an unpacked recipe begins: keyword, not compressed, no language, no translation.
const RECIPE: &[u8] = b"Purrtrait\0\0\0\0\0";

/// A PNG chunk with the right length and checksum.
pub fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [kind, data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
}

/// Kind and content of each chunk that is whole.
fn chunks(file: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let (mut rest, mut found) = (file.strip_prefix(PNG)?, Vec::new());
    while let Some((head, body)) = rest.split_at_checked(8) {
        let length = u32::from_be_bytes(head[..4].try_into().ok()?) as usize;
        let Some(data) = body.get(..length) else { break };
        found.push((head[4..].to_vec(), data.to_vec()));
        rest = body.get(length + 4..).unwrap_or_default();
    }
    (!found.is_empty()).then_some(found)
}

fn png(input: &[u8], other: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut list = chunks(input)?;
    let others = chunks(other).unwrap_or_default();
    let at = random.random_range(0..list.len());
    match random.random_range(0..12) {
        0 => drop(list.remove(at)),
        1 => list.insert(at, list[at].clone()),
        2 => {
            let to = random.random_range(0..list.len());
            list.swap(at, to);
        }
        3 if !others.is_empty() => list.insert(at, others[random.random_range(0..others.len())].clone()),
        // Width, height, depth, colour type.
        4 => list[0].1 = bytes(&list[0].1, &[], random),
        _ => {
            // Our own text is the most interesting.
            let own = list.iter().position(|(_, data)| data.starts_with(RECIPE));
            let (_, data) = &mut list[own.filter(|_| random.random_bool(0.8)).unwrap_or(at)];
            *data = match data.strip_prefix(RECIPE) {
                Some(json) => [RECIPE, &text(json, other, random)].concat(),
                None => bytes(data, other, random),
            };
        }
    }
    let whole = list.iter().map(|(kind, data)| chunk(kind, data));
    Some([PNG.to_vec(), whole.collect::<Vec<_>>().concat()].concat())
}

/// A PNG whose recipe is not compressed, so that changes find it.
pub fn with_recipe(file: &[u8], json: &str) -> Vec<u8> {
    let after_header = PNG.len() + 25;
    let recipe = chunk(b"iTXt", &[RECIPE, json.as_bytes()].concat());
    [&file[..after_header], &recipe, &file[after_header..]].concat()
}

/// A zip archive of stored files.
pub fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut out, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let start = (out.len() as u32).to_le_bytes();
        let (length, name_length) = ((bytes.len() as u32).to_le_bytes(), (name.len() as u16).to_le_bytes());
        let sum = crc32fast::hash(bytes).to_le_bytes();
        let about = [&[0; 10][..], &sum, &length, &length, &name_length, &[0; 2]].concat();
        out.extend([b"PK\x03\x04", &about[..], name.as_bytes(), bytes].concat());
        list.extend([b"PK\x01\x02\0\0", &about[..], &[0; 10], &start, name.as_bytes()].concat());
    }
    let (start, count) = ((out.len() as u32).to_le_bytes(), (files.len() as u16).to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &(list.len() as u32).to_le_bytes(), &start, &[0; 2]].concat();
    [out, list, end].concat()
}

/// The files of an archive as [`zip_of`] writes it, by the records in front of them.
fn zipped(archive: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let (mut rest, mut files) = (archive, Vec::new());
    while let Some(body) = rest.strip_prefix(b"PK\x03\x04") {
        let number = |at: usize| body.get(at..at + 2).map(|b| usize::from(b[0]) + 256 * usize::from(b[1]));
        let (length, name, extra) = (number(14)? + (number(16)? << 16), number(22)?, number(24)?);
        let text = String::from_utf8_lossy(body.get(26..26 + name)?).into_owned();
        let start = 26 + name + extra;
        files.push((text, body.get(start..start.checked_add(length)?)?.to_vec()));
        rest = &body[start + length..];
    }
    (!files.is_empty()).then_some(files)
}

fn zip(input: &[u8], other: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let mut files = zipped(input)?;
    let others = zipped(other).unwrap_or_default();
    let at = random.random_range(0..files.len());
    match random.random_range(0..10) {
        0 => drop(files.remove(at)),
        1 => files.insert(at, files[at].clone()),
        2 => files[at].0 = String::from_utf8_lossy(&bytes(files[at].0.as_bytes(), other, random)).into_owned(),
        3 if !others.is_empty() => files[at].1 = others[random.random_range(0..others.len())].1.clone(),
        _ => {
            // The description holds all the logic.
            let pickle = files.iter().position(|(name, _)| name.ends_with(".pkl"));
            let at = pickle.filter(|_| random.random_bool(0.8)).unwrap_or(at);
            let donor = others.iter().find(|(name, _)| name.ends_with(".pkl")).map_or(other, |(_, bytes)| bytes);
            files[at].1 = bytes(&files[at].1, donor, random);
        }
    }
    // Names have 16 bits for their length.
    files.iter_mut().for_each(|(name, _)| *name = name.chars().take(1000).collect());
    Some(zip_of(&files))
}

fn safetensors(input: &[u8], other: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let length = u64::from_le_bytes(*input.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    let (header, data) = (input.get(8..end)?, &input[end..]);
    let mut header = header.to_vec();
    let mut data = data.to_vec();
    match random.random_range(0..4) {
        0 => data = bytes(&data, other, random),
        1 => {
            // The description of the model is JSON inside a string of the JSON.
            let mut whole: Value = serde_json::from_slice(&header).ok()?;
            let card = whole.get("__metadata__")?.get("purrtrait")?.as_str()?.as_bytes();
            let card = String::from_utf8_lossy(&text(card, other, random)).into_owned();
            whole["__metadata__"]["purrtrait"] = card.into();
            header = serde_json::to_vec(&whole).ok()?;
        }
        _ => header = text(&header, other, random),
    }
    Some([&(header.len() as u64).to_le_bytes()[..], &header, &data].concat())
}

/// Makes the manifest of a checkpoint say what the files now are.
pub fn renew_manifest(input: &mut Input) {
    let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let listed = input.0.iter().filter(|part| part.name != "manifest.json");
    let files = listed.map(|p| (p.name.clone(), json!({ "bytes": p.bytes.len(), "sha256": digest(&p.bytes) })));
    let manifest = json!({ "format": 1, "files": files.collect::<serde_json::Map<_, _>>() });
    if let Some(part) = input.0.iter_mut().find(|part| part.name == "manifest.json") {
        part.bytes = manifest.to_string().into_bytes();
    }
}

#[test]
fn what_is_taken_apart_goes_together_again() {
    let files = [("a.pkl".to_owned(), b"abc".to_vec()), ("b".to_owned(), Vec::new())];
    assert_eq!(zipped(&zip_of(&files)).unwrap(), files);
    let file = [PNG, &chunk(b"IHDR", &[0; 13]), &chunk(b"IEND", &[])].concat();
    let recipe = with_recipe(&file, "{}");
    let kinds: Vec<_> = chunks(&recipe).unwrap().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [b"IHDR", b"iTXt", b"IEND"]);
}
