//! What other programs read: folded stacks and pprof profiles with leakscope's labels.

use std::path::Path;
use std::process::Command;

use leakscope::Snapshot;

use crate::support;

const SHOP: &str = "testdata/series/shop";
const LABELLED: &str = "testdata/programs/labelled/go1.27.3/goroutine.pb.gz";

/// What a command prints on standard output.
fn printed(arguments: &[&str]) -> Vec<u8> {
    let output = support::leakscope(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn folded(arguments: &[&str]) -> Vec<(String, i128)> {
    let text =
        String::from_utf8(printed(&[arguments, &["--format", "folded"]].concat())).expect("it is UTF-8");
    let line = |line: &str| {
        let (stack, count) = line.rsplit_once(' ').expect("a line has a count");
        (stack.to_owned(), count.parse().expect("a count is a number"))
    };
    text.lines().map(line).collect()
}

#[test]
fn folded_stacks_begin_with_the_spawner() {
    let lines = folded(&["diff", SHOP, "--limit", "1"]);
    assert_eq!(lines.iter().map(|(_, count)| count).sum::<i128>(), 326, "{lines:?}");
    assert_eq!(lines[0], ("go main.pageOf;main.pageOf.func1".to_owned(), 314));
    let gained = folded(&["diff", SHOP, "--gain"]);
    assert_eq!(gained[0], ("go main.pageOf;main.pageOf.func1".to_owned(), 300));
    assert!(gained.iter().all(|(_, count)| *count > 0));
    let by_label = folded(&["top", LABELLED, "--by", "label:tenant"]);
    assert!(by_label.iter().any(|(stack, _)| stack.starts_with("label:tenant=acme")), "{by_label:?}");
}

#[test]
fn pprof_profiles_can_be_read_again() {
    let bytes = printed(&["diff", SHOP, "--limit", "1", "--format", "pprof"]);
    assert_eq!(bytes, printed(&["diff", SHOP, "--format", "pprof"]), "the same bytes, whatever the limit");
    let read = Snapshot::from_bytes("shop.pb.gz", bytes).expect("it is a profile");
    assert!(read.counts.warnings.is_empty(), "{:?}", read.counts.warnings);
    assert_eq!(read.counts.total(), 326);
    assert_eq!(read.counts.program.as_deref(), Some("shop"));
    let gained = printed(&["diff", SHOP, "--gain", "--format", "pprof"]);
    assert_eq!(Snapshot::from_bytes("x", gained).expect("it is a profile").counts.total(), 301);
    let labelled = printed(&["top", LABELLED, "--by", "stack,label:tenant", "--format", "pprof"]);
    let folder = tempfile::tempdir().expect("a folder is made");
    let file = folder.path().join("labelled.pb.gz");
    std::fs::write(&file, labelled).expect("a file is written");
    let raw = String::from_utf8(printed(&["raw", &file.display().to_string()])).expect("it is UTF-8");
    for label in ["label task=fetch", "label tenant=acme", "label leakscope.blocked_on=channel receive"] {
        assert!(raw.contains(label), "{label}: {raw}");
    }
}

#[test]
fn pprof_groups_by_what_leakscope_says() {
    let Some(go) = support::go() else { return };
    let folder = tempfile::tempdir().expect("a folder is made");
    let file = folder.path().join("shop.pb.gz");
    std::fs::write(&file, printed(&["diff", SHOP, "--format", "pprof"])).expect("a file is written");
    let pprof = |arguments: &[&str]| shown(go, arguments, &file);
    let growing = pprof(&["-top", "-tagfocus=leakscope.growth=growing"]);
    assert!(growing.contains("accounting for 314, 96.32% of 326 total"), "{growing}");
    let gained = pprof(&["-top", "-tagfocus=leakscope.gain=100:"]);
    assert!(gained.contains("accounting for 314, 96.32% of 326 total"), "{gained}");
    let tags = pprof(&["-tags"]);
    for line in ["314 (96.32%): channel send", "314 (96.32%): growing", "314 (96.32%): main.pageOf"] {
        assert!(tags.contains(line), "{line}: {tags}");
    }
    let rooted = pprof(&["-traces", "-tagroot=leakscope.blocked_on"]);
    assert!(rooted.contains("channel send"), "{rooted}");
}

fn shown(go: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(go)
        .args(["tool", "pprof"])
        .args(arguments)
        .arg("-symbolize=none")
        .arg(file)
        .env("PPROF_TMPDIR", env!("CARGO_TARGET_TMPDIR"))
        .output();
    let output = output.expect("Go runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("pprof writes UTF-8")
}

#[test]
fn a_terminal_gets_no_bytes() {
    if !support::has_tool("script") {
        return;
    }
    let command = format!("{} diff {SHOP} --format pprof", env!("CARGO_BIN_EXE_leakscope"));
    let folder = tempfile::tempdir().expect("a folder is made");
    let typescript = folder.path().join("typescript");
    let output = Command::new("script").args(["-q", "-e", "-c", &command]).arg(&typescript).output();
    let output = output.expect("script runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("standard output is a terminal") && text.contains("> leaks.pb.gz"), "{text}");
}

#[test]
fn the_gate_writes_them_beside_its_report() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let file = |name: &str| folder.path().join(name);
    let (profile, folded) = (file("x.pb.gz"), file("x.folded"));
    let outputs = [format!("pprof={}", profile.display()), format!("folded={}", folded.display())];
    let arguments =
        ["gate", SHOP, "--isolated", "--limit", "1", "--output", &outputs[0], "--output", &outputs[1]];
    let output = support::leakscope(&arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("7 more rows hold"), "{text}");
    let read = Snapshot::from_bytes("x", support::read(&profile)).expect("it is a profile");
    assert_eq!(read.counts.total(), 326);
    assert!(String::from_utf8_lossy(&support::read(&folded)).lines().count() > 1);
}
