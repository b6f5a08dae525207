//! What a check of a library's goroutines is given: no frame of theirs is the user's.

use crate::code::Workspace;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::PlacedGroup;

/// A group of a finding, with what the profile knows beside it.
pub(crate) struct Library<'c, 'a> {
    /// The packages.
    pub(crate) workspace: &'c Workspace<'a>,
    /// The group.
    pub(crate) group: &'c ObservedGroup,
    /// All groups of the last snapshot.
    pub(crate) groups: &'c [PlacedGroup<'a>],
    /// The causes that the profile suggests, the likeliest first.
    pub(crate) causes: &'c [String],
}

impl Library<'_, '_> {
    /// Whether a frame of the stack is in a function whose name starts so.
    pub(super) fn runs(&self, function: &str) -> bool {
        self.group.stack.iter().any(|it| it.function.starts_with(function))
    }

    /// The likeliest cause by the profile; empty if it suggests none.
    pub(super) fn cause(&self) -> &str {
        self.causes.first().map_or("", String::as_str)
    }

    /// Whether a handler runs in it.
    pub(super) fn has_handler(&self) -> bool {
        self.group.stack.iter().any(|it| it.function.ends_with(".ServeHTTP"))
    }

    /// How many goroutines of the profile have a frame in a function whose name starts so.
    pub(super) fn count_in(&self, function: &str) -> i128 {
        let holds = |it: &&PlacedGroup<'_>| it.group.stack.iter().any(|at| at.function.starts_with(function));
        self.groups.iter().filter(holds).map(|it| it.group.count).sum()
    }
}
