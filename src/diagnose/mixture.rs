//! Goroutines of one stack that do not all wait for the same: a finding says how many do what.

use crate::golang::blocked_on_by_words;
use crate::group::GroupFacts;
use crate::model::BlockedOn;
use crate::sort;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::context::DiagnosisContext;
use super::finding::Finding;
use super::message::doing;

/// Kinds of waits that a sentence names besides the most frequent.
const MAX_NAMED: usize = 3;

/// What some goroutines are blocked on, Go's word for it if they are not blocked, and their number.
type Part = (BlockedOn, String, i128);

/// What the goroutines of a group are blocked on, each with Go's word for it and its number, the most frequent first. Empty unless there
/// are several kinds.
pub fn mixture(facts: &GroupFacts) -> Vec<Part> {
    let stated = facts.stated.as_deref().filter(|it| !it.blocked_on.is_empty());
    let classes = stated.map_or(&facts.blocked_on_inferred, |it| &it.blocked_on);
    if !classes.is_mixed() {
        return Vec::new();
    }
    let states = stated.map_or_else(Vec::new, |it| it.states.sorted());
    // `runnable` and `running` say more than that they are not blocked.
    let word = |class: BlockedOn| {
        let means = |state: &str| blocked_on_by_words(state).is_some_and(|fact| fact.value == class);
        let state = states.iter().find(|(state, _)| class == BlockedOn::Nothing && means(state));
        state.map_or_else(|| class.as_str().to_owned(), |(state, _)| state.clone())
    };
    classes.sorted().into_iter().map(|(class, count)| (class, word(class), count)).collect()
}

/// Corrects what findings say of stacks whose goroutines differ: `6 of 10 goroutines are blocked on a select, 4 are runnable`.
pub(super) fn correct(context: &DiagnosisContext<'_>, findings: &mut [Finding]) {
    for finding in findings {
        let Some((most, others)) = sum(context, finding) else { continue };
        let all = pluralize(finding.count, "goroutine");
        let part = format!("{} of {all}", with_thousands(most));
        let others = others.iter().take(MAX_NAMED).map(|(class, word, count)| {
            let does = if *class == BlockedOn::Nothing && *count == 1 {
                format!("is {word}")
            } else if *class == BlockedOn::Nothing {
                format!("are {word}")
            } else {
                doing(*class, *count)
            };
            format!("{} {does}", with_thousands(*count))
        });
        let others = others.collect::<Vec<_>>().join(", ");
        let Finding { heading, message, facts: (plain, plain_message), .. } = finding;
        for (text, separator) in [(heading, ", "), (message, "; "), (plain, ", "), (plain_message, "; ")] {
            if let Some(rest) = text.strip_prefix(all.as_str()) {
                *text = format!("{part}{rest}");
            }
            text.push_str(separator);
            text.push_str(&others);
        }
    }
}

/// How many goroutines of a finding wait as the leading row says, and what the others do. `None` if none of its stacks is mixed.
fn sum(context: &DiagnosisContext<'_>, finding: &Finding) -> Option<(i128, Vec<Part>)> {
    let rows = || finding.rows.iter().filter_map(|row| context.rows.get(*row));
    let class = rows().next()?.blocked_on?;
    let mixtures: Vec<_> = rows().map(|it| (it, mixture(&it.row.facts))).collect();
    if mixtures.iter().all(|(_, mixture)| mixture.is_empty()) {
        return None;
    }
    let mut most = 0;
    let mut others: Vec<Part> = Vec::new();
    for (row_view, mixture) in mixtures {
        let alone = row_view.blocked_on.map(|class| (class, class.as_str().to_owned(), row_view.row.count()));
        let parts = if mixture.is_empty() { alone.into_iter().collect() } else { mixture };
        for (other, word, count) in parts {
            if other == class {
                most += count;
            } else if let Some((.., sum)) = others.iter_mut().find(|(_, it, _)| *it == word) {
                *sum += count;
            } else {
                others.push((other, word, count));
            }
        }
    }
    sort::by(&mut others, |(_, a, n), (_, b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    (!others.is_empty() && most < finding.count).then_some((most, others))
}
