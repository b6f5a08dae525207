//! `leakscope fleet tell`: one message for each owner of a change.
#![expect(
    clippy::disallowed_methods,
    reason = "the URL of a hook is a secret: it is in a variable, and a mute has an end"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::anyhow;
use leakscope::fleet::Owners;
use leakscope::gate::Policy;
use leakscope::source::HttpOptions;
use leakscope::source::Poster;
use leakscope::store::Change;
use leakscope::store::Notice;
use leakscope::store::NoticeKind;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::Store;
use leakscope::store::changes;
use leakscope::text::escape;
use leakscope::text::pluralize;

use super::figures::date;
use super::figures::number;
use super::figures::rounded;
use super::mutes;
use super::owners::owner_of;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::stores::failure;
use crate::terminal::Terminal;

/// The least root mean square that is worth a message, if the policy names none.
const LEAST_RMS: f64 = 500.0;
const TIMEOUT: Duration = Duration::from_secs(15);
/// The most of an answer that is read.
const MAX_ANSWER: u64 = 1 << 20;

/// Where messages go.
pub(super) enum Receiver<'a> {
    /// To the terminal; nothing is remembered.
    DryRun,
    /// To the URL in this variable.
    Variable(&'a str),
}

/// What decides which messages there are.
pub(super) struct Telling<'a> {
    pub(super) policy: &'a Policy,
    pub(super) owners: &'a Owners,
    pub(super) since_days: u32,
    pub(super) max_changes: usize,
}

pub(super) fn tell(
    store: &mut dyn Store,
    receiver: &Receiver<'_>,
    telling: &Telling<'_>,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    let poster = match receiver {
        Receiver::DryRun => None,
        Receiver::Variable(name) => Some(poster(name)?),
    };
    let question = Question {
        order: Order::Rms,
        since_days: telling.since_days,
        service: None,
        team: None,
        among: None,
        least_rms: telling.policy.fleet.tell_rms.unwrap_or(LEAST_RMS),
        limit: 0,
    };
    let ranking = store.rank(&question).map_err(failure)?;
    let known = store.notices().map_err(failure)?;
    let (muting, remarks) = mutes::mutes(telling.policy, jiff::Zoned::now().date());
    remarks.iter().for_each(|it| terminal.warning(it));
    let all = changes(ranking.day, &ranking.rows, &known);
    let found = all.len();
    let mut open: Vec<Change<'_>> =
        all.into_iter().filter(|change| !muting.iter().any(|it| mutes::is_muted(it, change))).collect();
    let muted = found - open.len();
    let waiting = open.len().saturating_sub(telling.max_changes);
    open.truncate(telling.max_changes);
    let mut of_owner: BTreeMap<String, Vec<&Change<'_>>> = BTreeMap::new();
    for change in &open {
        of_owner.entry(owner(telling.owners, change)).or_default().push(change);
    }
    let mut text = String::new();
    for (owner, changes) in &of_owner {
        let message = message(ranking.day, owner, changes);
        let Some(poster) = &poster else {
            text.push_str(&format!("{message}\n"));
            continue;
        };
        let body = serde_json::json!({ "text": message }).to_string().into_bytes();
        poster.post(&[], "application/json", body).map_err(|error| {
            Failure::from(error).context(format!("the message for {} was not taken", escape(owner)))
        })?;
        let notices: Vec<Notice> = changes.iter().map(|it| it.notice.clone()).collect();
        store.remember(&notices).map_err(failure)?;
    }
    if poster.is_some() && !of_owner.is_empty() {
        let changes = pluralize(open.len() as i128, "change");
        text.push_str(&format!("{changes} in {}\n", pluralize(of_owner.len() as i128, "message")));
    } else if of_owner.is_empty() {
        text.push_str("no change\n");
    }
    for (count, what) in
        [(waiting, "wait for the next run (--max-changes)"), (muted, "are muted by the policy")]
    {
        if count > 0 {
            text.push_str(&format!("{} more {what}\n", number(count as u64)));
        }
    }
    terminal.print(&text)
}

/// Whose a change is; a stack that is gone belongs to the team of its service. None is said as none.
fn owner(owners: &Owners, change: &Change<'_>) -> String {
    let names = match change.row {
        Some(row) => owner_of(owners, row).map(|it| it.names.join(" ")),
        None => change.before.and_then(|it| it.team.clone()),
    };
    names.unwrap_or_else(|| "no owner is known".to_owned())
}

fn poster(variable: &str) -> Result<Poster, Failure> {
    let url = std::env::var(variable).map_err(|_| {
        Failure::usage(anyhow!("--webhook-env: the variable {} is not set", escape(variable)))
    })?;
    let options = HttpOptions { timeout: TIMEOUT, max_input: MAX_ANSWER, ..HttpOptions::default() };
    Poster::new(url.trim(), &options).map_err(|error| {
        Failure::from(error).context(format!("the variable {}", escape(variable))).in_usage()
    })
}

/// A message in the markup that hooks of Slack and of its relatives share.
fn message(day: i32, owner: &str, changes: &[&Change<'_>]) -> String {
    let mut text = format!("leakscope · fleet of {} · {}\n", date(day), plain(owner));
    for change in changes {
        text.push_str(&format!("• {}\n", line(change)));
    }
    text
}

fn line(change: &Change<'_>) -> String {
    let Notice { service, fingerprint, kind, .. } = &change.notice;
    let site = match change.row {
        Some(row) => row.site.as_deref(),
        None => change.before.and_then(|it| it.site.as_deref()),
    };
    let head = format!("{}: {} in {}", kind.as_str(), code(site.unwrap_or("a stack")), code(service));
    let Some(row) = change.row else { return format!("{head}: not seen on three days") };
    let rms = match change.before.filter(|_| *kind == NoticeKind::Worse) {
        Some(before) => {
            format!("rms {}, {} when last reported", rounded(row.rms), rounded(before.notice.rms))
        }
        None => format!("rms {}", rounded(row.rms)),
    };
    let mut parts = vec![format!("{head}: up to {} in an instance ({rms})", number(row.most))];
    if row.is_odd {
        parts.push(format!("odd: {} alone", code(&row.most_at)));
    }
    if row.is_growing() {
        parts.push("growing".to_owned());
    }
    if row.proven() > 0 {
        parts.push(format!("{} proven leaked", number(row.proven())));
    }
    let version = row.since_version.as_deref().map(|it| format!(" in {}", code(it))).unwrap_or_default();
    parts.push(format!("since {}{version}", date(row.since_day)));
    parts.push(format!(
        "`leakscope fleet show {} {fingerprint:016x}`",
        leakscope::text::word(service).replace('`', "'")
    ));
    parts.join(", ")
}

/// A name from outside as code, in which nobody is mentioned and nothing is a link.
fn code(name: &str) -> String {
    format!("`{}`", entities(&escape(name).replace('`', "'")))
}

/// A name of an owner: it may mention somebody, but it makes no markup.
fn plain(name: &str) -> String {
    entities(&escape(name))
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
