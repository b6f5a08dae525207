//! The shortest names that are still unambiguous on the page.

use std::collections::HashMap;

use crate::golang::package_and_rest;
use crate::text::escape;

/// Short names of the packages on a page.
pub(super) struct ShortNames<'a> {
    packages: HashMap<&'a str, &'a str>,
}

impl<'a> ShortNames<'a> {
    /// Looks at all functions of the page.
    pub(super) fn new(functions: impl Iterator<Item = &'a str>) -> Self {
        let mut all: Vec<&str> = functions.map(|name| package_and_rest(name).0).collect();
        all.sort_unstable();
        all.dedup();
        let mut packages = HashMap::new();
        for package in &all {
            let mut short = last_elements(package, 1);
            for elements in 2.. {
                let unique = all.iter().filter(|other| ends_with_elements(other, short)).count() == 1;
                if unique || short.len() == package.len() {
                    break;
                }
                short = last_elements(package, elements);
            }
            packages.insert(*package, short);
        }
        ShortNames { packages }
    }

    /// A function as the page writes it: the end of its package's path, and its name.
    pub(super) fn function(&self, name: &str) -> String {
        let (package, rest) = package_and_rest(name);
        let short = self.packages.get(package).copied().unwrap_or(package);
        if short.is_empty() {
            escape(rest).into_owned()
        } else {
            escape(&format!("{short}.{rest}")).into_owned()
        }
    }
}

/// The last `n` elements of a path. A major version alone says nothing, so `/v2` does not count.
fn last_elements(path: &str, n: usize) -> &str {
    let mut left = n;
    let mut end = path.len();
    while left > 0 {
        let Some(at) = path.split_at(end).0.rfind('/') else {
            return path;
        };
        let element = path.split_at(at + 1).1.split('/').next().unwrap_or("");
        let version = element
            .strip_prefix('v')
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
        left -= usize::from(!version);
        end = at;
    }
    path.split_at(end + 1).1
}

fn ends_with_elements(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The name of a file without its folders, and the line.
pub(super) fn short_position(file: &str, line: u32) -> String {
    position(file.rsplit(['/', '\\']).next().unwrap_or(file), line)
}

/// The last folder and the name of a file, and the line: enough to find it in an editor.
pub(super) fn long_position(file: &str, line: u32) -> String {
    let mut at = file.rmatch_indices(['/', '\\']).map(|(at, _)| at + 1);
    let start = at.nth(1).unwrap_or(0);
    position(file.split_at(start).1, line)
}

/// A file and its line; a line of 0 is unknown and left out.
pub(super) fn position(file: &str, line: u32) -> String {
    let file = escape(file);
    if line == 0 { file.into_owned() } else { format!("{file}:{line}") }
}

/// How many cells of a terminal a text takes.
pub(super) fn cells_of(text: &str) -> usize {
    use unicode_width::UnicodeWidthStr;
    // As nearly all texts are: a cell each.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { text.width() }
}

/// Cuts a text in its middle so that it takes `width` cells: a function's end says most.
pub(super) fn cut_middle(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthChar;
    if cells_of(text) <= width {
        return text.to_owned();
    }
    let cells = |c: char| c.width().unwrap_or(0);
    let head_width = width.saturating_sub(1) / 3;
    let mut head = String::new();
    let mut taken = 0;
    for c in text.chars().take_while(|c| {
        taken += cells(*c);
        taken <= head_width
    }) {
        head.push(c);
    }
    let tail_width = width.saturating_sub(1) - cells_of(&head);
    let mut tail: Vec<char> = Vec::new();
    let mut taken = 0;
    for c in text.chars().rev().take_while(|c| {
        taken += cells(*c);
        taken <= tail_width
    }) {
        tail.push(c);
    }
    format!("{head}…{}", tail.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names() {
        let functions = ["a.b/x/http.F", "net/http.(*conn).serve", "a.b/pool/v2.(*P[...]).run", "main.main"];
        let names = ShortNames::new(functions.into_iter());
        let check = |name: &str, expected: &str| assert_eq!(names.function(name), expected, "{name}");
        check("a.b/x/http.F", "x/http.F");
        check("net/http.(*conn).serve", "net/http.(*conn).serve");
        check("a.b/pool/v2.(*P[...]).run", "pool/v2.(*P[...]).run");
        check("main.main", "main.main");
        check("unknown", "unknown");
    }

    #[test]
    fn positions() {
        assert_eq!(short_position("/srv/leaky/heapleak/heapleak.go", 26), "heapleak.go:26");
        assert_eq!(long_position("/srv/leaky/heapleak/heapleak.go", 26), "heapleak/heapleak.go:26");
        assert_eq!(long_position("main.go", 0), "main.go");
        assert_eq!(long_position(r"C:\src\a\x.go", 3), r"a\x.go:3");
    }

    #[test]
    fn cuts() {
        let check = |text: &str, width, expected: &str| assert_eq!(cut_middle(text, width), expected);
        check("short", 10, "short");
        check("chans.(*session).watchForEver", 16, "chans…tchForEver");
        check("écouté.aaaaaaaaaa", 10, "éco…aaaaaa");
    }
}
