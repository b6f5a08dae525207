//! What is worth a message: changes, and nothing that was reported before.

use std::collections::HashMap;

use super::RankedRow;
use crate::fleet::grows_over_days;
use crate::text::words;

words! {
    /// What happened to a stack.
    pub enum NoticeKind {
        /// It is large, it is new, odd, growing or proven leaked, and nothing of it was reported yet.
        New = "new",
        /// It has at least twice the root mean square that was last reported.
        Worse = "worse",
        /// It was reported, and its service was looked at on three days since it was last seen.
        Gone = "gone",
    }
}

/// What was last reported of a stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The service.
    pub service: String,
    /// The stack.
    pub fingerprint: u64,
    /// What was reported.
    pub kind: NoticeKind,
    /// The day of the sweep that it was about, in days since 1970.
    pub day: i32,
    /// The root mean square on that day; 0 if it is gone.
    pub rms: f64,
}

/// What was last reported of a stack, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownNotice {
    /// What was reported.
    pub notice: Notice,
    /// On how many days its service was looked at since the stack was last seen.
    pub days_absent: u32,
    /// The function of the user that waited; `None` if it is not known.
    pub site: Option<String>,
    /// The team of the service; `None` if it is not known.
    pub team: Option<String>,
}

/// A change that is worth a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'a> {
    /// What is remembered once the message was taken.
    pub notice: Notice,
    /// The row; `None` for a stack that is gone.
    pub row: Option<&'a RankedRow>,
    /// What was reported before; `None` if nothing was.
    pub before: Option<&'a KnownNotice>,
}

/// The days on which a service must be looked at without the stack before it counts as gone.
const DAYS_GONE: u32 = 3;

impl RankedRow {
    /// Whether the test of growth says that it grows, over at least four days.
    pub fn is_growing(&self) -> bool {
        grows_over_days(&self.days, self.looked_at)
    }
}

/// The changes among these rows of a day, the worst first, and then what is gone. `rows` are all that are large enough to be reported; a large
/// stack that is neither new nor odd nor growing nor proven leaked is a pool, and no change.
pub fn changes<'a>(day: i32, rows: &'a [RankedRow], known: &'a [KnownNotice]) -> Vec<Change<'a>> {
    let by_stack: HashMap<(&str, u64), &KnownNotice> =
        known.iter().map(|it| ((it.notice.service.as_str(), it.notice.fingerprint), it)).collect();
    let mut changes = Vec::new();
    for row in rows {
        let before = by_stack.get(&(row.service.as_str(), row.fingerprint)).copied();
        let kind = match before.filter(|it| it.notice.kind != NoticeKind::Gone) {
            Some(it) if row.rms >= 2.0 * it.notice.rms => NoticeKind::Worse,
            None if row.is_new || row.is_odd || row.is_growing() || row.proven() > 0 => NoticeKind::New,
            Some(_) | None => continue,
        };
        let (service, fingerprint) = (row.service.clone(), row.fingerprint);
        let notice = Notice { service, fingerprint, kind, day, rms: row.rms };
        changes.push(Change { notice, row: Some(row), before });
    }
    for it in known {
        if it.notice.kind != NoticeKind::Gone && it.days_absent >= DAYS_GONE {
            let notice = Notice { kind: NoticeKind::Gone, day, rms: 0.0, ..it.notice.clone() };
            changes.push(Change { notice, row: None, before: Some(it) });
        }
    }
    changes
}
