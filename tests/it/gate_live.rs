//! `leakscope gate` around a Go program that runs, with its leak and without.

use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::process::Stdio;

use crate::support;
use crate::support::server;
use crate::support::server::Server;

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

/// An address that nobody listens on.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a listener has an address").to_string()
}

/// The gate that starts the server itself: its exit code, and what it says on both streams.
fn gate_of(server: &str, address: &str, more: &[&str]) -> Option<(Option<i32>, String)> {
    let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(["gate", "--isolated", "--cycles", "5", "--target", address, "--server", server])
        .args(more)
        .arg("--")
        .arg(server::programs()?.join("load"))
        .arg(format!("http://{address}/work?n=20"))
        .stdin(Stdio::null())
        .output()
        .expect("the binary is built for this test");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some((output.status.code(), said))
}

#[test]
fn what_the_load_prints_stays_out_of_the_report() {
    let Some(server) = Server::start("shop", &["-mended"]) else { return };
    let output = support::leakscope(&[
        "gate",
        "--isolated",
        "--cycles=1",
        "--inconclusive=pass",
        "--format=json",
        "--target",
        &server.address,
        "--",
        "sh",
        "-c",
        "echo requests sent",
    ]);
    support::document(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("requests sent"));
}

#[test]
fn a_server_is_started_judged_and_ended() {
    let Some(programs) = server::programs() else { return };
    let shop = programs.join("shop");
    for (flag, expected) in [("-mended", 0), ("-mended=false", 1)] {
        let address = free_address();
        let line = format!("'{}' -addr {address} {flag}", shop.display());
        let Some((code, said)) = gate_of(&line, &address, &[]) else { return };
        assert_eq!(code, Some(expected), "{flag}: {said}");
        assert!(TcpStream::connect(&address).is_err(), "{flag}: the server still listens at {address}");
    }
}

#[test]
fn a_server_that_ends_early_is_reported() {
    let Some(programs) = server::programs() else { return };
    let shop = programs.join("shop").display().to_string();
    let check = |line: &str, more: &[&str], code: i32, expected: &[&str]| {
        let Some((is, said)) = gate_of(line, &free_address(), more) else { return };
        assert_eq!(is, Some(code), "{line}: {said}");
        for text in expected {
            assert!(said.contains(text), "{line}: {text:?} is not in {said}");
        }
    };
    // Its last lines, and nothing in them that a terminal would obey.
    let hostile = "sh -c 'seq 1 30; printf \"\\033[31mno database\\n\" >&2; exit 7'";
    check(hostile, &[], 3, &["sh: \\x1b[31mno database", "sh: 30", "error: sh: exit status: 7", "hint: "]);
    check(&format!("{shop} -no-such-flag"), &[], 3, &["flag provided but not defined", "exit status: 2"]);
    check("no-such-program", &[], 2, &["cannot run no-such-program"]);
    check("'open", &[], 2, &["not a command line"]);
    check("sleep 60", &["--server-wait", "300ms"], 3, &["sleep does not answer after 300ms"]);
    // The load makes it end.
    let address = free_address();
    let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(["gate", "--isolated", "--target", &address, "--server"])
        .arg(format!("{shop} -addr {address}"))
        .arg("--")
        .arg(programs.join("load"))
        .arg(format!("http://{address}/quit"))
        .stdin(Stdio::null())
        .output()
        .expect("the binary is built for this test");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("the server itself exited"), "{said}");
}

#[test]
fn another_process_at_the_target_is_not_judged() {
    let Some(other) = Server::start("shop", &["-mended"]) else { return };
    let Some(programs) = server::programs() else { return };
    let line = format!("{} -addr {}", programs.join("shop").display(), other.address);
    let Some((code, said)) = gate_of(&line, &other.address, &[]) else { return };
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("already answers before"), "{said}");
}
