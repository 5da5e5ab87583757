//! Circles between files: which file uses a name of which other file, through re-exports too, and which files so lead
//! back to themselves.

use super::tokens::{Token, is_word, tokens, without_inline_modules, without_tests};
use super::{Source, is_test, sources};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[test]
fn no_files_use_each_other_in_a_circle() {
    let found = circles(&sources());
    assert!(found.is_empty(), "{} circles:\n{}", found.len(), found.join("\n"));
}

/// Planted circles must be found, also through a re-export, an alias, a glob, a macro, an inline module and several
/// files.
#[test]
fn planted_circles_are_found() {
    let planted: [&[(&str, &str)]; 11] = [
        &[
            ("a/b.rs", "use super::c::C; pub struct B;"),
            ("a/c.rs", "use super::b::B; pub struct C;"),
            ("a/mod.rs", "mod b; mod c;"),
        ],
        &[
            ("a/b.rs", "use super::C; pub struct B;"),
            ("a/c.rs", "use crate::a::B; pub struct C;"),
            ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
        ],
        &[("a.rs", "mod b; pub struct A; fn f() { b::go() }"), ("a/b.rs", "use super::A; pub fn go() {}")],
        &[
            ("a.rs", "mod b; pub struct A; use self::b as other; fn f() { println!(\"{}\", other::go()) }"),
            ("a/b.rs", "pub fn go() -> super::A {}"),
        ],
        &[("a/b.rs", "use super::*; pub struct B;"), ("a/mod.rs", "mod b; pub struct A { b: b::B }")],
        &[
            ("b.rs", "use crate::c::{self, C}; pub struct B;"),
            ("c.rs", "use crate::d::D as X; pub struct C;"),
            ("d.rs", "pub struct D(crate::b::B);"),
            ("lib.rs", "mod b; mod c; mod d;"),
        ],
        &[
            ("b.rs", "use super::c::E::*; pub struct B;"),
            ("c.rs", "use crate::b::B; pub enum E { X(B) }"),
            ("lib.rs", "mod b; mod c;"),
        ],
        &[
            ("a/b.rs", "use super::*; pub struct B; fn f(c: C) {}"),
            ("a/c.rs", "use super::b::B; pub struct C;"),
            ("a/mod.rs", "mod b; mod c; pub use c::C;"),
        ],
        &[
            ("b.rs", "mod inside { mod deep { use super::super::super::{c::C}; } } pub struct B;"),
            ("c.rs", "pub struct C(super::b::B);"),
            ("lib.rs", "mod b; mod c;"),
        ],
        &[
            ("a.rs", "mod b; pub use b::B; pub fn help() {} fn f(b: &B) {}"),
            ("a/b.rs", "pub struct B; fn f() { super::help() }"),
        ],
        &[
            ("contests.rs", "use super::c::C; pub struct B;"),
            ("c.rs", "use super::contests::B; pub struct C;"),
            ("lib.rs", "mod contests; mod c;"),
        ],
    ];
    for files in planted {
        assert_eq!(circles(&read(files)).len(), 1, "{files:?}: {:?}", circles(&read(files)));
    }
}

/// Re-exports, declarations of modules, tests and imports that only lead through a module make no circle.
#[test]
fn good_files_have_no_circle() {
    let good: [&[(&str, &str)]; 3] = [
        &[
            ("a/b.rs", "use super::c; pub struct B; fn f() { c::go(); }"),
            ("a/c.rs", "pub fn go() {}"),
            ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::go;"),
        ],
        &[
            ("a/b.rs", "pub struct B; #[cfg(test)] mod tests { use super::super::c::C; }"),
            ("a/c.rs", "use super::B; pub struct C;"),
            ("a/mod.rs", "mod b; mod c; pub use b::*;"),
        ],
        &[
            ("a.rs", "mod b; pub use b::B; #[cfg(test)] mod tests; fn f(b: B) {}"),
            ("a/b.rs", "pub struct B;"),
            ("a/tests.rs", "use super::*;"),
        ],
    ];
    for files in good {
        assert_eq!(circles(&read(files)), Vec::<String>::new(), "{files:?}");
    }
}

fn read(files: &[(&str, &str)]) -> Vec<Source> {
    files.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}

type Path = Vec<String>;

/// A file, which is a module, and what its names lead to.
struct Module {
    file: String,
    tokens: Vec<Token>,
    /// Names that are imported or re-exported, and where they come from.
    imports: HashMap<String, Path>,
    /// Modules of which everything is imported.
    globs: Vec<Path>,
    /// Names of its own types, functions, constants and macros.
    items: HashSet<String>,
}

/// Of each file the other files that it uses, each with one of the names.
pub type Ties = BTreeMap<String, BTreeMap<String, String>>;

/// The ties between files, without those of their tests.
pub fn ties_between(files: &[Source]) -> Ties {
    let mut modules: BTreeMap<Path, Module> = BTreeMap::new();
    for source in files.iter().filter(|f| !is_test(&f.path)) {
        let tokens = without_inline_modules(&without_tests(&tokens(&source.text)));
        let items = items(&tokens);
        let module = Module { file: source.path.clone(), tokens, items, imports: HashMap::new(), globs: Vec::new() };
        modules.insert(path_of(&source.path), module);
    }
    let names: BTreeSet<Path> = modules.keys().cloned().collect();
    for (own, module) in &mut modules {
        for (path, name) in uses(&module.tokens) {
            let Some(path) = absolute(own, &path, &names) else { continue };
            match name {
                Some(name) => drop(module.imports.insert(name, path)),
                None => module.globs.push(path),
            }
        }
    }
    modules.iter().map(|(own, module)| (module.file.clone(), ties(own, module, &modules, &names))).collect()
}

/// Each circle as a line for a person: its files, and which name ties which two.
fn circles(files: &[Source]) -> Vec<String> {
    let ties = ties_between(files);
    let reach: BTreeMap<&str, BTreeSet<&str>> = ties.keys().map(|file| (file.as_str(), reached(file, &ties))).collect();
    let mut found = Vec::new();
    let mut told = HashSet::new();
    for (file, others) in &reach {
        let circle: Vec<&str> = others.iter().copied().filter(|o| reach[o].contains(file)).collect();
        if circle.is_empty() || !told.insert(circle.clone()) {
            continue;
        }
        let inside =
            |from: &&str| ties[*from].iter().filter(|(to, _)| circle.contains(&to.as_str())).collect::<Vec<_>>();
        let lines = circle
            .iter()
            .flat_map(|from| inside(from).into_iter().map(move |(to, name)| format!("  {from} -> {to}: {name}")));
        found.push(format!("{}\n{}", circle.join(", "), lines.collect::<Vec<_>>().join("\n")));
    }
    found
}

/// Every file that the names of a file lead to, and on from there; itself only where they lead back.
fn reached<'a>(file: &str, ties: &'a Ties) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![file]);
    while let Some(file) = open.pop() {
        for other in ties[file].keys() {
            if found.insert(other.as_str()) {
                open.push(other);
            }
        }
    }
    found
}

/// The other files that a file uses, each with one of the names.
fn ties(
    own: &Path,
    module: &Module,
    modules: &BTreeMap<Path, Module>,
    names: &BTreeSet<Path>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut tie = |path: &Path| {
        if let Some(file) = defined_in(path, modules, 0).filter(|file| *file != module.file) {
            found.entry(file).or_insert_with(|| path.join("::"));
        }
    };
    // What a file only hands on (`pub use`) does not tie it: who asks it for the name is tied to the name's own file.
    // It is tied to what it uses itself.
    let words = words(&module.tokens);
    module.imports.iter().filter(|(name, _)| words.contains(name.as_str())).for_each(|(_, path)| tie(path));
    for (path, name) in private_uses(&module.tokens) {
        let Some(path) = absolute(own, &path, names) else { continue };
        match modules.get(&path).filter(|_| name.is_none()) {
            None => tie(&path),
            // A glob may use everything that the module has.
            Some(all) => all.imports.keys().map(String::as_str).chain(["*"]).for_each(|name| {
                tie(&[path.clone(), vec![name.to_owned()]].concat());
            }),
        }
    }
    for path in inline_paths(&module.tokens) {
        if let Some(path) = absolute(own, &path, names) {
            tie(&path);
        } else if let Some(import) = module.imports.get(&path[0]) {
            tie(&[import.clone(), path[1..].to_vec()].concat());
        }
    }
    found
}

/// The file in which a path's name is defined; none where it names a module itself or something outside.
fn defined_in(path: &Path, modules: &BTreeMap<Path, Module>, nesting: usize) -> Option<String> {
    let depth = (0..path.len()).rev().find(|n| modules.contains_key(&path[..*n]))?;
    if modules.contains_key(path) || nesting > 8 {
        return None;
    }
    let (module, name) = (&modules[&path[..depth]], &path[depth]);
    if name == "*" || module.items.contains(name) {
        return Some(module.file.clone());
    }
    if let Some(import) = module.imports.get(name) {
        return defined_in(&[import.clone(), path[depth + 1..].to_vec()].concat(), modules, nesting + 1);
    }
    let through = |glob: &Path| defined_in(&[glob.clone(), path[depth..].to_vec()].concat(), modules, nesting + 1);
    module.globs.iter().find_map(through)
}

/// The path from the crate's root; none for other crates.
fn absolute(own: &[String], path: &[String], names: &BTreeSet<Path>) -> Option<Path> {
    let (mut base, mut rest) = (own.to_vec(), path);
    match rest.first()?.as_str() {
        "crate" => (base, rest) = (Vec::new(), &rest[1..]),
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|s| s == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child => {
            let inside = [own, &[child.to_owned()]].concat();
            if !names.contains(&inside) {
                return None;
            }
        }
    }
    Some([base, rest.to_vec()].concat())
}

fn path_of(file: &str) -> Path {
    let parts = file.trim_end_matches(".rs").split('/').map(str::to_owned);
    parts.filter(|part| !["mod", "lib", "main"].contains(&part.as_str())).collect()
}

/// Names that a file defines itself.
fn items(tokens: &[Token]) -> HashSet<String> {
    const KINDS: [&str; 8] = ["fn", "struct", "enum", "trait", "const", "static", "type", "union"];
    let named = tokens.windows(2).filter(|w| KINDS.contains(&w[0].text.as_str()) && is_word(&w[1].text));
    let macros = tokens.windows(3).filter(|w| w[0].text == "macro_rules" && w[1].text == "!");
    named.map(|w| w[1].text.clone()).chain(macros.map(|w| w[2].text.clone())).collect()
}

/// Every `use`: the path and the name it has here, or no name for a glob.
fn uses(tokens: &[Token]) -> Vec<(Path, Option<String>)> {
    let mut found = Vec::new();
    for i in (0..tokens.len()).filter(|i| tokens[*i].text == "use") {
        tree(tokens, i + 1, &Vec::new(), &mut found);
    }
    found
}

/// As [`uses`], without re-exports.
fn private_uses(tokens: &[Token]) -> Vec<(Path, Option<String>)> {
    let mut found = Vec::new();
    for i in (0..tokens.len()).filter(|i| tokens[*i].text == "use") {
        // `pub use`, `pub(crate) use`
        let before = i.checked_sub(1).map_or("", |n| tokens[n].text.as_str());
        let opens = i >= 4 && before == ")" && tokens[..i].iter().rev().take(8).any(|t| t.text == "pub");
        if before != "pub" && !opens {
            tree(tokens, i + 1, &Vec::new(), &mut found);
        }
    }
    found
}

/// One entry of a `use`, whose path so far is `prefix`; returns where it ends.
fn tree(tokens: &[Token], mut i: usize, prefix: &Path, found: &mut Vec<(Path, Option<String>)>) -> usize {
    let mut path = prefix.clone();
    let text = |i: usize| tokens.get(i).map_or(";", |t| t.text.as_str());
    loop {
        match text(i) {
            "{" => {
                i += 1;
                while text(i) != "}" && text(i) != ";" {
                    i = tree(tokens, i, &path, found);
                    i += usize::from(text(i) == ",");
                }
                return i + 1;
            }
            "*" => {
                found.push((path, None));
                return i + 1;
            }
            "::" => i += 1,
            word if is_word(word) => {
                // `a::{self}` names `a`.
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                i += 1;
                if text(i) != "::" {
                    let alias = (text(i) == "as").then(|| text(i + 1).to_owned());
                    i += 2 * usize::from(alias.is_some());
                    let name = alias.or_else(|| path.last().cloned());
                    found.push((path, name));
                    return i;
                }
            }
            _ => return i,
        }
    }
}

/// Words outside of `use` that are no further part of a path and no field or method.
fn words(tokens: &[Token]) -> HashSet<&str> {
    let (mut found, mut i) = (HashSet::new(), 0);
    while i < tokens.len() {
        if tokens[i].text == "use" {
            i += tokens[i..].iter().take_while(|t| t.text != ";").count();
        } else {
            let before = i.checked_sub(1).map_or("", |n| tokens[n].text.as_str());
            found.extend(Some(tokens[i].text.as_str()).filter(|word| is_word(word) && ![".", "::"].contains(&before)));
            i += 1;
        }
    }
    found
}

/// Paths of two words and more outside of `use`.
fn inline_paths(tokens: &[Token]) -> Vec<Path> {
    let (mut found, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        if tokens[i].text == "use" {
            i += tokens[i..].iter().take_while(|t| t.text != ";").count();
        }
        let mut path: Path = Vec::new();
        while tokens.get(i).is_some_and(|t| is_word(&t.text)) {
            path.push(tokens[i].text.clone());
            i += 1;
            if tokens.get(i).is_none_or(|t| t.text != "::") {
                break;
            }
            i += 1;
        }
        if path.len() > 1 {
            found.push(path);
        } else if path.is_empty() {
            i += 1;
        }
    }
    found
}
