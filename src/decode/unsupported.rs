//! Identifies inputs that are not supported, so that the error can say what they are.

use super::DecodeError;
use super::text::Text;

/// Identifies a binary or markup format by its first bytes; `None` if it is unknown.
pub(super) fn identify(bytes: &[u8]) -> Option<DecodeError> {
    let trimmed = bytes.trim_ascii_start();
    let lower: Vec<u8> = trimmed.iter().take(64).map(u8::to_ascii_lowercase).collect();
    let (what, hint) = if lower.starts_with(b"<!doctype") || lower.starts_with(b"<html") {
        (
            "an HTML page (a login, an index or an error page)",
            Some("the profile itself is at /debug/pprof/goroutine"),
        )
    } else if lower.starts_with(b"<?xml") || lower.starts_with(b"<svg") {
        ("XML", None)
    } else if bytes.starts_with(b"go 1.") && lower.windows(6).any(|window| window == b" trace") {
        ("a Go execution trace", Some("fetch /debug/pprof/goroutine, not /debug/pprof/trace"))
    } else if bytes.starts_with(b"\x7fELF") {
        ("an ELF program", Some("give the profile, not the program"))
    } else if bytes.starts_with(b"PK\x03\x04") {
        ("a zip archive", Some("unpack it first"))
    } else if bytes.starts_with(b"\x28\xb5\x2f\xfd") {
        ("a zstd stream", Some("unpack it first: zstd -d"))
    } else if bytes.starts_with(b"BZh") {
        ("a bzip2 stream", Some("unpack it first: bunzip2"))
    } else if bytes.starts_with(b"\xfd7zXZ") {
        ("an xz stream", Some("unpack it first: unxz"))
    } else if bytes.starts_with(b"FLR\0") {
        ("a Java flight recording", None)
    } else if bytes.starts_with(b"PERFILE2") {
        ("a perf.data file", None)
    } else if bytes.starts_with(b"version https://git-lfs") {
        ("a Git LFS pointer, not the file itself", Some("fetch it: git lfs pull"))
    } else if bytes.get(257..262) == Some(b"ustar") {
        ("a tar archive", Some("unpack it first"))
    } else if bytes.starts_with(&[0, 0, 0, 0, 3, 0, 0, 0])
        || bytes.starts_with(&[0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0])
    {
        ("a CPU profile of gperftools", Some("fetch /debug/pprof/goroutine"))
    } else if bytes.starts_with(&[0; 8]) {
        ("binary data that starts with zeros, which are no field of a profile", None)
    } else {
        return None;
    };
    Some(DecodeError::OtherKind { what: what.to_owned(), hint: hint.map(str::to_owned) })
}

/// The error for a text in which no form was recognized.
pub(super) fn unknown(text: &Text<'_>) -> DecodeError {
    let content = text.content().trim_start();
    let first = content.lines().next().unwrap_or("");
    let shown: String = first.chars().take(60).collect();
    let looks_like = if content.is_empty() {
        return DecodeError::Empty;
    } else if content.starts_with(['{', '[']) {
        "JSON".to_owned()
    } else if content.starts_with("Full thread dump") || content.contains("java.lang.Thread.State") {
        "a Java thread dump".to_owned()
    } else if content.starts_with("Traceback (most recent call last)") {
        "a Python traceback".to_owned()
    } else if content.contains("WARNING: DATA RACE") {
        "a report of Go's race detector".to_owned()
    } else if first.contains('\0') && first.contains('/') {
        "the answer of /debug/pprof/cmdline".to_owned()
    } else if text.content().chars().take(4096).filter(|it| *it == '\u{fffd}').count() > 8 {
        "binary data that was copied as text (its bytes were replaced): copy it as binary".to_owned()
    } else if first.chars().any(char::is_control) {
        "binary data".to_owned()
    } else {
        format!("text that starts with \"{}\"", shown.escape_debug())
    };
    DecodeError::Unknown { looks_like }
}
