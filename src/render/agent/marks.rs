//! Marks outside text in sentences.

use std::collections::HashSet;

use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::Report;
use crate::text::word;

/// An outside text as one word between marks: `⟦main.work⟧`. The marks are escaped inside it.
pub fn mark(text: &str) -> String {
    format!("⟦{}⟧", word(text))
}

/// The outside words that sentences of a report may have.
pub(super) struct Marks(HashSet<String>);

impl Marks {
    pub(super) fn new(report: &Report) -> Self {
        let leads = report.findings.iter().map(|it| &it.lead);
        let callers = report.findings.iter().flat_map(|it| &it.callers);
        let held = report.findings.iter().filter_map(|it| it.heap_held.as_ref()?.allocated_at.as_deref());
        let mut words: HashSet<String> = held.map(|it| word(it).into_owned()).collect();
        let mut add = |frame: &FrameLine| {
            words.extend([word(&frame.function).into_owned(), word(&frame.file).into_owned()]);
        };
        callers.clone().for_each(|it| add(&it.frame));
        report.groups.iter().chain(leads).flat_map(frames).for_each(&mut add);
        words.extend(callers.filter_map(|it| it.calls.as_deref()).map(|it| word(it).into_owned()));
        words.extend(report.snapshots.iter().map(|it| word(&it.origin).into_owned()));
        words.remove("");
        Marks(words)
    }

    /// A sentence of leakscope's with marks around the outside words in it.
    pub(super) fn sentence(&self, text: &str) -> String {
        text.split(' ').map(|token| self.token(token)).collect::<Vec<_>>().join(" ")
    }

    /// A token of a sentence: a word, maybe with the signs of the sentence around it.
    fn token(&self, token: &str) -> String {
        let starts = [0, usize::from(token.starts_with('('))];
        let end_signs = token.chars().rev().take_while(|it| ").,;:".contains(*it)).count();
        for (start, end) in starts.into_iter().flat_map(|start| (0..=end_signs).map(move |end| (start, end)))
        {
            let Some(word) = token.get(start..token.len() - end).filter(|it| !it.is_empty()) else {
                continue;
            };
            // A position is a file and a line.
            let file = word.rsplit_once(':').filter(|(_, line)| line.bytes().all(|it| it.is_ascii_digit()));
            if self.0.contains(word) || file.is_some_and(|(file, _)| self.0.contains(file)) {
                let (before, after) = (&token[..start], &token[token.len() - end..]);
                return format!("{before}⟦{word}⟧{after}");
            }
        }
        // A word that no frame has, such as a name that is only in another snapshot: what is escaped or cut is from outside.
        if token.contains(['\\', '…']) { format!("⟦{token}⟧") } else { token.to_owned() }
    }
}

fn frames(group: &GroupLine) -> impl Iterator<Item = &FrameLine> {
    let named = [&group.name, &group.site, &group.entry, &group.waits_in, &group.calls].into_iter().flatten();
    group.stack.iter().chain(named).chain(group.spawn_site.iter().map(|(frame, _)| frame))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_sentences() {
        let known = ["main.f", "/srv/main.go", "main.(*T).g"].map(str::to_owned);
        let marks = Marks(known.into());
        let check = |text: &str, expected: &str| assert_eq!(marks.sentence(text), expected);
        check("3 goroutines in main.f wait.", "3 goroutines in ⟦main.f⟧ wait.");
        check("at main.f (/srv/main.go:3), and", "at ⟦main.f⟧ (⟦/srv/main.go:3⟧), and");
        check("in main.(*T).g.", "in ⟦main.(*T).g⟧.");
        check("in x\\x20y, too", "in ⟦x\\x20y,⟧ too");
        assert_eq!(mark("a ⟦b⟧"), "⟦a\\x20\\u{27e6}b\\u{27e7}⟧");
    }
}
