//! What the goroutines of a sample have in common.

use std::hash::Hash;
use std::hash::Hasher;

use crate::model::Ancestor;
use crate::model::Frame;
use crate::model::LabelSetId;
use crate::model::StackId;
use crate::model::StateId;

/// Goroutines with the same key and the same [`AncestorStacks`] are one sample.
pub(super) type Key = (StackId, LabelSetId, Option<StateId>, Option<Frame>);

/// The stacks of ancestors, without their ids, which differ from goroutine to goroutine.
pub(super) struct AncestorStacks<'a>(pub(super) &'a [Ancestor]);

impl AncestorStacks<'_> {
    fn parts(&self) -> impl Iterator<Item = (&[Frame], bool, Option<Frame>)> {
        self.0.iter().map(|it| (&*it.frames, it.cut, it.spawn))
    }
}

impl PartialEq for AncestorStacks<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.parts().eq(other.parts())
    }
}

impl Hash for AncestorStacks<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().for_each(|it| it.hash(state));
    }
}
