//! What is looked for: the findings whose user's code is wanted.

use crate::diagnose::Finding;
use crate::golang::Owner;
use crate::golang::is_general_package;
use crate::golang::package;
use crate::model::Frame;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::is_written_by_user;

/// A finding whose user's code is wanted.
pub(super) struct Subject<'a> {
    /// The index of the finding.
    pub(super) finding: usize,
    /// Its rows, the leading one first.
    pub(super) rows: Vec<&'a Row>,
    pub(super) wanted: Wanted,
}

/// What is to be found for a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any code of the user's that has to do with it.
    Anything,
    /// Only who calls the function that runs the `go` statement: the stack names the user's code.
    CallersOfCreator,
}

/// `None` if the profile states the user's code: on the stack itself or as the function that started it.
pub(super) fn subject<'a>(series: &'a Series, (at, finding): (usize, &Finding)) -> Option<Subject<'a>> {
    let rows: Vec<&Row> = finding.rows.iter().filter_map(|row| series.rows.get(*row)).collect();
    let lead = rows.first().filter(|row| !row.stack.is_empty())?;
    let spawn = lead.facts.spawn_site(true).map(|fact| fact.value);
    let spawner = spawn.map(|frame| series.names.owner(frame.function));
    let on_stack = lead.stack.frames(&series.names).any(|frame| is_written_by_user(frame, &series.names));
    let wanted = match (on_stack, spawner) {
        (_, Some(Owner::User)) | (true, None | Some(Owner::Standard | Owner::Runtime)) => return None,
        (true, Some(Owner::Dependency)) => Wanted::CallersOfCreator,
        (false, None | Some(Owner::Standard | Owner::Runtime | Owner::Dependency)) => Wanted::Anything,
    };
    Some(Subject { finding: at, rows, wanted })
}

/// Whether a frame says nothing about whose object it works on: of Go's runtime, or of a general package of the standard library.
pub(super) fn is_general(series: &Series, frame: Frame) -> bool {
    let names = &series.names;
    match names.owner(frame.function) {
        Owner::Runtime => true,
        Owner::Standard => is_general_package(package(names.function_name(frame.function))),
        Owner::Dependency | Owner::User => false,
    }
}
