//! Which changes the policy mutes: its `[[allow]]` entries with a service.

use jiff::civil::Date;
use leakscope::gate::AllowEntry;
use leakscope::gate::Policy;
use leakscope::rules::FramePattern;
use leakscope::store::Change;

/// The entries that hold on a day, and what is to be said of the others.
pub(super) fn mutes(policy: &Policy, today: Date) -> (Vec<&AllowEntry>, Vec<String>) {
    let of_fleets = policy.allow.iter().filter(|it| it.service.is_some());
    let (mutes, expired): (Vec<_>, Vec<_>) =
        of_fleets.partition(|it| it.until.is_none_or(|until| until >= today));
    let remark = |it: &&AllowEntry| {
        Some(format!("the allow entry {} expired on {}: it mutes nothing", it.name(), it.until?))
    };
    (mutes, expired.iter().filter_map(remark).collect())
}

/// Whether an entry mutes a change. Of a stack that is gone, only the service, the fingerprint and the function that waited are known.
pub(super) fn is_muted(entry: &AllowEntry, change: &Change<'_>) -> bool {
    let AllowEntry { service, function, entry: first, spawn, rule, label, fingerprint, count, .. } = entry;
    let holds = |pattern: &Option<String>, name: Option<&str>| {
        pattern.as_ref().is_none_or(|it| FramePattern::new(it).matches(name.into_iter()))
    };
    let row = change.row;
    let name = |frame: &'_ str| frame.split('\t').next().unwrap_or_default().to_owned();
    let site = change.before.and_then(|it| it.site.clone());
    let frames: Vec<String> =
        row.map_or_else(|| site.into_iter().collect(), |it| it.frames.lines().map(name).collect());
    let spawned = row.and_then(|it| it.spawn.as_deref()).map(name);
    let shown = format!("{:016x}", change.notice.fingerprint);
    let is_any = |it: &String| FramePattern::new(it).matches(frames.iter().map(String::as_str));
    holds(service, Some(&change.notice.service))
        && function.as_ref().is_none_or(is_any)
        && holds(first, frames.last().map(String::as_str))
        && holds(spawn, spawned.as_deref())
        && rule.as_ref().is_none_or(|it| row.is_some_and(|row| row.rule.as_ref() == Some(it)))
        // A store has no labels.
        && label.is_none()
        && fingerprint.as_ref().is_none_or(|it| shown.starts_with(it.as_str()))
        && count.is_none_or(|pinned| row.is_none_or(|row| row.most <= pinned))
}
