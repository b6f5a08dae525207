//! The sentence of a finding: the text of a rule, or the bare facts.

use crate::model::BlockedOn;
use crate::text::pluralize;
use crate::text::with_thousands;
use crate::text::word;

use super::context::DiagnosisContext;
use super::context::RowView;

/// A rule's text without the location, which the page shows separately.
pub(super) fn without_place(template: &str) -> String {
    template.replace(", at {site}", "").replace(" at {site}", "")
}

/// The function that a row is named after, with its file and line; `?` if the stack is empty.
pub(super) fn location_text(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> String {
    let Some(frame) = row_view.function else { return "?".to_owned() };
    let function = context.function_word(frame.function);
    match context.names().symbols.file(frame.file) {
        "" => function,
        file => format!("{function} ({}:{})", word(file), frame.line),
    }
}

/// A rule's line with its placeholders filled in for one finding.
pub(super) fn fill(
    template: &str,
    context: &DiagnosisContext<'_>,
    row_view: &RowView<'_>,
    count: i128,
    gain: i128,
) -> String {
    let function = row_view.function_word(context);
    let spawn = row_view.spawn.map_or_else(|| "?".to_owned(), |spawn| context.function_word(spawn));
    let template = if count == 1 { for_one(template) } else { template.to_owned() };
    template
        .replace("{goroutines}", &pluralize(count, "goroutine"))
        .replace("{count}", &count.to_string())
        .replace("{gain}", &gain.to_string())
        .replace("{site}", &location_text(context, row_view))
        .replace("{function}", &function)
        .replace("{spawn_site}", &spawn)
}

/// The text for one goroutine: the verb after it is in the singular.
fn for_one(template: &str) -> String {
    let Some(rest) = template.strip_prefix("{goroutines} ") else { return template.to_owned() };
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let verb = match verb {
        "are" => "is".to_owned(),
        "were" => "was".to_owned(),
        "have" => "has".to_owned(),
        "do" => "does".to_owned(),
        verb if verb.ends_with("ch") || verb.ends_with("sh") || verb.ends_with('s') => format!("{verb}es"),
        verb => format!("{verb}s"),
    };
    format!("{{goroutines}} {verb} {rest}")
}

/// The facts without a rule: how many goroutines are blocked on what; without and with the gain and the location.
pub(super) fn plain(
    context: &DiagnosisContext<'_>,
    row_view: &RowView<'_>,
    count: i128,
    gain: i128,
) -> (String, String) {
    let goroutines = pluralize(count, "goroutine");
    let text = |more: &str, at: &str| match row_view.blocked_on {
        Some(class) => format!("{goroutines}{more} {}{at}", doing(class, count)),
        None => {
            let are = if count == 1 { "is" } else { "are" };
            format!("{goroutines}{more} {are} blocked{at}; this profile format does not record on what")
        }
    };
    let more = if gain > 0 { format!(" ({} more)", with_thousands(gain)) } else { String::new() };
    (text("", ""), text(&more, &format!(" at {}", location_text(context, row_view))))
}

/// What `count` goroutines that are blocked on something do.
pub(super) fn doing(class: BlockedOn, count: i128) -> String {
    let are = if count == 1 { "is" } else { "are" };
    let on = match class {
        BlockedOn::ChannelSend => "a channel send",
        BlockedOn::NilChannelSend => "a send on a nil channel",
        BlockedOn::ChannelReceive => "a channel receive",
        BlockedOn::NilChannelReceive => "a receive on a nil channel",
        BlockedOn::Select => "a select",
        BlockedOn::EmptySelect => "a select without cases",
        BlockedOn::Lock => "a lock",
        BlockedOn::RwLock => "an RWMutex",
        BlockedOn::WaitGroup => "a WaitGroup",
        BlockedOn::Condition => "a condition variable",
        BlockedOn::Semaphore => "a semaphore",
        BlockedOn::Coroutine => "a coroutine switch",
        BlockedOn::Network => "the network",
        BlockedOn::TestBubble => "other goroutines of a test bubble",
        BlockedOn::Runtime => "Go's runtime",
        BlockedOn::Sleep => return format!("{are} in time.Sleep"),
        BlockedOn::Syscall => return format!("{are} in a system call"),
        BlockedOn::Nothing => return (if count == 1 { "runs" } else { "run" }).to_owned(),
    };
    format!("{are} blocked on {on}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goroutine_takes_an_s() {
        let check = |template: &str, expected: &str| assert_eq!(for_one(template), expected);
        check("{goroutines} receive on a channel", "{goroutines} receives on a channel");
        check("{goroutines} are in a system call", "{goroutines} is in a system call");
        check("{goroutines} watch", "{goroutines} watches ");
        check("a lock with {count} waiters", "a lock with {count} waiters");
    }
}
