//! Source text as tokens, without comments, strings and characters.

/// A word, `::`, or a single other character.
#[derive(Debug, Clone)]
pub struct Token {
    pub line: usize,
    pub text: String,
}

pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_alphanumeric())
}

/// The tokens of a source text without comments, strings and characters.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut i, mut line) = (Vec::new(), 0, 1);
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    while i < chars.len() {
        let begin = i;
        match (at(i), at(i + 1)) {
            ('/', '/') => i += chars[i..].iter().take_while(|c| **c != '\n').count(),
            ('/', '*') => i = end_of_comment(&chars, i),
            ('"', _) => i = end_of_string(&chars, i + 1),
            ('r', '"' | '#') if raw_string(&chars, i).is_some() => i = raw_string(&chars, i).unwrap_or(i + 1),
            // A character has its closing quote after one (escaped) character, a lifetime has none.
            ('\'', '\\') => i += 3 + chars[(i + 3).min(chars.len())..].iter().take_while(|c| **c != '\'').count(),
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (':', ':') => i += 2,
            (c, _) if c == '_' || c.is_alphanumeric() => {
                i += chars[i..].iter().take_while(|c| **c == '_' || c.is_alphanumeric()).count();
            }
            _ => i += 1,
        }
        i = i.min(chars.len()).max(begin + 1);
        let token: String = chars[begin..i].iter().collect();
        let skip = token.starts_with("//") || token.starts_with("/*") || token.contains(['"', '\'']);
        if !skip && !token.trim().is_empty() {
            tokens.push(Token { line, text: token.clone() });
        }
        line += token.matches('\n').count();
    }
    tokens
}

/// Comments in Rust nest.
fn end_of_comment(chars: &[char], mut i: usize) -> usize {
    let mut nesting = 0;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (nesting, i) = (nesting + 1, i + 2),
            ('*', '/') => (nesting, i) = (nesting - 1, i + 2),
            _ => i += 1,
        }
        if nesting == 0 {
            return i;
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], mut i: usize) -> usize {
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// The end of the raw string that begins here, if one does.
fn raw_string(chars: &[char], begin: usize) -> Option<usize> {
    let hashes = chars[begin + 1..].iter().take_while(|c| **c == '#').count();
    let open = begin + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes =
        |i: &usize| chars[*i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    (open + 1..chars.len()).find(closes).map(|i| i + 1 + hashes)
}

/// The tokens without what is compiled for tests alone: each `#[cfg(test)]` with the item that it stands before.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let is = |i: usize, words: &[&str]| {
        words.iter().enumerate().all(|(n, w)| tokens.get(i + n).is_some_and(|t| t.text == *w))
    };
    let (mut kept, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        if !is(i, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        i += 7;
        // To the end of the item: a semicolon or a closing brace outside of all brackets.
        let mut depth = 0;
        while let Some(token) = tokens.get(i) {
            i += 1;
            match token.text.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 && ["}", ";"].contains(&token.text.as_str()) {
                break;
            }
        }
    }
    kept
}

/// The tokens with the paths in inline modules as the file itself would write them: without each `super` that only
/// leads out of such a module.
pub fn without_inline_modules(tokens: &[Token]) -> Vec<Token> {
    let text = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let (mut kept, mut depth, mut modules, mut i) = (Vec::new(), 0, Vec::new(), 0);
    while i < tokens.len() {
        match text(i) {
            "{" => {
                depth += 1;
                modules.extend((i >= 2 && text(i - 2) == "mod").then_some(depth));
            }
            "}" => {
                modules.pop_if(|began| *began == depth);
                depth -= 1;
            }
            "super" if !modules.is_empty() && (i == 0 || text(i - 1) != "::") => {
                let leads_out = |n: &usize| text(i + 2 * n) == "super" && text(i + 2 * n + 1) == "::";
                let supers = (0..modules.len()).take_while(leads_out).count();
                if supers > 0 {
                    i += 2 * supers;
                    if text(i) != "super" {
                        kept.extend(["self", "::"].map(|text| Token { line: tokens[i].line, text: text.to_owned() }));
                    }
                    continue;
                }
            }
            _ => {}
        }
        kept.push(tokens[i].clone());
        i += 1;
    }
    kept
}
