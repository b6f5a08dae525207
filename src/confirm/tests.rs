//! Runs the checks on the Go files of `testdata/source/CAUSE/`.
//!
//! A comment at the end of a line says which goroutines are there: `// 5: channel send` is a group of five that wait in this line. More
//! may follow after a semicolon: `in 31, 40` names the lines of the calls that led there, innermost first, and `from 22` the `go`
//! statement. `below io.(*pipe).write < io.(*PipeWriter).Write` are frames that the line has called, leaf first; `alone A < B` is a stack
//! without the line, `lib A` a frame of another module without it, and `then A < B` are frames that called the line. `confirmed_*.go` must be confirmed for the cause that names its folder, and `quiet_*.go` must not be confirmed at all.
//! What is said is in the `.txt` beside it; `LEAKSCOPE_WRITE=1` writes it.
#![expect(clippy::disallowed_methods, reason = "tests read their own files")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::group::ObservedFrame;
use super::group::ObservedGroup;
use super::road::views;
use crate::code::Origin;
use crate::code::OwnPackages;
use crate::code::PackageKey;
use crate::code::PackageTexts;
use crate::code::SourceText;
use crate::code::SourceTexts;
use crate::code::closures;
use crate::diagnose::SourceCertainty;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Tree;
use crate::syntax::parse;

/// The import path of every test file.
const PACKAGE: &str = "example.com/case";

/// One file as a package of the user's own.
pub(crate) struct OneFile {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl SourceTexts for OneFile {
    fn package(&self, package: &str, _: &str) -> Option<PackageTexts> {
        (package == PACKAGE).then(|| PackageTexts {
            import_path: PACKAGE.to_owned(),
            files: vec![SourceText { path: self.name.clone(), text: self.text.clone() }],
            origin: Origin::Own,
            left_out: Vec::new(),
        })
    }

    fn own_packages(&self) -> OwnPackages {
        let key = PackageKey { import_path: PACKAGE.to_owned(), folder: String::new() };
        OwnPackages { packages: vec![key], is_complete: true }
    }

    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts> {
        self.package(&key.import_path, "")
    }
}

/// The name of the innermost function of a test file that holds a line, as a profile writes it.
fn function_at(tree: &Tree, line: u32) -> String {
    function_in(tree, PACKAGE, line)
}

/// The name of the innermost function that holds a line, in a file of a package.
pub(super) fn function_in(tree: &Tree, package: &str, line: u32) -> String {
    let declared = tree.root().children().find(|it| it.kind().is_function() && it.has_line(line));
    let Some(declared) = declared else { return format!("{package}.glob..func1") };
    let name = declared.child(Field::Name).map_or("", Node::text);
    let receiver =
        declared.child(Field::Receiver).and_then(|it| it.child_of_kind(Kind::ParameterDeclaration));
    let mut full = match receiver.and_then(|it| it.child(Field::Type)).map(Node::text) {
        Some(type_) if type_.starts_with('*') => format!("{package}.({type_}).{name}"),
        Some(type_) => format!("{package}.{type_}.{name}"),
        None => format!("{package}.{name}"),
    };
    let mut scope = declared;
    for depth in 0.. {
        let inside = closures(scope);
        let Some(place) = inside.iter().position(|it| it.has_line(line)) else { break };
        let word = if depth == 0 { "func" } else { "" };
        write!(full, ".{word}{}", place + 1).expect("writes to a string");
        scope = inside[place];
    }
    full
}

/// What is below the frame of the user in a profile.
pub(super) fn frames_below(blocked_on: BlockedOn, text: &str) -> Vec<ObservedFrame> {
    let function = match blocked_on {
        BlockedOn::Lock => "sync.(*Mutex).Lock",
        BlockedOn::RwLock if text.contains("RLock") => "sync.(*RWMutex).RLock",
        BlockedOn::RwLock => "sync.(*RWMutex).Lock",
        BlockedOn::WaitGroup => "sync.(*WaitGroup).Wait",
        BlockedOn::Condition => "sync.(*Cond).Wait",
        BlockedOn::Sleep => "time.Sleep",
        _ => return Vec::new(),
    };
    vec![ObservedFrame {
        function: function.to_owned(),
        file: "/usr/local/go/src/sync/x.go".to_owned(),
        line: 1,
    }]
}

/// Frames of the standard library, separated by ` < `.
fn library_frames(list: &str) -> Vec<ObservedFrame> {
    let frame = |function: &str| ObservedFrame {
        function: function.trim().to_owned(),
        file: "/usr/local/go/src/x.go".to_owned(),
        line: 1,
    };
    list.split(" < ").map(frame).collect()
}

/// The groups that the comments of a file describe.
pub(crate) fn groups(tree: &Tree) -> Vec<ObservedGroup> {
    let mut groups = Vec::new();
    let frame = |line| ObservedFrame {
        function: function_at(tree, line),
        file: format!("/srv/case/{}", tree.path()),
        line,
    };
    for (line, text) in (1u32..).zip(tree.text().lines()) {
        let Some((code, comment)) = text.split_once("// ") else { continue };
        let Some((count, rest)) = comment.split_once(": ") else { continue };
        let Ok(count) = count.parse::<i128>() else { continue };
        let mut parts = rest.split("; ");
        let word = parts.next().unwrap_or("");
        let blocked_on = BlockedOn::ALL
            .iter()
            .copied()
            .find(|it| it.as_str() == word)
            .unwrap_or_else(|| panic!("{}:{line}: no wait `{word}`", tree.path()));
        let mut stack = frames_below(blocked_on, code);
        stack.push(frame(line));
        let mut spawn_site = None;
        for part in parts {
            let numbers = |list: &str| -> Vec<u32> {
                list.split(", ").map(|it| it.trim().parse().expect("a line number")).collect()
            };
            if let Some(list) = part.strip_prefix("in ") {
                stack.extend(numbers(list).into_iter().map(frame));
            } else if let Some(list) = part.strip_prefix("from ") {
                spawn_site = numbers(list).first().map(|it| frame(*it));
            } else if let Some(list) = part.strip_prefix("below ") {
                let below = stack.iter().take_while(|it| it.file.starts_with("/usr/local/go/")).count();
                stack.splice(0..below, library_frames(list));
            } else if let Some(list) = part.strip_prefix("then ") {
                stack.extend(library_frames(list));
            } else if let Some(name) = part.strip_prefix("lib ") {
                let file = "/go/pkg/mod/x@v1.0.0/x.go".to_owned();
                stack = vec![ObservedFrame { function: name.to_owned(), file, line: 1 }];
            } else if let Some(list) = part.strip_prefix("alone ") {
                stack = library_frames(list);
            } else {
                panic!("{}:{line}: no part `{part}`", tree.path());
            }
        }
        groups.push(ObservedGroup {
            row: groups.len(),
            stack,
            count,
            grew: true,
            is_growing: true,
            blocked_on: Some(blocked_on),
            spawn_site,
            is_leaked: None,
            is_background: false,
            makers: Vec::new(),
        });
    }
    groups
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|it| it == "go") {
            files.push(path);
        }
    }
    files.sort_unstable();
    files
}

#[test]
fn each_cause_is_confirmed_in_its_cases_and_in_no_near_miss() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/source");
    let mut wrong = String::new();
    for path in files_below(&root) {
        let shown = path.strip_prefix(&root).expect("it is below").display().to_string();
        let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
        let cause = path.parent().and_then(Path::file_name).expect("it is in a folder").to_string_lossy();
        let text = fs::read_to_string(&path).expect("it can be read");
        let tree = parse(name.clone(), text.clone()).expect("it is small");
        assert!(!tree.root().is_broken() || name.starts_with("quiet_broken"), "{shown} holds a syntax error");
        let groups = groups(&tree);
        assert!(!groups.is_empty(), "{shown} has no comment such as `// 5: channel send`");
        let mut said = String::new();
        let mut confirmed = Vec::new();
        for (group, view) in groups.iter().zip(views(&groups, &OneFile { name: name.clone(), text })) {
            let at = group.stack.iter().find(|it| it.file.ends_with(&name)).map_or(0, |it| it.line);
            for it in &view.verdicts {
                writeln!(said, "line {at}: {} {}: {}", it.certainty.as_str(), it.cause, it.sentence)
                    .expect("writes");
                for line in &it.evidence {
                    writeln!(said, "    {}:{} {}: {}", line.file, line.line, line.role, line.text)
                        .expect("writes");
                }
                if !it.advice.is_empty() {
                    writeln!(said, "    advice: {}", it.advice).expect("writes");
                }
                if it.certainty == SourceCertainty::Confirmed {
                    confirmed.push(it.cause.clone());
                }
            }
            for it in &view.wakes {
                writeln!(
                    said,
                    "line {at}: woken by {} ({}:{}), ended by {:?}",
                    it.operation, it.file, it.line, it.ended_by
                )
                .expect("writes");
            }
        }
        if name.starts_with("confirmed_") && !confirmed.iter().any(|it| *it == cause) {
            writeln!(wrong, "{shown}: not confirmed, only:\n{said}").expect("writes");
        }
        if name.starts_with("quiet_") && !confirmed.is_empty() {
            writeln!(wrong, "{shown}: confirmed:\n{said}").expect("writes");
        }
        let golden = path.with_extension("txt");
        if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
            fs::write(&golden, &said).expect("it can be written");
        } else if fs::read_to_string(&golden).ok().as_deref() != Some(&said) {
            writeln!(wrong, "{shown}: its .txt is another; now:\n{said}").expect("writes");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_name_of_a_closure_is_its_number() {
    let text = "package a\n\nfunc (s *S) f() {\n\tgo func() {\n\t}()\n\tgo func() {\n\t\tfunc() {\n\t\t}()\n\t}()\n}\n";
    let tree = parse("a.go".to_owned(), text.to_owned()).expect("it is small");
    assert_eq!(function_at(&tree, 7), "example.com/case.(*S).f.func2.1");
}
