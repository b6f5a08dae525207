//! Which rows have goroutines that a function started; `children.rs` fills it.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::model::FunctionId;

/// The rows of the last snapshot by the functions that started their goroutines: that with the `go` statement, and those in which the
/// closures on their stacks are written.
#[derive(Debug, Default)]
pub(super) struct ChildIndex(pub(super) HashMap<FunctionId, Vec<usize>, FxBuildHasher>);
