//! The words of a file that are prose: comments, sentences in strings, names of tests, pages, texts of rules.

/// A word in small letters, or a mark that ends a phrase, and its line.
pub(super) struct Token {
    pub(super) line: usize,
    pub(super) text: String,
}

/// The words and marks of a text that begins in this line.
pub(super) fn words(text: &str, line: usize) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (at, text) in (line..).zip(text.split('\n')) {
        let mut word = String::new();
        for c in text.chars().chain([' ']) {
            if c.is_alphanumeric() || "-_'’".contains(c) {
                word.extend(c.to_lowercase());
                continue;
            }
            if !word.is_empty() {
                tokens.push(Token { line: at, text: std::mem::take(&mut word) });
            }
            // Emphasis does not part a phrase.
            if !c.is_whitespace() && c != '*' {
                tokens.push(Token { line: at, text: c.to_string() });
            }
        }
    }
    tokens
}

/// The words of a page: without blocks of code, and without code in a line.
pub(super) fn markdown(text: &str) -> Vec<Token> {
    let lines = (1..).zip(text.lines());
    paragraphs(lines)
}

/// Prose of lines that belong together; an empty line and a fence end a paragraph.
fn paragraphs<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut in_fence, mut in_code) = (false, false);
    for (line, text) in lines {
        let is_fence = text.trim_start().starts_with("```");
        if is_fence || text.trim().is_empty() {
            in_fence ^= is_fence;
            in_code = false;
            tokens.push(Token { line, text: String::new() });
            continue;
        }
        if in_fence {
            continue;
        }
        for (number, piece) in text.split('`').enumerate() {
            if number > 0 {
                in_code = !in_code;
                tokens.push(Token { line, text: "`".to_owned() });
            }
            if !in_code {
                tokens.extend(words(piece, line));
            }
        }
    }
    tokens
}

/// The words of texts in a rule: those of the keys that are shown.
pub(super) fn toml(text: &str) -> Vec<Token> {
    const SHOWN: [&str; 5] = ["once", "each", "advice", "title", "description"];
    let mut shown = String::new();
    let mut open: Option<&str> = None;
    for line in text.lines() {
        let value = match open {
            Some(_) => Some(line),
            None => line.split_once('=').filter(|(key, _)| SHOWN.contains(&key.trim())).map(|(_, it)| it),
        };
        if let Some(value) = value {
            shown.push_str(&value.replace(['"', '\''], " "));
            for quotes in ["\"\"\"", "'''"] {
                if value.matches(quotes).count() == 1 {
                    open = if open.is_none() { Some(quotes) } else { None };
                }
            }
        }
        shown.push('\n');
    }
    markdown(&shown)
}

/// The words of comments and of tests' names in Rust, and if wanted those of strings that have more than one word.
pub(super) fn rust(text: &str, with_strings: bool) -> Vec<Token> {
    let mut comments = Vec::new();
    let mut tokens = Vec::new();
    let (mut line, mut rest, mut is_test) = (1, text, false);
    while let Some(first) = rest.chars().next() {
        let piece = piece_of(rest);
        match first {
            '/' if piece.starts_with("//") => {
                comments.push((line, piece.trim_start_matches('/').trim_start_matches('!')));
            }
            '/' if piece.starts_with("/*") => comments.extend((line..).zip(piece.lines())),
            '"' | 'r' | 'b' | 'c' if piece.contains('"') => {
                let sentence = piece.split_once('"').map_or("", |(_, after)| after);
                let sentence = sentence.rsplit_once('"').map_or(sentence, |(before, _)| before);
                if with_strings && sentence.contains(' ') {
                    tokens.extend(words(&sentence.replace("\\n", "  "), line));
                    tokens.push(Token { line, text: String::new() });
                }
            }
            '#' if rest.starts_with("#[test]") => is_test = true,
            'f' if is_test && piece == "fn" => {
                let name: String = rest[2..].trim_start().chars().take_while(|c| *c != '(').collect();
                tokens.extend(words(&name.replace('_', " "), line));
                is_test = false;
            }
            _ => {}
        }
        line += piece.matches('\n').count();
        rest = &rest[piece.len()..];
    }
    // Comments of lines that follow each other are one text.
    let mut separated = Vec::new();
    let mut last = 0;
    for (line, text) in comments {
        if line > last + 1 {
            separated.push((line, ""));
        }
        separated.push((line, text));
        last = line;
    }
    tokens.extend(paragraphs(separated.into_iter()));
    tokens
}

/// What the code begins with: a comment, a string, a name, or one character.
fn piece_of(rest: &str) -> &str {
    if rest.starts_with("//") {
        return rest.split('\n').next().unwrap_or(rest);
    }
    if rest.starts_with("/*") {
        return &rest[..rest.find("*/").map_or(rest.len(), |at| at + 2)];
    }
    let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(name);
    let hashes = after.len() - after.trim_start_matches('#').len();
    if ["r", "br", "cr"].contains(&name) && after[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let from = name.len() + hashes + 1;
        return &rest[..rest[from..].find(&end).map_or(rest.len(), |at| from + at + end.len())];
    }
    if ["", "b", "c"].contains(&name) && after.starts_with('"') {
        return &rest[..name.len() + end_of_string(after)];
    }
    if !name.is_empty() {
        return name;
    }
    if let Some(quoted) = rest.strip_prefix('\'') {
        // A character, not a lifetime.
        if let Some(escaped) = quoted.strip_prefix('\\') {
            return &rest[..escaped[1..].find('\'').map_or(rest.len(), |at| at + 4)];
        }
        let c = quoted.chars().next().map_or(0, char::len_utf8);
        if quoted[c..].starts_with('\'') {
            return &rest[..c + 2];
        }
    }
    &rest[..rest.chars().next().map_or(0, char::len_utf8)]
}

/// The length of a string with its quotes.
fn end_of_string(text: &str) -> usize {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
