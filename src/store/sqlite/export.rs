//! Tables as CSV, for other programs.

use std::io;
use std::io::Write;

use rusqlite::types::ValueRef;

use super::SqliteStore;
use crate::store::StoreError;
use crate::store::pairs;
use crate::text::words;

words! {
    /// A table that can be exported.
    pub enum Table {
        /// The sums of each day, service, version and stack.
        Daily = "daily",
        /// The instances that were looked at, by day, service and version.
        Looked = "looked",
        /// The stacks.
        Stacks = "stacks",
        /// The first day of each stack in a service.
        Since = "since",
        /// The sweeps.
        Sweeps = "sweeps",
        /// How many instances of each service a sweep knew, and was to look at.
        Planned = "planned",
        /// The instances that a sweep missed.
        Missed = "missed",
        /// The second looks at one instance of a service.
        Looks = "looks",
        /// What a second look saw of a stack.
        LookStacks = "look_stacks",
        /// What was last reported of a stack.
        Notices = "notices",
        /// The goroutines of each snapshot, by stack.
        Samples = "samples",
    }
}

impl Table {
    /// The statement, whose order depends only on names.
    fn statement(self) -> &'static str {
        match self {
            Table::Daily => {
                "select d.day, s.name service, v.name version, printf('%016x', k.fp) fingerprint, d.instances, d.total, d.squares,
                   d.most, d.most_at from daily d join service s on s.id = d.service join version v on v.id = d.version
                 join stack k on k.id = d.stack order by 1, 2, 3, 4"
            }
            Table::Looked => {
                "select l.day, s.name service, v.name version, l.instances from looked l join service s on s.id = l.service
                 join version v on v.id = l.version order by 1, 2, 3"
            }
            Table::Stacks => {
                "select printf('%016x', fp) fingerprint, frames, site, spawn, blocked_on, rule, background from stack order by 1"
            }
            Table::Since => {
                "select s.name service, printf('%016x', k.fp) fingerprint, i.day, v.name version, i.last from since i
                 join service s on s.id = i.service join stack k on k.id = i.stack join version v on v.id = i.version order by 1, 2"
            }
            Table::Sweeps => "select id sweep, day, begun, ended, source from sweep order by 1",
            Table::Planned => {
                "select p.sweep, s.name service, p.listed, p.wanted from planned p join service s on s.id = p.service order by 1, 2"
            }
            Table::Missed => {
                "select m.sweep, s.name service, m.instance, m.cause, m.detail from missed m join service s on s.id = m.service
                 order by 1, 2, 3"
            }
            Table::Looks => {
                "select l.sweep, s.name service, l.instance, l.taken_at from look l join service s on s.id = l.service order by 1, 2"
            }
            Table::LookStacks => {
                "select l.sweep, s.name service, printf('%016x', k.fp) fingerprint, l.count, l.rule, l.listed, l.stated, l.least, l.median,
                   l.most, l.proven from look_stack l join service s on s.id = l.service join stack k on k.id = l.stack order by 1, 2, 3"
            }
            Table::Notices => {
                "select s.name service, printf('%016x', k.fp) fingerprint, n.kind, n.day, n.rms from notice n
                 join service s on s.id = n.service join stack k on k.id = n.stack order by 1, 2"
            }
            Table::Samples => {
                "select p.sweep, s.name service, v.name version, p.instance, p.taken_at, p.pairs, p.id from snapshot p
                 join service s on s.id = p.service join version v on v.id = p.version order by 1, 2, 4"
            }
        }
    }
}

/// The outer result is about the store, the inner one about the output.
pub(super) fn export(
    store: &SqliteStore,
    table: Table,
    out: &mut dyn Write,
) -> Result<io::Result<()>, StoreError> {
    match table {
        Table::Samples => samples(store, out),
        Table::Daily
        | Table::Looked
        | Table::Stacks
        | Table::Since
        | Table::Sweeps
        | Table::Planned
        | Table::Missed
        | Table::Looks
        | Table::LookStacks
        | Table::Notices => store.wrapped(|it| {
            let mut statement = it.prepare(table.statement())?;
            let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
            if let Err(error) = writeln!(out, "{}", names.join(",")) {
                return Ok(Err(error));
            }
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let mut line = Vec::new();
                for at in 0..names.len() {
                    line.push(cell(row.get_ref(at)?));
                }
                if let Err(error) = writeln!(out, "{}", line.join(",")) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        }),
    }
}

/// A line for each stack of each snapshot.
fn samples(store: &SqliteStore, out: &mut dyn Write) -> Result<io::Result<()>, StoreError> {
    let fingerprints: std::collections::HashMap<i64, String> = store.wrapped(|it| {
        let mut statement = it.prepare("select id, printf('%016x', fp) from stack")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    })?;
    let mut damaged = None;
    let written = store.wrapped(|it| {
        if let Err(error) = writeln!(out, "sweep,service,version,instance,taken_at,fingerprint,count") {
            return Ok(Err(error));
        }
        let mut statement = it.prepare(Table::Samples.statement())?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut head = Vec::new();
            for at in 0..5 {
                head.push(cell(row.get_ref(at)?));
            }
            let bytes: Vec<u8> = row.get(5)?;
            let Some(pairs) = pairs::unpack(&bytes) else {
                damaged = Some(row.get(6)?);
                continue;
            };
            let mut lines: Vec<(&str, u64)> = pairs
                .iter()
                .filter_map(|(stack, count)| Some((fingerprints.get(stack)?.as_str(), *count)))
                .collect();
            lines.sort_unstable();
            for (fingerprint, count) in lines {
                if let Err(error) = writeln!(out, "{},{fingerprint},{count}", head.join(",")) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    })?;
    damaged.map_or(Ok(written), |snapshot| Err(store.damaged(snapshot)))
}

/// A cell: numbers as they are, texts in quotation marks if they need them (RFC 4180). No value is an empty cell.
fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.into_owned()
            }
        }
    }
}
