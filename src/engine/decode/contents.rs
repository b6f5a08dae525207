//! All that an input contains: usually one profile; a log may have several dumps, of several sources.

use super::DecodeError;
use super::Decoded;
use super::log::LogOptions;
use crate::model::HeapProfile;
use crate::model::Profile;
use crate::model::Warning;
use crate::text::escape;
use crate::text::pluralize;

/// The contents of a file or a response.
#[derive(Clone, Debug)]
pub enum Contents {
    /// Goroutines, in any form and of either kind: at least one dump.
    Dumps(Vec<Dump>),
    /// A heap profile, which complements a goroutine profile.
    Heap(Box<HeapProfile>),
}

/// The goroutines of one process at one time.
#[derive(Clone, Debug)]
pub struct Dump {
    /// What the log calls the process; empty if it has one only.
    pub source: String,
    /// The goroutines.
    pub profile: Profile,
}

/// The most earlier dumps whose number of goroutines a warning states.
const MAX_SHOWN: usize = 8;

impl Contents {
    /// The last dump of the chosen source: of the one that `options` name, otherwise of the one with the most goroutines.
    /// Warnings say what else there is.
    pub fn into_decoded(self, options: &LogOptions) -> Result<Decoded, DecodeError> {
        let dumps = match self {
            Contents::Heap(heap) => return Ok(Decoded::Heap(*heap)),
            Contents::Dumps(dumps) => dumps,
        };
        let mut series = chosen(dumps, options)?;
        let Some(last) = series.pop() else { return Err(DecodeError::Empty) };
        let mut profile = last;
        if !series.is_empty() {
            let shown = series.iter().rev().take(MAX_SHOWN).rev();
            let totals: Vec<String> = shown.map(|it| it.total().to_string()).collect();
            let more = if totals.len() < series.len() { "..., " } else { "" };
            let earlier = pluralize(series.len() as i128, "earlier dump");
            let totals = totals.join(", ");
            let text = format!(
                "the text has {} dumps of this process; the last one is shown, not the {earlier} ({more}{totals} goroutines): \
                 compare them with leakscope diff",
                series.len() + 1
            );
            profile.warnings.insert(0, Warning::note(text));
        }
        Ok(Decoded::Goroutines(profile))
    }

    /// All dumps of the chosen source, in their order; a heap profile is an error.
    pub fn into_series(self, options: &LogOptions) -> Result<Vec<Profile>, DecodeError> {
        match self {
            Contents::Heap(_) => Err(DecodeError::other_kind("a heap profile", None)),
            Contents::Dumps(dumps) => chosen(dumps, options),
        }
    }
}

/// The dumps of one source. If there are others, the last dump has a warning that names them.
fn chosen(dumps: Vec<Dump>, options: &LogOptions) -> Result<Vec<Profile>, DecodeError> {
    let mut sources: Vec<(String, Vec<Profile>)> = Vec::new();
    for Dump { source, profile } in dumps {
        match sources.iter_mut().find(|(name, _)| *name == source) {
            Some((_, series)) => series.push(profile),
            None => sources.push((source, vec![profile])),
        }
    }
    let total = |series: &[Profile]| series.last().map_or(0, Profile::total);
    let matching = |name: &str| options.source.as_ref().is_none_or(|wanted| name.contains(&**wanted));
    let exact = sources.iter().position(|(name, _)| options.source.as_ref() == Some(name));
    let largest = sources
        .iter()
        .enumerate()
        .filter(|(_, (name, _))| matching(name))
        .max_by_key(|(at, (_, series))| (total(series), std::cmp::Reverse(*at)))
        .map(|(at, _)| at);
    let names = |at: usize| {
        let others = sources.iter().enumerate().filter(|(other, (name, _))| *other != at && matching(name));
        let names = others.map(|(_, (name, series))| format!("{} ({})", shown(name), total(series)));
        names.collect::<Vec<_>>().join(", ")
    };
    let Some(at) = exact.or(largest) else {
        let known: Vec<String> = sources.iter().map(|(name, _)| shown(name)).collect();
        let wanted = options.source.clone().unwrap_or_default();
        return Err(DecodeError::NoSource { wanted, known: known.join(", ") });
    };
    let others = if exact.is_some() { String::new() } else { names(at) };
    let (name, mut series) = sources.swap_remove(at);
    if !others.is_empty()
        && let Some(last) = series.last_mut()
    {
        let text = format!(
            "the log has goroutines of several sources; only those of {} ({}) are shown, not those of {others}: choose \
             a source with --source-prefix",
            shown(&name),
            last.total()
        );
        last.warnings.insert(0, Warning::loss(text));
    }
    Ok(series)
}

/// A name for people.
fn shown(name: &str) -> String {
    if name.is_empty() { "lines without a source".to_owned() } else { escape(name).into_owned() }
}
