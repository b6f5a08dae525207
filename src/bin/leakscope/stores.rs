//! The store that `--store` names: a file, or the URL of a ClickHouse server and a database.
#![expect(clippy::disallowed_methods, reason = "the credentials of a server are in variables")]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use leakscope::source::HttpOptions;
use leakscope::source::Poster;
use leakscope::store::ClickHouseStore;
use leakscope::store::SqliteStore;
use leakscope::store::Store;
use leakscope::store::StoreError;
use leakscope::store::Transport;
use leakscope::text::escape;

use crate::exit_code::Failure;

const TIMEOUT: Duration = Duration::from_secs(120);
/// The most that a server may answer: the sums of a day of a million stacks.
const MAX_ANSWER: u64 = 512 << 20;
/// The variables with the credentials, as ClickHouse's own client has them.
const USER: &str = "CLICKHOUSE_USER";
const PASSWORD: &str = "CLICKHOUSE_PASSWORD";

/// Whether a place is a server.
pub(crate) fn is_server(place: &Path) -> bool {
    place.to_str().is_some_and(|it| it.starts_with("http://") || it.starts_with("https://"))
}

/// Opens a store that is there.
pub(crate) fn open(place: &Path) -> Result<Box<dyn Store>, Failure> {
    if is_server(place) {
        return Ok(Box::new(server(place)?));
    }
    Ok(Box::new(SqliteStore::open(place).map_err(failure)?))
}

/// Opens a store; a file that is not there is created.
pub(crate) fn create(place: &Path) -> Result<Box<dyn Store>, Failure> {
    if is_server(place) {
        return Ok(Box::new(server(place)?));
    }
    Ok(Box::new(SqliteStore::create(place).map_err(failure)?))
}

/// A store in a database of a server. Sends nothing yet.
pub(crate) fn server(place: &Path) -> Result<ClickHouseStore, Failure> {
    let text = place.to_str().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
    let fault = |what: &str| {
        Failure::usage(anyhow!("--store: {what}"))
            .with_hint("write it like http://clickhouse.internal:8123/leakscope")
    };
    if host.contains('@') {
        return Err(fault(&format!("credentials are not part of the URL: set {USER} and {PASSWORD}")));
    }
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    if database.is_empty() || !database.chars().all(is_name) {
        return Err(fault("a server needs the name of a database, of letters, digits and _"));
    }
    let mut headers = Vec::new();
    for (header, variable) in [("X-ClickHouse-User", USER), ("X-ClickHouse-Key", PASSWORD)] {
        headers.extend(std::env::var(variable).ok().map(|value| (header.to_owned(), value)));
    }
    let options = HttpOptions { headers, timeout: TIMEOUT, max_input: MAX_ANSWER, ..HttpOptions::default() };
    let poster = Poster::new(&format!("{scheme}://{host}/"), &options)?;
    let place = escape(&format!("{scheme}://{host}/{database}")).into_owned();
    Ok(ClickHouseStore::new(Box::new(Http { poster, database: database.to_owned() }), place))
}

/// Statements over HTTP: a select as the body, an insert as a key of the URL, with its rows as the body.
struct Http {
    poster: Poster,
    database: String,
}

impl Transport for Http {
    fn send(&self, statement: &str, rows: Vec<u8>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let database = ("database", self.database.as_str());
        // Servers before 25.8 write 64-bit numbers in quotation marks otherwise.
        let plain = ("output_format_json_quote_64bit_integers", "0");
        let answer = match rows.is_empty() {
            true => self.poster.post(&[database, plain], "text/plain", statement.as_bytes().to_vec()),
            false => self.poster.post(&[database, ("query", statement)], "application/x-ndjson", rows),
        };
        let answer = answer?;
        // A server that fails after its first rows writes the error among them, with status 200.
        let tail = answer.get(answer.len().saturating_sub(4096)..).unwrap_or_default();
        let is_fault = tail.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"Code: "));
        if is_fault {
            return Err(escape(String::from_utf8_lossy(tail).trim()).into_owned().into());
        }
        Ok(answer)
    }
}

/// A store that cannot be used, with its hint.
pub(crate) fn failure(error: StoreError) -> Failure {
    let hint = error.hint();
    let failure = Failure::input(error);
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}
