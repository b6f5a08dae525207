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
        hint: Option<String>,
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
        /// The flag that raises it.
        flag: &'static str,
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

impl DecodeError {
    /// The same error with `outer` before its place: `sample[3]` and `value` become `sample[3].value`.
    pub(super) fn inside(mut self, outer: impl FnOnce() -> String) -> Self {
        if let DecodeError::Wire { place, .. } = &mut self {
            *place = format!("{}.{place}", outer());
        }
        self
    }

    /// How the user can fix it, in one line; `None` if there is no advice.
    pub fn hint(&self) -> Option<String> {
        match self {
            DecodeError::Read { .. } => None,
            DecodeError::OtherKind { hint, .. } => hint.clone(),
            DecodeError::Empty => Some("the server or the copy wrote nothing: fetch it again".to_owned()),
            DecodeError::Unknown { .. } => Some(
                "fetch one with: curl -o goroutine.pb.gz http://HOST:6060/debug/pprof/goroutine".to_owned(),
            ),
            DecodeError::Gzip { .. } | DecodeError::Wire { .. } | DecodeError::Invalid { .. } => {
                Some("the file is damaged or truncated: fetch it again".to_owned())
            }
            DecodeError::Limit { flag, .. } => {
                Some(format!("if you trust this file, raise the limit with {flag}"))
            }
            DecodeError::NoGoroutine { .. } => Some(
                "the dump is wrapped or out of order: capture it again, or copy it unmodified from the log"
                    .to_owned(),
            ),
        }
    }
}
