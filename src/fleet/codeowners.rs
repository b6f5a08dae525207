//! A CODEOWNERS file: which owners a file of a repository has.

use regex_lite::Regex;

/// The most lines that are read: GitHub reads 3 MB.
const MAX_LINES: usize = 100_000;

/// A parsed CODEOWNERS file, in the syntax of GitHub and GitLab. A section of GitLab gives its owners to its lines without any.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    rules: Vec<Rule>,
    /// What could not be used, with its line.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: Regex,
    owners: Vec<String>,
}

impl CodeOwners {
    /// Parses the text of a file. A line that cannot be used is a warning, and is left out.
    pub fn parse(text: &str) -> Self {
        let mut parsed = CodeOwners::default();
        let mut section: Vec<String> = Vec::new();
        for (line, number) in text.lines().zip(1usize..) {
            if number > MAX_LINES {
                parsed
                    .warnings
                    .push(format!("line {number} and what follows is not read: more than {MAX_LINES} lines"));
                break;
            }
            let words = words(line);
            let Some((first, owners)) = words.split_first() else { continue };
            if let Some(owners) = section_owners(line) {
                section = owners;
                continue;
            }
            if first.starts_with('!') || first.contains('[') {
                parsed.warnings.push(format!("line {number}: a pattern has no `!` and no `[`"));
                continue;
            }
            let owners = if owners.is_empty() { section.clone() } else { owners.to_vec() };
            match Regex::new(&regex_of(first)) {
                Ok(pattern) => parsed.rules.push(Rule { pattern, owners }),
                Err(_) => parsed.warnings.push(format!("line {number}: the pattern cannot be used")),
            }
        }
        parsed
    }

    /// The owners of a file, by its path in the repository; of several lines that match, the last one counts. `None` if no line matches, or
    /// if that line names nobody.
    pub fn owners_of(&self, path: &str) -> Option<&[String]> {
        let rule = self.rules.iter().rev().find(|rule| rule.pattern.is_match(path))?;
        Some(rule.owners.as_slice()).filter(|owners| !owners.is_empty())
    }
}

/// The words of a line, without its comment. A backslash takes a blank or a `#` into a word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut characters = line.trim_start_matches('\u{feff}').chars();
    while let Some(character) = characters.next() {
        let is_start = words.last().is_some_and(String::is_empty);
        match character {
            '\\' => words.last_mut().into_iter().for_each(|word| word.extend(characters.next())),
            '#' if is_start => break,
            _ if character.is_whitespace() => {
                if !is_start {
                    words.push(String::new());
                }
            }
            _ => words.last_mut().into_iter().for_each(|word| word.push(character)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The owners of the section that a line opens: `[Name] @owner`, `^[Name][2] @owner`; `None` for another line.
fn section_owners(line: &str) -> Option<Vec<String>> {
    let rest = line.trim_start().trim_start_matches('^').strip_prefix('[')?;
    let (_, mut rest) = rest.split_once(']')?;
    if let Some(number) = rest.strip_prefix('[') {
        rest = number.split_once(']')?.1;
    }
    Some(words(rest))
}

/// A pattern as a regular expression over paths without a slash in front. As in Git, one without a slash inside matches at any depth, and a
/// folder matches what is in it; as on GitHub, `docs/*` does not match what is in the folders of `docs`.
fn regex_of(pattern: &str) -> String {
    let is_folder = pattern.ends_with('/');
    let is_anchored = pattern.trim_end_matches('/').contains('/');
    let inner = pattern.trim_matches('/');
    let only_files = !is_folder && inner.ends_with("/*");
    let mut regex = String::from(if is_anchored { "^" } else { "^(?:.*/)?" });
    let mut rest = inner;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            regex.push_str("(?:.*/)?");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("**") {
            regex.push_str(".*");
            rest = after;
        } else {
            match character {
                '*' => regex.push_str("[^/]*"),
                '?' => regex.push_str("[^/]"),
                _ => regex.push_str(&regex_lite::escape(character.encode_utf8(&mut [0; 4]))),
            }
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    regex.push_str(match (is_folder, only_files) {
        (true, _) => "/.*$",
        (false, true) => "$",
        (false, false) => "(?:/.*)?$",
    });
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let check = |pattern: &str, path: &str, expected: bool| {
            let file = CodeOwners::parse(&format!("{pattern} @a"));
            assert_eq!(file.owners_of(path).is_some(), expected, "{pattern} {path}");
        };
        check("*", "a/b.go", true);
        check("*.go", "a/b.go", true);
        check("*.js", "a/b.go", false);
        check("/build/logs/", "build/logs/a/b.go", true);
        check("/build/logs/", "x/build/logs/a.go", false);
        check("docs/*", "docs/a.go", true);
        check("docs/*", "docs/a/b.go", false);
        check("apps/", "x/apps/a.go", true);
        check("/apps/", "x/apps/a.go", false);
        check("/apps", "apps/x/a.go", true);
        check("/apps", "apps2/a.go", false);
        check("**/logs", "a/b/logs/c.go", true);
        check("**/logs", "logs/c.go", true);
        check("/a/**/c.go", "a/c.go", true);
        check("/a/**/c.go", "a/b/b/c.go", true);
        check("internal/pay", "internal/pay/hub.go", true);
        check("internal/pay", "x/internal/pay/hub.go", false);
        check("hub.go", "x/hub.go", true);
        check("h?b.go", "x/hub.go", true);
        check("h.b.go", "x/hub.go", false);
        check("a\\ b.go", "x/a b.go", true);
        check("ü/*.go", "ü/a.go", true);
        check("a+(b|c)$.go", "a+(b|c)$.go", true);
    }

    #[test]
    fn the_last_line_counts() {
        let file = CodeOwners::parse(
            "# all\n* @all\n/pay/ @pay @team # money\n/pay/free.go\n\n[Data][2] @data\n/db/\n/db/x.go @x\n!no @b\na[b] @c\n",
        );
        let of = |path| file.owners_of(path).map(|it| it.join(" ")).unwrap_or_default();
        assert_eq!(of("main.go"), "@all");
        assert_eq!(of("pay/hub.go"), "@pay @team");
        assert_eq!(of("pay/free.go"), "", "a line without owners takes them away");
        assert_eq!((of("db/a.go"), of("db/x.go")), ("@data".to_owned(), "@x".to_owned()));
        assert_eq!(file.warnings.len(), 2, "{:?}", file.warnings);
    }

    #[test]
    fn hostile_files_end() {
        let long = "*".repeat(20_000);
        assert!(CodeOwners::parse(&long).owners_of(&"a".repeat(4000)).is_none());
        assert!(CodeOwners::parse("\\").owners_of("a").is_none());
        assert!(CodeOwners::parse("/ @a").owners_of("a").is_none());
    }
}
