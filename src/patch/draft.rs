//! A patch before it is checked again.

use super::edit::Edits;
use crate::diagnose::PatchTier;
use crate::model::BlockedOn;

/// A change that one kind of patch proposes.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) tier: PatchTier,
    pub(super) title: String,
    pub(super) because: String,
    pub(super) edits: Edits,
    /// The functions that it changes for all their callers, by name.
    pub(super) changed: Vec<String>,
    /// What the goroutines wait for after it; `None` if that does not change.
    pub(super) then: Option<BlockedOn>,
}

impl Draft {
    pub(super) fn safe(title: impl Into<String>, because: impl Into<String>) -> Self {
        Draft {
            tier: PatchTier::Safe,
            title: title.into(),
            because: because.into(),
            edits: Edits::default(),
            changed: Vec::new(),
            then: None,
        }
    }
}
