//! What a patch is written from: a verdict that proves its cause, with the source that it was read from.

use super::group::ObservedGroup;
use super::place::Case;
use super::place::PlacedGroup;
use super::resources::Library;
use crate::diagnose::SourceVerdict;

/// Where a confirmed verdict comes from.
pub(crate) enum Proof<'c, 'a> {
    /// From the operation in the user's code that waits.
    Waits(&'c Case<'c, 'a>),
    /// From a library's goroutine: the cause is elsewhere in the user's code.
    Library(&'c Library<'c, 'a>),
}

/// Adds a patch to a confirmed verdict, or the reason why there is none.
pub(crate) type Mend<'m> = dyn Fn(&Proof<'_, '_>, &mut SourceVerdict) + 'm;

impl Proof<'_, '_> {
    /// The group that the verdict is on, and all groups of the last snapshot.
    pub(crate) fn groups(&self) -> (&ObservedGroup, impl Iterator<Item = &ObservedGroup>) {
        let (group, groups): (&ObservedGroup, &[PlacedGroup<'_>]) = match self {
            Proof::Waits(case) => (case.group, case.groups),
            Proof::Library(library) => (library.group, library.groups),
        };
        (group, groups.iter().map(|it| it.group))
    }

    /// The causes that the profile suggests.
    pub(crate) fn causes(&self) -> &[String] {
        match self {
            Proof::Waits(case) => case.causes,
            Proof::Library(library) => library.causes,
        }
    }
}
