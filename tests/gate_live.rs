//! `leakscope gate` around a Go program that runs, with its leak and without.
#![cfg(feature = "cli")]

#[path = "support/server.rs"]
mod server;
#[expect(dead_code, reason = "this test needs a part of it")]
mod support;

use std::process::Command;
use std::process::Stdio;

use server::Server;

/// Runs of the gate in each state of the program.
const RUNS: usize = 3;

struct Gated {
    code: Option<i32>,
    text: String,
    annotations: String,
    said: String,
}

/// One run of the gate around a fresh process; `None` without Go.
fn gate(arguments: &[&str]) -> Option<Gated> {
    let server = Server::start("shop", arguments)?;
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let annotations = folder.path().join("annotations");
    let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(["gate", "--isolated", "--cycles", "5", "--source", ".", "--target", &server.address])
        .arg(format!("--output=github={}", annotations.display()))
        .arg("--")
        .arg(server::programs()?.join("load"))
        .arg(format!("http://{}/work?n=20", server.address))
        .current_dir(support::root(""))
        .stdin(Stdio::null())
        .output()
        .expect("the binary is built for this test");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Gated {
        code: output.status.code(),
        text: text(&output.stdout),
        annotations: text(&support::read(&annotations)),
        said: text(&output.stderr),
    })
}

/// The file and the line of each `::error` annotation.
fn denied(annotations: &str) -> Vec<(&str, u32)> {
    let errors = annotations.lines().filter_map(|line| line.strip_prefix("::error file="));
    errors
        .map(|error| {
            let (file, rest) = error.split_once(",line=").expect("an annotation with a file has a line");
            let line = rest.split(',').next().and_then(|it| it.parse().ok());
            (file, line.expect("a line is a number"))
        })
        .collect()
}

#[test]
fn without_the_leak_it_passes() {
    for run in 1..=RUNS {
        let Some(gated) = gate(&["-mended"]) else { return };
        assert_eq!(gated.code, Some(0), "run {run}: {}{}", gated.text, gated.said);
        assert!(!gated.annotations.contains("::error"), "run {run}: {}", gated.annotations);
    }
}

#[test]
fn with_the_leak_it_denies_and_names_the_same_line() {
    let file = "testdata/programs/shop/main.go";
    let source = String::from_utf8(support::read(&support::root(file))).expect("source is text");
    let spawn = source.lines().position(|line| line.trim() == "go func() {").expect("the leak is there");
    let spawn = u32::try_from(spawn + 1).expect("a short file");
    for run in 1..=RUNS {
        let Some(gated) = gate(&[]) else { return };
        assert_eq!(gated.code, Some(1), "run {run}: {}{}", gated.text, gated.said);
        assert_eq!(denied(&gated.annotations), [(file, spawn)], "run {run}: {}", gated.annotations);
        assert!(gated.text.contains(&format!("shop/main.go:{spawn}")), "run {run}: {}", gated.text);
    }
}
