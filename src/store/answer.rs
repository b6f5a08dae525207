//! Questions to a store, and its answers.

use std::collections::HashSet;

use crate::fleet::DayMean;
use crate::fleet::StackLook;
use crate::text::words;

words! {
    /// The order of a ranking, and which rows it has.
    pub enum Order {
        /// By the root mean square over the instances that were looked at; an instance without the stack counts as 0.
        Rms = "rms",
        /// By the gain of it since an earlier day.
        Growth = "growth",
        /// Only stacks that the newest version brought, by root mean square.
        New = "new",
        /// Only stacks of which one instance has far more than the others, by its number.
        Odd = "odd",
    }
}

/// A question about all services.
#[derive(Clone, Debug)]
pub struct Question {
    /// The order.
    pub order: Order,
    /// How many days before the last one growth is measured from, and a stack counts as new.
    pub since_days: u32,
    /// Only services whose name has a match; `None` for all.
    pub service: Option<regex_lite::Regex>,
    /// Only services of this team; `None` for all.
    pub team: Option<String>,
    /// Only services of these names; `None` for all.
    pub among: Option<HashSet<String>>,
    /// Only stacks with at least this root mean square; 0 for all.
    pub least_rms: f64,
    /// The maximum number of rows; 0 for all.
    pub limit: usize,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// The day that it is about, in days since 1970.
    pub day: i32,
    /// The day that growth is measured from; `None` if no earlier day is in the store.
    pub before: Option<i32>,
    /// How many instances were looked at.
    pub coverage: Coverage,
    /// The rows, in order.
    pub rows: Vec<RankedRow>,
    /// The rows beyond the limit.
    pub omitted: usize,
}

/// How much of a fleet was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The sweeps of the day, by ID.
    pub sweeps: Vec<SweepLine>,
    /// The services.
    pub services: u64,
    /// The instances that are known.
    pub listed: u64,
    /// The instances that were to be looked at.
    pub wanted: u64,
    /// The instances that were looked at.
    pub pulled: u64,
    /// The services of which no instance was looked at, by name.
    pub unseen: Vec<String>,
    /// The services of which less than half of the wanted instances were looked at, without the unseen, by name.
    pub thin: Vec<String>,
    /// The instances that were missed, by service and instance.
    pub missed: Vec<MissedLine>,
}

/// One sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepLine {
    /// Its name.
    pub id: String,
    /// When it began, in seconds since 1970.
    pub begun: i64,
    /// When it ended; `None` if it was ended by force.
    pub ended: Option<i64>,
    /// Where its targets came from.
    pub source: String,
}

/// An instance that was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedLine {
    /// The service.
    pub service: String,
    /// The instance.
    pub instance: String,
    /// Why, in a word.
    pub cause: String,
    /// The same in full; empty if the word says all.
    pub detail: String,
}

/// One stack of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct RankedRow {
    /// The service.
    pub service: String,
    /// Its team; `None` if it is not known.
    pub team: Option<String>,
    /// The stack.
    pub fingerprint: u64,
    /// The root mean square over the instances that were looked at.
    pub rms: f64,
    /// The same on the earlier day; `None` if the service was not looked at then.
    pub rms_before: Option<f64>,
    /// The mean over the instances that were looked at.
    pub mean: f64,
    /// The largest number of goroutines in an instance.
    pub most: u64,
    /// That instance.
    pub most_at: String,
    /// The instances that have the stack.
    pub instances: u64,
    /// The instances that were looked at.
    pub looked_at: u64,
    /// Whether one instance has far more than the others.
    pub is_odd: bool,
    /// Whether the newest version brought it.
    pub is_new: bool,
    /// The versions that have it today, by name. An instance without a version has none.
    pub versions: Vec<String>,
    /// The first day on which it was seen.
    pub since_day: i32,
    /// The version in which it was first seen; `None` if that is not known.
    pub since_version: Option<String>,
    /// The means of up to twelve days, oldest first.
    pub days: Vec<DayMean>,
    /// A line for each frame, leaf first.
    pub frames: String,
    /// The function of the user that waits.
    pub site: Option<String>,
    /// The `go` statement.
    pub spawn: Option<String>,
    /// What they are blocked on.
    pub blocked_on: Option<String>,
    /// The rule of a finding.
    pub rule: Option<String>,
    /// What the last second look at the service saw of it; `None` if it saw nothing more than a count, or if there was none.
    pub second: Option<SecondSeen>,
}

impl RankedRow {
    /// The rule of the second look, which knows more, or else that of the first.
    pub fn cause(&self) -> Option<&str> {
        self.second.as_ref().and_then(|it| it.look.rule.as_deref()).or(self.rule.as_deref())
    }

    /// How many goroutines of the instance that was looked at again are proven leaked; 0 if that is not known.
    pub fn proven(&self) -> u64 {
        self.second.as_ref().and_then(|it| it.look.proven).unwrap_or(0)
    }
}

/// What a second look saw of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondSeen {
    /// The instance.
    pub instance: String,
    /// When, in seconds since 1970.
    pub taken_at: i64,
    /// What it saw.
    pub look: StackLook,
}

/// All about one stack of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// As in a ranking of the last day on which the service was looked at.
    pub row: RankedRow,
    /// That day.
    pub day: i32,
    /// Each day, oldest first.
    pub days: Vec<DayLine>,
    /// Each version, in the order in which they were first seen.
    pub versions: Vec<VersionLine>,
    /// The instances of the last day that has snapshots, the largest first.
    pub instances: Vec<InstanceLine>,
}

/// One stack on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayLine {
    /// Days since 1970.
    pub day: i32,
    /// The root mean square.
    pub rms: f64,
    /// The mean.
    pub mean: f64,
    /// The largest number in an instance.
    pub most: u64,
    /// The instances that have it.
    pub instances: u64,
    /// The instances that were looked at.
    pub looked_at: u64,
}

/// One stack in one version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionLine {
    /// The version; `None` for instances without one.
    pub version: Option<String>,
    /// The first day on which the version was looked at.
    pub first_day: i32,
    /// The last day.
    pub last_day: i32,
    /// The mean over its instances on its last day; 0 if none has the stack.
    pub mean: f64,
    /// Whether the stack was ever seen in it.
    pub has_it: bool,
}

/// One stack in one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceLine {
    /// The instance.
    pub instance: String,
    /// What to read to look at it again.
    pub place: String,
    /// Its version; `None` if it is not known.
    pub version: Option<String>,
    /// Its goroutines with the stack.
    pub count: u64,
    /// When it was looked at, in seconds since 1970.
    pub taken_at: i64,
}
