//! What rules ask about a row, and what it is compared with: the other rows, and the goroutines by ID.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::golang;
use crate::golang::Owner;
use crate::golang::package;
use crate::golang::package_and_rest;
use crate::model::BlockedOn;
use crate::model::Death;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Passed;
use crate::rules::Benign;
use crate::rules::FramePattern;
use crate::rules::IndexedPattern;
use crate::rules::RuleSet;
use crate::rules::Text;
use crate::rules::without_versions;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::SymbolTable;
use crate::text::word;

use super::child_index::ChildIndex;
use super::held_by::Locks;

/// An excerpt of a dump has at most this many stacks. The person who cut it out suspects what is in it.
const MAX_STACKS_OF_EXCERPT: usize = 12;
/// With at most this many stacks, a main that is blocked is the problem itself.
const MAX_STACKS_AROUND_MAIN: usize = 3;

/// A series with everything that rules ask about.
pub(super) struct DiagnosisContext<'a> {
    pub(super) series: &'a Series,
    pub(super) rows: Vec<RowView<'a>>,
    living_parents: OnceCell<HashSet<u64, RandomState>>,
    /// Filled by `children.rs`.
    pub(super) children: OnceCell<ChildIndex>,
    /// Filled by `locks.rs`.
    pub(super) locks: OnceCell<Locks>,
    /// Goroutines of the last snapshot that passed the filters.
    pub(super) total: i128,
    /// The largest goroutine ID in the last traceback; 0 without one.
    pub(super) greatest_id: u64,
    /// Why the process of the last snapshot died; `None` if it does not say.
    pub(super) death: Option<&'a Death>,
}

impl<'a> DiagnosisContext<'a> {
    pub(super) fn new(series: &'a Series, rules: &'a RuleSet) -> Self {
        let mut rows: Vec<RowView<'a>> =
            series.rows.iter().enumerate().map(|(at, row)| RowView::new(at, row, series)).collect();
        let death = series.columns.last().and_then(|column| column.death.as_deref());
        mark_benign(&mut rows, &series.names, rules, death);
        let greatest_id = ids(series).max().unwrap_or(0);
        let total = series.columns.last().map_or(0, |column| column.goroutines);
        DiagnosisContext {
            series,
            rows,
            living_parents: OnceCell::new(),
            children: OnceCell::new(),
            locks: OnceCell::new(),
            total,
            greatest_id,
            death,
        }
    }

    /// Whether a goroutine that started others is in the last traceback; `false` without one.
    pub(super) fn is_alive(&self, parent: u64) -> bool {
        // Usually parents are few, and there may be millions of other goroutines.
        let living = self.living_parents.get_or_init(|| {
            let rows = self.series.rows.iter();
            let parents = rows.flat_map(|row| row.facts.goroutines()).filter_map(|it| it.parent);
            let parents: HashSet<u64, RandomState> = parents.map(NonZeroU64::get).collect();
            ids(self.series).filter(|id| parents.contains(id)).collect()
        });
        living.contains(&parent)
    }

    /// A function's name as one word of a sentence.
    pub(super) fn function_word(&self, function: FunctionId) -> String {
        word(self.names().function_name(function)).into_owned()
    }

    pub(super) fn names(&self) -> &'a SymbolTable {
        &self.series.names
    }

    /// Whether the input is an excerpt of a dump: few stacks, and no main among them except one that waits for what only other
    /// goroutines can do.
    pub(super) fn is_excerpt(&self) -> bool {
        let waits_for_others = |it: &RowView<'_>| {
            let for_others = matches!(
                it.blocked_on,
                Some(
                    BlockedOn::ChannelSend
                        | BlockedOn::Condition
                        | BlockedOn::Lock
                        | BlockedOn::RwLock
                        | BlockedOn::WaitGroup
                )
            );
            it.benign.is_none() && for_others
        };
        let has_main = || self.current_rows().any(|it| it.is_main() && !waits_for_others(it));
        self.rows.len() <= MAX_STACKS_OF_EXCERPT && !has_main()
    }

    /// Whether the last snapshot shows all goroutines of a process: nothing was lost or filtered, and the main goroutine is among them.
    pub(super) fn shows_whole_process(&self) -> bool {
        let Some(column) = self.series.columns.last() else { return false };
        let is_whole = !column.incomplete && !column.is_delta && column.goroutines == column.in_all;
        let is_main = |it: &RowView<'_>| it.names().any(|name| name == "main.main" || name == "runtime.main");
        is_whole && column.has_traceback && self.current_rows().any(is_main)
    }

    /// Rows that have goroutines in the last snapshot.
    pub(super) fn current_rows(&self) -> impl Iterator<Item = &RowView<'a>> {
        self.rows.iter().filter(|row_view| row_view.row.count() > 0)
    }

    /// Whether a row of the last snapshot has this function on its stack and is blocked on one of these.
    pub(super) fn blocked_in(&self, function: FunctionId, blocked_on: &[&str]) -> bool {
        self.current_rows()
            .any(|it| it.has(function) && it.blocked_on.is_some_and(|it| blocked_on.contains(&it.as_str())))
    }

    /// The IDs of the goroutines that started those of a row, each with the number of its children, most children first.
    pub(super) fn parents(&self, row: &Row) -> Vec<(u64, usize)> {
        let all = row.facts.goroutines().iter().filter_map(|goroutine| goroutine.parent);
        let mut all: Vec<u64> = all.map(NonZeroU64::get).collect();
        all.sort_unstable();
        let mut parents: Vec<(u64, usize)> =
            all.chunk_by(u64::eq).map(|same| (same[0], same.len())).collect();
        parents.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        parents
    }
}

/// Marks the rows that are background goroutines in normal numbers.
fn mark_benign<'a>(
    rows: &mut [RowView<'a>],
    symbols: &SymbolTable,
    rules: &'a RuleSet,
    death: Option<&Death>,
) {
    let functions_len = symbols.symbols.functions_len();
    let names: Vec<Cow<'_, str>> =
        (0..functions_len as u32).map(|id| without_versions(symbols.function_name(FunctionId(id)))).collect();
    let index = |text: &Text| FramePattern::new(text).index(&names);
    // Each kind with its patterns, and its goroutines so far.
    let mut kinds: Vec<(&Benign, Vec<IndexedPattern>, i128)> =
        rules.benign.iter().map(|it| (it, it.frames.iter().filter_map(index).collect(), 0)).collect();
    kinds.retain(|(_, frames, _)| !frames.is_empty());
    // For each function, whether a pattern has it: most stacks have none of these.
    let is_matched: Vec<bool> = (0..functions_len)
        .map(|function| kinds.iter().flat_map(|(_, frames, _)| frames).any(|it| it.mentions(function)))
        .collect();
    // If there is hardly anything else, a main that is blocked is the problem itself.
    let is_excerpt = rows.iter().filter(|it| it.row.count() > 0).count() <= MAX_STACKS_AROUND_MAIN;
    for row_view in rows {
        if (is_excerpt && row_view.is_main() && !row_view.is_harness()) || is_to_blame(row_view, death) {
            continue;
        }
        if is_of_runtime(row_view, symbols) {
            row_view.benign = Some(RUNTIME);
            continue;
        }
        let functions = || row_view.frames().map(|frame| frame.function.0 as usize);
        if !functions().any(|function| is_matched.get(function) == Some(&true)) {
            continue;
        }
        let kind = kinds.iter_mut().find(|(_, frames, _)| frames.iter().any(|it| it.matches(functions())));
        if let Some((kind, _, total)) = kind {
            // The cap is for all stacks of one kind together.
            *total += row_view.row.count();
            if row_view.row.is_growing() && !kind.even_growing {
                continue;
            }
            if kind.cap == 0 || *total <= i128::from(kind.cap) {
                row_view.benign = Some(kind.what.as_ref());
            }
        }
    }
}

/// What the goroutines of the runtime itself are called.
const RUNTIME: &str = "the Go runtime";

/// Whether a row is no background although it looks like it: main if it is stuck, and the goroutine that ended the process.
fn is_to_blame(row_view: &RowView<'_>, death: Option<&Death>) -> bool {
    let culprit = death.and_then(|death| death.goroutine);
    let facts = &row_view.row.facts;
    if culprit.is_some() && facts.goroutines().iter().any(|it| Some(it.id) == culprit) {
        return true;
    }
    let is_stuck = match row_view.blocked_on {
        Some(BlockedOn::NilChannelReceive | BlockedOn::NilChannelSend) => true,
        // A lock that is only contended is free within a minute, and a receiver that is only slow comes.
        Some(BlockedOn::ChannelSend | BlockedOn::Lock | BlockedOn::RwLock) => !facts.minutes().is_empty(),
        Some(_) | None => false,
    };
    (is_stuck || death.is_some_and(Death::is_deadlock)) && row_view.is_main() && !row_view.is_harness()
}

/// Whether a row is of the runtime alone: it does the runtime's own work, or Go's own code started it. GOTRACEBACK=system and a
/// SIGQUIT show these. Up to Go 1.4 their functions had no package (`runfinq`).
fn is_of_runtime(row_view: &RowView<'_>, symbols: &SymbolTable) -> bool {
    let by_runtime = |function| symbols.owner(function) == Owner::Runtime;
    let by_go = |function| matches!(symbols.owner(function), Owner::Runtime | Owner::Standard);
    let is_internal = row_view.blocked_on == Some(BlockedOn::Runtime)
        || (!row_view.row.stack.cut && row_view.spawn.is_some_and(by_go));
    let nameless = |function| !symbols.function_name(function).contains('.');
    is_internal
        && !row_view.row.stack.is_empty()
        && row_view.frames().all(|frame| by_runtime(frame.function) || nameless(frame.function))
}

fn ids(series: &Series) -> impl Iterator<Item = u64> {
    let present = series.rows.iter().filter(|row| row.count() > 0);
    present.flat_map(|row| row.facts.goroutines()).map(|goroutine| goroutine.id)
}

/// One row with what rules ask about it.
pub(super) struct RowView<'a> {
    /// Its place in the series.
    pub(super) index: usize,
    pub(super) row: &'a Row,
    names: &'a SymbolTable,
    /// What its goroutines are blocked on; `None` if the form does not say.
    pub(super) blocked_on: Option<BlockedOn>,
    /// The name of the outermost function; `None` if the stack is cut.
    pub(super) entry: Option<&'a str>,
    /// The function with the `go` statement; `None` if the form does not record it.
    pub(super) spawn: Option<FunctionId>,
    /// The function that ran the `go` statement for another, such as `time.goFunc`; `None` if it was no such helper.
    pub(super) spawn_helper: Option<FunctionId>,
    /// The first frame of the user's own code, else of a library, else the one that says most.
    pub(super) function: Option<Frame>,
    /// What it is, if it is a background goroutine that is normal in this number.
    pub(super) benign: Option<&'a str>,
}

impl<'a> RowView<'a> {
    fn new(index: usize, row: &'a Row, series: &'a Series) -> Self {
        let by_stack = series.by.is_by_stack();
        let names = &series.names;
        RowView {
            index,
            row,
            names,
            blocked_on: row.facts.blocked_on(by_stack).map(|fact| fact.value),
            entry: row
                .stack
                .last(names)
                .filter(|_| !row.stack.cut)
                .map(|it| names.function_name(it.function)),
            spawn: row.facts.spawn_site(by_stack).map(|fact| fact.value.function),
            spawn_helper: row.facts.spawn_helper(by_stack),
            function: (row.stack.users_frame(names))
                .or_else(|| row.stack.first_of(Owner::Dependency, names))
                .or_else(|| row.stack.telling_frame(names)),
            benign: None,
        }
    }

    pub(super) fn frames(&self) -> impl Iterator<Item = Frame> {
        self.row.stack.frames(self.names)
    }

    pub(super) fn has(&self, function: FunctionId) -> bool {
        self.frames().any(|frame| frame.function == function)
    }

    /// The function that it is named after as one word of a sentence; `?` if the stack is empty.
    pub(super) fn function_word(&self, context: &DiagnosisContext<'a>) -> String {
        self.function.map_or_else(|| "?".to_owned(), |frame| context.function_word(frame.function))
    }

    /// Whether it is the main goroutine of a program.
    pub(super) fn is_main(&self) -> bool {
        self.names().any(|name| name == "main.main")
    }

    /// Whether it is the harness of `go test`, which waits for its tests.
    fn is_harness(&self) -> bool {
        self.names().next().is_some_and(|name| package(name) == "testing")
    }

    /// The names of the functions on its stack, leaf first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.row.stack.frames(self.names).map(|frame| self.names.function_name(frame.function))
    }

    /// The package of the innermost frame outside of Go's own code, if a library started the goroutine and no frame is of the user's
    /// code.
    pub(super) fn library(&self, context: &DiagnosisContext<'a>) -> Option<&'a str> {
        let names = context.names();
        let frame = self.row.stack.first_of(Owner::Dependency, names)?;
        let is_users = |frame: Frame| names.owner(frame.function) == Owner::User;
        let started_by_library = match self.spawn {
            Some(function) => names.owner(function) != Owner::User,
            // A traceback shows the spawn site, unless it is cut.
            None => self.row.facts.goroutines().is_empty(),
        };
        let is_whole = !self.row.stack.cut && started_by_library;
        (is_whole && !self.frames().any(is_users))
            .then(|| package_and_rest(names.function_name(frame.function)).0)
    }

    /// What the innermost function was given: `context` if an interface that is still in use is among its arguments, which in a function
    /// that waits is mostly a `context.Context`; `no context` if none is; `unknown` if that is not printed, or for a closure, which may
    /// have captured one.
    pub(super) fn given(&self) -> &'static str {
        let innermost = || self.names().next().unwrap_or_default();
        let is_closure = || golang::closure_parent(innermost()).is_some();
        match self.row.facts.arguments().map_or(Passed::Hidden, |it| it.innermost) {
            Passed::Interface => "context",
            Passed::Values => "no context",
            Passed::Nothing if !is_closure() => "no context",
            Passed::Nothing | Passed::Hidden => "unknown",
        }
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
            let mut word = if begins { String::new() } else { words.pop().unwrap_or_default() };
            word.extend(c.to_lowercase());
            words.push(word);
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
