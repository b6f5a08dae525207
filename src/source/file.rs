//! Reads one file or standard input whole, within a limit.
#![expect(clippy::disallowed_methods, reason = "files are read here, at the door of the library")]

use std::fs;
use std::fs::File;
use std::fs::FileType;
use std::io;
use std::io::Read;
use std::path::Path;

use crate::source::error::SourceError;
use crate::source::escape::escaped_path;

/// The bytes of a regular file, or of standard input for `-`; at most `max_input` bytes.
///
/// What is no regular file is refused before it is opened: a pipe or device could keep the reader waiting.
pub fn read_input(path: &Path, max_input: u64) -> Result<Vec<u8>, SourceError> {
    if path == Path::new("-") {
        return read_bounded(io::stdin().lock(), "standard input", max_input);
    }
    let shown = escaped_path(path);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(source) => return Err(SourceError::Read { path: shown, source }),
    };
    if !metadata.is_file() {
        return Err(SourceError::NotAFile { path: shown, kind: kind_of(metadata.file_type()) });
    }
    if metadata.len() > max_input {
        return Err(SourceError::TooLarge { input: shown, promised: Some(metadata.len()), limit: max_input });
    }
    match File::open(path) {
        Ok(file) => read_bounded(file, &shown, max_input),
        Err(source) => Err(SourceError::Read { path: shown, source }),
    }
}

fn read_bounded(reader: impl Read, shown: &str, max_input: u64) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells a full input from one that is too large.
    let mut bounded = reader.take(max_input.saturating_add(1));
    if let Err(source) = bounded.read_to_end(&mut bytes) {
        return Err(SourceError::Read { path: shown.to_owned(), source });
    }
    if bytes.len() as u64 > max_input {
        return Err(SourceError::TooLarge { input: shown.to_owned(), promised: None, limit: max_input });
    }
    Ok(bytes)
}

#[cfg(unix)]
fn kind_of(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    if kind.is_dir() {
        return "a folder";
    }
    if kind.is_fifo() {
        return "a pipe";
    }
    if kind.is_socket() {
        return "a socket";
    }
    if kind.is_char_device() || kind.is_block_device() {
        return "a device";
    }
    "something special"
}

#[cfg(not(unix))]
fn kind_of(kind: FileType) -> &'static str {
    if kind.is_dir() { "a folder" } else { "something special" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &str) {
        let error = read_input(Path::new(path), 16).expect_err("the path cannot be read");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn refuses_what_is_no_file() {
        check("/nonexistent/\x1b[2Jx", "cannot read /nonexistent/\\x1b[2Jx");
        check("/", "cannot read /: it is a folder, not a file");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn refuses_devices_and_endless_files() {
        check("/dev/zero", "cannot read /dev/zero: it is a device, not a file");
        // A file of /proc says that it has no length.
        check("/proc/self/status", "cannot read /proc/self/status: larger than the limit of 16 bytes");
    }

    #[test]
    fn stops_at_the_limit() {
        let cases: [(usize, bool); 3] = [(0, true), (16, true), (17, false)];
        for (length, fits) in cases {
            let read = read_bounded(vec![b'x'; length].as_slice(), "input", 16);
            assert_eq!(read.is_ok(), fits, "{length} bytes");
        }
        assert!(read_bounded(io::repeat(0), "input", 16).is_err());
    }
}
