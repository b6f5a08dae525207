//! The errors of decoding.

/// Why an input could not be decoded. Messages are fragments to follow the input's name. Text from the input is escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The input could not be read.
    #[error("cannot be read")]
    Read {
        /// The system's error.
        source: std::io::Error,
    },
    /// The input is empty, or its gzip stream is.
    #[error("the input is empty")]
    Empty,
    /// A profile of another kind, or a file of another format.
    #[error("{what}, not a goroutine profile")]
    OtherKind {
        /// What it is: `a heap profile`.
        what: String,
        /// How the user can fix it, in one line; `None` if there is no advice.
        hint: Option<&'static str>,
    },
    /// Reports of the race detector: their stacks are no live goroutines.
    #[error("{}", race_message(reports))]
    Race {
        /// Each report in one sentence: both accesses, and where their goroutines were created.
        reports: Vec<String>,
    },
    /// The bytes have no known form.
    #[error("not a goroutine profile or traceback: it looks like {looks_like}")]
    Unknown {
        /// What the first bytes look like.
        looks_like: String,
    },
    /// The gzip stream is broken or ends early.
    #[error("gzip: {fault} after {inflated} unpacked bytes")]
    Gzip {
        /// What is wrong.
        fault: String,
        /// Bytes decompressed before the fault.
        inflated: u64,
    },
    /// The protobuf encoding is broken.
    #[error("{place}: {fault}, at offset {at}")]
    Wire {
        /// The offset in the decompressed bytes.
        at: usize,
        /// The field: `sample[3].location_id[0]`.
        place: String,
        /// What is wrong.
        fault: String,
    },
    /// The profile refers to entries that its tables do not have, or is invalid in another way.
    #[error("{place}: {fault}")]
    Invalid {
        /// The field: `sample[3]`.
        place: String,
        /// What is wrong.
        fault: String,
    },
    /// The input exceeds a limit.
    #[error("{what} exceed the limit of {limit}")]
    Limit {
        /// What exceeds the limit, in the plural.
        what: String,
        /// The limit.
        limit: u64,
        /// The flag that raises it; `None` if it is fixed.
        flag: Option<&'static str>,
    },
    /// A profile of all goroutines without any.
    #[error("it has no goroutines, which no live process has")]
    NoGoroutines,
    /// No source of a log has the wanted name.
    #[error("no source of the log has {wanted:?} in its name; it has {known}")]
    NoSource {
        /// What was looked for.
        wanted: String,
        /// The names of the sources.
        known: String,
    },
    /// A traceback or a text of counts of which no goroutine could be decoded.
    #[error("{form}, but none of its goroutines could be decoded: {why}")]
    NoGoroutine {
        /// The form of the input.
        form: &'static str,
        /// Why not.
        why: String,
    },
}

/// The number of race reports that a message repeats.
const MAX_REPORTS: usize = 3;

fn race_message(reports: &[String]) -> String {
    let shown: Vec<&str> = reports.iter().take(MAX_REPORTS).map(String::as_str).collect();
    let more = reports.len().saturating_sub(MAX_REPORTS);
    let rest = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    format!("a report of Go's race detector, not a goroutine profile: {}{rest}", shown.join("; "))
}

impl DecodeError {
    /// The error of a reader: what decompresses an input may have reported why it cannot be decoded.
    pub(super) fn of_read(error: std::io::Error) -> Self {
        error.downcast().unwrap_or_else(|source| DecodeError::Read { source })
    }

    pub(super) fn other_kind(what: impl Into<String>, hint: Option<&'static str>) -> Self {
        DecodeError::OtherKind { what: what.into(), hint }
    }

    pub(super) fn invalid(place: impl Into<String>, fault: impl Into<String>) -> Self {
        DecodeError::Invalid { place: place.into(), fault: fault.into() }
    }

    /// The same error with `outer` before its place: `sample[3]` and `value` become `sample[3].value`.
    pub(super) fn inside(mut self, outer: impl FnOnce() -> String) -> Self {
        if let DecodeError::Wire { place, .. } = &mut self {
            *place = format!("{}.{place}", outer());
        }
        self
    }

    /// How the user can fix it, in one line; `None` if there is no advice.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            DecodeError::Read { .. } | DecodeError::NoSource { .. } => return None,
            DecodeError::OtherKind { hint, .. } => return hint.map(str::to_owned),
            DecodeError::Limit { flag, .. } => {
                return flag.map(|flag| format!("if you trust this file, raise the limit with {flag}"));
            }
            DecodeError::Empty | DecodeError::NoGoroutines => {
                "the server or the copy wrote nothing: fetch it again"
            }
            DecodeError::Race { .. } => {
                "synchronize the two accesses; to see live goroutines, fetch /debug/pprof/goroutine"
            }
            DecodeError::Unknown { .. } => {
                "fetch one with: curl -o goroutine.pb.gz http://HOST:6060/debug/pprof/goroutine"
            }
            DecodeError::Gzip { .. } | DecodeError::Wire { .. } | DecodeError::Invalid { .. } => {
                "the file is damaged or truncated: fetch it again"
            }
            DecodeError::NoGoroutine { .. } => {
                "the dump is wrapped or out of order: capture it again, or copy it unmodified from the log"
            }
        };
        Some(hint.to_owned())
    }
}
