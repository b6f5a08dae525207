//! Which rows are worth a finding, and how sure we are.

use crate::golang::Owner;
use crate::model::BlockedOn;
use crate::model::Form;
use crate::rules::Level;

use super::condition::CompiledRule;
use super::context::Subject;
use super::context::World;
use super::finding::Confidence;

/// A row that is worth a finding.
pub(super) struct Candidate<'r> {
    pub(super) row: usize,
    pub(super) confidence: Confidence,
    pub(super) level: Level,
    /// Rules that hold, the most particular first.
    pub(super) rules: Vec<&'r crate::rules::Rule>,
}

/// More than so many in one stack are worth a look, whatever they do (LeakProf's threshold).
const MANY: i128 = 10_000;
/// More than half of all goroutines, if they are more than so many, are worth a look.
const MAJORITY_FROM: i128 = 1_000;
/// An excerpt has at most so many stacks: whoever pasted it suspects what is in it.
const EXCERPT: usize = 12;
/// Waited so many minutes, a goroutine is worth a look in a single traceback.
const LONG_MINUTES: u32 = 5;

pub(super) fn candidates<'r>(world: &World<'_>, rules: &[CompiledRule<'r>]) -> Vec<Candidate<'r>> {
    let excerpt = is_excerpt(world);
    let mut candidates = Vec::new();
    for (row, subject) in world.subjects.iter().enumerate() {
        let Some((confidence, level)) = judge(world, subject, excerpt) else { continue };
        let holds: Vec<&crate::rules::Rule> =
            rules.iter().filter(|rule| rule.holds(world, row)).map(|rule| rule.rule).collect();
        // What only stands there and means nothing is not told.
        if confidence == Confidence::Watch && holds.is_empty() {
            continue;
        }
        let worst = holds.first().map_or(Level::Deny, |rule| rule.level);
        candidates.push(Candidate { row, confidence, level: level.min(worst), rules: holds });
    }
    candidates
}

/// How sure we are that something is wrong with a row; `None` if there is no sign of it.
fn judge(world: &World<'_>, subject: &Subject<'_>, excerpt: bool) -> Option<(Confidence, Level)> {
    let row = subject.row;
    if row.count() <= 0 || row.stack.is_empty() {
        return None;
    }
    // A list of functions counts the runtime's and the library's beside the one that matters.
    let functions = world.series.columns.last().is_some_and(|column| column.form == Form::PprofTop);
    let own = subject
        .function
        .is_some_and(|it| matches!(world.names().owner(it.function), Owner::User | Owner::Dependency));
    if functions && !own {
        return None;
    }
    let several = world.series.columns.len() > 1;
    let proven = row.facts.proven().unwrap_or(0);
    let growing = row.is_growing();
    if subject.benign.is_some() && proven == 0 {
        return None;
    }
    if several {
        return match (proven > 0, growing) {
            (true, _) if row.gain() > 0 => Some((Confidence::Proven, Level::Deny)),
            (false, true) if subject.class == Some(BlockedOn::Runtime) => {
                Some((Confidence::Suspect, Level::Warn))
            }
            (_, true) => Some((Confidence::Likely, Level::Deny)),
            (true, false) => Some((Confidence::Proven, Level::Warn)),
            (false, false) if row.has_grown() => Some((Confidence::Suspect, Level::Warn)),
            (false, false) => level_alone(world, subject),
        };
    }
    if proven > 0 {
        return Some((Confidence::Proven, Level::Warn));
    }
    let idle = matches!(subject.class, Some(BlockedOn::Nothing | BlockedOn::Runtime));
    if !idle && super::evidence::accumulates(world, subject) {
        return Some((Confidence::Suspect, Level::Warn));
    }
    if let Some(level) = level_alone(world, subject) {
        return Some(level);
    }
    let minutes = row.facts.goroutines().iter().filter_map(|goroutine| goroutine.minutes);
    let (known, long) =
        minutes.fold((0, 0), |(known, long), it| (known + 1, long + usize::from(it >= LONG_MINUTES)));
    // So has the one in the middle, if they are put in order.
    let waits_long = long > 0 && long >= known - known / 2;
    let (count, all) = (row.count(), total(world));
    let share = (count >= 5 && count * 20 >= all) || (count >= 3 && count * 5 >= all);
    let worth = excerpt || waits_long || share;
    let idle = matches!(subject.class, Some(BlockedOn::Nothing | BlockedOn::Runtime | BlockedOn::TestBubble));
    (worth && !idle).then_some((Confidence::Watch, Level::Allow))
}

fn level_alone(world: &World<'_>, subject: &Subject<'_>) -> Option<(Confidence, Level)> {
    let count = subject.row.count();
    let many = count > MANY || (count > MAJORITY_FROM && count * 2 > total(world));
    many.then_some((Confidence::Watch, Level::Allow))
}

fn total(world: &World<'_>) -> i128 {
    world.series.columns.last().map_or(0, |column| column.goroutines)
}

/// Whether this is a piece of a dump that somebody cut out: few stacks, and no main among them.
fn is_excerpt(world: &World<'_>) -> bool {
    let has_main = || world.present().any(|it| it.names().any(|name| name == "main.main"));
    world.subjects.len() <= EXCERPT && !has_main()
}
