//! What a stack is counted by in formats for other programs.

use crate::report::GroupLine;

/// What a stack is counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Values {
    /// Its goroutines in the last snapshot.
    #[default]
    Last,
    /// Those that came since the first snapshot, if there are more.
    Gain,
}

impl Values {
    /// The value of a group.
    pub(crate) fn of(self, group: &GroupLine) -> i128 {
        match self {
            Values::Last => group.count(),
            Values::Gain => group.gain.max(0),
        }
    }
}
