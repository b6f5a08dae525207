//! Folded stacks, a line each, for flame graphs: `go SPAWNER;entry;…;leaf COUNT`.

use std::borrow::Cow;
use std::io;

use crate::report::GroupLine;
use crate::report::Report;
use crate::text::word_of;

use super::key::key_words;
use super::values::Values;

/// The maximum length of a name. A flame graph shows whole names where it has space.
const MAX_NAME: usize = 1024;

/// Writes the stacks.
pub(super) fn render(report: &Report, values: Values, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    for group in &report.groups {
        let value = values.of(group);
        if value > 0 {
            io::Write::write_all(
                &mut out,
                format!("{} {value}\n", frames(report, group).join(";")).as_bytes(),
            )?;
        }
    }
    io::Write::flush(&mut out)
}

/// The frames, outermost first. Before them are the values that the goroutines are grouped by, and who started them, if that is known.
fn frames(report: &Report, group: &GroupLine) -> Vec<String> {
    let mut frames: Vec<String> = key_words(report, group);
    frames.extend(group.spawn_site.iter().map(|(frame, _)| format!("go {}", name(&frame.function))));
    if group.stack.is_empty() && frames.is_empty() {
        frames.push("(no frames)".to_owned());
    }
    frames.extend(group.cut.then(|| "(cut)".to_owned()));
    frames.extend(group.stack.iter().rev().map(|frame| name(&frame.function)));
    frames
}

/// A name as one word without a semicolon, which is between frames.
fn name(text: &str) -> String {
    let text = if text.contains(';') { Cow::Owned(text.replace(';', ":")) } else { Cow::Borrowed(text) };
    word_of(&text, MAX_NAME).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_no_frame() {
        assert_eq!(name("main.(*T).f"), "main.(*T).f");
        assert_eq!(name("a;b c\n"), "a:b\\x20c\\x0a");
    }
}
