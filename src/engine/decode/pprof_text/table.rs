//! `-top`, which is also `-text`, and `-tree`, of which `-peek` shows a part: functions with their goroutines.

use super::kind::Stated;
use super::kind::count;
use super::name;
use super::overlap::Rows;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Text;
use crate::model::Profile;
use crate::model::Warning;

pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let Some(layout) = text.lines().find_map(|line| Layout::of(line.text)) else { return Ok(None) };
    let report = layout.report();
    let stated = Stated::read(text, report)?;
    let mut rows = Rows::new();
    let (mut total, mut in_table, mut left_out) = (None, false, Vec::new());
    let last = text.lines().filter(|line| !line.text.trim().is_empty()).last().map(|line| line.number);
    for line in text.lines() {
        let trimmed = line.text.trim();
        if let Some(found) = total_of(trimmed) {
            total = total.or(count(found, report)?);
        }
        if Layout::of(trimmed).is_some() {
            in_table = true;
            continue;
        }
        if trimmed.starts_with("Dropped ") || trimmed.starts_with("Showing top ") {
            left_out.push(trimmed.to_owned());
        }
        if !in_table {
            continue;
        }
        let is_last = Some(line.number) == last;
        let Some(row) = row(trimmed, report)? else {
            if is_last && trimmed.starts_with(|c: char| c.is_ascii_digit()) && !trimmed.contains('|') {
                rows.profile.warnings.push(cut(line.number));
            }
            continue;
        };
        let shown = name::parse(row.name);
        if is_last
            && (name::is_cut(shown.function) || (text.ends_mid_line() && !shown.function.contains('.')))
        {
            rows.profile.warnings.push(cut(line.number));
            continue;
        }
        let frame = shown.frame(&mut rows.profile.symbols);
        rows.add(frame, row.flat, row.cumulative, limits)?;
    }
    let Some(mut profile) = rows.finish(total) else { return Ok(None) };
    stated.apply(&mut profile);
    if layout == Layout::Tree {
        profile.warnings.push(Warning::note("the callers and callees of the functions are not read"));
    }
    if !left_out.is_empty() {
        left_out.dedup();
        let text = format!("pprof left functions out: {}", left_out.join("; ").escape_debug());
        profile.warnings.push(Warning::note(text));
    }
    Ok(Some(profile))
}

fn cut(line: u64) -> Warning {
    Warning::loss("the input is truncated inside this row, which is left out").at(line)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Top,
    Tree,
}

impl Layout {
    /// The layout that a heading announces; `None` if the line is none.
    fn of(line: &str) -> Option<Self> {
        const TOP: [&str; 5] = ["flat", "flat%", "sum%", "cum", "cum%"];
        let mut words = line.split_whitespace();
        let is_heading = TOP.iter().all(|word| words.next() == Some(word));
        match words.next() {
            None => is_heading.then_some(Layout::Top),
            Some(more) => (is_heading && more == "calls").then_some(Layout::Tree),
        }
    }

    fn report(self) -> &'static str {
        match self {
            Layout::Top => "-top",
            Layout::Tree => "-tree",
        }
    }
}

/// The total in `Showing nodes accounting for 27, 96.43% of 28 total`, which older versions write as `27 of 28 total (96.43%)`.
fn total_of(line: &str) -> Option<&str> {
    if !line.starts_with("Showing nodes") && !line.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (before, _) = line.split_once(" total")?;
    before.rsplit_once(" of ").map(|(_, total)| total)
}

struct Row<'a> {
    flat: i64,
    cumulative: i64,
    name: &'a str,
}

/// `24 85.71% 85.71%         24 85.71%  runtime.gopark`, in a tree with a bar before the name.
fn row<'a>(line: &'a str, report: &str) -> Result<Option<Row<'a>>, DecodeError> {
    let Some((cells, rest)) = cells(line) else { return Ok(None) };
    let [flat, flat_share, sum_share, cumulative, share] = cells;
    if [flat_share, sum_share, share].iter().any(|it| !it.ends_with('%')) {
        return Ok(None);
    }
    let (Some(flat), Some(cumulative)) = (count(flat, report)?, count(cumulative, report)?) else {
        return Ok(None);
    };
    Ok(Some(Row { flat, cumulative, name: rest.strip_prefix('|').unwrap_or(rest).trim() }))
}

/// The first five words of a line, and the text after them.
fn cells(line: &str) -> Option<([&str; 5], &str)> {
    let mut rest = line.trim_start();
    let mut cells = [""; 5];
    for cell in &mut cells {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        let (word, after) = rest.split_at(end);
        *cell = word;
        rest = after.trim_start();
    }
    Some((cells, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::BlockedOn;

    fn read(text: &str) -> Result<Option<Profile>, DecodeError> {
        decode(&Text::new(text.as_bytes()).expect("it is text"), &Limits::default())
    }

    /// Compares the total, the rows and whether something is missing, or the error.
    fn check(text: &str, expected: &str) {
        let shown = match read(text) {
            Err(error) => error.to_string(),
            Ok(None) => "none".to_owned(),
            Ok(Some(it)) => {
                let name =
                    |stack| it.stacks.frames(stack).next().map(|frame| it.symbols.function(frame.function));
                let row = |stack, count| format!(" {count} {}", name(stack).unwrap_or("?"));
                let rows: String = it.samples.iter().map(|sample| row(sample.stack, sample.count)).collect();
                let lost = if it.is_incomplete() { " lost" } else { "" };
                format!("{} of{rows}{lost}", it.total())
            }
        };
        assert_eq!(shown, expected, "{text}");
    }

    const HEADING: &str =
        "Showing nodes accounting for 4, 100% of 4 total\n      flat  flat%   sum%        cum   cum%\n";
    const ROWS: &str = "         3 75.00% 75.00%          3 75.00%  runtime.gopark\n         0     0% 75.00%          2 50.00%  main.f (inline)\n";

    #[test]
    fn totals_are_stated_or_the_least_possible() {
        check(&format!("{HEADING}{ROWS}"), "4 of 3 runtime.gopark 2 main.f");
        check(
            &format!("3 of 5 total (60%)\n flat  flat%   sum%        cum   cum%\n{ROWS}"),
            "5 of 3 runtime.gopark 2 main.f",
        );
        check(&format!(" flat  flat%   sum%        cum   cum%\n{ROWS}"), "3 of 3 runtime.gopark 2 main.f");
        check(&format!("{HEADING}{ROWS}{HEADING}{ROWS}"), "4 of 3 runtime.gopark 2 main.f");
        check("12 things of 3 total\n", "none");
    }

    #[test]
    fn cut_rows_are_left_out() {
        let lost = "4 of 3 runtime.gopark 2 main.f lost";
        for cut in [
            "         0     0%   10",
            "         0     0%   100%          2 50.00%  ",
            "         0     0%   100%          2 50.00%  github.com/docker\n",
            "         0     0%   100%          2 50.00%  mai",
        ] {
            check(&format!("{HEADING}{ROWS}{cut}"), lost);
        }
        check(&format!("{HEADING}{ROWS}\nexit status 2\n"), "4 of 3 runtime.gopark 2 main.f");
    }

    #[test]
    fn trees() {
        let tree = "Type: goroutine\nShowing nodes accounting for 4, 100% of 4 total\n----------------------------------------------------------+-------------\n      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n----------------------------------------------------------+-------------\n                                                 2 66.67% |   main.f (inline)\n         3 75.00% 75.00%          3 75.00%                | runtime.gopark\n                                                 1 33.33% |   x.y\n----------------------------------------------------------+-------------\n";
        check(tree, "4 of 3 runtime.gopark");
    }

    #[test]
    fn other_profiles_are_refused() {
        check(
            &format!("Type: inuse_objects\n{HEADING}{ROWS}"),
            "pprof's -top of a heap profile, not a goroutine profile",
        );
        check(
            "Showing nodes accounting for 4MB, 100% of 4MB total\n flat  flat%   sum%        cum   cum%\n",
            "pprof's -top of a heap profile (its values are in MB), not a goroutine profile",
        );
        check(
            "      flat  flat%   sum%        cum   cum%\n     0.28s 75.00% 75.00%      0.28s 75.00%  main.f\n",
            "pprof's -top of a CPU, block or mutex profile (its values are in s), not a goroutine profile",
        );
    }

    #[test]
    fn rows_that_must_overlap() {
        let check = |sends: i64, expected: &[Option<BlockedOn>]| {
            let list = format!(
                "Showing nodes accounting for 1000, 100% of 1000 total\n      flat  flat%   sum%        cum   cum%\n      \
                 1000   100%   100%       1000   100%  runtime.gopark\n         0     0%   100%        900 90.00%  main.send\n         \
                 0     0%   100%         50  5.00%  main.few\n         0     0%   100%        {sends} 99.00%  runtime.chansend\n"
            );
            let profile = read(&list).expect("it is a list").expect("it has rows");
            let found: Vec<Option<BlockedOn>> =
                profile.samples_with_details().map(|it| it.inferred_wait()).collect();
            assert_eq!(found, expected, "{sends}");
        };
        let send = Some(BlockedOn::ChannelSend);
        check(990, &[send, send, None, send]);
        check(800, &[None, None, None, None]);
        check(1001, &[None, None, None, None]);
    }
}
