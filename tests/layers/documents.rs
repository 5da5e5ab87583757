//! What the documents name exists: tests, files, modules, types and functions.

use super::{Source, files_below, sources};
use std::fs;
use std::path::Path;

/// What the page for users says is tested is tested: each test that it names is there.
#[test]
fn the_promises_name_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/promises.md")).unwrap();
    let mut code: Vec<Source> = sources();
    code.extend(files_below("tests"));
    let script = |path: &str| root.join(path).is_file();
    assert_eq!(untested(&page, &code, &script), Vec::<String>::new());
    let planted = "| a | b | `no_such_test`, `tests/none.sh` |\n| a | b | nothing |\n| a | `x` | \
     `the_promises_name_tests_that_exist` |";
    assert_eq!(untested(planted, &code, &script).len(), 3, "{:?}", untested(planted, &code, &script));
    assert!(page.lines().filter(|line| line.starts_with("| ")).count() > 15, "a table of promises");
}

/// Names in the last column of a table that are neither a test function nor a file, and rows without any.
fn untested(page: &str, code: &[Source], script: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    // Not the heads of tables and the lines under them.
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.contains("| tested by |")) {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        let names: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            found.push(format!("{row}: names no test"));
        }
        for name in names {
            let function = format!("fn {name}(");
            let is_file = name.contains('/') && script(name);
            if !is_file && !code.iter().any(|file| file.text.contains(&function)) {
                found.push(format!("docs/promises.md: there is no test {name}"));
            }
        }
    }
    found
}

/// The tour of the program, and what else the documents say of its inside, names files, modules and functions that
/// exist.
#[test]
fn the_documents_name_code_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = sources();
    let mut found = Vec::new();
    for page in ["ARCHITECTURE.md", "README.md", "docs/measurements.md", "docs/promises.md", "src/lib.rs"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        found.extend(missing(&text, &code, root).into_iter().map(|name| format!("{page}: there is no {name}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let planted = "`engine/none` `train::none` `train::trainer::Nobody` `Nobody::act` `Trainer::fly` `tests/none.rs`";
    assert_eq!(missing(planted, &code, root).len(), 6, "{:?}", missing(planted, &code, root));
    let good = "`train/trainer` `Trainer::step` `config/mod.rs` `tests/layers.rs` `crate::config` `purrtrait train`";
    assert_eq!(missing(good, &code, root), Vec::<String>::new());
}

/// What stands between backticks, looks like a place in the code and is none.
fn missing(text: &str, code: &[Source], root: &Path) -> Vec<String> {
    let names = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    names.filter(|name| !exists(name, code, root)).map(str::to_owned).collect()
}

fn exists(name: &str, code: &[Source], root: &Path) -> bool {
    let word = |c: char| c == '_' || c.is_alphanumeric();
    let module =
        |path: &str| ["", ".rs", "/mod.rs"].iter().any(|end| root.join("src").join(format!("{path}{end}")).exists());
    let says = |text: String| code.iter().any(|file| file.text.contains(&text));
    let defines = |item: &str| {
        let kinds = ["fn", "struct", "enum", "trait", "const", "static", "type", "mod"];
        // A whole word, as a variant or field too.
        kinds.iter().any(|kind| says(format!("{kind} {item}")))
            || says(format!("    {item},"))
            || says(format!("    {item}("))
    };
    let layers: Vec<&str> = super::LAYERS.to_vec();
    if let Some((first, _)) = name.split_once('/')
        && name.chars().all(|c| word(c) || ['/', '.', '-'].contains(&c))
    {
        // Names of run folders and of other programs are no places in the code.
        let ours =
            layers.contains(&first) || ["src", "tests", "docs", "assets", "packaging", "shaders"].contains(&first);
        return !ours || root.join(name).exists() || module(name);
    }
    let parts: Vec<&str> = name.split("::").collect();
    if parts.len() < 2 || !parts.iter().all(|part| !part.is_empty() && part.chars().all(word)) {
        return true;
    }
    let parts = if parts[0] == "crate" { &parts[1..] } else { &parts[..] };
    let upper = |part: &str| part.starts_with(char::is_uppercase);
    if upper(parts[0]) {
        return parts.iter().all(|part| defines(part));
    }
    // Modules as far as they are files, then names.
    let files = (1..=parts.len()).rev().find(|n| module(&parts[..*n].join("/")));
    !layers.contains(&parts[0]) || files.is_some_and(|n| parts[n..].iter().all(|part| defines(part)))
}
