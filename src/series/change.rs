//! How a group changed between two snapshots.

/// How a group changed between two snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is only in the later one.
    New,
    /// It is only in the earlier one.
    Gone,
    /// It has more goroutines.
    Grew,
    /// It has fewer.
    Shrank,
    /// It has as many.
    Same,
}

impl Change {
    /// Compares two counts.
    pub fn between(before: i128, after: i128) -> Self {
        match (before, after) {
            (0, 0) => Change::Same,
            (0, _) => Change::New,
            (_, 0) => Change::Gone,
            _ if after > before => Change::Grew,
            _ if after < before => Change::Shrank,
            _ => Change::Same,
        }
    }

    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Gone => "gone",
            Change::Grew => "grew",
            Change::Shrank => "shrank",
            Change::Same => "same",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes() {
        let check = |before, after, expected| {
            assert_eq!(Change::between(before, after), expected, "{before} {after}")
        };
        check(0, 3, Change::New);
        check(3, 0, Change::Gone);
        check(3, 4, Change::Grew);
        check(4, 3, Change::Shrank);
        check(3, 3, Change::Same);
        check(0, 0, Change::Same);
    }
}
