//! Reads files and standard input, up to a size limit.
#![expect(clippy::disallowed_methods, reason = "files are read here, and nowhere else in the library")]

use std::fs;
use std::fs::File;
use std::fs::FileType;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::source::error::SourceError;
use crate::text::escape_path;

const PREALLOC_MAX: u64 = 1 << 18;

/// Reads a regular file, or standard input for `-`. It may have at most `max_input` bytes.
///
/// Anything but a regular file is refused before it is opened, because a pipe or device could block the reader.
pub fn read_input(path: &Path, max_input: u64) -> Result<Vec<u8>, SourceError> {
    let mut input = open_input(path, max_input)?;
    let mut bytes = Vec::with_capacity(input.expected().min(PREALLOC_MAX) as usize);
    input.read_to_end(&mut bytes).map_err(|error| into_source_error(error, path))?;
    Ok(bytes)
}

/// Opens an input for reading in chunks, with the rules of [`read_input`]. The reader's errors wrap a [`SourceError`]: see
/// [`into_source_error`].
pub fn open_input(path: &Path, max_input: u64) -> Result<InputReader, SourceError> {
    if path == Path::new("-") {
        let (shown, limit) = ("standard input".to_owned(), max_input);
        let open: Option<Box<dyn Read + Send>> = Some(Box::new(io::stdin()));
        return Ok(InputReader { path: path.to_owned(), open, shown, expected: limit, limit, left: limit });
    }
    let shown = escape_path(path);
    let metadata =
        fs::metadata(path).map_err(|source| SourceError::Read { path: escape_path(path), source })?;
    if !metadata.is_file() {
        return Err(SourceError::NotAFile { path: shown, kind: kind_of(metadata.file_type()) });
    }
    if metadata.len() > max_input {
        return Err(SourceError::TooLarge { input: shown, promised: Some(metadata.len()), limit: max_input });
    }
    let (expected, limit) = (metadata.len(), max_input);
    Ok(InputReader { path: path.to_owned(), open: None, shown, expected, limit, left: limit })
}

/// Unwraps an error of a reader from [`open_input`].
pub fn into_source_error(error: io::Error, path: &Path) -> SourceError {
    match error.downcast::<SourceError>() {
        Ok(error) => error,
        Err(source) => SourceError::Read { path: escape_path(path), source },
    }
}

/// Reads an input, and fails once it exceeds the limit. A file is opened at the first read, so that thousands of readers need
/// no file descriptors before their turn.
pub struct InputReader {
    path: PathBuf,
    /// `None` before the first read.
    open: Option<Box<dyn Read + Send>>,
    shown: String,
    expected: u64,
    limit: u64,
    left: u64,
}

impl InputReader {
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.open.is_none() {
            self.open = Some(Box::new(File::open(&self.path)?));
        }
        self.open.as_mut().map_or(Ok(0), |open| open.read(buffer))
    }

    /// The file's size in bytes; for standard input, whose size is unknown, the limit.
    pub fn expected(&self) -> u64 {
        self.expected
    }
}

impl Read for InputReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_some(buffer);
        let shown = || self.shown.clone();
        let read = read.map_err(|source| {
            let kind = source.kind();
            if kind == io::ErrorKind::Interrupted {
                return source;
            }
            io::Error::new(kind, SourceError::Read { path: shown(), source })
        })?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let too_large = SourceError::TooLarge { input: shown(), promised: None, limit: self.limit };
            io::Error::new(io::ErrorKind::FileTooLarge, too_large)
        })?;
        Ok(read)
    }
}

fn kind_of(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;

        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "a special file" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn refuses_everything_but_files() {
        let check = |path: &str, expected: &str| {
            let error = read_input(Path::new(path), 16).expect_err("the path cannot be read");
            assert_eq!(error.to_string(), expected);
        };
        check("/nonexistent/\x1b[2Jx", "cannot read /nonexistent/\\x1b[2Jx");
        check("/", "cannot read /: it is a folder, not a file");
        check("/dev/zero", "cannot read /dev/zero: it is a device, not a file");
        // The size of a file in /proc is 0, so the limit applies while it is read.
        check("/proc/self/status", "cannot read /proc/self/status: larger than the limit of 16 bytes");
    }

    #[test]
    fn stops_at_the_limit() {
        for (length, fits) in [(0, true), (16, true), (17, false), (u64::MAX, false)] {
            let open: Option<Box<dyn Read + Send>> = Some(Box::new(io::repeat(0).take(length)));
            let (path, shown) = (PathBuf::new(), "input".to_owned());
            let mut reader = InputReader { path, open, shown, expected: 16, limit: 16, left: 16 };
            assert_eq!(reader.read_to_end(&mut Vec::new()).is_ok(), fits, "{length} bytes");
        }
    }
}
