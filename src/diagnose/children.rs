//! The goroutines that a function on a stack started.

use crate::golang;

use super::context::DiagnosisContext;
use super::context::RowView;

/// The rows of goroutines that a function on this stack started, also through a helper.
pub(super) fn children<'w, 'a>(
    context: &'w DiagnosisContext<'a>,
    row_view: &'w RowView<'a>,
) -> impl Iterator<Item = &'w RowView<'a>> {
    let is_child = |other: &RowView<'_>| {
        let is_on_stack = |parent: &str| row_view.names().any(|name| name == parent);
        other.spawn.is_some_and(|spawn| row_view.has(spawn))
            || other.names().any(|name| golang::closure_parent(name).is_some_and(is_on_stack))
    };
    context.current_rows().filter(move |it| it.index != row_view.index && is_child(it))
}
