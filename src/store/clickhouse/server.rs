//! Statements to the server, and rows of its answers.

use std::error::Error;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

/// Sends statements to a ClickHouse server.
pub trait Transport {
    /// Runs a statement, with `rows` as what follows an insert, and returns the answer. An error names no credentials.
    fn send(&self, statement: &str, rows: Vec<u8>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;
}

/// The server, and its name for errors.
pub(super) struct Server {
    pub(super) transport: Box<dyn Transport>,
    pub(super) place: String,
}

impl Server {
    pub(super) fn run(&self, statement: &str, rows: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let failed = |source| StoreError::ClickHouse { place: self.place.clone(), source };
        self.transport.send(statement, rows).map_err(failed)
    }

    /// The rows of a select, whose columns have the names of the fields of `T`.
    pub(super) fn rows<T: DeserializeOwned>(&self, select: &str) -> Result<Vec<T>, StoreError> {
        let answer = self.run(
            &format!("{select} settings output_format_json_quote_64bit_integers = 0 format JSONEachRow"),
            Vec::new(),
        )?;
        let lines = answer.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let rows: Result<Vec<T>, serde_json::Error> = lines.map(serde_json::from_slice).collect();
        rows.map_err(|error| StoreError::ClickHouse { place: self.place.clone(), source: Box::new(error) })
    }

    pub(super) fn insert<T: Serialize>(&self, table: &'static str, rows: &[T]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut body = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut body, row).map_err(|error| StoreError::ClickHouse {
                place: self.place.clone(),
                source: Box::new(error),
            })?;
            body.push(b'\n');
        }
        self.run(&format!("insert into {table} format JSONEachRow"), body)?;
        Ok(())
    }
}

/// A text as an expression of which it cannot leave the digits.
pub(super) fn hex(text: &str) -> String {
    let digits: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    format!("unhex('{digits}')")
}

/// Texts as what follows `in`.
pub(super) fn hex_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = texts.map(hex).collect();
    format!("({})", all.join(", "))
}

/// An error with its causes.
pub(super) fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text.push_str(&format!(": {it}"));
        cause = it.source();
    }
    text
}

/// An empty text is none.
pub(super) fn some(text: String) -> Option<String> {
    Some(text).filter(|it| !it.is_empty())
}
