//! What leakscope knows about stuck goroutines, as data: how to recognise a cause, what to say, and how to fix it.
//!
//! **Invariant:** rules hold no code. Each carries examples: dumps in which it fires and near misses in which it stays
//! quiet. `tests/it/rules.rs` runs all examples against all rules.

use crate::sort;
use std::borrow::Cow;

mod cause;
#[cfg(all(test, feature = "files"))]
mod generate;
#[cfg(not(test))]
#[rustfmt::skip]
mod generated;
mod pattern;
mod schema;

pub(crate) use cause::advice_for;
pub use pattern::FramePattern;
pub(crate) use pattern::IndexedPattern;
pub(crate) use pattern::without_versions;
pub use schema::Benign;
pub use schema::Beside;
pub use schema::Example;
pub use schema::Level;
pub use schema::Rule;
pub use schema::RuleError;
pub use schema::RuleKind;
pub use schema::Text;
pub use schema::Texts;
pub use schema::When;

/// Replaces `generated.rs` in unit tests, so that its generator compiles whatever the schema is.
#[cfg(test)]
mod generated {
    use super::schema::*;

    pub(super) const BUILT_IN: &[(&str, &str)] = &[];
    pub(super) static RULES: [Rule; 0] = [];
    pub(super) static BENIGN: [Benign; 0] = [];
}

/// The IDs of the built-in rules and the texts of their files, ordered by ID.
pub const BUILT_IN: &[(&str, &str)] = generated::BUILT_IN;

/// Rules in the order in which they are tried: the most specific first.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The rules.
    pub rules: Cow<'static, [Rule]>,
    /// Background goroutines that are not reported up to their caps.
    pub benign: Cow<'static, [Benign]>,
}

impl Default for RuleSet {
    fn default() -> Self {
        RuleSet::built_in()
    }
}

impl RuleSet {
    /// The built-in rules without their examples. They are constants, so that no file is parsed at start.
    pub const fn built_in() -> Self {
        RuleSet { rules: Cow::Borrowed(&generated::RULES), benign: Cow::Borrowed(&generated::BENIGN) }
    }

    /// The built-in rules with their examples, parsed from their files.
    #[cfg(feature = "files")]
    pub fn built_in_with_examples() -> Self {
        let parse = |(id, text): &(&str, &str)| {
            Rule::parse(id, text).unwrap_or_else(|error| panic!("a built-in rule is wrong: {error}"))
        };
        let rules = BUILT_IN.iter().map(parse).collect();
        let mut set = RuleSet { rules, ..RuleSet::built_in() };
        set.sort();
        set
    }

    /// Adds the user's rules and sorts. A rule replaces an earlier one with the same ID.
    pub fn extend(&mut self, rules: Vec<Rule>) {
        // The built-in rules are borrowed and sorted; they stay so if there is nothing to add.
        if rules.is_empty() {
            return;
        }
        let all = self.rules.to_mut();
        for rule in rules {
            all.retain(|it| it.id != rule.id);
            all.push(rule);
        }
        self.sort();
    }

    fn sort(&mut self) {
        sort::by(self.rules.to_mut(), |a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
    }

    /// The rule with this ID.
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}
