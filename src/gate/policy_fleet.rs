//! What a policy says of a fleet. The gate does not use it.

use serde::Deserialize;

/// Owners, and what is worth a message (`leakscope fleet`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyFleet {
    /// Who owns what; the first entry that matches counts.
    pub owner: Vec<PolicyOwner>,
    /// Owners of shared code in the CODEOWNERS file, over which it is passed to the next frame.
    pub shared: Vec<String>,
    /// What comes before the path in the repository in the names of files.
    pub strip: Vec<String>,
    /// The least root mean square of a stack that is worth a message; `None` for the default.
    pub tell_rms: Option<f64>,
}

/// An owner. All conditions that are given must match.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyOwner {
    /// The service. `*` matches any text.
    pub service: Option<String>,
    /// A function anywhere on the stack, or the one that ran the `go` statement. `*` matches any text.
    pub function: Option<String>,
    /// The owner.
    pub owner: String,
}

impl PolicyFleet {
    /// What is wrong, if something is.
    pub(super) fn fault(&self) -> Option<String> {
        let is_empty = |it: &&PolicyOwner| it.service.is_none() && it.function.is_none();
        if let Some(entry) = self.owner.iter().find(is_empty) {
            return Some(format!("the owner {} has no condition: add service or function", entry.owner));
        }
        if self.owner.iter().any(|it| it.owner.trim().is_empty()) {
            return Some("a fleet.owner entry has an empty owner".to_owned());
        }
        let is_usable = |it: f64| it.is_finite() && it >= 0.0;
        (!self.tell_rms.is_none_or(is_usable)).then(|| "fleet.tell_rms is no number of goroutines".to_owned())
    }
}
