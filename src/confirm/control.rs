//! The control: code that is not known to leak, as if goroutines had been seen at each of its blocking operations.
//!
//! Without a profile the checks speak too often; how often is a ratchet. Go's own library is read where Go is, and three public modules
//! where the Go module proxy can be reached.
#![expect(clippy::disallowed_methods, reason = "tests run Go and read its files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::group::ObservedFrame;
use super::group::ObservedGroup;
use super::proof::Proof;
use super::road::views_alone_mended;
use super::tests::frames_below;
use super::tests::function_in;
use crate::code::Origin;
use crate::code::OwnPackages;
use crate::code::PackageKey;
use crate::code::PackageTexts;
use crate::code::SourceText;
use crate::code::SourceTexts;
use crate::code::called_name;
use crate::code::in_case;
use crate::diagnose::SourceCertainty;
use crate::diagnose::SourceVerdict;
use crate::diagnose::SourceView;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;
use crate::syntax::parse;

/// A package that is read from one folder.
struct OnePackage {
    path: String,
    files: Vec<SourceText>,
}

impl SourceTexts for OnePackage {
    fn package(&self, package: &str, _: &str) -> Option<PackageTexts> {
        (package == self.path).then(|| PackageTexts {
            import_path: self.path.clone(),
            files: self.files.clone(),
            origin: Origin::Own,
            left_out: Vec::new(),
        })
    }

    fn own_packages(&self) -> OwnPackages {
        let key = PackageKey { import_path: self.path.clone(), folder: String::new() };
        OwnPackages { packages: vec![key], is_complete: true }
    }

    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts> {
        self.package(&key.import_path, "")
    }
}

/// What a goroutine would wait for at a node; `None` if nothing.
fn wait_at(node: Node<'_>) -> Option<BlockedOn> {
    match node.kind() {
        Kind::SendStatement if !in_case(node) => Some(BlockedOn::ChannelSend),
        Kind::UnaryExpression if node.operator() == Operator::Receive && !in_case(node) => {
            Some(BlockedOn::ChannelReceive)
        }
        Kind::SelectStatement if node.child_of_kind(Kind::DefaultCase).is_none() => Some(BlockedOn::Select),
        Kind::CallExpression if node.child(Field::Arguments).is_some_and(|it| it.nth(0).is_none()) => {
            match called_name(node)? {
                "Lock" => Some(BlockedOn::Lock),
                "RLock" => Some(BlockedOn::RwLock),
                "Wait" => Some(BlockedOn::WaitGroup),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The folders below one that hold Go code of their own, sorted.
fn packages_below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(folder) = todo.pop() {
        found.push(folder.clone());
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_other = matches!(&*name, "testdata" | "vendor" | "cmd") || name.starts_with(['.', '_']);
            if entry.path().is_dir() && !is_other {
                todo.push(entry.path());
            }
        }
    }
    found.sort_unstable();
    found
}

/// How many blocking operations there are, and how many are confirmed, by cause, with their sentences.
fn confirmed_below(root: &Path) -> (usize, BTreeMap<String, Vec<String>>) {
    let mut confirmed = BTreeMap::<String, Vec<String>>::new();
    let operations = each_view_below(
        root,
        |_, _, _| {},
        |view| {
            let first = view.verdicts.iter().find(|it| it.certainty == SourceCertainty::Confirmed);
            if let Some(it) = first {
                let sentence = format!("{}:{}: {}", it.place.file, it.place.line, it.sentence);
                confirmed.entry(it.cause.clone()).or_default().push(sentence);
            }
        },
    );
    (operations, confirmed)
}

/// Adds a patch to a verdict.
pub(crate) type Write = fn(&Proof<'_, '_>, &mut SourceVerdict, &dyn SourceTexts);

/// What is said of each blocking operation, with patches by `write`; returns how many there are.
pub(crate) fn each_view_below(root: &Path, write: Write, mut each: impl FnMut(SourceView)) -> usize {
    let mut operations = 0;
    for folder in packages_below(root) {
        let shown = folder.strip_prefix(root).expect("it is below").display().to_string();
        let path = format!("example.com/control/{shown}");
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".go")
                && !name.ends_with("_test.go")
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                files.push(SourceText { path: format!("{shown}/{name}"), text });
            }
        }
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        if !files
            .iter()
            .any(|it| it.text.contains("<-") || it.text.contains("Lock()") || it.text.contains("Wait()"))
        {
            continue;
        }
        let mut groups: Vec<ObservedGroup> = Vec::new();
        for file in &files {
            let Some(tree) = parse(file.path.clone(), file.text.clone()) else { continue };
            for node in tree.root().walk() {
                let Some(wait) = wait_at(node).filter(|_| node.function().is_some()) else { continue };
                let mut stack = frames_below(wait, node.text());
                let function = function_in(&tree, &path, node.line());
                let file = format!("/srv/control/{}", file.path);
                stack.push(ObservedFrame { function, file, line: node.line() });
                groups.push(ObservedGroup {
                    row: 0,
                    stack,
                    count: 10,
                    grew: true,
                    is_growing: true,
                    blocked_on: Some(wait),
                    spawn_site: None,
                    is_leaked: None,
                    is_background: false,
                    makers: Vec::new(),
                });
            }
        }
        operations += groups.len();
        let texts = OnePackage { path, files };
        let mend = |proof: &Proof<'_, '_>, verdict: &mut SourceVerdict| write(proof, verdict, &texts);
        views_alone_mended(&groups, &texts, &mend).into_iter().for_each(&mut each);
    }
    operations
}

fn check(name: &str, root: &Path, at_most: usize) {
    let (operations, confirmed) = confirmed_below(root);
    assert!(operations > 50, "{name}: only {operations} blocking operations were found");
    let count: usize = confirmed.values().map(Vec::len).sum();
    let lines: Vec<String> = confirmed
        .iter()
        .flat_map(|(cause, all)| all.iter().map(move |it| format!("{cause}: {it}")))
        .collect();
    assert!(
        count <= at_most,
        "{name}: {count} of {operations} blocking operations are confirmed, at most {at_most} may be:\n{}",
        lines.join("\n")
    );
    assert!(
        count + 3 >= at_most,
        "{name}: only {count} of {operations} are confirmed: lower the limit of {at_most}"
    );
}

/// What Go prints; `None` if there is no Go, or if it fails.
pub(crate) fn go(arguments: &[&str]) -> Option<String> {
    let output = Command::new("go")
        .args(arguments)
        .env("GOFLAGS", "-mod=mod")
        .env("GOTOOLCHAIN", "local")
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Records that there is nothing to read; with `LEAKSCOPE_REQUIRE_GO=1` it fails.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn skip(why: &str) {
    let required = std::env::var_os("LEAKSCOPE_REQUIRE_GO").is_some_and(|it| it == "1");
    assert!(!required, "LEAKSCOPE_REQUIRE_GO=1, and {why}");
    eprintln!("skipped: {why}");
}

/// The version of Go that the limit of its own library is for.
pub(crate) const GO_VERSION: &str = "go1.26.8";

/// How many operations of Go's own library may be confirmed.
const STANDARD_LIBRARY: usize = 7;

#[test]
fn few_operations_of_the_standard_library_are_confirmed_without_a_profile() {
    match (go(&["env", "GOVERSION"]).as_deref(), go(&["env", "GOROOT"])) {
        (Some(GO_VERSION), Some(root)) => {
            check("the standard library", &Path::new(&root).join("src"), STANDARD_LIBRARY)
        }
        _ => skip("there is no go1.26.8"),
    }
}

/// Public modules, and how many of their operations may be confirmed.
pub(crate) const MODULES: [(&str, usize); 3] = [
    ("k8s.io/client-go@v0.35.0", 13),
    ("github.com/nats-io/nats.go@v1.47.0", 11),
    ("github.com/minio/minio-go/v7@v7.0.97", 2),
];

/// The folder of a module, which Go downloads; `None` if it cannot be had.
pub(crate) fn module(module: &str) -> Option<PathBuf> {
    let json = go(&["mod", "download", "-json", module])?;
    let folder = json.lines().find_map(|line| line.trim().strip_prefix("\"Dir\": \""));
    Some(PathBuf::from(folder.expect("go says where it is").trim_end_matches(['"', ',']).to_owned()))
}

#[test]
fn few_operations_of_public_modules_are_confirmed_without_a_profile() {
    for (name, at_most) in MODULES {
        match module(name) {
            Some(folder) => check(name, &folder, at_most),
            None => skip(&format!("{name} cannot be downloaded")),
        }
    }
}
