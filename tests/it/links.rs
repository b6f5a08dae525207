//! Pages for people: every relative link and anchor resolves, the book lists every page, and short pages stay short.
//!
//! It needs nothing but the files, so that the links are checked where mdBook is not installed.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// README.md is for someone who has a minute.
const README_MAX_BYTES: usize = 8192;

/// ARCHITECTURE.md fits on two screens.
const ARCHITECTURE_MAX_LINES: usize = 120;

const PAGES: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "testdata/README.md",
    "src/rules/README.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown files of the book, with SUMMARY.md, in the order of their names.
fn book() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("docs")).expect("there is a folder docs");
    let mut pages: Vec<PathBuf> = folder.map(|entry| entry.expect("it can be listed").path()).collect();
    pages.retain(|path| path.extension().is_some_and(|it| it == "md"));
    pages.sort();
    pages
}

fn pages() -> Vec<PathBuf> {
    PAGES.iter().map(|path| root().join(path)).chain(book()).collect()
}

/// The lines outside of fenced blocks.
fn prose(markdown: &str) -> Vec<&str> {
    let mut fenced = false;
    let is_prose = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    };
    markdown.lines().filter(is_prose).collect()
}

/// The targets of inline links, without those inside code spans.
fn links(markdown: &str) -> Vec<String> {
    let prose = prose(markdown).join("\n");
    let in_code = |at: usize| {
        let line = prose[..at].rfind('\n').map_or(0, |end| end + 1);
        prose[line..at].matches('`').count() % 2 == 1
    };
    let starts = prose.match_indices("](").filter(|(at, _)| !in_code(*at));
    starts.filter_map(|(at, mark)| prose[at + mark.len()..].split(')').next()).map(str::to_owned).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(markdown: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for line in prose(markdown).into_iter().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let same = anchors.iter().filter(|it| **it == anchor).count();
        anchors.push(if same == 0 { anchor } else { format!("{anchor}-{same}") });
    }
    anchors
}

/// Why a link of a page leads nowhere.
fn fault(page: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.parent().expect("a page is in a folder");
    let target = if path.is_empty() { page.to_owned() } else { folder.join(path) };
    if !target.exists() {
        return Some("there is no such file".to_owned());
    }
    if folder.ends_with("docs") && path.starts_with("..") {
        return Some("it leaves the book, which is published without the repository".to_owned());
    }
    let found = anchor.is_empty() || anchors(&text(&target)).iter().any(|it| it == anchor);
    (!found).then(|| format!("{} has no heading for #{anchor}", target.display()))
}

#[test]
fn every_link_resolves() {
    let mut faults = Vec::new();
    for page in pages() {
        for link in links(&text(&page)) {
            if let Some(fault) = fault(&page, &link) {
                faults.push(format!("{}: ({link}): {fault}", page.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn links_and_anchors_are_found() {
    let page = "# A `b[]` c-d\n[x](y.md#z) `[no](no.md)` [`code`](code.md)\n```\n[no](no.md)\n# no\n```\n## A b cd\n## A b cd\n";
    assert_eq!(links(page), ["y.md#z", "code.md"]);
    assert_eq!(anchors(page), ["a-b-c-d", "a-b-cd", "a-b-cd-1"]);
}

#[test]
fn the_book_lists_every_page() {
    let summary = links(&text(&root().join("docs/SUMMARY.md")));
    for page in book() {
        let name = page.file_name().and_then(|name| name.to_str()).expect("its name is plain").to_owned();
        let listed = summary.iter().filter(|it| **it == name).count();
        assert!(name == "SUMMARY.md" || listed == 1, "docs/SUMMARY.md lists {name} {listed} times");
    }
}

#[test]
fn short_pages_stay_short() {
    let readme = text(&root().join("README.md")).len();
    assert!(readme <= README_MAX_BYTES, "README.md has {readme} bytes: move something to docs/");
    let architecture = text(&root().join("ARCHITECTURE.md")).lines().count();
    assert!(architecture <= ARCHITECTURE_MAX_LINES, "ARCHITECTURE.md has {architecture} lines");
}

#[test]
fn no_page_shows_a_path_of_the_machine() {
    for page in pages() {
        assert!(!text(&page).contains(env!("CARGO_MANIFEST_DIR")), "{}", page.display());
    }
}
