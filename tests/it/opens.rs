//! What a profile names is never opened, run or connected to: seen from outside, by strace.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::support;

/// Paths that the profile below names as its program, its mapping and its sources; all can be opened.
const NAMED: [&str; 4] = ["/etc/hostname", "/proc/self/environ", "/etc/passwd", "/dev/zero"];

/// A profile with such paths as mapping, build id, and files of its functions.
fn profile() -> Vec<u8> {
    let field = |number: u8, body: &[u8]| {
        let length = u8::try_from(body.len()).expect("it is short");
        [&[number << 3 | 2, length], body].concat()
    };
    let mut bytes = Vec::new();
    bytes.extend(field(1, &[8, 1, 16, 2]));
    bytes.extend(field(2, &[10, 1, 1, 18, 2, 0xb8, 0x17]));
    // Mapping 1: file /etc/hostname, build id /proc/self/environ; location 1 in it, in function 1.
    bytes.extend(field(3, &[8, 1, 40, 4, 48, 5]));
    bytes.extend(field(4, &[8, 1, 16, 1, 34, 4, 8, 1, 16, 1]));
    bytes.extend(field(5, &[8, 1, 16, 3, 32, 6]));
    // drop_frames is a path as well, and so is the documentation's address.
    bytes.extend([7 << 3, 7]);
    for text in ["", "goroutine", "count", "main.wait", NAMED[0], NAMED[1], NAMED[2], NAMED[3]] {
        bytes.extend(field(6, text.as_bytes()));
    }
    bytes
}

/// The calls that open, run or connect, of a command over that profile.
fn calls(log: &Path, arguments: &[&str]) -> Option<String> {
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=open,openat,openat2,execve,connect,readlink,readlinkat", "-o"])
        .arg(log)
        .arg(env!("CARGO_BIN_EXE_leakscope"))
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output = traced.ok()?;
    let calls = fs::read_to_string(log).ok().filter(|it| it.contains("execve"))?;
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("main.wait"), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(calls)
}

#[test]
fn nothing_that_a_profile_names_is_touched() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let input = folder.path().join("goroutine.pb");
    fs::write(&input, profile()).expect("a file is written");
    let input = input.to_str().expect("its name is text");
    let commands = [
        vec!["raw", input],
        vec!["top", "--full", "--all", input],
        vec!["top", "--format", "sarif", input],
        vec!["diff", "--format", "json", input, input],
        vec!["top", "--source", "/", input],
    ];
    for command in &commands {
        let Some(calls) = calls(&folder.path().join("log"), command) else {
            support::skipped::record("strace is not on PATH or may not trace");
            return;
        };
        assert!(calls.contains(input), "{command:?} does not read its input: {calls}");
        for path in NAMED {
            let source = command.contains(&"--source");
            assert!(source || !calls.contains(&format!("\"{path}\"")), "{command:?} touches {path}: {calls}");
        }
        assert!(!calls.contains("\"/dev/zero\"") && !calls.contains("connect("), "{command:?}: {calls}");
        assert_eq!(calls.matches("execve(").count(), 1, "{command:?} runs something: {calls}");
    }
}
