//! The structure of the program, checked in its sources: layers, circles between files, where tensors and colours may
//! appear, where files are opened, file sizes, the order of the engine's rooms; and that the documents name what
//! exists.
//!
//! The order of the `pub mod` lines in `src/lib.rs` is the law: a module uses only modules above it.

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/documents.rs"]
mod documents;
#[path = "layers/rooms.rs"]
mod rooms;
#[path = "layers/tokens.rs"]
mod tokens;

use std::fs;
use std::path::Path;
use tokens::{Token, is_word, tokens};

/// The layers as the documentation states them.
const LAYERS: [&str; 17] = [
    "printable",
    "files",
    "interrupt",
    "config",
    "pixels",
    "compute",
    "finder",
    "data",
    "model",
    "latent",
    "metrics",
    "train",
    "formats",
    "sharpen",
    "engine",
    "cli",
    "ui",
];
/// Where files are opened, read or written without `src/files`, and why that is right.
const OPENS_FILES: [(&str, &str); 4] = [
    ("data/demo/icon.rs", "compiled for tests alone"),
    ("data/samples.rs", "compiled for tests alone"),
    ("train/checkpoint.rs", "the library writes the weights into a folder that was just made"),
    ("ui/fonts.rs", "maps the fonts of the system"),
];
/// A file beyond this no longer fits in the head.
const MAX_LINES: usize = 450;
/// As in rustfmt.toml.
const MAX_WIDTH: usize = 120;

/// A source file below `src`, with `/` between the folders.
struct Source {
    path: String,
    text: String,
}

#[test]
fn the_sources_keep_the_rules() {
    let files = sources();
    let lib = files.iter().find(|f| f.path == "lib.rs").expect("src/lib.rs");
    let layers = layers(&lib.text);
    // A later layer may still be missing, a module that the documentation does not name may not be there.
    let expected: Vec<&str> = LAYERS.into_iter().filter(|l| layers.iter().any(|m| m == l)).collect();
    assert_eq!(layers, expected, "the order of `pub mod` lines in src/lib.rs");
    let broken: Vec<String> = files.iter().flat_map(|file| violations(file, &layers)).collect();
    assert!(broken.is_empty(), "{} rules broken:\n{}", broken.len(), broken.join("\n"));
}

/// Each planted fault must be found, or the test above proves nothing.
#[test]
fn the_scanner_finds_planted_faults() {
    let layers: Vec<String> = LAYERS.iter().map(|&l| l.to_owned()).collect();
    let long = "\n".repeat(MAX_LINES + 1);
    let wide = format!("// {}", "é".repeat(MAX_WIDTH));
    let faults = [
        ("config/run.rs", "use crate::data::Dataset;", "data"),
        ("config/mod.rs", "fn f() { super::train::go() }", "train"),
        ("config/run.rs", "use super::super::engine::Event;", "engine"),
        ("model/a/b.rs", "mod inner { mod tests { use super::super::super::super::super::train; } }", "train"),
        ("data/scan.rs", "use crate::{config::X, engine::{Event, Level}};", "engine"),
        ("data/scan.rs", "use crate::{\n    self as purr,\n    cli,\n};", "cli"),
        ("cli/args.rs", "use crate::ui::App;", "ui"),
        ("ui/app.rs", "let x = crate::cli::parse();", "cli"),
        ("ui/app.rs", "use crate::data::Dataset;", "data"),
        ("ui/app.rs", "use burn::tensor::Tensor;", "burn"),
        ("config/run.rs", "fn f(t: burn::Tensor) {}", "burn"),
        ("cli/args.rs", "use ::burn as tensors;", "burn"),
        ("ui/app.rs", "let red = egui::Color32::from_rgb(255, 0, 0);", "colour"),
        ("data/scan.rs", "fn f() { let text = \"a // b\"; crate::engine::start() }", "engine"),
        ("data/scan.rs", "fn f() { let quote = '\"'; crate::engine::start() }", "engine"),
        ("data/scan.rs", "fn f<'a>(x: &'a str) { crate::engine::start() }", "engine"),
        ("data/scan.rs", &long, "lines"),
        ("data/scan.rs", &wide, "columns"),
        ("data/scan.rs", "fn f() { let text = std::fs::read_to_string(path); }", "src/files"),
        ("engine/models.rs", "use std::fs; fn f() { fs::write(path, b\"x\") }", "src/files"),
        ("engine/models.rs", "fn f() { File::open(path) }", "src/files"),
        ("engine/models.rs", "fn f() { OpenOptions::new().append(true).open(path) }", "src/files"),
        ("train/run_dir.rs", "fn f() { image::image_dimensions(path) }", "src/files"),
        ("train/run_dir.rs", "#[cfg(test)]\nmod tests { fn f() {} }\nfn g() { File::create(path) }", "src/files"),
    ];
    for (path, text, word) in faults {
        let file = Source { path: path.to_owned(), text: text.to_owned() };
        let found = violations(&file, &layers);
        assert_eq!(found.len(), 1, "{path}: {text}: {found:?}");
        assert!(found[0].contains(word), "{path}: {text}: {found:?}");
    }
}

/// What is allowed must stay allowed, or people will learn to ignore the test.
#[test]
fn the_scanner_lets_good_code_pass() {
    let layers: Vec<String> = LAYERS.iter().map(|&l| l.to_owned()).collect();
    let good = [
        ("train/step.rs", "use crate::model::Generator; use burn::tensor::Tensor; use super::loss;"),
        ("config/run.rs", "use super::data::DataConfig; use super::model::ModelConfig;"),
        ("config/run.rs", "mod tests { use super::super::data::DataConfig; }"),
        (
            "config/run.rs",
            "// crate::engine\n/* burn:: /* nested */ crate::ui */ const X: &str = \"crate::ui \\\" burn::\";",
        ),
        ("config/run.rs", "const X: &str = r#\"crate::ui \" burn::\"#; /// crate::engine::Event\nfn f() {}"),
        ("ui/theme.rs", "const ACCENT: Color32 = Color32::from_rgb(1, 2, 3);"),
        ("ui/app.rs", "use crate::engine::Event; use crate::pixels::Frame; use crate::config::RunConfig;"),
        ("main.rs", "use purrtrait::cli; use purrtrait::ui;"),
        ("data/scan.rs", "use crate::{config::{self, data}, pixels};"),
        ("files/open.rs", "fn f() { File::open(path); fs::read(path) }"),
        ("train/run_dir.rs", "#[cfg(test)]\nmod tests { fn f() { if a { b } std::fs::write(path, text) } }"),
        ("train/run_dir/tests.rs", "fn f() { fs::read(path) }"),
        (
            "train/run_dir.rs",
            "fn f(file: File) { fs::rename(a, b); files::read(path, Links::Refuse, 1); read(tensors) }",
        ),
    ];
    for (path, text) in good {
        let file = Source { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(violations(&file, &layers), Vec::<String>::new(), "{path}: {text}");
    }
}

/// Every Rust file below `src`.
fn sources() -> Vec<Source> {
    let files = files_below("src");
    assert!(files.len() > 50, "only {} files below src", files.len());
    files
}

/// Every Rust file below a folder of the repository.
fn files_below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let below = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(Source { path: below, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    files
}

/// The top-level modules in the order of their `pub mod` lines.
fn layers(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    let names = tokens.windows(3).filter(|w| w[0].text == "pub" && w[1].text == "mod");
    names.map(|w| w[2].text.clone()).collect()
}

/// The rules that a file breaks, each as one line for a person.
fn violations(file: &Source, layers: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut broken = |line: usize, rule: String| found.push(format!("src/{}:{line}: {rule}", file.path));
    let tokens = tokens(&file.text);
    let own = file.path.split('/').next().unwrap_or_default();
    for (line, used) in used_layers(&file.path, &tokens, layers) {
        if !layers.iter().any(|l| l == own) || used == own {
            continue;
        }
        if let Some(rule) = forbidden(own, &used, layers) {
            broken(line, rule);
        }
    }
    for (i, token) in tokens.iter().enumerate() {
        let next = |n: usize| tokens.get(i + n).map_or("", |t| t.text.as_str());
        let after_path =
            i > 0 && tokens[i - 1].text == "::" && i > 1 && is_word(&tokens[i - 2].text) && tokens[i - 2].text != "use";
        let names_crate = next(1) == "::" || (i > 0 && ["use", "::"].contains(&tokens[i - 1].text.as_str()));
        if token.text == "burn" && names_crate && !after_path && !may_use_tensors(own, layers) {
            broken(token.line, "burn belongs into compute .. engine".to_owned());
        }
        if token.text == "Color32" && next(1) == "::" && next(2).starts_with("from_") && file.path != "ui/theme.rs" {
            broken(token.line, "a colour outside ui/theme.rs".to_owned());
        }
    }
    for line in opened_files(&file.path, &tokens) {
        broken(line, "a file is opened, read or written without src/files: strangers' files have no limits".to_owned());
    }
    for (i, line) in file.text.lines().enumerate().filter(|(_, line)| line.chars().count() > MAX_WIDTH) {
        broken(
            i + 1,
            format!("{} columns, more than {MAX_WIDTH}: rustfmt leaves comments and strings to us", line.len()),
        );
    }
    let lines = file.text.lines().count();
    if lines > MAX_LINES {
        broken(lines, format!("{lines} lines, more than {MAX_LINES}: split it"));
    }
    found
}

/// Why `own` may not use `used`, if it may not.
fn forbidden(own: &str, used: &str, layers: &[String]) -> Option<String> {
    let place = |name: &str| layers.iter().position(|l| l == name);
    if own == "ui" && !["printable", "interrupt", "config", "pixels", "engine"].contains(&used) {
        return Some(format!("ui uses {used}; it may use printable, interrupt, config, pixels and engine"));
    }
    if own == "cli" && used == "ui" {
        return Some("cli uses ui; they must not know each other".to_owned());
    }
    (place(used) > place(own)).then(|| format!("{own} uses {used}, which lies above it"))
}

/// Whether a file is compiled for tests alone, as its name says.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// Lines that open, read or write a file in another way than through `src/files`; tests may.
fn opened_files(path: &str, tokens: &[Token]) -> Vec<usize> {
    if path.starts_with("files/") || is_test(path) || OPENS_FILES.iter().any(|(file, _)| *file == path) {
        return Vec::new();
    }
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let is = |i: usize, words: &[&str]| words.iter().enumerate().all(|(n, word)| text(i + n) == *word);
    let (mut lines, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        if is(i, &["#", "[", "cfg", "(", "test", ")", "]", "mod"]) && text(i + 9) == "{" {
            // To the brace that closes the module.
            let mut depth = 0;
            for (at, token) in tokens.iter().enumerate().skip(i + 9) {
                depth += i32::from(token.text == "{") - i32::from(token.text == "}");
                i = at;
                if depth == 0 {
                    break;
                }
            }
        }
        let call = |owner: &str, names: &[&str]| is(i, &[owner, "::"]) && names.contains(&text(i + 2));
        if call("File", &["open", "create", "create_new", "options"])
            || call("fs", &["read", "read_to_string", "write", "copy"])
            || call("OpenOptions", &["new"])
            || call("image", &["open", "image_dimensions"])
            || call("ImageReader", &["open"])
            || text(i) == "serialize_to_file"
        {
            lines.push(tokens[i].line);
        }
        i += 1;
    }
    lines
}

fn may_use_tensors(own: &str, layers: &[String]) -> bool {
    let place = |name: &str| layers.iter().position(|l| l == name);
    place(own).is_some_and(|p| Some(p) >= place("compute") && Some(p) <= place("engine"))
}

/// `(line, layer)` for each path in the file that leads into a top-level module.
fn used_layers(path: &str, tokens: &[Token], layers: &[String]) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    // How many `super` lead from the file's own module to the root of the crate.
    let mut depth = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").count();
    if ["lib.rs", "main.rs"].contains(&path) {
        depth = 0;
    }
    // Depth of braces at which each inline module began.
    let (mut braces, mut inline_modules) = (0usize, Vec::new());
    let mut i = 0;
    while i < tokens.len() {
        match tokens[i].text.as_str() {
            "{" => {
                braces += 1;
                if i >= 2 && tokens[i - 2].text == "mod" {
                    inline_modules.push(braces);
                }
            }
            "}" => {
                if inline_modules.last() == Some(&braces) {
                    inline_modules.pop();
                }
                braces = braces.saturating_sub(1);
            }
            "crate" => {
                i += 1;
                heads(tokens, i, layers, &mut used);
                continue;
            }
            "super" => {
                let mut supers = 1;
                while tokens.get(i + 1).is_some_and(|t| t.text == "::")
                    && tokens.get(i + 2).is_some_and(|t| t.text == "super")
                {
                    supers += 1;
                    i += 2;
                }
                i += 1;
                if supers >= depth + inline_modules.len() {
                    heads(tokens, i, layers, &mut used);
                }
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    used
}

/// The layers named right after a path that stands at the crate's root: `::x` or `::{x, y::{..}}`.
fn heads(tokens: &[Token], at: usize, layers: &[String], used: &mut Vec<(usize, String)>) {
    let mut note = |token: &Token| {
        if layers.contains(&token.text) {
            used.push((token.line, token.text.clone()));
        }
    };
    if tokens.get(at).is_none_or(|t| t.text != "::") {
        return;
    }
    match tokens.get(at + 1) {
        Some(token) if token.text == "{" => {
            let mut nesting = 0;
            for (i, token) in tokens.iter().enumerate().skip(at + 1) {
                match token.text.as_str() {
                    "{" => nesting += 1,
                    "}" if nesting == 1 => break,
                    "}" => nesting -= 1,
                    // Only what begins an entry of the outer list.
                    _ if nesting == 1 && ["{", ","].contains(&tokens[i - 1].text.as_str()) => note(token),
                    _ => {}
                }
            }
        }
        Some(token) => note(token),
        None => {}
    }
}
