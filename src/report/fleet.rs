//! What a page about a fleet shows, in order. Texts come from outside, unless they say otherwise.

/// A ranking of the stacks of many services.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetReport {
    /// The day that it is about, as a date.
    pub day: String,
    /// What decides the order, in our words: `by root mean square`.
    pub order: String,
    /// The services.
    pub services: u64,
    /// The instances that were looked at.
    pub pulled: u64,
    /// The instances that were to be looked at.
    pub wanted: u64,
    /// What is missing from the day, a sentence each.
    pub gaps: Vec<String>,
    /// The rows.
    pub rows: Vec<FleetRow>,
    /// The rows beyond the limit.
    pub omitted: usize,
}

/// One stack of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetRow {
    /// The service.
    pub service: String,
    /// The fingerprint of the stack, as 16 digits.
    pub fingerprint: String,
    /// The function of the user that waits; `None` if it is not known.
    pub site: Option<String>,
    /// The root mean square over the instances that were looked at.
    pub rms: f64,
    /// Its gain since an earlier day; `None` unless the order is by gain.
    pub gain: Option<f64>,
    /// The largest number of goroutines in an instance.
    pub most: u64,
    /// That instance.
    pub most_at: String,
    /// The instances that have the stack.
    pub instances: u64,
    /// The instances that were looked at.
    pub looked_at: u64,
    /// The first day, as a date.
    pub since: String,
    /// The version in which it was first seen; `None` if it is not known.
    pub since_version: Option<String>,
    /// The owner, and what names it in our words; `None` if no owner is known.
    pub owner: Option<(String, String)>,
    /// Whether the test says that it grows.
    pub is_growing: bool,
    /// Whether the newest version brought it.
    pub is_new: bool,
    /// The odd instance, in a sentence; `None` if none is odd.
    pub odd: Option<String>,
    /// How many goroutines of the instance that was looked at again are proven leaked; 0 if that is not known.
    pub proven: u64,
    /// What a second look at one instance saw, in a sentence; `None` without one.
    pub second: Option<String>,
    /// What the goroutines are blocked on; `None` if it is not known.
    pub blocked_on: Option<String>,
    /// The title and the description of the rule, and its name; `None` without one. The first two are our words.
    pub cause: Option<FleetCause>,
    /// What the test of growth says, in our words; `None` for one day.
    pub growth: Option<String>,
    /// The stack, leaf first: function and place.
    pub frames: Vec<(String, String)>,
    /// The `go` statement: function and place; `None` if it is not known.
    pub spawn: Option<(String, String)>,
    /// Each day on which the service was looked at, oldest first.
    pub days: Vec<FleetDay>,
    /// The versions, in the order in which they were first seen.
    pub versions: Vec<FleetVersion>,
    /// The instances of the last day, the largest first: name, version and count. Empty if no snapshot is kept.
    pub at: Vec<(String, Option<String>, u64)>,
    /// The instances beyond those.
    pub more_at: usize,
    /// What `leakscope fetch` takes to look at the largest one now; `None` if no snapshot is kept.
    pub place: Option<String>,
}

/// The rule of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetCause {
    /// Its title.
    pub title: String,
    /// What it means.
    pub description: String,
    /// What to do, if the rule says it.
    pub fix: Option<String>,
    /// Its name, for `leakscope explain`.
    pub rule: String,
}

/// A stack on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FleetDay {
    /// Days since 1970.
    pub day: i32,
    /// The mean over the instances that were looked at.
    pub mean: f64,
}

/// A stack in a version.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetVersion {
    /// The version; `None` for instances without one.
    pub version: Option<String>,
    /// The first day, as a date.
    pub first: String,
    /// The last day, as a date.
    pub last: String,
    /// The mean over its instances on its last day; `None` if the stack was never seen in it.
    pub mean: Option<f64>,
}
