//! Values, and whether they are stated or inferred.

use crate::text::words;

words! {
    /// How a value is known.
    pub enum Basis {
        /// The profile states it.
        Stated = "stated",
        /// It is inferred from frames, or from another profile of the same snapshot.
        Inferred = "inferred",
    }
}

/// A value, and how it is known. An unknown value is an `Option` that is `None`, never a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// How it is known.
    pub basis: Basis,
}

impl<T> Fact<T> {
    /// A value that the profile itself states.
    pub const fn stated(value: T) -> Self {
        Fact { value, basis: Basis::Stated }
    }

    /// A value that is inferred.
    pub const fn inferred(value: T) -> Self {
        Fact { value, basis: Basis::Inferred }
    }
}
