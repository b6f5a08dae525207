//! Fills the words of a rule.

use crate::text::pluralize;

use super::context::Subject;
use super::context::World;

/// A rule's line without the place, which the page shows by itself.
pub(super) fn without_place(template: &str) -> String {
    template.replace(", at {site}", "").replace(" at {site}", "")
}

/// The function that names a row, and its position.
pub(super) fn place(world: &World<'_>, subject: &Subject<'_>) -> String {
    let Some(frame) = subject.function else { return "?".to_owned() };
    let function = world.names().function_name(frame.function);
    match world.names().symbols.file(frame.file) {
        "" => function.to_owned(),
        file => format!("{function} ({file}:{})", frame.line),
    }
}

/// A rule's line with its placeholders filled in for one finding.
pub(super) fn fill(
    template: &str,
    world: &World<'_>,
    subject: &Subject<'_>,
    count: i128,
    gain: i128,
) -> String {
    let function = subject.function.map_or("?", |frame| world.names().function_name(frame.function));
    let spawn = subject.spawn.map_or("?", |spawn| world.names().function_name(spawn));
    let template = if count == 1 { for_one(template) } else { template.to_owned() };
    template
        .replace("{goroutines}", &pluralize(count, "goroutine"))
        .replace("{count}", &count.to_string())
        .replace("{gain}", &gain.to_string())
        .replace("{site}", &place(world, subject))
        .replace("{function}", function)
        .replace("{spawn_site}", spawn)
}

/// A line about one goroutine: its verb takes an s.
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

    #[test]
    fn places_are_left_to_the_page() {
        assert_eq!(without_place("{goroutines} send, at {site}"), "{goroutines} send");
        assert_eq!(without_place("{goroutines} wait at {site} for a lock"), "{goroutines} wait for a lock");
        assert_eq!(without_place("{goroutines} are at work"), "{goroutines} are at work");
    }
}
