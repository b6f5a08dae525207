//! Each limit on inputs: what is over it is refused, by name, with the flag that raises it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support;

const PACKED: &str = "testdata/programs/labelled/go1.27.3/goroutine.pb.gz";
const COUNTS: &str = "testdata/programs/labelled/go1.27.3/goroutine.debug1.txt";
const TRACEBACK: &str = "testdata/programs/labelled/go1.27.3/goroutine.debug2.txt";

/// A flag, a value that is too small, an input, and what is said of it.
const CASES: [(&str, &str, &str, &str); 16] = [
    ("--max-input", "100", PACKED, "1857 bytes are larger than the limit of 100 bytes"),
    ("--max-inflated", "100", PACKED, "unpacked bytes exceed the limit of 100"),
    ("--max-layers", "0", PACKED, "layers of gzip (0 unpacked bytes so far) exceed the limit of 0"),
    ("--max-samples", "1", PACKED, "samples exceed the limit of 1"),
    ("--max-samples", "1", COUNTS, "rows of counts exceed the limit of 1"),
    ("--max-table", "30", PACKED, "entries of the table function exceed the limit of 7"),
    ("--max-table", "0", PACKED, "exceed the limit of 1"),
    ("--max-depth", "1", PACKED, "frames of sample[0] exceed the limit of 1"),
    ("--max-depth", "1", COUNTS, "frames of the record before line 12 exceed the limit of 1"),
    ("--max-string", "5", PACKED, "bytes of one string exceed the limit of 5"),
    ("--max-frames", "5", PACKED, "frames of all stacks exceed the limit of 5"),
    ("--max-memory", "2000", PACKED, "bytes of memory for this input exceed the limit of 2000"),
    ("--max-memory", "4000", PACKED, "bytes of memory for this input exceed the limit of 4000"),
    ("--max-memory", "300", COUNTS, "bytes of memory for this input exceed the limit of 300"),
    ("--max-memory", "100", TRACEBACK, "bytes of memory for this input exceed the limit of 100"),
    ("--max-traceback-goroutines", "2", TRACEBACK, "goroutines exceed the limit of 2"),
];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_over_a_limit_is_refused_with_the_flag_that_raises_it() {
    for (flag, value, input, expected) in CASES {
        let output = support::leakscope(&["top", flag, value, input]);
        let err = said(&output);
        assert_eq!(output.status.code(), Some(3), "{flag} {value} {input}: {err}");
        assert!(err.starts_with("error: ") && err.contains(expected), "{flag} {value} {input}: {err}");
        assert!(err.lines().any(|it| it.starts_with("hint: ") && it.contains(flag)), "{flag}: {err}");
        assert!(output.stdout.is_empty(), "{flag} {value} {input} shows a report");
    }
}

#[test]
fn long_lines_and_deep_stacks_of_a_traceback_are_cut_and_reported() {
    let cases = [
        ("--max-line", "80", "lines longer than the limit, cut (--max-line)"),
        ("--max-depth", "2", "frames beyond the limit of a stack, left out (--max-depth)"),
    ];
    for (flag, value, expected) in cases {
        let output = support::leakscope(&["top", flag, value, TRACEBACK]);
        let err = said(&output);
        assert!(output.status.success() && err.contains(expected), "{flag}: {err}");
    }
}

#[test]
fn a_bomb_is_known_by_its_ratio() {
    // A member of zeros, as often as it takes until the ratio is looked at.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[0; 1 << 20]).expect("memory can be written to");
    let bomb = encoder.finish().expect("memory can be written to").repeat(130);
    let folder = tempfile::tempdir().expect("a folder is made");
    let input = folder.path().join("bomb");
    std::fs::write(&input, bomb).expect("a file is written");
    let output = support::leakscope(&["top".as_ref(), input.as_os_str()]);
    let err = said(&output);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(
        err.contains("unpacked bytes for each packed byte (a decompression bomb?) exceed the limit of 500"),
        "{err}"
    );
    assert!(err.contains("raise the limit with --max-ratio"), "{err}");
}

#[test]
fn no_limit_is_left_out_of_these_tests() {
    let help = support::leakscope(&["top", "--help"]);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let flags: BTreeSet<&str> = help
        .split_whitespace()
        .filter(|word| {
            word.starts_with("--max-") && word.bytes().all(|it| it == b'-' || it.is_ascii_lowercase())
        })
        .collect();
    let tried: BTreeSet<&str> =
        CASES.iter().map(|(flag, ..)| *flag).chain(["--max-line", "--max-ratio"]).collect();
    assert_eq!(flags, tried);
}

/// Runs it with this many KiB of address space.
#[cfg(target_os = "linux")]
fn with_little_memory(kib: u32, input: &Path) -> Output {
    Command::new("sh")
        .args(["-c", "ulimit -v \"$1\"; exec \"$2\" top \"$3\"", "-"])
        .arg(kib.to_string())
        .arg(env!("CARGO_BIN_EXE_leakscope"))
        .arg(input)
        .output()
        .expect("a shell is there")
}

#[test]
#[cfg(target_os = "linux")]
fn where_memory_is_short_a_bomb_is_an_error_and_no_crash() {
    let Some(shared) = support::shared() else { return };
    let names = ["comments_32MB", "empty_locations_32MB", "labels_4M", "lines_8M"];
    let bombs = names.map(|name| shared.join(format!("hostile/bomb/{name}.pb.gz")));
    std::thread::scope(|scope| {
        for half in bombs.chunks(bombs.len() / 2) {
            scope.spawn(|| half.iter().for_each(|bomb| refused_without_a_crash(bomb)));
        }
    });
}

#[cfg(target_os = "linux")]
fn refused_without_a_crash(bomb: &Path) {
    assert!(bomb.is_file(), "{}", bomb.display());
    let output = with_little_memory(192 << 10, bomb);
    let err = said(&output);
    assert_eq!(output.status.code(), Some(3), "{}: {}: {err}", bomb.display(), output.status);
    assert!(err.starts_with("error: ") && err.lines().count() <= 2, "{}: {err}", bomb.display());
}
