//! What was reported of stacks.

use rusqlite::Connection;
use rusqlite::params;

use super::SqliteStore;
use super::sqlite_error;
use crate::store::KnownNotice;
use crate::store::Notice;
use crate::store::NoticeKind;
use crate::store::StoreError;

pub(super) fn notices(store: &SqliteStore) -> Result<Vec<KnownNotice>, StoreError> {
    store.wrapped(|it| {
        let mut statement = it.prepare(
            "select v.name, k.fp, n.kind, n.day, n.rms, k.site, v.team,
               (select count(distinct l.day) from looked l where l.service = n.service and l.day > i.last)
             from notice n join service v on v.id = n.service join stack k on k.id = n.stack
             join since i on i.service = n.service and i.stack = n.stack order by 1, 2",
        )?;
        let rows = statement.query_map([], |row| {
            let kind: String = row.get(2)?;
            // A word that this version does not know is of a later one: what was reported stays reported.
            let kind =
                NoticeKind::ALL.iter().find(|it| it.as_str() == kind).copied().unwrap_or(NoticeKind::New);
            let notice = Notice {
                service: row.get(0)?,
                fingerprint: row.get::<_, i64>(1)?.cast_unsigned(),
                kind,
                day: row.get(3)?,
                rms: row.get(4)?,
            };
            Ok(KnownNotice { notice, site: row.get(5)?, team: row.get(6)?, days_absent: row.get(7)? })
        })?;
        rows.collect()
    })
}

pub(super) fn remember(store: &mut SqliteStore, notices: &[Notice]) -> Result<(), StoreError> {
    let SqliteStore { connection, path, .. } = store;
    let mut run = || {
        let transaction = connection.transaction()?;
        notices.iter().try_for_each(|it| insert(&transaction, it))?;
        transaction.commit()
    };
    run().map_err(|source| sqlite_error(path, source))
}

/// Adds or replaces one; an older day does not replace a later one. A stack that is not in the store is left out.
pub(super) fn insert(connection: &Connection, notice: &Notice) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "insert into notice (service, stack, kind, day, rms)
         select v.id, k.id, ?3, ?4, ?5 from service v, stack k where v.name = ?1 and k.fp = ?2
         on conflict (service, stack) do update set kind = excluded.kind, day = excluded.day, rms = excluded.rms
         where (excluded.day, excluded.kind, excluded.rms) > (day, kind, rms)",
    )?;
    let Notice { service, fingerprint, kind, day, rms } = notice;
    statement.execute(params![service, fingerprint.cast_signed(), kind.as_str(), day, rms])?;
    Ok(())
}
