//! What the sources of a package say of the waits of its goroutines, for the generator of the table of libraries (`learn`).

use crate::code::PackageTexts;
use crate::confirm::wake;
use crate::model::BlockedOn;

/// A wait of a goroutine that a package starts. All names are as in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedFact {
    /// The function with which the goroutine starts.
    pub entry: String,
    /// The function that waits.
    pub waits_in: String,
    /// What it waits for.
    pub wait: BlockedOn,
    /// The exported types whose objects the goroutine works for.
    pub objects: Vec<String>,
    /// The exported functions that make such an object.
    pub constructors: Vec<String>,
    /// The exported methods that start the goroutine.
    pub starts: Vec<String>,
    /// The exported functions and methods that end the wait.
    pub ends: Vec<String>,
    /// The exported functions whose caller ends it through a parameter, and its name.
    pub given: Vec<(String, String)>,
    /// What happens when the wait ends; empty if nothing ends it.
    pub how: String,
}

/// The waits of the goroutines that a package starts, sorted. Those of which nothing is known are left out.
pub fn facts_of(texts: PackageTexts) -> Vec<LearnedFact> {
    let facts = wake::facts_of(texts).into_iter();
    facts
        .map(|fact| LearnedFact {
            entry: fact.entry,
            waits_in: fact.waits_in,
            wait: fact.wait,
            objects: fact.objects,
            constructors: fact.constructors,
            starts: fact.starts,
            ends: fact.ends,
            given: fact.given,
            how: if fact.is_endless { String::new() } else { fact.how },
        })
        .collect()
}
