//! The forms of reports.

use crate::model::Form;
use crate::model::FormFacts;
use crate::model::RowKind;

/// `-raw` and `-traces`.
pub(super) const STACKS: Form =
    Form(&FormFacts { name: "pprof-traces", rows: RowKind::Stack, shows_runtime: true });
/// The other reports.
pub(super) const FUNCTIONS: Form =
    Form(&FormFacts { name: "pprof-top", rows: RowKind::Function, shows_runtime: false });
