//! What a file is that is no model, so that the message can say what to do.

/// How a file of another kind begins, and what it is.
const KINDS: [(&[u8], &str); 8] = [
    (b"version https://git-lfs", LFS),
    (
        b"\x89HDF\r\n\x1a\n",
        "the file is an HDF5 file, such as Keras writes; only PyTorch and .safetensors files are read",
    ),
    (b"\x93NUMPY", "the file is a NumPy array; only PyTorch and .safetensors files are read"),
    (b"\x1f\x8b", "the file is compressed (gzip); unpack it first"),
    (b"BZh", "the file is compressed (bzip2); unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "the file is a 7z archive; unpack it first"),
    (b"Rar!", "the file is a RAR archive; unpack it first"),
    (b"GGUF", "the file is a GGUF file, a language model; only generators of pictures are read"),
];
const LFS: &str = "the file is a Git LFS pointer, a small text file in place of the model; fetch the model itself with \
                   `git lfs pull` in its repository, or with the download button of its page";
/// Python writes its newer formats (protocols 2 to 5) with the version in front.
const PICKLE: u8 = 0x80;
/// As much as decides whether a file is text.
const START: usize = 512;

/// In words: what the bytes are, if that can be told, and the remedy.
pub(super) fn what_else(bytes: &[u8]) -> String {
    if let Some((_, kind)) = KINDS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return (*kind).to_owned();
    }
    if let [PICKLE, 0..=5, ..] = bytes {
        return "the file is a Python pickle, but not from PyTorch; save the weights with \
                torch.save(model.state_dict(), ...)"
            .to_owned();
    }
    let start = &bytes[..bytes.len().min(START)];
    // The last character may be cut.
    let text = match std::str::from_utf8(start) {
        Ok(text) => Some(text),
        Err(e) if e.error_len().is_none() => std::str::from_utf8(&start[..e.valid_up_to()]).ok(),
        Err(_) => None,
    };
    let text = text.filter(|text| !text.contains(|c: char| c.is_control() && !c.is_whitespace()));
    let none = "the file is neither a .safetensors nor a PyTorch file";
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return none.to_owned() };
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head", "<?xml"].iter().any(|tag| text.starts_with(tag)) {
        let reason = "the file is a web page saved under this name, not a model; open the address in a browser and \
                      download the file itself";
        return reason.to_owned();
    }
    format!("{none}, but text; open it in an editor: it may say what went wrong with the download")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_instead_of_a_model_is_named() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 14330\n";
        for (bytes, words) in [
            (pointer.as_bytes(), &["Git LFS pointer", "git lfs pull"][..]),
            (b"\n  <!DOCTYPE html>\n<html lang=\"en\">", &["web page", "download"]),
            ("\u{feff}<HTML><body>Virus scan warning".as_bytes(), &["web page"]),
            (b"{\"error\": \"not found\"}", &["text"]),
            (b"Entry not found", &["text", "download"]),
            (b"\x89HDF\r\n\x1a\n\0\0", &["HDF5", "Keras"]),
            (b"\x93NUMPY\x01\0", &["NumPy"]),
            (b"\x1f\x8b\x08\0", &["gzip", "unpack"]),
            (b"\x80\x04\x95\0", &["pickle", "state_dict"]),
            (b"\0\0\0\0\0\0\0\0", &["neither"]),
            (b"", &["neither"]),
        ] {
            let text = what_else(bytes);
            assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
        }
        // A character that the end of what is looked at cuts in two.
        let long = format!("{}ä", "x".repeat(START - 1));
        assert!(what_else(long.as_bytes()).contains("text"));
    }
}
