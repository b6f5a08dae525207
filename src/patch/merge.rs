//! Patches of several findings as one change.

use super::diff::unified;
use super::edit::edited;
use crate::diagnose::SourceEdit;
use crate::diagnose::SourcePatch;

/// Several patches as one change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergedPatches {
    /// The edits, sorted by file and place, each once.
    pub edits: Vec<SourceEdit>,
    /// Of each patch that was given, in order: the patch before it whose edits it would change, or `None` if it is in the change.
    pub conflicts: Vec<Option<usize>>,
}

/// A file with edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedFile {
    /// Its path, relative to the root of the source.
    pub path: String,
    /// Its text after the edits.
    pub text: String,
    /// The unified diff.
    pub diff: String,
}

/// Takes patches in order. The same edit of two patches is one; a patch that overlaps one before it is left out as a whole.
pub fn merge(patches: &[&SourcePatch]) -> MergedPatches {
    let mut merged = MergedPatches::default();
    let mut owners: Vec<(usize, &SourceEdit)> = Vec::new();
    for (index, patch) in patches.iter().enumerate() {
        let conflict = patch
            .edits
            .iter()
            .find_map(|it| owners.iter().find(|(_, other)| overlap(it, other)).map(|(owner, _)| *owner));
        merged.conflicts.push(conflict);
        if conflict.is_none() {
            for edit in &patch.edits {
                if !owners.iter().any(|(_, other)| *other == edit) {
                    owners.push((index, edit));
                }
            }
        }
    }
    merged.edits = owners.into_iter().map(|(_, it)| it.clone()).collect();
    merged.edits.sort();
    merged
}

/// Whether two different edits change the same bytes, or add at the same place.
fn overlap(one: &SourceEdit, other: &SourceEdit) -> bool {
    let shares = one.start < other.end && other.start < one.end;
    let meets = one.start == other.start
        || (one.start == one.end && one.start > other.start && one.start < other.end);
    one.file == other.file && one != other && (shares || meets)
}

impl MergedPatches {
    /// The paths of the files that change, sorted.
    pub fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.edits.iter().map(|it| it.file.as_str()).collect();
        files.dedup();
        files
    }

    /// A file after the edits, from its text before; `None` if the text is not the one that the edits were made for.
    pub fn file(&self, path: &str, text: &str) -> Option<MergedFile> {
        let edits: Vec<&SourceEdit> = self.edits.iter().filter(|it| it.file == path).collect();
        let diff = unified(path, text, &edits)?;
        Some(MergedFile { path: path.to_owned(), text: edited(text, &edits)?, diff })
    }
}
