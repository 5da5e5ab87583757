//! Files made wrong: changes that know nothing of a file, and changes of text by its words.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

pub type Random = ChaCha8Rng;

/// Longer inputs say nothing that shorter ones do not, and cost time.
pub const LONGEST: usize = 512 << 10;

/// Numbers at which programs err.
const NUMBERS: [&str; 36] = [
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "7",
    "16",
    "127",
    "128",
    "255",
    "256",
    "4096",
    "65535",
    "65536",
    "1000000",
    "16777217",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e5",
    "1e19",
    "3.5e38",
    "1e308",
    "-1e308",
    "1e309",
    "5e-324",
    "0.0000001",
    "nan",
    "inf",
    "-inf",
];

/// Strings that a program must neither follow nor print as they are.
const STRINGS: [&str; 16] = [
    "",
    " ",
    ".",
    "..",
    "../../../../etc/passwd",
    "/dev/zero",
    "//192.0.2.1/share/x",
    "C:\\\\Windows\\\\x",
    "~/x",
    "a/b\\\\c",
    "\\u0000",
    "\\u001b[2J\\u001b]0;x\\u0007",
    "\\ud800",
    "\u{202e}txt.exe",
    "%s%n{}",
    "NUL",
];

/// One to eight changes anywhere.
pub fn bytes(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..1 << random.random_range(0..4) {
        change(&mut out, other, random);
        out.truncate(LONGEST);
    }
    out
}

fn change(out: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if out.is_empty() {
        out.extend_from_slice(other);
        return;
    }
    let at = random.random_range(0..out.len());
    let to = (at + 1 + random.random_range(0..64)).min(out.len());
    match random.random_range(0..10) {
        0 => out[at] ^= 1 << random.random_range(0..8),
        1 => out[at] = random.random(),
        2 => out[at] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', b'-'][random.random_range(0..8)],
        3 => out.truncate(at),
        4 => {
            let count = if random.random_bool(0.05) { 20_000 } else { random.random_range(1..32) };
            out.splice(at..at, std::iter::repeat_n(random.random::<u8>(), count));
        }
        5 => drop(out.drain(at..to)),
        6 => {
            let piece = out[at..to].to_vec();
            out.splice(at..at, piece);
        }
        7 if !other.is_empty() => {
            out.truncate(at);
            out.extend_from_slice(&other[random.random_range(0..other.len())..]);
        }
        _ => integer(out, at, random),
    }
}

/// A number of 2, 4 or 8 bytes, either end first, becomes one at a boundary or moves by a little.
fn integer(out: &mut [u8], at: usize, random: &mut Random) {
    let width = [2, 4, 8][random.random_range(0..3)];
    let Some(place) = out.get_mut(at..at + width) else { return };
    let big = random.random_bool(0.5);
    if big {
        place.reverse();
    }
    let mut old = [0; 8];
    old[..width].copy_from_slice(place);
    let most = u64::MAX >> (64 - 8 * width);
    let boundaries = [0, 1, most, most - 1, most >> 1, (most >> 1) + 1, 0xffff, 0x1_0000];
    let new = match random.random_range(0..3) {
        0 => u64::from_le_bytes(old).wrapping_add(random.random_range(0..33)).wrapping_sub(16),
        1 => 1 << random.random_range(0..8 * width),
        _ => boundaries[random.random_range(0..8)],
    };
    place.copy_from_slice(&new.to_le_bytes()[..width]);
    if big {
        place.reverse();
    }
}

/// Text of numbers, quoted strings, words and brackets (JSON, TOML, lists of numbers): some of its words change.
pub fn text(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut words: Vec<Vec<u8>> = words(input);
    let others = self::words(other);
    for _ in 0..1 << random.random_range(0..3) {
        if words.is_empty() {
            return other.to_vec();
        }
        let at = random.random_range(0..words.len());
        let quoted = words[at].first() == Some(&b'"');
        let number = words[at].first().is_some_and(|b| b.is_ascii_digit() || *b == b'-');
        match random.random_range(0..8) {
            0..4 if quoted => words[at] = string(random),
            0..4 if number => words[at] = NUMBERS[random.random_range(0..NUMBERS.len())].into(),
            0 => drop(words.remove(at)),
            1 => words[at] = NUMBERS[random.random_range(0..NUMBERS.len())].into(),
            2 if !others.is_empty() => words[at] = others[random.random_range(0..others.len())].clone(),
            3 => {
                let to = random.random_range(0..words.len());
                words.swap(at, to);
            }
            4 => {
                // A piece many times over: lists and tables of hundreds.
                let piece = match element(&words, at) {
                    Some(element) => element,
                    None => words[at..(at + random.random_range(1..24)).min(words.len())].to_vec(),
                };
                let times = [1, 2, 30, 400][random.random_range(0..4)];
                words.splice(at..at, std::iter::repeat_n(piece, times).flatten());
            }
            5 => words[at] = nested(random),
            6 => words[at] = string(random),
            _ => words[at] = bytes(&words[at], other, random),
        }
    }
    let mut out = words.concat();
    out.truncate(LONGEST);
    out
}

/// The object or list that begins at this word, with a comma: as often as wanted it leaves a list whole.
fn element(words: &[Vec<u8>], at: usize) -> Option<Vec<Vec<u8>>> {
    let mut depth = 0;
    for (i, word) in words.iter().enumerate().skip(at) {
        match word[..] {
            [b'{' | b'['] => depth += 1,
            [b'}' | b']'] => depth -= 1,
            _ => {}
        }
        if depth <= 0 {
            return (i > at).then(|| [&words[at..=i], &[b",".to_vec()]].concat());
        }
    }
    None
}

fn string(random: &mut Random) -> Vec<u8> {
    let text = match random.random_range(0..20) {
        0 => "a".repeat([300, 70_000][random.random_range(0..2)]),
        1 => "\u{1b}[31mraw\u{7}".to_owned(),
        n => STRINGS[n as usize % STRINGS.len()].to_owned(),
    };
    format!("\"{text}\"").into_bytes()
}

fn nested(random: &mut Random) -> Vec<u8> {
    let depth = [10, 130, 5_000, 100_000][random.random_range(0..4)];
    match random.random_range(0..3) {
        0 => "[".repeat(depth),
        1 => "[".repeat(depth) + "1" + &"]".repeat(depth),
        _ => "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth),
    }
    .into_bytes()
}

/// Cut so that putting the pieces together gives the text again.
fn words(text: &[u8]) -> Vec<Vec<u8>> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.+-".contains(&b) || b >= 0x80;
    let (mut words, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let mut end = at + 1;
        if text[at] == b'"' {
            while end < text.len() && text[end] != b'"' {
                end += if text[end] == b'\\' { 2 } else { 1 };
            }
            end = (end + 1).min(text.len());
        } else if plain(text[at]) {
            end += text[end..].iter().take_while(|b| plain(**b)).count();
        }
        words.push(text[at..end].to_vec());
        at = end;
    }
    words
}

#[test]
fn words_make_up_their_text() {
    let text = br#"{"a\"b": [1.5e-3, true], x = "unfinished"#;
    assert_eq!(words(text).concat(), text);
    assert_eq!(words(text)[1], br#""a\"b""#);
    let list = words(b"[{1,[2]},3]");
    assert_eq!(element(&list, 1).unwrap().concat(), b"{1,[2]},");
    assert_eq!((element(&list, 2), element(&list[..4], 1)), (None, None));
}
