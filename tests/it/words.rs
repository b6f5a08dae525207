//! Words that a reader has to decode are not used in comments, documentation, help, messages and rules: the list says
//! what to write instead.
//!
//! `LEAKSCOPE_WRITE=1 cargo test --test it words::` rewrites `words/allowed.rs`, the number of old words that each file
//! still has. It refuses to write a greater sum than before; the table is to become empty.

mod allowed;
mod prose;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::support;

use allowed::ALLOWED;
use prose::Token;

/// Words, and what to say instead. A word matches whole words only, in any case, and not in `code`. Words that are right
/// in some sentences ("numbers", "ended", "ways of doing it") are left to the reviewer.
const WORDS: &[(&str, &str)] = &[
    ("a perhaps", "a possibility"),
    ("as a rule", "usually"),
    ("at the least", "at least"),
    ("at the most", "at most"),
    ("born", "created"),
    ("come of", "result from"),
    ("comes of", "results from"),
    ("costly", "slow, or expensive, with the figure"),
    ("dear", "slow, or expensive, with the figure"),
    ("held against", "compared with"),
    ("hold against", "compare with"),
    ("holds against", "compares with"),
    ("in all:", "total:"),
    ("is laid on", "is added to"),
    ("are laid on", "are added to"),
    ("let go", "freed, dropped or closed"),
    ("lets go", "frees, drops or closes"),
    ("lie", "are stored, are at, are in"),
    ("lies", "is stored, is at, is in"),
    ("makes allowance for", "adjusts for"),
    ("moment", "snapshot; for time: just now, time"),
    ("moments", "snapshots"),
    ("of use", "useful, or used"),
    ("piled", "grew, accumulated"),
    ("room", "capacity, buffer, space, size"),
    ("rooms", "folders, buffers"),
    ("so many", "at most N, N, or the number of"),
    ("stand", "are, appear"),
    ("stands", "is, appears"),
    ("take in", "add, intern"),
    ("taken in", "added, interned"),
    ("takes in", "adds, interns"),
    ("tells", "says, states, reports"),
    ("told", "said, stated, reported, recorded"),
    ("the begin", "the start"),
    ("its begin", "its start"),
    ("each begin", "each start"),
    ("ways lie", "transitions are stored"),
    ("weighed against", "compared with"),
    ("whoever", "the thread, the caller, anyone who"),
    ("whosoever", "anyone who"),
];

/// Where a word was found.
struct Fault {
    line: usize,
    word: &'static str,
    instead: &'static str,
}

fn faults_in(tokens: &[Token]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (word, instead) in WORDS.iter().copied() {
        let wanted: Vec<String> = prose::words(word, 0).into_iter().map(|it| it.text).collect();
        let found = tokens.windows(wanted.len()).filter(|it| it.iter().map(|it| &it.text).eq(&wanted));
        faults.extend(found.map(|it| Fault { line: it[0].line, word, instead }));
    }
    faults.sort_by_key(|fault| fault.line);
    faults
}

/// What is read in a file, by its name.
fn tokens_of(name: &str, text: &str) -> Vec<Token> {
    match name.rsplit_once('.').map(|(_, end)| end) {
        // The sentences of the library and the command line are reports, messages and help.
        Some("rs") => prose::rust(text, name.starts_with("src/")),
        Some("toml") => prose::toml(text),
        _ => prose::markdown(text),
    }
}

/// The files that are looked at, relative to the repository.
fn files() -> Vec<String> {
    let mut files = Vec::new();
    for place in ["src", "tests", "benches", "examples", "docs", "fuzz/entries.rs"] {
        below(&support::root(place), &mut files);
    }
    for page in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        below(&support::root(page), &mut files);
    }
    let root = support::root("");
    let names = files.iter().map(|it| it.strip_prefix(&root).expect("it is below the repository"));
    let names = names.map(|it| it.to_str().expect("names are text").replace('\\', "/"));
    // This list and what is generated.
    names.filter(|it| it != "tests/it/words.rs" && it != "tests/it/words/allowed.rs").collect()
}

fn below(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        support::entries(path).iter().for_each(|it| below(it, files));
    }
    let read = path.extension().is_some_and(|it| ["rs", "md", "toml"].iter().any(|end| it == *end));
    if path.is_file() && read {
        files.push(path.to_path_buf());
    }
}

fn allowed(name: &str) -> usize {
    ALLOWED.iter().find(|(file, _)| *file == name).map_or(0, |(_, count)| *count)
}

#[test]
fn old_words_do_not_come_back() {
    let mut counts = Vec::new();
    let mut faults = Vec::new();
    for name in files() {
        let text = String::from_utf8(support::read(&support::root(&name))).expect("sources are UTF-8");
        if is_generated(&text) {
            continue;
        }
        let found = faults_in(&tokens_of(&name, &text));
        if found.len() > allowed(&name) {
            faults.extend(found.iter().map(|Fault { line, word, instead }| {
                format!("{name}:{line}: \"{word}\" -> say \"{instead}\"")
            }));
        }
        if !found.is_empty() {
            counts.push((name, found.len()));
        }
    }
    if support::is_writing() {
        write(&counts);
        return;
    }
    assert!(
        faults.is_empty(),
        "files with more old words than tests/it/words/allowed.rs has for them:\n{}",
        faults.join("\n")
    );
}

fn is_generated(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.starts_with("//") && line.ends_with("Do not edit."))
}

fn write(counts: &[(String, usize)]) {
    let (now, before): (usize, usize) =
        (counts.iter().map(|it| it.1).sum(), ALLOWED.iter().map(|it| it.1).sum());
    assert!(now <= before, "{now} old words, {before} before: the table may only shrink");
    let rows: String = counts.iter().map(|(name, count)| format!("    (\"{name}\", {count}),\n")).collect();
    let rows = if rows.is_empty() { String::new() } else { format!("\n{rows}") };
    let text = format!(
        "// Made by `LEAKSCOPE_WRITE=1 cargo test --test it words::`. Do not edit.\n\n\
         /// How many old words a file still has.\n\
         pub(super) const ALLOWED: &[(&str, usize)] = &[{rows}];\n"
    );
    fs::write(support::root("tests/it/words/allowed.rs"), text).expect("the repository can be written");
}

#[test]
fn finds_words_in_prose_alone() {
    let check = |name: &str, text: &str, expected: &[(usize, &str)]| {
        let found: Vec<_> = faults_in(&tokens_of(name, text)).iter().map(|it| (it.line, it.word)).collect();
        assert_eq!(found, expected, "{text}");
    };
    check("src/a.rs", "fn told() {} // So many of them", &[(1, "so many")]);
    check("src/a.rs", "/// It is so\n/// many.\nfn a() {}", &[(1, "so many")]);
    check("src/a.rs", "/// It is so.\n/// Many.\nfn a() {}", &[]);
    check("src/a.rs", "/// `Moment` is code, moment is not, momentum neither.", &[(1, "moment")]);
    check("src/a.rs", "let a = \"the moment it ends\"; let b = \"moment\";", &[(1, "moment")]);
    check("src/a.rs", "let a = r#\"in \"all: told it\"#; let b = '\"'; // room", &[(1, "room"), (1, "told")]);
    check("src/a.rs", "let a = \"no \\\n   room here\";", &[(2, "room")]);
    check("tests/it/a.rs", "let a = \"no room here\"; fn lifetime<'a>() {}", &[]);
    check("tests/it/a.rs", "#[test]\nfn all_is_told() {}", &[(2, "told")]);
    check("README.md", "a stand-in\n\n```\nstands\n```\nin all: one", &[(6, "in all:")]);
    check("src/rules/a.toml", "code = \"stands here\"\nadvice = \"it stands\"", &[(2, "stands")]);
    check("src/rules/a.toml", "advice = '''\nit stands\nhere'''\n# stands", &[(2, "stands")]);
}
