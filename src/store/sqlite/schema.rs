//! Opens the file, and brings its tables up to date.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::OpenFlags;

use super::sqlite_error;
use crate::store::StoreError;
use crate::store::error::shown;

/// The steps from each schema to the next. A step that was published never changes.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema_1.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];

/// "lksc": marks the file as ours, also for the program `file`.
const APPLICATION_ID: i32 = 0x6c6b_7363;

/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(30);

/// Opens or creates the file.
pub(super) fn create(path: &Path) -> Result<Connection, StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| StoreError::Open { path: shown(path), source })?;
    open(path)
}

/// Opens the file.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    if let Err(source) = std::fs::metadata(path) {
        return Err(StoreError::Open { path: shown(path), source });
    }
    let failed = |source| sqlite_error(&shown(path), source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // SQLite is built to read `file:` as a URI with options. Here it is a path.
    let plain =
        if path.to_string_lossy().starts_with("file:") { Path::new(".").join(path) } else { path.to_owned() };
    let mut connection = Connection::open_with_flags(plain, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let version: i32 = connection.pragma_query_value(None, "user_version", |it| it.get(0)).map_err(failed)?;
    let known = MIGRATIONS.len() as i32;
    if version > known {
        return Err(StoreError::Newer { path: shown(path), found: version, known });
    }
    let id: i32 = connection.pragma_query_value(None, "application_id", |it| it.get(0)).map_err(failed)?;
    let tables: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |it| it.get(0)).map_err(failed)?;
    if id != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Foreign { path: shown(path) });
    }
    if version < known {
        // Readers go on while one process writes, and a commit needs no fsync: a kill loses nothing, a power cut at most the last services.
        connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        migrate(&mut connection).map_err(failed)?;
    }
    connection.pragma_update(None, "synchronous", "normal").map_err(failed)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    let version: u32 = transaction.pragma_query_value(None, "user_version", |it| it.get(0))?;
    for step in MIGRATIONS.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i32)?;
    transaction.commit()
}
