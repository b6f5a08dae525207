//! Fills the words of a rule.

use crate::model::counted;

use super::world::Subject;
use super::world::World;

/// A rule's line without the place, where that stands at its end.
pub(super) fn without_place(template: &str) -> String {
    let ends = [", at {site}", " at {site}"];
    ends.iter().find_map(|end| template.strip_suffix(end)).unwrap_or(template).to_owned()
}

/// What stands in a rule's line for one finding.
pub(super) fn fill(
    template: &str,
    world: &World<'_>,
    subject: &Subject<'_>,
    count: i128,
    gain: i128,
) -> String {
    let function = subject.function.map_or("?", |frame| world.names().function_name(frame.function));
    let site = subject.function.map_or_else(
        || "?".to_owned(),
        |frame| match world.names().symbols.file(frame.file) {
            "" => function.to_owned(),
            file => format!("{function} ({file}:{})", frame.line),
        },
    );
    let spawn = subject.spawn.map_or("?", |spawn| world.names().function_name(spawn));
    let goroutines = counted(count, "goroutine");
    template
        .replace("{goroutines}", &goroutines)
        .replace("{count}", &count.to_string())
        .replace("{gain}", &gain.to_string())
        .replace("{site}", &site)
        .replace("{function}", function)
        .replace("{spawn_site}", spawn)
}
