//! The shortest names and positions that are still unambiguous on the page.

use std::collections::HashMap;

use crate::golang::Owner;
use crate::golang::owner;
use crate::golang::package_and_rest;
use crate::render::goleak::is_version;
use crate::report::FrameLine;
use crate::report::MainModule;
use crate::sort;
use crate::text::word;

/// Short names of the packages on a page.
pub(super) struct ShortNames<'a> {
    packages: HashMap<&'a str, &'a str>,
    main_module: &'a MainModule,
}

impl<'a> ShortNames<'a> {
    /// Looks at all functions of the page.
    pub(super) fn new(functions: impl Iterator<Item = &'a str>, main_module: &'a MainModule) -> Self {
        let mut all: Vec<&str> = functions.map(|name| package_and_rest(name).0).collect();
        all.sort_unstable();
        all.dedup();
        let mut packages = HashMap::new();
        for package in &all {
            let short = match owner(&format!("{package}.f"), "") {
                Owner::Runtime | Owner::Standard => package,
                Owner::Dependency | Owner::User => {
                    let mut candidates = (1..).map(|elements| last_elements(package, elements));
                    let is_unique =
                        |short: &str| all.iter().filter(|it| ends_with_elements(it, short)).count() == 1;
                    let found = candidates.find(|it| it.len() == package.len() || is_unique(it));
                    found.unwrap_or(package)
                }
            };
            packages.insert(*package, short);
        }
        ShortNames { packages, main_module }
    }

    /// A function as the page writes it: the end of its package's path, and its name. Packages of the standard library keep
    /// their paths.
    pub(super) fn function(&self, name: &str) -> String {
        let (package, rest) = package_and_rest(name);
        let short = self.package(package);
        let dot = if short.is_empty() { "" } else { "." };
        word(&format!("{short}{dot}{rest}")).into_owned()
    }

    /// A function's name, and what it is cut to where columns are narrow: without its package's path, and without its
    /// package.
    pub(super) fn function_variants(&self, name: &str) -> Vec<String> {
        let (package, rest) = package_and_rest(name);
        let mut variants = vec![self.function(name)];
        if !package.is_empty() {
            let last = last_elements(package, 1);
            variants.push(word(&format!("{last}.{rest}")).into_owned());
            variants.push(word(rest).into_owned());
        }
        variants.dedup();
        variants
    }

    /// A text in which the page's functions have their short names.
    pub(super) fn shorten(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut packages: Vec<_> =
            self.packages.iter().filter(|(path, short)| path.len() > short.len()).collect();
        sort::by_key(&mut packages, |(path, _)| std::cmp::Reverse(path.len()));
        for (path, short) in packages {
            text = text.replace(&format!(" {path}."), &format!(" {short}."));
        }
        text
    }

    /// Where a frame is: relative to the main module, or below the name of its library. Empty if its file is unknown.
    pub(super) fn position(&self, frame: &FrameLine) -> String {
        if frame.file.is_empty() {
            return String::new();
        }
        let name = frame.file.rsplit(['/', '\\']).next().unwrap_or(&frame.file);
        let package = package_and_rest(&frame.function).0;
        let in_package = || match self.package(package) {
            "" | "main" => last_folder(&frame.file).to_owned(),
            short => format!("{short}/{name}"),
        };
        let file = match owner(&frame.function, &frame.file) {
            Owner::User => self.main_module.relative(&frame.function, &frame.file).unwrap_or_else(in_package),
            Owner::Dependency | Owner::Standard | Owner::Runtime => in_package(),
        };
        position(&file, frame.line)
    }

    /// The position of a frame, or its function where that is unknown.
    pub(super) fn place(&self, frame: &FrameLine) -> String {
        let position = self.position(frame);
        if position.is_empty() { self.function(&frame.function) } else { position }
    }

    /// Whether a frame is in the reader's own code.
    pub(super) fn is_own(&self, frame: &FrameLine) -> bool {
        owner(&frame.function, &frame.file) == Owner::User
    }

    /// A position, and what it is cut to: its folders go from the left.
    pub(super) fn position_variants(&self, frame: &FrameLine) -> Vec<String> {
        let whole = self.position(frame);
        let cuts = whole.match_indices('/').map(|(at, _)| whole.split_at(at + 1).1.to_owned());
        [whole.clone()].into_iter().chain(cuts).collect()
    }

    fn package<'p>(&'p self, package: &'p str) -> &'p str {
        self.packages.get(package).copied().unwrap_or(package)
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
        left -= usize::from(!is_version(element));
        end = at;
    }
    path.split_at(end + 1).1
}

fn ends_with_elements(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The last folder and the name of a file.
fn last_folder(file: &str) -> &str {
    let mut at = file.rmatch_indices(['/', '\\']).map(|(at, _)| at + 1);
    let start = at.nth(1).unwrap_or(0);
    file.split_at(start).1
}

/// A file and its line; a line of 0 is unknown and left out.
pub(super) fn position(file: &str, line: u32) -> String {
    let file = word(file);
    if line == 0 { file.into_owned() } else { format!("{file}:{line}") }
}

/// How many cells of a terminal a text takes.
pub(super) fn cells_of(text: &str) -> usize {
    use unicode_width::UnicodeWidthStr;
    // As nearly all texts are: a cell each.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { text.width() }
}

/// Cuts the end of a text so that it takes at most `width` cells.
pub(super) fn cut_end(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthChar;
    if cells_of(text) <= width {
        return text.to_owned();
    }
    let mut taken = 1;
    let head = text.chars().take_while(|c| {
        taken += c.width().unwrap_or(0);
        taken <= width
    });
    format!("{}…", head.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names() {
        let functions = ["a.b/x/http.F", "net/http.(*conn).serve", "a.b/pool/v2.(*P[...]).run", "main.main"];
        let module = MainModule::default();
        let names = ShortNames::new(functions.into_iter(), &module);
        let check = |name: &str, expected: &str| assert_eq!(names.function(name), expected, "{name}");
        check("a.b/x/http.F", "x/http.F");
        check("net/http.(*conn).serve", "net/http.(*conn).serve");
        check("a.b/pool/v2.(*P[...]).run", "pool/v2.(*P[...]).run");
        check("main.main", "main.main");
        check("unknown", "unknown");
        assert_eq!(names.function_variants("a.b/x/http.F"), ["x/http.F", "http.F", "F"]);
        assert_eq!(names.function_variants("unknown"), ["unknown"]);
        assert_eq!(names.shorten("3 goroutines in a.b/x/http.F wait"), "3 goroutines in x/http.F wait");
    }

    #[test]
    fn positions() {
        let frames = [
            ("main.main", "/srv/shop/cmd/shopd/main.go", "cmd/shopd/main.go:7"),
            ("a.b/shop/internal/api.F", "/srv/shop/internal/api/api.go", "internal/api/api.go:7"),
            (
                "github.com/robfig/cron/v3.F",
                "/go/pkg/mod/github.com/robfig/cron/v3@v3.0.1/cron.go",
                "cron/v3/cron.go:7",
            ),
            ("net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", "net/http/server.go:7"),
            ("x", "<autogenerated>", "<autogenerated>:7"),
        ];
        let module =
            MainModule::infer(None, frames.iter().take(2).map(|(function, file, _)| (*function, *file)));
        let names = ShortNames::new(frames.iter().map(|(function, ..)| *function), &module);
        for (function, file, expected) in frames {
            let frame = FrameLine { function: function.to_owned(), file: file.to_owned(), line: 7 };
            assert_eq!(names.position(&frame), expected);
        }
        let (function, file) = (frames[1].0.to_owned(), frames[1].1.to_owned());
        let variants = names.position_variants(&FrameLine { function, file, line: 7 });
        assert_eq!(variants, ["internal/api/api.go:7", "api/api.go:7", "api.go:7"]);
    }

    #[test]
    fn cuts() {
        let check = |text: &str, width, expected: &str| assert_eq!(cut_end(text, width), expected);
        check("short", 10, "short");
        check("chans.(*session).watchForEver", 16, "chans.(*session…");
        check("écouté.aaaaaaaaaa", 10, "écouté.aa…");
    }
}
