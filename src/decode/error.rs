//! Why an input could not be decoded.

/// Nothing of use could be read. Messages are fragments that follow the input's name; they hold no text of the input
/// that is not escaped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes could not be had.
    #[error("cannot be read")]
    Read {
        /// Why not.
        source: std::io::Error,
    },
    /// There are no bytes, or none inside the gzip.
    #[error("the input is empty")]
    Empty,
    /// A profile of another kind, or another format.
    #[error("{what}, not a goroutine profile")]
    OtherKind {
        /// What it is: `a heap profile`.
        what: String,
        /// The way out, one line; `None` if there is none to name.
        hint: Option<String>,
    },
    /// The bytes are of no known form.
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
        /// Bytes that were unpacked before.
        inflated: u64,
    },
    /// The protobuf is broken.
    #[error("{place}: {fault}, at offset {at}")]
    Wire {
        /// Offset in the unpacked bytes.
        at: usize,
        /// The field: `sample[3].location_id[0]`.
        place: String,
        /// What is wrong.
        fault: String,
    },
    /// The profile points outside of its own tables, or is otherwise no valid profile.
    #[error("{place}: {fault}")]
    Invalid {
        /// The field: `sample[3]`.
        place: String,
        /// What is wrong.
        fault: String,
    },
    /// More than a limit allows.
    #[error("{what} exceed the limit of {limit}")]
    Limit {
        /// What is too much, in the plural.
        what: String,
        /// The limit.
        limit: u64,
        /// The flag that raises it; `None` if it is fixed.
        flag: Option<&'static str>,
    },
    /// A traceback or count text in which no goroutine could be read.
    #[error("{form}, but none of its goroutines could be read: {why}")]
    NoGoroutine {
        /// The form.
        form: &'static str,
        /// Why not.
        why: String,
    },
}

impl DecodeError {
    /// The same fault of a field, said to lie inside of `place`.
    pub(super) fn inside(mut self, outer: impl FnOnce() -> String) -> Self {
        if let DecodeError::Wire { place, .. } = &mut self {
            *place = format!("{}.{place}", outer());
        }
        self
    }

    /// The way out, one line, if there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            DecodeError::Read { .. } => None,
            DecodeError::OtherKind { hint, .. } => hint.clone(),
            DecodeError::Empty => Some("the server or the copy wrote nothing: pull it again".to_owned()),
            DecodeError::Unknown { .. } => Some(
                "pull one with: curl -o goroutine.pb.gz http://HOST:6060/debug/pprof/goroutine".to_owned(),
            ),
            DecodeError::Gzip { .. } | DecodeError::Wire { .. } | DecodeError::Invalid { .. } => {
                Some("the file is damaged or cut: pull it again".to_owned())
            }
            DecodeError::Limit { flag, .. } => {
                flag.map(|flag| format!("if it is to be trusted, raise it with {flag}"))
            }
            DecodeError::NoGoroutine { .. } => {
                Some("its lines must be whole and in their order: pull it again, or take it from the log as it was written".to_owned())
            }
        }
    }
}
