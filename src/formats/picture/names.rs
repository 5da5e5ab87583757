//! File names from templates: portable, inside the chosen folder, and never those of another file.

use super::super::error::ExportError;
use super::super::new_file::write_new;
use super::recipe::{Point, Recipe};
use crate::files::{make_folder, portable};
use std::path::{Path, PathBuf};

/// The placeholders of a template, for help texts.
pub(crate) const PLACEHOLDERS: &str = "{model}, {hash}, {seed}, {number}, {step}, {size}, {date}, {time}";

/// Longest name in bytes without its extension. File systems take 255; the rest is for the extension, a number and the
/// temporary name.
const LONGEST: usize = 200;
/// More files of one name than anyone keeps in a folder.
const MOST: u32 = 100_000;

/// The values of the placeholders. Unknown ones leave no trace in the name.
#[derive(Debug, Clone, PartialEq)]
pub struct NameParts {
    /// The generator's name.
    pub model: String,
    /// [`SavedGenerator::hash`](crate::model::SavedGenerator::hash).
    pub hash: String,
    /// Of the latent, where it was drawn.
    pub seed: Option<u64>,
    /// Index of the latent among those of the seed.
    pub number: Option<u64>,
    /// Training steps of the generator.
    pub step: u64,
    /// Side in pixels.
    pub size: u32,
    /// Such as `2026-05-31`.
    pub date: String,
    /// Such as `23-59-59`.
    pub time: String,
}

impl NameParts {
    /// Of a picture that is saved now.
    pub fn of(recipe: &Recipe) -> Self {
        let now = jiff::Zoned::now();
        let point = match &recipe.points[..] {
            [point] => Some(point),
            _ => None,
        };
        let number = |f: fn(&Point) -> Option<u64>| point.and_then(f);
        Self {
            model: recipe.model.label.clone(),
            hash: recipe.model.hash.clone(),
            seed: number(|p| p.seed),
            number: number(|p| p.number),
            step: recipe.model.step,
            size: recipe.model.config.size * recipe.upscale,
            date: now.strftime("%Y-%m-%d").to_string(),
            time: now.strftime("%H-%M-%S").to_string(),
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        let optional = |value: Option<u64>, width: usize| value.map_or_else(String::new, |v| format!("{v:0width$}"));
        Some(match name {
            "model" => self.model.clone(),
            "hash" => self.hash.clone(),
            "seed" => optional(self.seed, 1),
            "number" => optional(self.number, 5),
            "step" => self.step.to_string(),
            "size" => self.size.to_string(),
            "date" => self.date.clone(),
            "time" => self.time.clone(),
            _ => return None,
        })
    }
}

/// The name for a file: the template with its placeholders filled in, and the extension.
///
/// Characters of values that not every system takes become `-`; a name that Windows keeps for itself gets a `_`; a long
/// one is cut.
///
/// # Errors
/// A template that names folders, holds characters that not every system takes or an unknown placeholder, or leaves
/// nothing.
pub fn file_name(template: &str, parts: &NameParts, extension: &str) -> Result<String, ExportError> {
    let wrong = |reason: &str| ExportError::Other(format!("file name {template:?}: {reason}"));
    let mut stem = String::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        stem.push_str(checked(literal).map_err(|e| wrong(&e))?);
        let (name, after) = after.split_once('}').ok_or_else(|| wrong("a `{` has no `}`"))?;
        let value = parts.value(name);
        let value = value.ok_or_else(|| wrong(&format!("{{{name}}} is not one of {PLACEHOLDERS}")))?;
        stem.extend(value.chars().map(|c| if portable(c) { c } else { '-' }));
        rest = after;
    }
    stem.push_str(checked(rest).map_err(|e| wrong(&e))?);
    let stem = tidy(&stem);
    if stem.is_empty() {
        return Err(wrong("the name would be empty"));
    }
    Ok(format!("{stem}.{extension}"))
}

/// Writes a file into a folder, which is made if need be, under `name`, or, where that is taken, under the first of
/// `name-2`, `name-3`, ... that is free. Gives its path.
///
/// # Errors
/// The name leads out of the folder, or the folder cannot be written.
pub(crate) fn write_free(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, ExportError> {
    if Path::new(name).file_name() != Some(name.as_ref()) || name.contains(['/', '\\']) {
        return Err(ExportError::Other(format!("file name {name:?}: the name leads out of the folder")));
    }
    make_folder(folder).map_err(ExportError::file(folder))?;
    let (stem, extension) = name.rsplit_once('.').map_or((name, String::new()), |(s, e)| (s, format!(".{e}")));
    for number in 1..=MOST {
        let name = if number == 1 { name.to_owned() } else { format!("{stem}-{number}{extension}") };
        let path = folder.join(name);
        match write_new(&path, bytes) {
            Err(ExportError::Exists { .. }) => {}
            Err(e) => return Err(e),
            Ok(()) => return Ok(path),
        }
    }
    Err(ExportError::unfit(&folder.join(name), "the name and all its numbered variants up to 100,000 are taken"))
}

/// The path itself, or, where it is taken, with the first of `-2`, `-3`, ... behind its name that is free.
pub(crate) fn free_path(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let end = path.extension().map_or_else(String::new, |end| format!(".{}", end.to_string_lossy()));
    let numbered = |number: u32| path.with_file_name(format!("{stem}-{number}{end}"));
    let mut paths = std::iter::once(path.to_path_buf()).chain((2..=MOST).map(numbered));
    paths.find(|path| !path.exists()).unwrap_or_else(|| path.to_path_buf())
}

/// The template's own text, if it can be part of a name.
fn checked(text: &str) -> Result<&str, String> {
    match text.chars().find(|c| !portable(*c) || *c == '}') {
        Some('/' | '\\') => Err("the template must name a file, not a folder".to_owned()),
        Some(c) => Err(format!("{c:?} is not allowed in file names on every system")),
        None => Ok(text),
    }
}

/// No hidden files, no gaps of missing values, no ends that Windows drops, no names that it keeps, not too long.
fn tidy(stem: &str) -> String {
    let mut tidy = String::new();
    for c in stem.chars() {
        let gap = |c: char| c == '-' || c == '_' || c == ' ';
        if !(gap(c) && tidy.ends_with(gap)) && tidy.len() + c.len_utf8() <= LONGEST {
            tidy.push(c);
        }
    }
    let ends = |c: char| c == '-' || c == '.' || c.is_whitespace();
    let tidy = tidy.trim_matches(ends);
    // `CON.x` is kept too.
    let first = tidy.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let device = first.strip_prefix("COM").or(first.strip_prefix("LPT"));
    let numbered = device.is_some_and(|n| n.chars().count() == 1 && n.chars().all(|c| "0123456789¹²³".contains(c)));
    if numbered || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&first.as_str()) {
        return format!("_{tidy}");
    }
    tidy.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(model: &str) -> NameParts {
        NameParts {
            model: model.to_owned(),
            hash: "0123456789abcdef".to_owned(),
            seed: Some(7),
            number: Some(12),
            step: 3000,
            size: 256,
            date: "2026-05-31".to_owned(),
            time: "23-59-59".to_owned(),
        }
    }

    fn name(template: &str, model: &str) -> Result<String, String> {
        file_name(template, &parts(model), "png").map_err(|e| e.to_string())
    }

    #[test]
    fn placeholders_are_filled_in() {
        let all = name("{model}_{hash} {seed}-{number} {step} {date} {time} {size}px", "tabby").unwrap();
        assert_eq!(all, "tabby_0123456789abcdef 7-00012 3000 2026-05-31 23-59-59 256px.png");
        assert_eq!(name("cat-{seed}-{number}", "x").unwrap(), "cat-7-00012.png");
        assert_eq!(name("Kätzchen {model} 猫", "Mieze").unwrap(), "Kätzchen Mieze 猫.png");
        let nothing = NameParts { seed: None, number: None, ..parts("x") };
        assert_eq!(file_name("cat-{seed}-{number}-{size}", &nothing, "png").unwrap(), "cat-256.png");
        assert_eq!(file_name("cat-{seed}-{number}", &nothing, "png").unwrap(), "cat.png");
    }

    #[test]
    fn templates_that_make_no_name_are_refused() {
        for (template, reason) in [
            ("../../x", "not a folder"),
            ("/etc/x", "not a folder"),
            ("a\\b", "not a folder"),
            ("C:x", "':' is not allowed"),
            ("what?", "'?' is not allowed"),
            ("a\nb", "'\\n' is not allowed"),
            ("cat\u{202e}gnp", "not allowed"),
            ("{cat}", "{cat} is not one of {model}"),
            ("{seed", "has no `}`"),
            ("seed}", "'}' is not allowed"),
            ("", "the name would be empty"),
            ("..", "the name would be empty"),
            (" . ", "the name would be empty"),
        ] {
            let error = name(template, "x").unwrap_err();
            assert!(error.contains(reason) && error.contains("file name"), "{template}: {error}");
        }
    }

    /// A model's name comes from anywhere.
    #[test]
    fn values_cannot_lead_out_of_the_folder() {
        for (model, expected) in [
            ("../../x", "x.png"),
            ("/etc/passwd", "etc-passwd.png"),
            ("C:\\x", "C-x.png"),
            (".hidden", "hidden.png"),
            ("CON", "_CON.png"),
            ("con.txt", "_con.txt.png"),
            ("Lpt1", "_Lpt1.png"),
            ("COM", "COM.png"),
            ("console", "console.png"),
            ("dots...", "dots.png"),
            ("a\u{0}b\u{7f}", "a-b.png"),
            ("{seed}", "{seed}.png"),
        ] {
            assert_eq!(name("{model}", model).unwrap(), expected, "{model:?}");
        }
        for long in ["x".repeat(300), "猫".repeat(300)] {
            let name = name("{model}", &long).unwrap();
            assert!(name.len() <= LONGEST + 4 && name.ends_with(".png"), "{}", name.len());
        }
    }

    #[test]
    fn a_file_that_is_there_gets_a_neighbour() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = dir.path().join("cats.webm");
        assert_eq!(free_path(&wanted), wanted);
        for name in ["cats.webm", "cats-2.webm"] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        assert_eq!(free_path(&wanted), dir.path().join("cats-3.webm"));
    }

    #[test]
    fn the_next_free_number_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new").join("folder");
        let write = |bytes: &[u8]| write_free(&folder, "cat.png", bytes).unwrap();
        assert_eq!(write(b"1"), folder.join("cat.png"));
        assert_eq!(write(b"2"), folder.join("cat-2.png"));
        // A folder takes a name too.
        std::fs::create_dir(folder.join("cat-3.png")).unwrap();
        assert_eq!(write(b"4"), folder.join("cat-4.png"));
        assert_eq!(std::fs::read(folder.join("cat.png")).unwrap(), b"1");
        // A name of the greatest length.
        let long = name("{model}", &"x".repeat(300)).unwrap();
        write_free(&folder, &long, b"").unwrap();
        write_free(&folder, &long, b"").unwrap();
    }

    #[test]
    fn nothing_is_written_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        for name in ["../x.png", "/tmp/x.png", "..", "a/b.png", "", ".", "..\\x.png"] {
            assert!(write_free(&folder, name, b"x").is_err(), "{name}");
        }
        let file = dir.path().join("file");
        std::fs::write(&file, "mine").unwrap();
        let error = write_free(&file, "x.png", b"x").unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing but the file");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_folder_leads_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, outside) = (dir.path().join("folder"), dir.path().join("outside"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&outside, "mine").unwrap();
        std::os::unix::fs::symlink(&outside, folder.join("cat.png")).unwrap();
        assert_eq!(write_free(&folder, "cat.png", b"x").unwrap(), folder.join("cat-2.png"));
        assert_eq!(std::fs::read(&outside).unwrap(), b"mine");
    }
}
