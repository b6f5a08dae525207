//! The goroutines that a function on a stack started.

use crate::golang;
use crate::model::FunctionId;

use super::child_index::ChildIndex;
use super::context::DiagnosisContext;
use super::context::RowView;

/// The rows of goroutines that a function on this stack started, also through a helper, in the order of rows.
pub(super) fn children<'w, 'a>(
    context: &'w DiagnosisContext<'a>,
    row_view: &RowView<'a>,
) -> impl Iterator<Item = &'w RowView<'a>> {
    let index = context.children.get_or_init(|| index(context));
    let started = row_view.frames().filter_map(|frame| index.0.get(&frame.function));
    let mut rows: Vec<usize> = started.flatten().copied().filter(|row| *row != row_view.index).collect();
    rows.sort_unstable();
    rows.dedup();
    rows.into_iter().filter_map(|row| context.rows.get(row))
}

fn index(context: &DiagnosisContext<'_>) -> ChildIndex {
    let names = context.names();
    let written_in = |id: u32| {
        let parent = golang::closure_parent(names.function_name(FunctionId(id)))?;
        names.symbols.find_function(parent)
    };
    let written_in: Vec<Option<FunctionId>> =
        (0..names.symbols.functions_len() as u32).map(written_in).collect();
    let mut rows = ChildIndex::default();
    for row_view in context.current_rows() {
        let closures = row_view.frames().filter_map(|frame| *written_in.get(frame.function.0 as usize)?);
        for parent in row_view.spawn.into_iter().chain(closures) {
            let children = rows.0.entry(parent).or_default();
            if children.last() != Some(&row_view.index) {
                children.push(row_view.index);
            }
        }
    }
    rows
}
