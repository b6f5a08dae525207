//! What a person says about a log.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use regex_lite::Regex;

use super::part::Part;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;

/// How to read a log. The default finds everything out by itself.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    /// The source to read, by a part of its name; `None` reads the one with the most goroutines.
    pub source: Option<String>,
    /// What is before each line; `None` finds it out.
    pub line_prefix: Option<LinePrefix>,
}

/// A regular expression for what a log writes before each line. Its first group names the source.
#[derive(Clone, Debug)]
pub struct LinePrefix(Regex);

impl LinePrefix {
    /// Compiles a pattern, which matches at the start of a line only. The error says what is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        Regex::new(&format!("^(?:{pattern})")).map(LinePrefix).map_err(|error| error.to_string())
    }

    /// The lines with the prefix, without it, by source. Other lines are left out.
    pub(super) fn unwrap(&self, lines: &Lines<'_>) -> Vec<Part<'static>> {
        let mut parts: Vec<(String, Builder)> = Vec::new();
        let mut index: HashMap<String, usize, RandomState> = HashMap::default();
        for (number, line) in lines.iter() {
            let Some(found) = self.0.captures(line) else { continue };
            let source = found.get(1).map_or("", |group| group.as_str());
            let end = found.get(0).map_or(0, |whole| whole.end());
            let at = *index.entry(source.to_owned()).or_insert_with(|| {
                parts.push((source.to_owned(), Builder::default()));
                parts.len() - 1
            });
            if let Some((_, part)) = parts.get_mut(at) {
                part.line(number, line.get(end..).unwrap_or(""));
            }
        }
        parts.into_iter().map(|(source, lines)| Part::new(source, lines.finish())).collect()
    }
}
