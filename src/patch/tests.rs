//! Writes the patches of the Go files of `testdata/patches/CAUSE/`, whose comments say where goroutines wait, as in `testdata/source`.
//!
//! `fixed_*.go` gets a safe patch, `review_*.go` one that needs a decision, and `refused_*.go` none although its cause is confirmed. The
//! diff is in the `.diff` beside it, and what is said in the `.txt`; `LEAKSCOPE_WRITE=1` writes both. The test `fixes` applies and runs them.
#![expect(clippy::disallowed_methods, reason = "tests read their own files")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::diff::changed_lines;
use super::diff::unified;
use super::edit::edited;
use super::merge::merge;
use super::write;
use crate::confirm::tests::OneFile;
use crate::confirm::tests::files_below;
use crate::confirm::tests::groups;
use crate::confirm::views_mended;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceCertainty;
use crate::diagnose::SourceEdit;
use crate::diagnose::SourcePatch;
use crate::diagnose::SourceVerdict;
use crate::syntax::parse;

/// The patches of a file, and what is said of them.
fn patches_of(name: &str, text: &str) -> (Vec<SourcePatch>, String) {
    let tree = parse(name.to_owned(), text.to_owned()).expect("it is small");
    let texts = OneFile { name: name.to_owned(), text: text.to_owned() };
    let groups = groups(&tree);
    let mend = |proof: &crate::confirm::Proof<'_, '_>, verdict: &mut SourceVerdict| {
        write(proof, verdict, &texts);
    };
    let (mut patches, mut said) = (Vec::new(), String::new());
    for view in views_mended(&groups, &texts, &mend) {
        for it in view.verdicts.iter().filter(|it| it.certainty == SourceCertainty::Confirmed) {
            writeln!(said, "line {}: {}", it.place.line, it.cause).expect("writes");
            if let Some(patch) = &it.patch {
                writeln!(said, "    {}: {}; {}", patch.tier.as_str(), patch.title, patch.because)
                    .expect("writes");
                patches.push(patch.clone());
            } else {
                writeln!(said, "    refused: {}", it.refused).expect("writes");
            }
        }
    }
    (patches, said)
}

/// The diff of all patches of a file together.
fn diff_of(name: &str, text: &str, patches: &[SourcePatch]) -> String {
    let merged = merge(&patches.iter().collect::<Vec<_>>());
    if merged.edits.is_empty() {
        return String::new();
    }
    merged.file(name, text).expect("they fit").diff
}

#[test]
fn each_case_gets_its_patch_and_no_near_miss_does() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/patches");
    let mut wrong = String::new();
    for path in files_below(&root) {
        let shown = path.strip_prefix(&root).expect("it is below").display().to_string();
        let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("it can be read");
        let (patches, said) = patches_of(&name, &text);
        let all = |tier| !patches.is_empty() && patches.iter().all(|it| it.tier == tier);
        let is_right = match name.split('_').next() {
            Some("fixed") => all(PatchTier::Safe),
            Some("review") => all(PatchTier::Review),
            _ => patches.is_empty() && said.contains("refused"),
        };
        if !is_right {
            writeln!(wrong, "{shown}: not as its name says:\n{said}").expect("writes");
        }
        for (end, now) in [("txt", said), ("diff", diff_of(&name, &text, &patches))] {
            let golden = path.with_extension(end);
            if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
                match now.is_empty() {
                    true => drop(fs::remove_file(&golden)),
                    false => fs::write(&golden, &now).expect("it can be written"),
                }
            } else if fs::read_to_string(&golden).unwrap_or_default() != now {
                writeln!(wrong, "{shown}: its .{end} is another; now:\n{now}").expect("writes");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const TIMEOUT: &str = "package main\n\nimport \"time\"\n\nfunc f() int {\n\tc := make(chan int)\n\tgo func() {\n\t\tc <- 1 // 5: channel send\n\t}()\n\tselect {\n\tcase v := <-c:\n\t\treturn v\n\tcase <-time.After(1):\n\t\treturn 0\n\t}\n}";

#[test]
fn line_ends_and_a_missing_one_at_the_end_stay() {
    for text in [TIMEOUT.to_owned(), format!("{TIMEOUT}\n"), TIMEOUT.replace('\n', "\r\n")] {
        let (patches, said) = patches_of("a.go", &text);
        let [patch] = patches.as_slice() else { panic!("{said}") };
        let new = edited(&text, &patch.edits.iter().collect::<Vec<_>>()).expect("it fits");
        assert_eq!(new, text.replace("make(chan int)", "make(chan int, 1)"));
        assert!(!patch.diff.contains("No newline"), "the last line is not in the hunk");
        assert_eq!(patch.diff.contains('\r'), text.contains('\r'));
    }
}

#[test]
fn what_is_not_the_users_own_code_is_never_changed() {
    let (patches, said) =
        patches_of("a.go", &format!("// Code generated by a program. DO NOT EDIT.\n\n{TIMEOUT}"));
    assert!(patches.is_empty() && said.contains("a.go is generated: it is never changed"), "{said}");
    let (patches, said) = patches_of("a_test.go", TIMEOUT);
    assert!(patches.is_empty() && said.contains("a_test.go is a test"), "{said}");
    let (patches, said) = patches_of("../a.go", TIMEOUT);
    assert!(patches.is_empty() && said.contains("outside of the module"), "{said}");
}

#[test]
fn a_comment_that_gofmt_aligns_stays_in_its_column_or_there_is_no_patch() {
    let with = |make: &str, next: &str| {
        TIMEOUT.replace("\tc := make(chan int)\n", &format!("\tc := {make}\n\t{next}\n"))
    };
    let text = with("make(chan int)           // values", "println(\"longer than that\") // 2");
    let (patches, said) = patches_of("a.go", &text);
    let [patch] = patches.as_slice() else { panic!("{said}") };
    let new = edited(&text, &patch.edits.iter().collect::<Vec<_>>()).expect("it fits");
    assert_eq!(new, with("make(chan int, 1)        // values", "println(\"longer than that\") // 2"));
    let (patches, said) = patches_of("a.go", &with("make(chan int) // values", "println(1)          // 2"));
    assert!(
        patches.is_empty() && said.contains("gofmt would align the comments around line 6 anew"),
        "{said}"
    );
}

fn edit(start: usize, end: usize, text: &str) -> SourceEdit {
    SourceEdit { file: "a.go".to_owned(), start, end, text: text.to_owned() }
}

fn patch(edits: &[SourceEdit]) -> SourcePatch {
    let (title, because, changes, diff) = Default::default();
    SourcePatch { tier: PatchTier::Safe, title, because, edits: edits.to_vec(), changes, diff }
}

#[test]
fn a_diff_has_hunks_with_three_lines_around() {
    let text: String = (1..=20).map(|it| format!("{it}\n")).collect();
    let at = |line: &str| text.find(&format!("\n{line}\n")).expect("it is there") + 1;
    let edits =
        [edit(at("2"), at("3"), ""), edit(at("9"), at("9"), "new\n"), edit(at("20"), at("20") + 2, "end")];
    let diff = unified("a b.go", &text, &edits.iter().collect::<Vec<_>>()).expect("they fit");
    let expected = "--- a/a b.go\t\n+++ b/a b.go\t\n@@ -1,11 +1,11 @@\n 1\n-2\n 3\n 4\n 5\n 6\n 7\n 8\n+new\n 9\n 10\n 11\n@@ -17,4 +17,4 @@\n 17\n 18\n 19\n-20\n+end\n";
    assert_eq!(diff, expected);
    let lines = changed_lines("a b.go", &text, &edits.iter().collect::<Vec<_>>()).expect("they fit");
    let lines = lines.iter().map(|it| (it.line, it.gone, it.text.as_str(), it.next.as_deref(), it.ends_file));
    let expected =
        [(2, 1, "", Some("3\n"), false), (9, 0, "new\n", Some("9\n"), false), (20, 1, "end\n", None, false)];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    let text = "a\nb";
    let lines = changed_lines("a.go", text, &[&edit(2, 3, "c")]).expect("it fits");
    assert!(lines.iter().all(|it| it.ends_file && it.text == "c" && it.next.is_none()), "{lines:?}");
    let diff = unified("a.go", text, &[&edit(2, 3, "c")]).expect("it fits");
    assert_eq!(
        diff,
        "--- a/a.go\n+++ b/a.go\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    );
    assert_eq!(unified("a\n.go", text, &[&edit(2, 3, "c")]), None);
    assert_eq!(unified("a.go", text, &[&edit(2, 3, "b")]), None);
    assert_eq!(unified("a.go", text, &[&edit(0, 2, "c"), &edit(1, 3, "d")]), None);
}

#[test]
fn the_same_edit_is_one_and_a_conflicting_patch_is_left_out() {
    let (one, two) = (patch(&[edit(0, 1, "a"), edit(5, 5, "x")]), patch(&[edit(5, 5, "x"), edit(8, 9, "")]));
    let (other, beside) = (patch(&[edit(5, 5, "y"), edit(20, 21, "")]), patch(&[edit(20, 21, "z")]));
    let merged = merge(&[&one, &two, &other, &beside]);
    assert_eq!(merged.conflicts, [None, None, Some(0), None]);
    assert_eq!(merged.edits, [edit(0, 1, "a"), edit(5, 5, "x"), edit(8, 9, ""), edit(20, 21, "z")]);
    assert_eq!(merged.files(), ["a.go"]);
}
