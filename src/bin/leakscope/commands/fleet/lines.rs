//! The answers of a store as text.

use leakscope::fleet::Owner;
use leakscope::fleet::OwnerBasis;
use leakscope::fleet::Owners;
use leakscope::fleet::growth_over_days;
use leakscope::rules::RuleSet;
use leakscope::store::Coverage;
use leakscope::store::History;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::RankedRow;
use leakscope::store::Ranking;
use leakscope::text::escape;
use leakscope::text::pluralize;
use leakscope::text::with_thousands;
use leakscope::text::word;

use super::figures::date;
use super::figures::number;
use super::figures::rounded;
use super::owners::owner_of;
use super::second;

/// Names that are listed before the rest is a number.
const MAX_NAMES: usize = 5;

pub(super) fn ranking(ranking: &Ranking, question: &Question, owners: &Owners) -> String {
    let Coverage { services, wanted, pulled, .. } = &ranking.coverage;
    let wanted = pluralize(i128::from(*wanted), "instance");
    let mut text = format!(
        "fleet · {} · {} of {wanted} · {}\n",
        pluralize(i128::from(*services), "service"),
        number(*pulled),
        date(ranking.day)
    );
    text.push_str(&gaps(&ranking.coverage));
    if question.order == Order::Growth {
        text.push_str(&ranking.before.map_or_else(
            || "no day is old enough to measure growth from (--since)\n".to_owned(),
            |before| format!("gain since {}\n", date(before)),
        ));
    }
    if ranking.rows.is_empty() {
        text.push_str("\nno stack\n");
        return text;
    }
    let mut cells = vec![["#", "rms", "worst", "on", "in", "since", "owner", "what"].map(str::to_owned)];
    for (row, at) in ranking.rows.iter().zip(1..) {
        let rms = match (question.order, row.rms_before) {
            (Order::Growth, Some(before)) => format!("{} +{}", rounded(row.rms), rounded(row.rms - before)),
            (Order::Rms | Order::New | Order::Odd | Order::Growth, _) => rounded(row.rms),
        };
        let worst = format!("{} ×{} of {}", number(row.most), number(row.instances), number(row.looked_at));
        let since = match &row.since_version {
            Some(version) => format!("{} {}", date(row.since_day), word(version)),
            None => date(row.since_day),
        };
        let owner = owner_of(owners, row).map_or_else(|| "none".to_owned(), |it| names(&it));
        let site = row.site.as_deref().map_or_else(|| "-".to_owned(), |it| word(it).into_owned());
        cells.push([
            at.to_string(),
            rms,
            worst,
            site,
            word(&row.service).into_owned(),
            since,
            owner,
            what(row),
        ]);
    }
    text.push('\n');
    text.push_str(&aligned(&cells));
    if ranking.omitted > 0 {
        text.push_str(&format!("{} (--limit 0 shows all)\n", pluralize(ranking.omitted as i128, "more row")));
    }
    if let Some(row) = ranking.rows.first() {
        let service = word(&row.service);
        text.push_str(&format!(
            "\nall about the first: leakscope fleet show {service} {:016x}\n",
            row.fingerprint
        ));
    }
    text
}

/// What is missing from the day.
pub(super) fn gaps(coverage: &Coverage) -> String {
    let mut text = String::new();
    if !coverage.missed.is_empty() {
        let mut causes: Vec<(&str, i128)> = Vec::new();
        for line in &coverage.missed {
            match causes.iter_mut().find(|(cause, _)| *cause == line.cause) {
                Some((_, count)) => *count += 1,
                None => causes.push((&line.cause, 1)),
            }
        }
        causes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let causes: Vec<String> = causes
            .iter()
            .map(|(cause, count)| format!("{} {}", with_thousands(*count), escape(cause)))
            .collect();
        text.push_str(&format!("missed {}: {}\n", number(coverage.missed.len() as u64), causes.join(", ")));
    }
    for (names, what) in [(&coverage.unseen, "not at all"), (&coverage.thin, "less than half")] {
        if !names.is_empty() {
            let services = pluralize(names.len() as i128, "service");
            text.push_str(&format!("{services} {what}: {}\n", few(names)));
        }
    }
    let unfinished: Vec<String> =
        coverage.sweeps.iter().filter(|it| it.ended.is_none()).map(|it| it.id.clone()).collect();
    if !unfinished.is_empty() {
        text.push_str(&format!("not ended: sweep {}\n", few(&unfinished)));
    }
    text
}

fn few(names: &[String]) -> String {
    let shown: Vec<_> = names.iter().take(MAX_NAMES).map(|name| word(name)).collect();
    let more = names.len().saturating_sub(MAX_NAMES);
    let more = if more > 0 { format!(" and {} more", number(more as u64)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// What is known of a stack, the most telling first.
fn what(row: &RankedRow) -> String {
    let mut parts = Vec::new();
    if row.is_odd {
        parts.push(format!("odd: {}", odd(row)));
    }
    if row.is_new {
        parts.push("new".to_owned());
    }
    if row.is_growing() {
        parts.push("growing".to_owned());
    }
    if row.proven() > 0 {
        parts.push(format!("{} proven leaked", number(row.proven())));
    }
    parts.extend(row.blocked_on.as_deref().map(word_free));
    parts.extend(row.cause().map(|it| word(it).into_owned()));
    parts.join(" · ")
}

/// What the odd instance has, and what the others have.
pub(super) fn odd(row: &RankedRow) -> String {
    let others = (row.mean * row.looked_at as f64 - row.most as f64) / (row.looked_at.max(2) - 1) as f64;
    let (name, most) = (word(&row.most_at), number(row.most));
    format!("{name} has {most}, the others {} on average", rounded(others))
}

/// Words of ours from a file that may be changed: escaped.
fn word_free(text: &str) -> String {
    escape(text).into_owned()
}

/// What names an owner.
pub(super) fn by(owner: &Owner) -> String {
    match (owner.basis, &owner.file) {
        (OwnerBasis::Policy, _) => "the policy".to_owned(),
        (OwnerBasis::CodeOwners, file) => {
            format!("CODEOWNERS, {}", word(file.as_deref().unwrap_or_default()))
        }
        (OwnerBasis::Label, _) => "the label of the service".to_owned(),
    }
}

/// The names of an owner, a word each.
fn names(owner: &Owner) -> String {
    let names: Vec<_> = owner.names.iter().map(|it| word(it)).collect();
    names.join(" ")
}

pub(super) fn history(history: &History, owners: &Owners) -> String {
    let row = &history.row;
    let mut text = format!("{} · {:016x}", word(&row.service), row.fingerprint);
    let owner = owner_of(owners, row);
    match &owner {
        Some(owner) => text.push_str(&format!(" · owner {} (by {})", names(owner), by(owner))),
        None => text.push_str(" · no owner is known"),
    }
    let since = row.since_version.as_deref().map(|it| format!(" in {}", word(it))).unwrap_or_default();
    text.push_str(&format!("\nfirst seen {}{since} · {}\n", date(row.since_day), what(row)));
    if let Some(growth) = growth_over_days(&row.days, row.looked_at) {
        let days = pluralize(row.days.len() as i128, "day");
        text.push_str(&format!("over {days}: {}: {}\n", growth.verdict.as_str(), growth.reason));
    }
    if let Some(seen) = &row.second {
        text.push_str(&format!("second look {}\n", second::sentence(seen)));
    }
    if let Some(rule) = RuleSet::built_in().rules.iter().find(|it| row.cause() == Some(it.id.as_ref())) {
        text.push_str(&format!("\ncause  {}: {}\n", rule.title, rule.description));
        if !rule.say.advice.is_empty() {
            text.push_str(&format!("fix    {}\n", rule.say.advice));
        }
        text.push_str(&format!("more   leakscope explain {}\n", rule.id));
    }
    text.push_str("\nstack\n");
    for frame in row.frames.lines() {
        let (function, place) = frame.split_once('\t').unwrap_or((frame, ""));
        text.push_str(&format!("  {}  {}\n", word(function), word(place)));
    }
    if let Some(spawn) = &row.spawn {
        text.push_str(&format!("  started by {}\n", word(&spawn.replace('\t', "·"))));
    }
    let mut cells = vec![["day", "rms", "mean", "most", "instances"].map(str::to_owned).to_vec()];
    for day in &history.days {
        let instances = format!("{} of {}", number(day.instances), number(day.looked_at));
        cells.push(vec![date(day.day), rounded(day.rms), rounded(day.mean), number(day.most), instances]);
    }
    text.push_str(&format!("\n{}", aligned(&cells)));
    let mut cells = vec![["version", "first", "last", "mean"].map(str::to_owned).to_vec()];
    for line in &history.versions {
        let version = line.version.as_deref().map_or_else(|| "(none)".to_owned(), |it| word(it).into_owned());
        let mean = if line.has_it { rounded(line.mean) } else { "never seen".to_owned() };
        cells.push(vec![version, date(line.first_day), date(line.last_day), mean]);
    }
    text.push_str(&format!("\n{}", aligned(&cells)));
    if history.instances.is_empty() {
        text.push_str(&format!("\nno snapshot of {} is kept any more\n", date(history.day)));
        return text;
    }
    let mut cells = vec![["instance", "version", "count"].map(str::to_owned).to_vec()];
    for line in &history.instances {
        let version = line.version.as_deref().map_or_else(|| "-".to_owned(), |it| word(it).into_owned());
        cells.push(vec![word(&line.instance).into_owned(), version, number(line.count)]);
    }
    text.push_str(&format!("\n{}", aligned(&cells)));
    // A profile that a server keeps has no process that can be asked.
    let is_asked = |place: &str| !place.starts_with("pyroscope+") && !place.starts_with("parca+");
    if let Some(worst) = history.instances.first().filter(|it| is_asked(&it.place)) {
        text.push_str(&format!("\nlook at the worst now: leakscope fetch {}\n", word(&worst.place)));
    }
    text
}

/// Columns with two blanks between them; the last one is not padded.
fn aligned<R: AsRef<[String]>>(rows: &[R]) -> String {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
    let length = |row: &R, at: usize| row.as_ref().get(at).map_or(0, |cell| cell.chars().count());
    let widths: Vec<usize> =
        (0..columns).map(|at| rows.iter().map(|row| length(row, at)).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.as_ref().iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
