//! Identifies inputs that are not supported, so that the error can say what they are.

use super::DecodeError;
use super::text::Text;
use super::traceback::last_words;

/// Formats by their first bytes, each with a hint.
const MAGIC: [(&[u8], &str, Option<&str>); 11] = [
    (b"\x7fELF", "an ELF program", Some("give the profile, not the program")),
    (b"PK\x03\x04", "a zip archive", Some("unpack it first")),
    (b"\x28\xb5\x2f\xfd", "a zstd stream", Some("unpack it first: zstd -d")),
    (b"BZh", "a bzip2 stream", Some("unpack it first: bunzip2")),
    (b"\xfd7zXZ", "an xz stream", Some("unpack it first: unxz")),
    (b"FLR\0", "a Java flight recording", None),
    (b"PERFILE2", "a perf.data file", None),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", Some("fetch it: git lfs pull")),
    (b"\0\0\0\0\x03\0\0\0", "a CPU profile of gperftools", GOROUTINES),
    (b"\0\0\0\0\0\0\0\0\x03\0\0\0", "a CPU profile of gperftools", GOROUTINES),
    (&[0; 8], "binary data that starts with zeros, which are no field of a profile", None),
];

const GOROUTINES: Option<&str> = Some("fetch /debug/pprof/goroutine");

/// Identifies a binary or markup format by its first bytes; `None` if it is unknown.
pub(super) fn identify(bytes: &[u8]) -> Option<DecodeError> {
    let lower: Vec<u8> = bytes.trim_ascii_start().iter().take(64).map(u8::to_ascii_lowercase).collect();
    let (what, hint) = if lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") {
        let hint = "the profile itself is at /debug/pprof/goroutine";
        ("an HTML page (a login, an index or an error page)", Some(hint))
    } else if lower.starts_with(b"<?xml") || lower.starts_with(b"<svg") {
        ("XML", None)
    } else if bytes.starts_with(b"go 1.") && lower.windows(6).any(|window| window == b" trace") {
        ("a Go execution trace", Some("fetch /debug/pprof/goroutine, not /debug/pprof/trace"))
    } else if bytes.get(257..262) == Some(b"ustar") {
        ("a tar archive", Some("unpack it first"))
    } else {
        let (_, what, hint) = MAGIC.iter().find(|(magic, ..)| bytes.starts_with(magic))?;
        (*what, *hint)
    };
    Some(DecodeError::other_kind(what, hint))
}

/// The error for a text in which no form was recognized.
pub(super) fn unknown(text: &Text<'_>) -> DecodeError {
    let content = text.content().trim_start();
    let first = content.lines().next().unwrap_or("");
    if content.is_empty() {
        return DecodeError::Empty;
    }
    if let Some(kind) = last_words(text) {
        let what = format!("the last words of a process ({}) without its goroutines", kind.as_str());
        return DecodeError::other_kind(
            what,
            Some("copy what follows them, or run the program with GOTRACEBACK=all"),
        );
    }
    let looks_like = if content.starts_with(['{', '[']) {
        "JSON"
    } else if content.starts_with("Full thread dump") || content.contains("java.lang.Thread.State") {
        "a Java thread dump"
    } else if content.starts_with("Traceback (most recent call last)") {
        "a Python traceback"
    } else if first.contains('\0') && first.contains('/') {
        "the answer of /debug/pprof/cmdline"
    } else if text.content().chars().take(4096).filter(|it| *it == '\u{fffd}').count() > 8 {
        "binary data that was copied as text (its bytes were replaced): copy it as binary"
    } else if first.chars().any(char::is_control) {
        "binary data"
    } else {
        let shown: String = first.chars().take(60).collect();
        let looks_like = format!("text that starts with \"{}\"", shown.escape_debug());
        return DecodeError::Unknown { looks_like };
    };
    DecodeError::Unknown { looks_like: looks_like.to_owned() }
}
