//! What one row can be held against: the other rows, and the goroutines by number.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::golang::Owner;
use crate::model::BlockedOn;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::rules::FramePattern;
use crate::rules::IndexedPattern;
use crate::rules::RuleSet;
use crate::rules::Text;
use crate::rules::without_versions;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::SymbolTable;

/// So few stacks are what somebody cut out of a dump, or a program that is at its end.
const FEW: usize = 3;

/// A series, looked at as a whole.
pub(super) struct World<'a> {
    pub(super) series: &'a Series,
    pub(super) subjects: Vec<Subject<'a>>,
    /// See [`World::lives`].
    living_parents: OnceCell<HashSet<u64, RandomState>>,
    /// The greatest number that any goroutine of the last traceback has.
    pub(super) greatest_id: u64,
}

/// One row, with what rules ask of it.
pub(super) struct Subject<'a> {
    pub(super) row: &'a Row,
    names: &'a SymbolTable,
    pub(super) class: Option<BlockedOn>,
    pub(super) entry: Option<&'a str>,
    pub(super) spawn: Option<FunctionId>,
    /// The first function of the user's own code, else of a library, else the leaf.
    pub(super) function: Option<Frame>,
    /// What it is, if it is a background goroutine that is fine in this number.
    pub(super) benign: Option<&'a str>,
}

impl<'a> World<'a> {
    pub(super) fn new(series: &'a Series, rules: &'a RuleSet) -> Self {
        let all_names: Vec<Cow<'_, str>> = (0..series.names.symbols.functions_len() as u32)
            .map(|number| without_versions(series.names.function_name(FunctionId(number))))
            .collect();
        let mut benign: Vec<(Vec<IndexedPattern>, &str, u64, i128)> = rules
            .benign
            .iter()
            .map(|it| {
                let index = |text: &Text| FramePattern::new(text).index(&all_names);
                (it.frames.iter().filter_map(index).collect(), it.what.as_ref(), it.cap, 0)
            })
            .filter(|(frames, ..): &(Vec<IndexedPattern>, _, _, _)| !frames.is_empty())
            .collect();
        let mut subjects: Vec<Subject<'a>> =
            series.rows.iter().map(|row| Subject::new(row, series)).collect();
        // Whether any of them takes the function of a number: most stacks have none of these.
        let taken: Vec<bool> = (0..series.names.symbols.functions_len())
            .map(|function| benign.iter().flat_map(|(frames, ..)| frames).any(|it| it.mentions(function)))
            .collect();
        // Where hardly anything else is there, a stuck main is the matter itself.
        let few = subjects.iter().filter(|subject| subject.row.count() > 0).count() <= FEW;
        // A cap is for all stacks of one kind together.
        for subject in &mut subjects {
            if few && subject.names().any(|name| name == "main.main") {
                continue;
            }
            let functions = || subject.frames().map(|frame| frame.function.0 as usize);
            if !functions().any(|function| taken.get(function) == Some(&true)) {
                continue;
            }
            let found = benign
                .iter_mut()
                .find(|(frames, ..)| frames.iter().any(|pattern| pattern.matches(functions())));
            if let Some((_, what, cap, total)) = found {
                *total += subject.row.count();
                if *cap == 0 || *total <= i128::from(*cap) {
                    subject.benign = Some(what);
                }
            }
        }
        let greatest_id = ids(series).max().unwrap_or(0);
        World { series, subjects, living_parents: OnceCell::new(), greatest_id }
    }

    /// Whether a goroutine that started others stands in the last traceback, if there is one.
    pub(super) fn lives(&self, parent: u64) -> bool {
        // As a rule parents are few, and there may be millions of others.
        let living = self.living_parents.get_or_init(|| {
            let rows = self.series.rows.iter();
            let parents = rows.flat_map(|row| row.facts.goroutines()).filter_map(|it| it.parent);
            let parents: HashSet<u64, RandomState> = parents.map(NonZeroU64::get).collect();
            ids(self.series).filter(|id| parents.contains(id)).collect()
        });
        living.contains(&parent)
    }

    pub(super) fn names(&self) -> &'a SymbolTable {
        &self.series.names
    }

    /// Rows of the last moment.
    pub(super) fn present(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.subjects.iter().filter(|subject| subject.row.count() > 0)
    }

    /// Whether a row of the last moment has this function on its stack and is blocked on one of these classes.
    pub(super) fn blocked_in(&self, function: FunctionId, classes: &[&str]) -> bool {
        self.present()
            .any(|it| it.has(function) && it.class.is_some_and(|class| classes.contains(&class.as_str())))
    }

    /// How often each goroutine is named as the one that started others of a row, most first.
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

/// Numbers of the goroutines of the last moment.
fn ids(series: &Series) -> impl Iterator<Item = u64> {
    let present = series.rows.iter().filter(|row| row.count() > 0);
    present.flat_map(|row| row.facts.goroutines()).map(|goroutine| goroutine.id)
}

impl<'a> Subject<'a> {
    fn new(row: &'a Row, series: &'a Series) -> Self {
        let by_stack = series.by.is_by_stack();
        let names = &series.names;
        let of = |owner| row.stack.first_of(owner, names);
        Subject {
            row,
            names,
            class: row.facts.blocked_on(by_stack).map(|fact| fact.value),
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
    fn frames(&self) -> impl Iterator<Item = Frame> {
        self.row.stack.frames(self.names)
    }

    /// Whether a function stands on its stack.
    pub(super) fn has(&self, function: FunctionId) -> bool {
        self.frames().any(|frame| frame.function == function)
    }

    /// Names of the stack, leaf first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.row.stack.frames(self.names).map(|frame| self.names.function_name(frame.function))
    }

    /// Words of the names of the user's function and of the entry: `poll` and `ticker` for `main.(*T).pollTicker.func1`.
    pub(super) fn words(&self, names: &SymbolTable) -> Vec<String> {
        let named =
            self.function.map(|frame| names.function_name(frame.function)).into_iter().chain(self.entry);
        named.flat_map(words).collect()
    }
}

/// The words of a function's name, in lower case.
fn words(name: &str) -> Vec<String> {
    let (_, rest) = crate::golang::package_and_rest(name);
    // What a type is called says little of what one of its methods waits for.
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
