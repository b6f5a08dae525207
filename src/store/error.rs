//! Why a store cannot be used.

use std::path::Path;

use crate::text::escape;

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or created.
    #[error("cannot open the store {path}")]
    Open {
        /// The path, escaped.
        path: String,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// The file is of a later version of leakscope.
    #[error("the store {path} has schema {found}; this leakscope knows {known}")]
    Newer {
        /// The path, escaped.
        path: String,
        /// Its schema.
        found: i32,
        /// The newest schema that is known.
        known: i32,
    },
    /// The file is a database of something else.
    #[error("{path} is no store of leakscope")]
    Foreign {
        /// The path, escaped.
        path: String,
    },
    /// SQLite reports an error.
    #[error("the store {path}")]
    Sqlite {
        /// The path, escaped.
        path: String,
        /// The reason.
        #[source]
        source: rusqlite::Error,
    },
    /// A ClickHouse server reports an error, or cannot be reached.
    #[error("the store {place}")]
    ClickHouse {
        /// The server and database, without credentials.
        place: String,
        /// The reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A packed snapshot is damaged.
    #[error("the store {path}: the snapshot {snapshot} is damaged")]
    Damaged {
        /// The path, escaped.
        path: String,
        /// The row of the snapshot.
        snapshot: i64,
    },
    /// There is no sweep in it yet.
    #[error("the store {path} holds no sweep")]
    Empty {
        /// The path, escaped.
        path: String,
    },
    /// A sweep was to be written that was never begun.
    #[error("the store {path} has no sweep {sweep}")]
    NoSweep {
        /// The path, escaped.
        path: String,
        /// The sweep, escaped.
        sweep: String,
    },
}

impl StoreError {
    /// How to fix the problem, in one line; `None` if there is no advice.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            StoreError::Empty { .. } => Some("fill it with: leakscope sweep --targets FILE --store FILE"),
            StoreError::Newer { .. } => Some("use the version of leakscope that wrote it, or a later one"),
            StoreError::Sqlite { source, .. } => hint_of(source.sqlite_error_code()?),
            StoreError::Open { .. }
            | StoreError::Foreign { .. }
            | StoreError::ClickHouse { .. }
            | StoreError::Damaged { .. }
            | StoreError::NoSweep { .. } => None,
        }
    }
}

/// What helps against an error of SQLite; `None` if there is no advice.
fn hint_of(code: rusqlite::ErrorCode) -> Option<&'static str> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "few of the errors of SQLite have an advice")]
    match code {
        rusqlite::ErrorCode::DiskFull => {
            Some("free some of the disk, and run the same again: what was written before is kept")
        }
        rusqlite::ErrorCode::DatabaseBusy => Some("another process writes to it: run the same again later"),
        rusqlite::ErrorCode::ReadOnly => Some("this user needs the right to write the file and its folder"),
        _ => None,
    }
}

/// A path for messages.
pub(super) fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}
