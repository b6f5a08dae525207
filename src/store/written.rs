//! What a sweep writes.

use crate::fleet::Missed;
use crate::fleet::Observation;
use crate::fleet::ObservedStack;
use crate::fleet::StackLook;

/// The start of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepStart {
    /// Its name: a sweep that has it already is continued.
    pub id: String,
    /// The day that it counts for, in days since 1970. A sweep that is continued keeps its day.
    pub day: i32,
    /// When it began, in seconds since 1970.
    pub begun: i64,
    /// Where its targets came from.
    pub source: String,
}

/// What a sweep saw of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSweep {
    /// The service.
    pub name: String,
    /// Its team; `None` if it is not known.
    pub team: Option<String>,
    /// The number of instances that are known.
    pub listed: u64,
    /// The number of instances that were to be looked at.
    pub wanted: u64,
    /// The instances that were looked at.
    pub seen: Vec<Seen>,
    /// Those that were not.
    pub missed: Vec<Missed>,
}

/// An instance that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The instance.
    pub instance: String,
    /// What is read, without credentials, for the command that looks again.
    pub place: String,
    /// The version that runs there; `None` if it is not known.
    pub version: Option<String>,
    /// Its stacks.
    pub observation: Observation,
}

/// What a second look at one instance of a service saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondLook {
    /// The service.
    pub service: String,
    /// The instance.
    pub instance: String,
    /// When, in seconds since 1970.
    pub taken_at: i64,
    /// The stacks of which it says more than a count.
    pub stacks: Vec<(ObservedStack, StackLook)>,
}
