//! `-list`, which prints the source of functions with their goroutines, and `-disasm`, which prints their instructions.

use super::kind::Stated;
use super::kind::count;
use super::name;
use super::overlap::Rows;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Text;
use crate::decode::text::split_digits;
use crate::model::Profile;
use crate::model::Warning;

const REPORT: &str = "-list";

pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    if !text.lines().any(|line| routine(line.text).is_some()) {
        return Ok(None);
    }
    let stated = Stated::read(text, REPORT)?;
    let mut rows = Rows::new();
    let (mut total, mut open) = (None, None);
    for line in text.lines() {
        let trimmed = line.text.trim();
        if let Some(found) = trimmed.strip_prefix("Total: ") {
            total = total.or(count(found, REPORT)?);
        } else if let Some((function, file)) = routine(trimmed) {
            close(&mut rows, &mut open, limits)?;
            open = Some(Routine { function, file, counts: None, line: 0, most: 0 });
        } else if let Some(routine) = &mut open {
            routine.read(trimmed)?;
        }
    }
    close(&mut rows, &mut open, limits)?;
    let Some(mut profile) = rows.finish(total) else { return Ok(None) };
    stated.apply(&mut profile);
    profile.warnings.push(Warning::note("only the functions that were asked for are listed"));
    Ok(Some(profile))
}

/// `ROUTINE ======================== main.f in /srv/main.go`: the function and the file, which is empty if it is not shown.
fn routine(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim().strip_prefix("ROUTINE ====")?.trim_start_matches('=').trim_start();
    Some(rest.rsplit_once(" in ").unwrap_or((rest, ""))).filter(|(function, _)| !function.is_empty())
}

struct Routine<'a> {
    function: &'a str,
    file: &'a str,
    /// Goroutines whose leaf it is, and goroutines that have it in their stacks.
    counts: Option<(i64, i64)>,
    /// The line at which most goroutines are, and how many these are.
    line: u32,
    most: i64,
}

impl Routine<'_> {
    /// Reads `0         20 (flat, cum) 71.43% of Total` and `.         20     37:source`.
    fn read(&mut self, line: &str) -> Result<(), DecodeError> {
        let Some((flat, rest)) = line.split_once(char::is_whitespace) else { return Ok(()) };
        let Some((cumulative, rest)) = rest.trim_start().split_once(char::is_whitespace) else {
            return Ok(());
        };
        if rest.trim_start().starts_with("(flat, cum)") {
            self.counts = count(flat, REPORT)?.zip(count(cumulative, REPORT)?);
        } else if let (Some(cumulative), Some((number, source))) =
            (count(cumulative, REPORT)?, split_digits(rest.trim_start()))
            && cumulative > self.most
            && source.starts_with(':')
        {
            (self.line, self.most) = (number.parse().unwrap_or(0), cumulative);
        }
        Ok(())
    }
}

fn close(rows: &mut Rows, open: &mut Option<Routine<'_>>, limits: &Limits) -> Result<(), DecodeError> {
    let Some(Routine { function, file, counts: Some((flat, cumulative)), line, .. }) = open.take() else {
        return Ok(());
    };
    let frame = name::Shown { function, file, line }.frame(&mut rows.profile.symbols);
    rows.add(frame, flat, cumulative, limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_with_their_busiest_line() {
        let list = "Total: 28\nROUTINE ======================== main.worker in /srv/main.go\n         0         20 (flat, cum) 71.43% of Total\n         .          .     36:func worker() {\n         .          1     37:\tf()\n         .         19     38:\tg()\n";
        let check = |list: &str, expected: &str| {
            let text = Text::new(list.as_bytes()).expect("it is text");
            let shown = match decode(&text, &Limits::default()) {
                Err(error) => error.to_string(),
                Ok(None) => "none".to_owned(),
                Ok(Some(it)) => {
                    let frame = it.stacks.frames(it.samples[0].stack).next().expect("a row has a frame");
                    let (function, file) = (it.symbols.function(frame.function), it.symbols.file(frame.file));
                    format!("{} of {}: {function} {file}:{}", it.samples[0].count, it.total(), frame.line)
                }
            };
            assert_eq!(shown, expected, "{list}");
        };
        check(list, "20 of 28: main.worker /srv/main.go:38");
        check(
            &list.replace("28", "280ms").replace(" 20 ", " 20ms "),
            "pprof's -list of a CPU, block or mutex profile (its values are in ms), not a goroutine profile",
        );
        check("ROUTINE: none\n", "none");
    }
}
