//! What is fed in: one file, or several that belong together.

use std::path::Path;

/// A file's name below its folder, and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The files of one input.
#[derive(Debug, Clone, PartialEq)]
pub struct Input(pub Vec<Part>);

/// Stands before each of several files.
const MARK: &str = "#fuzz-part ";

impl Input {
    /// A single file.
    pub fn one(bytes: impl Into<Vec<u8>>) -> Self {
        Self(vec![Part { name: String::new(), bytes: bytes.into() }])
    }

    pub fn of<const N: usize>(parts: [(&str, Vec<u8>); N]) -> Self {
        Self(parts.into_iter().map(|(name, bytes)| Part { name: name.to_owned(), bytes }).collect())
    }

    pub fn first(&self) -> &[u8] {
        self.0.first().map_or(&[], |part| &part.bytes)
    }

    pub fn get(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    /// Puts the files into a folder, which is emptied before.
    pub fn write(&self, folder: &Path) {
        let _ = std::fs::remove_dir_all(folder);
        for part in &self.0 {
            let path = folder.join(&part.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &part.bytes).unwrap();
        }
    }

    /// As one file: a single one as it is, several with a line before each.
    pub fn pack(&self) -> Vec<u8> {
        match &self.0[..] {
            [part] if part.name.is_empty() => part.bytes.clone(),
            parts => {
                let packed = parts.iter().map(|part| {
                    let head = format!("{MARK}{} {}\n", part.bytes.len(), part.name);
                    [head.as_bytes(), &part.bytes, b"\n"].concat()
                });
                packed.collect::<Vec<_>>().concat()
            }
        }
    }

    /// What [`Self::pack`] made.
    pub fn unpack(mut bytes: &[u8]) -> Self {
        if !bytes.starts_with(MARK.as_bytes()) {
            return Self::one(bytes);
        }
        let mut parts = Vec::new();
        while let Some(rest) = bytes.strip_prefix(MARK.as_bytes()) {
            let end = rest.iter().position(|b| *b == b'\n').expect("a whole line");
            let head = std::str::from_utf8(&rest[..end]).expect("a line of text");
            let (length, name) = head.split_once(' ').expect("a length and a name");
            let (body, after) = rest[end + 1..].split_at(length.parse().expect("a length"));
            parts.push(Part { name: name.to_owned(), bytes: body.to_vec() });
            bytes = after.strip_prefix(b"\n").unwrap_or(after);
        }
        Self(parts)
    }
}

#[test]
fn what_is_packed_comes_back() {
    for input in [Input::one(*b"abc\n"), Input::of([("a/b.json", b"{}\n".to_vec()), ("c", Vec::new())])] {
        assert_eq!(Input::unpack(&input.pack()), input);
    }
}
