//! Why an instance is missing from a sweep.

use crate::text::words;

words! {
    /// Why an instance is missing from a sweep.
    pub enum MissCause {
        /// Nothing listens there, or its name is unknown.
        Refused = "refused",
        /// It did not answer within the limits.
        TimedOut = "timed out",
        /// It answered 401 or 403.
        Denied = "denied",
        /// It answered with another status.
        Status = "status",
        /// It answered with something other than a goroutine profile.
        NotAProfile = "not a profile",
        /// The answer ended early, or is too large.
        Cut = "cut",
        /// Another failure of the connection.
        Failed = "failed",
        /// It had more goroutines than the limit when it was last looked at, so it was not asked.
        TooManyGoroutines = "too many goroutines",
        /// Its address may not be asked.
        NotAllowed = "not allowed",
        /// The deadline came first.
        NotAsked = "not asked",
    }
}

impl MissCause {
    /// The cause with this word; `None` for another word, as of a later version.
    pub fn parse(word: &str) -> Option<MissCause> {
        MissCause::ALL.iter().copied().find(|it| it.as_str() == word)
    }
}

/// An instance that is missing from a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// The instance.
    pub instance: String,
    /// Why.
    pub cause: MissCause,
    /// The same in full, escaped; empty if the cause says all.
    pub detail: String,
}
