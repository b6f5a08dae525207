//! The methods on a stack, from a lock outwards.

use super::context::RowView;

/// Whether a method calls the lock, and not a function below it.
pub(super) fn waits_in_a_method(row_view: &RowView<'_>) -> bool {
    let mut outside = row_view.names().skip_while(|name| is_of_sync(name));
    outside.next().is_some_and(|name| method(name).is_some())
}

/// The methods on a stack as receiver and name, from the lock outwards.
pub(super) fn methods<'a>(row_view: &RowView<'a>) -> Vec<(&'a str, &'a str)> {
    row_view.names().filter(|name| !is_of_sync(name)).filter_map(method).collect()
}

/// The receiver's type, with its package, and the name of a method.
pub(super) fn method(name: &str) -> Option<(&str, &str)> {
    name.split_once(").")
}

fn is_of_sync(name: &str) -> bool {
    name.starts_with("sync.") || name.starts_with("internal/sync.")
}
