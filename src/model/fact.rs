//! How we know what we say.

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The profile says it in so many words.
    Stated,
    /// We concluded it from frames or from another profile of the same moment.
    Inferred,
}

impl Basis {
    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Basis::Stated => "stated",
            Basis::Inferred => "inferred",
        }
    }
}

/// A value and how we know it. What is not known is an `Option` that is `None`, never a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// What we say.
    pub value: T,
    /// How we know.
    pub basis: Basis,
}

impl<T> Fact<T> {
    /// A value that the profile itself states.
    pub const fn stated(value: T) -> Self {
        Fact { value, basis: Basis::Stated }
    }

    /// A value that we concluded.
    pub const fn inferred(value: T) -> Self {
        Fact { value, basis: Basis::Inferred }
    }
}
