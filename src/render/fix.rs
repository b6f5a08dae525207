//! What `leakscope fix` found, as JSON and as Markdown. Outside text is in code spans and fences that it cannot end.

use std::io;

use serde::Serialize;

use crate::diagnose::Finding;
use crate::diagnose::SourcePatch;
use crate::diagnose::SourceVerdict;
use crate::report::Verification;
use crate::report::VerificationStep;
use crate::text::escape;
use crate::text::pluralize;

use super::in_markdown::code;
use super::in_markdown::details;
use super::in_markdown::fenced;
use super::object::object;
use super::shown::shown;

/// Patches, why there are no others, and what running them shows.
pub struct FixDocument<'a> {
    /// The patches of the wanted tiers, in the order of their findings.
    pub patches: Vec<FixEntry<'a>>,
    /// Findings without one.
    pub refused: Vec<RefusedFix>,
    /// The unified diff of all patches that are not left out; empty if there is none.
    pub diff: &'a str,
    /// What running the program before and after shows; `None` if that was not asked for.
    pub verification: Option<&'a Verification>,
}

/// A patch of a finding.
pub struct FixEntry<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// What the source proves.
    pub verdict: &'a SourceVerdict,
    /// What ends it.
    pub patch: &'a SourcePatch,
    /// The fingerprint of the finding whose patch changes the same lines, so that this one is left out; `None` if it is in the diff.
    pub conflicts_with: Option<String>,
}

/// A finding without a patch.
pub struct RefusedFix {
    /// Its first fingerprint; empty if it has none.
    pub fingerprint: String,
    /// What was found.
    pub message: String,
    /// Why it has no patch.
    pub why: String,
    /// What to do instead; empty if nothing is known.
    pub next: String,
}

/// Writes the JSON document: docs/fix.md has its fields.
pub fn fix_json(document: &FixDocument<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let patches: Vec<_> = document.patches.iter().map(|it| entry(it, document.verification)).collect();
    let refused = document.refused.iter().map(|it| {
        object! { "fingerprint": &it.fingerprint, "message": &it.message, "why": &it.why, "next": &it.next, }
    });
    let value = object! {
        "kind": "fix",
        "schema": 1,
        "patches": patches,
        "refused": refused.collect::<Vec<_>>(),
        "diff": document.diff,
        "verification": document.verification.map(verification),
    };
    serde_json::to_writer_pretty(&mut *out, &value)?;
    out.write_all(b"\n")
}

fn entry(it: &FixEntry<'_>, verification: Option<&Verification>) -> impl Serialize {
    let fingerprints: Vec<String> = it.finding.fingerprints.iter().map(ToString::to_string).collect();
    let evidence = it.verdict.evidence.iter().map(|it| {
        object! { "role": &it.role, "file": &it.file, "line": it.line, "text": &it.text, }
    });
    let changes = it.patch.changes.iter().map(|it| {
        object! { "file": &it.file, "line": it.line, "gone": it.gone, "text": &it.text, }
    });
    let first = fingerprints.first().cloned();
    let of_it = |it: &&VerificationStep| first.is_some() && it.fingerprint == first;
    let verified =
        verification.map(|all| all.steps.iter().filter(of_it).map(|it| it.said.clone()).collect::<Vec<_>>());
    object! {
        "fingerprints": fingerprints,
        "rule": &it.finding.rule,
        "message": &it.finding.message,
        "cause": &it.verdict.cause,
        "sentence": &it.verdict.sentence,
        "evidence": evidence.collect::<Vec<_>>(),
        "tier": it.patch.tier.as_str(),
        "title": &it.patch.title,
        "because": &it.patch.because,
        "diff": &it.patch.diff,
        "changes": changes.collect::<Vec<_>>(),
        "conflicts_with": &it.conflicts_with,
        "suggestion": suggestion(it),
        "verified": verified,
    }
}

/// The patch as a comment on lines of a pull request, from which a reader can commit it; `None` if it is not one range of lines.
fn suggestion(it: &FixEntry<'_>) -> Option<impl Serialize + use<>> {
    let [change] = it.patch.changes.as_slice() else { return None };
    if change.ends_file || it.conflicts_with.is_some() {
        return None;
    }
    // A suggestion replaces lines. What only adds replaces the line that follows by itself and what comes before it.
    let (last, text) = match change.gone {
        0 => (change.line, format!("{}{}", change.text, change.next.as_ref()?)),
        gone => (change.line + gone - 1, change.text.clone()),
    };
    // What is committed is what is shown, and nothing else.
    if shown(&text) != text || text.is_empty() {
        return None;
    }
    let why = code(&format!("{}: {}; {}", it.patch.tier.as_str(), it.patch.title, it.patch.because));
    let body = format!("{}\n\n{why}\n\n{}", code(&it.verdict.sentence), fenced("suggestion", &text));
    Some(object! { "file": change.file.clone(), "start_line": change.line, "line": last, "body": body, })
}

fn verification(it: &Verification) -> impl Serialize + use<> {
    let steps: Vec<_> = it
        .steps
        .iter()
        .map(|it| {
            object! {
                "name": it.name.clone(),
                "fingerprint": it.fingerprint.clone(),
                "result": it.result.as_str(),
                "said": it.said.clone(),
            }
        })
        .collect();
    object! { "outcome": it.outcome.as_str(), "said": it.in_short(), "steps": steps, }
}

/// The maximum length of a diff in Markdown, in bytes: forges refuse long texts.
const MAX_DIFF: usize = 40 << 10;

/// Writes the evidence and the diff as Markdown, for the text of a pull request.
pub fn fix_markdown(document: &FixDocument<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let patches = document.patches.iter().filter(|it| it.conflicts_with.is_none()).count();
    let patches = match patches {
        1 => "1 patch".to_owned(),
        n => format!("{n} patches"),
    };
    let verdict = document.verification.map_or(String::new(), |it| format!(", {}", it.in_short()));
    writeln!(out, "## leakscope fix: {patches}{verdict}\n")?;
    for it in &document.patches {
        writeln!(out, "**{}** {}\n", it.verdict.cause, code(&it.finding.message))?;
        writeln!(out, "- {}", code(&it.verdict.sentence))?;
        for line in &it.verdict.evidence {
            let at = format!("{}:{}", line.file, line.line);
            writeln!(out, "- {} {}: {}", code(&at), escape(&line.role), code(line.text.trim()))?;
        }
        match &it.conflicts_with {
            None => {
                let why = code(&format!("{}; {}", it.patch.title, it.patch.because));
                writeln!(out, "- {}: {why}\n", it.patch.tier.as_str())?;
            }
            Some(other) => {
                let title = code(&it.patch.title);
                writeln!(out, "- left out: {title}; it conflicts with the patch of {}\n", code(other))?;
            }
        }
    }
    if let Some(verification) = document.verification {
        writeln!(out, "| what was run | result | |\n|---|---|---|")?;
        for step in &verification.steps {
            let of = step.fingerprint.as_ref().and_then(|it| it.get(..8)).unwrap_or_default();
            let of = if of.is_empty() { String::new() } else { format!(" {}", code(of)) };
            writeln!(out, "| {}{of} | {} | {} |", code(&step.name), step.result.as_str(), code(&step.said))?;
        }
        writeln!(out)?;
    }
    if !document.diff.is_empty() {
        out.write_all(details(document.diff, "The diff", MAX_DIFF).as_bytes())?;
    }
    if !document.refused.is_empty() {
        let findings = pluralize(document.refused.len() as i128, "finding");
        writeln!(out, "Without a patch: {findings}.\n")?;
        for it in &document.refused {
            let of = it.fingerprint.get(..8).unwrap_or_default();
            write!(out, "- {} {}: {}", code(of), code(&it.message), code(&it.why))?;
            let next =
                if it.next.is_empty() { String::new() } else { format!("; instead: {}", code(&it.next)) };
            writeln!(out, "{next}")?;
        }
    }
    Ok(())
}
