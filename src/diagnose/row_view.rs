//! One row with what rules ask about it.

use crate::golang::Owner;
use crate::golang::package_and_rest;
use crate::model::BlockedOn;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::SymbolTable;

/// One row with what rules ask about it.
pub(super) struct RowView<'a> {
    pub(super) row: &'a Row,
    names: &'a SymbolTable,
    /// What its goroutines are blocked on; `None` if the form does not say.
    pub(super) blocked_on: Option<BlockedOn>,
    /// The name of the outermost function; `None` if the stack is cut.
    pub(super) entry: Option<&'a str>,
    /// The function with the `go` statement; `None` if the form does not record it.
    pub(super) spawn: Option<FunctionId>,
    /// The first frame of the user's own code, else of a library, else the leaf.
    pub(super) function: Option<Frame>,
    /// What it is, if it is a background goroutine that is normal in this number.
    pub(super) benign: Option<&'a str>,
}

impl<'a> RowView<'a> {
    pub(super) fn new(row: &'a Row, series: &'a Series) -> Self {
        let by_stack = series.by.is_by_stack();
        let names = &series.names;
        let of = |owner| row.stack.first_of(owner, names);
        RowView {
            row,
            names,
            blocked_on: row.facts.blocked_on(by_stack).map(|fact| fact.value),
            entry: row
                .stack
                .last(names)
                .filter(|_| !row.stack.cut)
                .map(|it| names.function_name(it.function)),
            spawn: row.facts.spawn_site(by_stack).map(|fact| fact.value.function),
            function: of(Owner::User).or_else(|| of(Owner::Dependency)).or_else(|| row.stack.leaf(names)),
            benign: None,
        }
    }

    /// Its stack, leaf first.
    pub(super) fn frames(&self) -> impl Iterator<Item = Frame> {
        self.row.stack.frames(self.names)
    }

    /// Whether a function is on its stack.
    pub(super) fn has(&self, function: FunctionId) -> bool {
        self.frames().any(|frame| frame.function == function)
    }

    /// The names of the functions on its stack, leaf first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.row.stack.frames(self.names).map(|frame| self.names.function_name(frame.function))
    }

    /// The words in the names of its function and its entry: `poll` and `ticker` for `main.(*T).pollTicker.func1`.
    pub(super) fn words(&self) -> Vec<String> {
        let function = self.function.map(|frame| self.names.function_name(frame.function));
        function.into_iter().chain(self.entry).flat_map(words).collect()
    }
}

/// The words of a function's name in lower case, without package and receiver.
fn words(name: &str) -> Vec<String> {
    let (_, rest) = package_and_rest(name);
    // The name of a type says little about what one of its methods waits for.
    let rest =
        rest.strip_prefix('(').and_then(|rest| rest.split_once(").")).map_or(rest, |(_, method)| method);
    let mut words: Vec<String> = Vec::new();
    let mut before = '.';
    for c in rest.chars() {
        let begins = c.is_uppercase() && !before.is_uppercase() || !before.is_alphabetic();
        if c.is_alphabetic() {
            if begins || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        let check = |name: &str, expected: &[&str]| assert_eq!(words(name), expected, "{name}");
        check("main.(*T).pollTicker.func1", &["poll", "ticker", "func"]);
        check("a.b/c.withSlot", &["with", "slot"]);
        check("main.HTTPServer", &["httpserver"]);
        check("main.on_hup", &["on", "hup"]);
    }
}
