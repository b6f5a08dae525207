//! What a rule file may say. Unknown keys are errors that point into the file.

use std::borrow::Cow;

use serde::Deserialize;

/// Words of a rule: lent by those that come with leakscope, which lie in the binary as they are used; owned where a file of
/// the user's was read.
pub type Text = Cow<'static, str>;

/// Several of them.
pub type StringInterner = Cow<'static, [Text]>;

/// One piece of knowledge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, also that of its file; reads well after "allow".
    pub id: Text,
    /// A few words for a heading.
    pub title: Text,
    /// What it is, in a sentence or two.
    pub description: Text,
    /// A mechanism of Go, or the telltale of a library.
    pub kind: Kind,
    /// Slugs of the mechanisms it stands for, the likeliest first.
    pub causes: StringInterner,
    /// The worst level that its findings can have.
    #[serde(default)]
    pub level: Level,
    /// Which of several that hold is said first: the more particular, the higher.
    pub priority: u8,
    /// Where the knowledge comes from.
    #[serde(default)]
    pub links: StringInterner,
    /// All must hold.
    pub when: When,
    /// What is said.
    pub say: Say,
    /// Dumps in which it holds; none are read at a start.
    pub fires: Cow<'static, [Proof]>,
    /// Near misses.
    pub stays_quiet: Cow<'static, [Proof]>,
}

/// What a rule knows about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// How goroutines get stuck, in anybody's code.
    Mechanism,
    /// The telltale frames of one library.
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
    /// To be mended.
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

/// When a rule holds for a group: all that is given must.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Classes as in `blocked_on` of the JSON, any of them; `unknown` where the form cannot tell.
    pub blocked_on: StringInterner,
    /// Sequences of frames, any of them: see [`FramePattern`](super::FramePattern).
    pub frames: StringInterner,
    /// Sequences of frames of which none may be there.
    pub without: StringInterner,
    /// Names of the outermost frame, any of them.
    pub entry: StringInterner,
    /// Names of the function that ran the `go` statement, any of them; where it is not known, this is passed over.
    pub spawned_by: StringInterner,
    /// Words of the name of the user's function, any of them: `tick` in `pollTicker`.
    pub named: StringInterner,
    /// Other groups that must be there.
    pub beside: Cow<'static, [Beside]>,
    /// The goroutine that started them is there and blocked on this.
    pub spawner_blocked_on: Option<Text>,
    /// Goroutines that it started are there and blocked on this.
    pub children_blocked_on: Option<Text>,
    /// Whether a goroutine in the same function is past the lock and waits for something that ends by itself.
    pub holder_moves: Option<bool>,
    /// Two methods of one type stand on the stack, and the inner waits for a lock.
    pub same_receiver_twice: bool,
    /// Another stack waits for a lock, and the two took locks in two orders.
    pub lock_order: bool,
    /// One goroutine that still lives started nearly all of them.
    pub one_living_parent: bool,
    /// Goroutines at the least.
    pub min_count: u64,
    /// Whether it grows; a rule that asks is quiet where that cannot be told.
    pub growing: bool,
}

/// Another group.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Its frames.
    pub frames: Text,
    /// Least and greatest number of its goroutines for each of ours.
    #[serde(default = "any_ratio")]
    pub ratio: [f64; 2],
}

fn any_ratio() -> [f64; 2] {
    [0.0, f64::INFINITY]
}

/// What a rule says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// One line for a group: `{count}`, `{gain}`, `{site}`, `{function}`, `{spawn_site}` and `{goroutines}` are filled in.
    pub each: Text,
    /// What to change, one line.
    pub advice: Text,
    /// The change as a short piece of Go; empty if words say it better.
    #[serde(default)]
    pub sketch: Text,
}

/// A dump and what it shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// What it shows.
    pub why: Text,
    /// Dumps of any text form, oldest first.
    pub dumps: StringInterner,
}

/// A background goroutine that is fine up to a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benign {
    /// What it is, in words.
    pub what: Text,
    /// Its frames, any of these sequences.
    pub frames: StringInterner,
    /// Goroutines up to which it is silent; 0 means any number, because it follows clients or requests.
    pub cap: u64,
}

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// It is no TOML, or says what no rule can say.
    #[error("rule {id}: {message}")]
    Syntax {
        /// The rule's file.
        id: String,
        /// What is wrong, with its place.
        message: String,
    },
    /// Its own proof does not hold, or it says nothing.
    #[error("rule {id}: {fault}")]
    Fault {
        /// The rule.
        id: String,
        /// What is wrong.
        fault: String,
    },
}

/// Placeholders of a message.
#[cfg(feature = "files")]
const PLACEHOLDERS: [&str; 6] = ["count", "gain", "site", "function", "spawn_site", "goroutines"];

impl Rule {
    #[cfg(feature = "files")]
    /// Reads one rule; `name` is that of its file.
    pub fn parse(name: &str, text: &str) -> Result<Self, RuleError> {
        let syntax =
            |error: toml::de::Error| RuleError::Syntax { id: name.to_owned(), message: error.to_string() };
        let rule: Rule = toml::from_str(text).map_err(syntax)?;
        rule.check().map(|()| rule)
    }

    #[cfg(feature = "files")]
    /// Reads a file of the user's: `[[rule]]` tables.
    pub fn parse_file(name: &str, text: &str) -> Result<Vec<Self>, RuleError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            rule: Vec<Rule>,
        }
        let syntax =
            |error: toml::de::Error| RuleError::Syntax { id: name.to_owned(), message: error.to_string() };
        let file: File = toml::from_str(text).map_err(syntax)?;
        for rule in &file.rule {
            rule.check()?;
        }
        Ok(file.rule)
    }

    #[cfg(feature = "files")]
    fn check(&self) -> Result<(), RuleError> {
        let fault = |fault: String| Err(RuleError::Fault { id: self.id.to_string(), fault });
        if self.causes.is_empty() {
            return fault("names no cause".to_owned());
        }
        if self.fires.is_empty() || self.stays_quiet.is_empty() {
            return fault("needs a dump in which it fires and one in which it stays quiet".to_owned());
        }
        let mut rest = self.say.each.as_ref();
        while let Some((_, after)) = rest.split_once('{') {
            let name = after.split('}').next().unwrap_or(after);
            if !PLACEHOLDERS.contains(&name) {
                return fault(format!("{{{name}}} is no placeholder; there are {}", PLACEHOLDERS.join(", ")));
            }
            rest = after;
        }
        Ok(())
    }
}

impl When {
    /// Whether it asks for more than a class.
    pub fn is_particular(&self) -> bool {
        !self.frames.is_empty() || !self.entry.is_empty() || !self.named.is_empty() || !self.beside.is_empty()
    }
}
