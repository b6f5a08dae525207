//! The tools: their arguments, and the text that they answer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser;
use leakscope::model::Snapshot;
use leakscope::render::agent_analysis;
use leakscope::render::agent_rule;
use leakscope::render::agent_stack;
use leakscope::render::mark;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::RuleSet;
use leakscope::text::similar;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit_code::Failure;
use crate::inputs;
use crate::inputs::Plan;
use crate::options::ReportArgs;

use super::capture;
use super::folder::Folder;

/// What the tools may use.
pub(super) struct Tools {
    pub(super) folder: Folder,
    /// Files with the user's rules.
    pub(super) rules: Vec<PathBuf>,
    /// The processes that may be captured, by name.
    pub(super) targets: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Analyze {
    paths: Vec<String>,
    focus: Option<String>,
    #[serde(default = "default_rows")]
    rows: usize,
}

fn default_rows() -> usize {
    8
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stack {
    paths: Vec<String>,
    fingerprint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    rule: String,
}

/// Limits that the schemas state.
const MAX_PATHS: usize = 64;
const MAX_ROWS: usize = 50;

/// The options of a report as the command line has them.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    report: ReportArgs,
}

impl Tools {
    /// The tools with their schemas.
    pub(super) fn list(&self) -> Value {
        let mut tools: Value = serde_json::from_str(include_str!("tools.json")).expect("it is written by us");
        if let Some(all) = tools.as_array_mut().filter(|_| !self.targets.is_empty()) {
            all.push(serde_json::from_str(include_str!("capture.json")).expect("it is written by us"));
        }
        tools
    }

    /// What a tool answers, or why it cannot; `None` if there is no such tool.
    pub(super) fn call(&self, name: &str, arguments: &Value) -> Option<Result<String, String>> {
        Some(match name {
            "analyze" => parsed(arguments).and_then(|it| self.analyze(&it)),
            "stack" => parsed(arguments).and_then(|it| self.stack(&it)),
            "rule" => parsed(arguments).and_then(|it| self.rule(&it)),
            "capture" if !self.targets.is_empty() => {
                parsed(arguments).and_then(|it| capture::capture(&it, &self.targets))
            }
            _ => return None,
        })
    }

    fn analyze(&self, arguments: &Analyze) -> Result<String, String> {
        let report = self.report(&arguments.paths, arguments.focus.as_deref(), None)?;
        Ok(agent_analysis(&report, arguments.rows.min(MAX_ROWS)))
    }

    fn stack(&self, arguments: &Stack) -> Result<String, String> {
        let wanted = &arguments.fingerprint;
        if !(4..=16).contains(&wanted.len()) || !wanted.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err("a fingerprint has 4 to 16 hex digits".to_owned());
        }
        let report = self.report(&arguments.paths, None, Some(wanted))?;
        match &report.not_explained {
            Some(_) => Err(format!("no single stack has the fingerprint {wanted}: analyze lists them")),
            None => Ok(agent_stack(&report)),
        }
    }

    fn rule(&self, arguments: &Rule) -> Result<String, String> {
        let rules = inputs::with_rules(RuleSet::built_in_with_examples(), &self.rules).map_err(said)?;
        if let Some(rule) = rules.find(&arguments.rule) {
            return Ok(agent_rule(rule));
        }
        let near = similar(&arguments.rule, rules.rules.iter().map(|rule| rule.id.as_ref()));
        let near = near.map_or(String::new(), |it| format!("; did you mean {it}?"));
        Err(format!("there is no rule {}{near}", mark(&arguments.rule)))
    }

    /// The report on the snapshots at some paths.
    fn report(&self, paths: &[String], focus: Option<&str>, explain: Option<&str>) -> Result<Report, String> {
        if paths.is_empty() || paths.len() > MAX_PATHS {
            return Err(format!("give 1 to {MAX_PATHS} paths"));
        }
        let inside: Vec<PathBuf> =
            paths.iter().map(|path| self.folder.inside(path)).collect::<Result<_, _>>()?;
        // Source may be outside the folder: the agent has an editor of its own.
        let mut words = vec!["leakscope".to_owned(), "--no-source".to_owned()];
        words.extend(focus.map(|it| format!("--focus={it}")));
        let wrong = |_| "the arguments cannot be used".to_owned();
        let Defaults { report: mut args } = Defaults::try_parse_from(words).map_err(wrong)?;
        args.rules.clone_from(&self.rules);
        let plan = Plan::new(&args).map_err(|_| "focus is no regular expression".to_owned())?;
        let read = |error: Failure| format!("cannot be read: {}", without_names(&said(error), &inside));
        let snapshots: Vec<Snapshot> =
            inputs::decode_paths(&inside, &args.reading(), &plan.limits).map_err(read)?;
        let options = Options { limit: 0, explain: explain.map(str::to_owned), ..Options::default() };
        Ok(plan.run(snapshots.into_iter(), &options))
    }
}

fn parsed<T: DeserializeOwned>(arguments: &Value) -> Result<T, String> {
    // What serde says may quote the arguments, which the agent knows.
    T::deserialize(arguments).map_err(|_| "the arguments do not match the schema of the tool".to_owned())
}

/// A failure and its hint. Their texts may quote an input.
fn said(failure: Failure) -> String {
    failure.to_string()
}

/// An error in which the paths are words, and which has no other text from outside.
fn without_names(error: &str, paths: &[PathBuf]) -> String {
    let mut text = error.to_owned();
    for path in paths {
        text = text.replace(&inputs::name(path), "");
    }
    let named = paths.iter().map(|path| mark(&inputs::name(path))).collect::<Vec<_>>().join(", ");
    format!("{named}: {}", mark(text.trim_matches([':', ' '])))
}
