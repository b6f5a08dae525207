//! What a sweep prints.

use std::fmt::Write;

use leakscope::fleet::FleetTarget;
use leakscope::fleet::MissCause;
use leakscope::fleet::Plan;
use leakscope::text::escape;
use leakscope::text::pluralize;
use leakscope::text::with_thousands;
use leakscope::text::word;

use super::again::Looked;
use super::args::SweepArgs;
use crate::commands::pull::traceback_price;
use crate::sweep::Road;
use crate::sweep::Task;
use crate::sweep::Totals;

/// Missed instances that are shown one by one.
const MAX_SHOWN: usize = 20;

/// Who would be asked, one a line, and what it costs.
pub(super) fn dry_run(
    plan: &Plan,
    tasks: &[Task],
    refusal: impl Fn(&Task) -> Option<String>,
    args: &SweepArgs,
) -> String {
    let mut text = String::new();
    let mut asked = 0;
    let mut stored = 0;
    for task in tasks {
        let FleetTarget { service, instance, place, version, team, .. } = &task.target;
        let named = |what: &str, value: &Option<String>| {
            value.as_ref().map(|it| format!(" {what}={}", word(it))).unwrap_or_default()
        };
        let names = format!("{}{}", named("version", version), named("team", team));
        let refused = refusal(task);
        asked += usize::from(refused.is_none());
        stored += usize::from(matches!(task.road, Road::Stored(..)));
        let refused = refused.map(|why| format!("  # {}", escape(&why))).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "{} {}{names} instance={}{refused}", word(service), word(place), word(instance));
    }
    let (asked, listed) = (asked as i128, plan.listed() as i128);
    let services = pluralize(plan.services.len() as i128, "service");
    let _ = writeln!(
        text,
        "\n{services} · {} of {} would be asked once, {}",
        with_thousands(asked),
        pluralize(listed, "instance"),
        args.budget.shown()
    );
    if stored < tasks.len() {
        text.push_str(
            "Each answers with one goroutine profile (debug=0): two brief stops of the world, about 0.14 s at 100,000 goroutines.\n",
        );
    }
    if stored > 0 {
        let profiles = pluralize(stored as i128, "profile");
        text.push_str(&format!(
            "{profiles} would be read from a server that keeps them: no process is asked for these.\n"
        ));
    }
    if args.deep > 0 && stored < tasks.len() {
        let (services, limit) = (pluralize(args.deep as i128, "service"), args.budget.traceback_limit);
        let (goroutines, price) =
            (pluralize(i128::from(limit), "goroutine"), traceback_price(i128::from(limit)));
        text.push_str(&format!(
            "Then one instance of the worst {services} would be asked once more, for its counts, and up to {goroutines} for a traceback (debug=2), \
             which at that number takes {price}, and, where Go has one, for a goroutineleak profile, which runs a garbage collection.\n"
        ));
    }
    text
}

/// What a second look did; nothing without one.
pub(super) fn looked_again(looked: &Looked) -> String {
    let Looked { seen, missed, is_of_earlier_day } = looked;
    if *is_of_earlier_day {
        return "no second look: the store has a later day than that of this sweep\n".to_owned();
    }
    if seen.is_empty() && missed.is_empty() {
        return String::new();
    }
    let all = pluralize((seen.len() + missed.len()) as i128, "service");
    let mut text = format!("looked again at {} of {all}\n", seen.len());
    for (service, (instance, why)) in missed.iter().take(MAX_SHOWN) {
        text.push_str(&format!("  {} {}: {}\n", word(service), word(instance), escape(why)));
    }
    let left_out = seen.iter().flat_map(|(service, left_out)| left_out.iter().map(move |it| (service, it)));
    for (service, why) in left_out.take(MAX_SHOWN) {
        text.push_str(&format!("  {}: left out {}\n", word(service), escape(why)));
    }
    text
}

/// What a sweep did.
pub(super) fn swept(id: &str, plan: &Plan, before: usize, totals: &Totals, unseen: &[&str]) -> String {
    let services = pluralize(plan.services.len() as i128, "service");
    let (seen, wanted) = (with_thousands(totals.seen as i128), plan.asked() as i128);
    let mut text =
        format!("sweep {} · {services} · looked at {seen} of {}", word(id), pluralize(wanted, "instance"));
    if before > 0 {
        text.push_str(&format!(", {} before", with_thousands(before as i128)));
    }
    text.push('\n');
    if !totals.missed.is_empty() {
        let each = causes(totals);
        let each: Vec<String> = each
            .iter()
            .map(|(cause, count)| format!("{} {}", with_thousands(*count as i128), cause.as_str()))
            .collect();
        text.push_str(&format!(
            "missed {}: {}\n",
            with_thousands(totals.missed.len() as i128),
            each.join(", ")
        ));
        for ((service, instance), (cause, detail)) in totals.missed.iter().take(MAX_SHOWN) {
            let detail = if detail.is_empty() { String::new() } else { format!(": {}", escape(detail)) };
            text.push_str(&format!("  {} {}: {}{detail}\n", word(service), word(instance), cause.as_str()));
        }
        let more = totals.missed.len().saturating_sub(MAX_SHOWN);
        if more > 0 {
            text.push_str(&format!("  and {} more\n", with_thousands(more as i128)));
        }
    }
    if !unseen.is_empty() {
        let names: Vec<_> = unseen.iter().take(MAX_SHOWN).map(|name| word(name)).collect();
        let more = if unseen.len() > MAX_SHOWN { ", …" } else { "" };
        let services = pluralize(unseen.len() as i128, "service");
        text.push_str(&format!("{services} not at all: {}{more}\n", names.join(", ")));
    }
    text
}

/// The numbers of a run by cause.
fn causes(totals: &Totals) -> Vec<(MissCause, usize)> {
    let count = |cause: &MissCause| totals.missed.values().filter(|(it, _)| it == cause).count();
    MissCause::ALL.iter().map(|cause| (*cause, count(cause))).filter(|(_, count)| *count > 0).collect()
}
