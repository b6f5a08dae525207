//! The schema of a rule file. An unknown key is an error that names its place in the file.

use std::borrow::Cow;

use serde::Deserialize;

/// A text of a rule: borrowed from the binary for built-in rules, owned for rules read from a user's file.
pub type Text = Cow<'static, str>;

/// Several texts of a rule.
pub type Texts = Cow<'static, [Text]>;

/// How to recognise one cause, what to say about it, and how to fix it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The rule's name and that of its file. It reads well after "allow".
    pub id: Text,
    /// A few words for a heading.
    pub title: Text,
    /// What happens in the program, in one to three sentences.
    pub description: Text,
    /// A mechanism of Go, or the signature of a library.
    pub kind: RuleKind,
    /// Slugs of the possible causes, the most likely first.
    pub causes: Texts,
    /// The highest level that its findings can have.
    #[serde(default)]
    pub level: Level,
    /// Decides which of several matching rules is reported first: the more specific the rule, the higher.
    pub priority: u8,
    /// Sources: issues, documentation, code.
    #[serde(default)]
    pub links: Texts,
    /// Frames of another stack on which these goroutines wait: its causes come first. Empty if there is none.
    #[serde(default)]
    pub because_of: Text,
    /// Frames of stacks that have what these goroutines wait for, such as connections of a pool.
    #[serde(default)]
    pub held_in: Texts,
    /// The conditions; all must hold.
    pub when: When,
    /// The texts of a finding.
    pub say: Say,
    /// Examples in which the rule fires; empty in [`RuleSet::built_in`](super::RuleSet::built_in).
    pub fires: Cow<'static, [Example]>,
    /// Near misses in which it does not fire; empty in [`RuleSet::built_in`](super::RuleSet::built_in).
    pub stays_quiet: Cow<'static, [Example]>,
}

/// What a rule describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// A way in which goroutines get stuck in any code.
    Mechanism,
    /// The characteristic frames of one library.
    Signature,
}

/// How bad a finding is for a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Allow,
    /// Worth a look.
    Warn,
    /// To be fixed.
    #[default]
    Deny,
}

impl Level {
    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

/// The conditions of a rule. A rule matches a group if every condition that is given holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// What the group is blocked on, any of these, with the words of `blocked_on` in the JSON document; `unknown` where the
    /// profile format does not record it.
    pub blocked_on: Texts,
    /// Sequences of frames, any of them: see [`FramePattern`](super::FramePattern).
    pub frames: Texts,
    /// Sequences of frames, none of which may be on the stack.
    pub without: Texts,
    /// Names of the outermost frame, any of them.
    pub entry: Texts,
    /// Names of the function that ran the `go` statement, any of them. Ignored where that function is not known.
    pub spawned_by: Texts,
    /// Words in the name of the user's function, any of them: `tick` matches `pollTicker`.
    pub named: Texts,
    /// Other groups that must exist in the same snapshot.
    pub beside: Cow<'static, [Beside]>,
    /// The goroutine that started them still exists and is blocked on this.
    pub spawner_blocked_on: Option<Text>,
    /// Goroutines that they started still exist and are blocked on this.
    pub children_blocked_on: Option<Text>,
    /// Whether another goroutine in the same function has passed the lock and waits for something that ends by itself.
    pub holder_moves: Option<bool>,
    /// What the goroutine that most likely holds the lock is blocked on, any of these; `nobody` if the whole process is shown and no
    /// goroutine is inside a method of the object that the lock belongs to.
    pub holder_blocked_on: Texts,
    /// Another row waits for a lock that this one most likely holds.
    pub holds_lock: bool,
    /// The method that waits for a lock was called by another method of the same object.
    pub same_receiver_twice: bool,
    /// Another stack also waits for a lock, and the two stacks took their locks in different orders.
    pub lock_order: bool,
    /// One goroutine that is still alive started nearly all of them.
    pub one_living_parent: bool,
    /// What the innermost function was given: `context`, `no context`, or `unknown` where the form does not print arguments, or for a
    /// closure, which may have captured one.
    pub given: Texts,
    /// The stack is a library's alone: no frame is of the user's code, and the library is not Go's standard library.
    pub library_only: bool,
    /// The minimum number of goroutines.
    pub min_count: u64,
    /// Whether the group must be growing. Such a rule does not fire where growth cannot be decided.
    pub growing: bool,
}

/// A group that must exist beside the one that the rule is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Its frames.
    pub frames: Text,
    /// The minimum and maximum of its goroutines per goroutine of the rule's group.
    #[serde(default = "any_ratio")]
    pub ratio: [f64; 2],
}

fn any_ratio() -> [f64; 2] {
    [0.0, f64::INFINITY]
}

/// The texts of a rule's findings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// One line about a group, with the placeholders `{count}`, `{gain}`, `{site}`, `{function}`, `{spawn_site}` and
    /// `{goroutines}`.
    pub each: Text,
    /// What to change, one line.
    pub advice: Text,
    /// The same if the operation that waits is not in the user's code, who cannot change it; empty if nothing can be said then. Absent if
    /// `advice` holds there, too.
    #[serde(default)]
    pub advice_elsewhere: Option<Text>,
    /// The change as a few lines of Go; empty if `advice` is enough.
    #[serde(default)]
    pub sketch: Text,
}

/// An example of a rule: one or several dumps of a process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What the dumps show.
    pub why: Text,
    /// Dumps of any text form, oldest first; several are a series.
    pub dumps: Texts,
}

/// A background goroutine that is normal up to a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benign {
    /// What it is, for the report.
    pub what: Text,
    /// Sequences of its frames, any of them.
    pub frames: Texts,
    /// The number of goroutines up to which it is not reported. 0 means any number, because it follows clients or requests.
    pub cap: u64,
    /// Whether it is background even if it grows: then what it follows is to be reported.
    #[serde(default)]
    pub even_growing: bool,
}

/// A rule that cannot be used: its file is not valid TOML or does not fit the schema, or the rule is incomplete.
#[derive(Debug, thiserror::Error)]
#[error("rule {id}: {fault}")]
#[non_exhaustive]
pub struct RuleError {
    /// The rule, or its file.
    pub id: String,
    /// What is wrong, with its place in the file if there is one.
    pub fault: String,
}

/// The placeholders that `Say::each` may use.
#[cfg(feature = "files")]
const PLACEHOLDERS: [&str; 6] = ["count", "gain", "site", "function", "spawn_site", "goroutines"];

impl Rule {
    /// Parses one rule; `name` is the file's name without `.toml`.
    #[cfg(feature = "files")]
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleError> {
        let rule: Rule = from_toml(name, text)?;
        rule.check().map(|()| rule)
    }

    /// Parses a user's file of `[[rule]]` tables.
    #[cfg(feature = "files")]
    pub fn parse_file(name: &str, text: &str) -> Result<Vec<Self>, RuleError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            rule: Vec<Rule>,
        }
        let file: File = from_toml(name, text)?;
        for rule in &file.rule {
            rule.check()?;
        }
        Ok(file.rule)
    }

    #[cfg(feature = "files")]
    fn check(&self) -> Result<(), RuleError> {
        let fault = |fault: String| Err(RuleError { id: self.id.to_string(), fault });
        if self.causes.is_empty() {
            return fault("`causes` is empty: name at least one".to_owned());
        }
        if self.fires.is_empty() || self.stays_quiet.is_empty() {
            return fault("needs at least one [[fires]] and one [[stays_quiet]] example".to_owned());
        }
        let mut rest = self.say.each.as_ref();
        while let Some((_, after)) = rest.split_once('{') {
            let name = after.split('}').next().unwrap_or(after);
            if !PLACEHOLDERS.contains(&name) {
                return fault(format!(
                    "unknown placeholder {{{name}}}: use one of {}",
                    PLACEHOLDERS.join(", ")
                ));
            }
            rest = after;
        }
        Ok(())
    }
}

#[cfg(feature = "files")]
fn from_toml<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, RuleError> {
    toml::from_str(text).map_err(|error| RuleError { id: name.to_owned(), fault: error.to_string() })
}

impl When {
    /// Whether it knows no more than the kind of wait, and whose code waits.
    pub fn is_kind_of_wait_alone(&self) -> bool {
        !self.is_particular() && self.spawned_by.is_empty() && !self.concludes_from_other_goroutines()
    }

    /// Whether it has conditions on what other goroutines do: those that hold a lock, were started, or started these.
    pub fn concludes_from_other_goroutines(&self) -> bool {
        self.spawner_blocked_on.is_some()
            || self.children_blocked_on.is_some()
            || self.holder_moves.is_some()
            || !self.holder_blocked_on.is_empty()
            || self.holds_lock
            || self.same_receiver_twice
            || self.lock_order
            || self.one_living_parent
    }

    /// Whether it has conditions beyond what the group is blocked on.
    pub fn is_particular(&self) -> bool {
        self.says_what_it_is() || !self.beside.is_empty()
    }

    /// The same without one condition, named as in the explanation of a row.
    pub(crate) fn is_particular_without(&self, condition: &str) -> bool {
        self.says_what_it_is() || (condition != "the stacks beside it" && !self.beside.is_empty())
    }

    fn says_what_it_is(&self) -> bool {
        !self.frames.is_empty() || !self.entry.is_empty() || !self.named.is_empty()
    }
}
