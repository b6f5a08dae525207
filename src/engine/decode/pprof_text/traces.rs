//! `-traces`: a block for each stack, with its labels and, before the leaf, its count.

use super::form::STACKS;
use super::kind::Stated;
use super::kind::count;
use super::name;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Text;
use crate::model::FrameId;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::Truncation;
use crate::model::Warning;

const REPORT: &str = "-traces";

/// The line before each block and after the last one.
const SEPARATOR: &str = "-----------+---";

pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    if !text.lines().any(|line| line.text.trim().starts_with(SEPARATOR)) {
        return Ok(None);
    }
    let stated = Stated::read(text, REPORT)?;
    let mut profile = Profile::new(STACKS, Kind::Goroutine);
    let mut block: Option<Block> = None;
    for line in text.lines() {
        if line.text.trim().starts_with(SEPARATOR) {
            close(&mut profile, block.replace(Block::default()), Truncation::default());
            limits.check_rows(profile.samples.len())?;
        } else if let Some(block) = &mut block {
            block.read(line.text, &mut profile)?;
            limits.check_depth(block.frames.len(), || format!("frames before line {}", line.number))?;
        }
    }
    // A separator follows the last stack.
    if block.as_ref().is_some_and(|block| block.count.is_some()) {
        let cut = Truncation { cut: true, elided_after: None };
        close(&mut profile, block, cut);
        let text = "the input is truncated inside or after its last stack: outermost frames, and further stacks, may be missing";
        profile.warnings.push(Warning::loss(text));
    }
    if profile.samples.is_empty() {
        return Ok(None);
    }
    profile.is_delta = profile.samples.iter().any(|sample| sample.count < 0);
    stated.apply(&mut profile);
    Ok(Some(profile))
}

/// What was read of a block.
#[derive(Default)]
struct Block {
    labels: Vec<(Box<str>, Box<str>)>,
    count: Option<i64>,
    frames: Vec<FrameId>,
}

impl Block {
    fn read(&mut self, line: &str, profile: &mut Profile) -> Result<(), DecodeError> {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return Ok(());
        }
        let mut shown = trimmed;
        if self.count.is_none() {
            // Copying from a web page leaves one blank of several; a label is not taken for a leaf then.
            let blanks = if self.labels.is_empty() { " " } else { "   " };
            let leaf = trimmed.split_once(blanks).filter(|(_, name)| !name.trim().is_empty());
            let value = match leaf {
                Some((value, name)) => count(value, REPORT)?.map(|it| (it, name)),
                None => None,
            };
            let Some((value, name)) = value else {
                self.read_label(line);
                return Ok(());
            };
            self.count = Some(value);
            shown = name;
        }
        let Profile { symbols, stacks, .. } = profile;
        self.frames.push(stacks.intern_frame(name::parse(shown).frame(symbols)));
        Ok(())
    }

    /// Reads `     label:  value`. A value may have several lines.
    fn read_label(&mut self, line: &str) {
        let label = line.split_once(":  ").or_else(|| Some((line.trim_end().strip_suffix(':')?, "")));
        match (label, self.labels.last_mut()) {
            (Some((key, value)), _) => self.labels.push((key.trim_start().into(), value.into())),
            (None, Some((_, value))) => *value = format!("{value}\n{line}").into_boxed_str(),
            (None, None) => {}
        }
    }
}

fn close(profile: &mut Profile, block: Option<Block>, truncation: Truncation) {
    let Some(Block { labels, count: Some(count), frames }) = block else { return };
    let stack = profile.stacks.intern(&frames, truncation);
    let labels = profile.labels.intern(&labels);
    profile.samples.push(Sample { stack, labels, count });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks() {
        let check = |blocks: &str, expected: &str| {
            let line = "-----------+-------------------------------------------------------\n";
            let text = format!("(pprof) traces\nType: goroutine\n{line}{}", blocks.replace("--\n", line));
            let text = Text::new(text.as_bytes()).expect("it is text");
            let shown = match decode(&text, &Limits::default()) {
                Err(error) => error.to_string(),
                Ok(None) => "none".to_owned(),
                Ok(Some(it)) => {
                    let row = |sample: &Sample| {
                        let frames: Vec<&str> = it
                            .stacks
                            .frames(sample.stack)
                            .map(|it_| it.symbols.function(it_.function))
                            .collect();
                        let labels: Vec<String> = it
                            .labels
                            .pairs(sample.labels)
                            .map(|(key, value)| format!(" {key}={value}"))
                            .collect();
                        format!("{} {}{}", sample.count, frames.join("<"), labels.concat())
                    };
                    let rows: Vec<String> = it.samples.iter().map(row).collect();
                    format!("{}{}", rows.join("; "), if it.is_incomplete() { " lost" } else { "" })
                }
            };
            assert_eq!(shown, expected, "{blocks}");
        };
        check("       103   runtime.gopark\n             main.f (inline)\n--\n", "103 runtime.gopark<main.f");
        check(
            "     label:  value\n         2   main.f\n--\n         1   main.f\n--\n",
            "2 main.f label=value; 1 main.f",
        );
        check(
            "        kd:  nl\nx\nodd key: {d:  x\n        no:  \n       gone:\n         1   main.f\n--\n",
            "1 main.f gone= kd=nl\nx no= odd key: {d=x",
        );
        check("     bytes:  16B\n        12:  3\n         1   main.f\n--\n", "1 main.f 12=3 bytes=16B");
        check("2 main.f\nmain.g\n--\n", "2 main.f<main.g");
        check("         2   main.f\n             main.g\n", "2 main.f<main.g lost");
        check(
            "      10ms   main.f\n--\n",
            "pprof's -traces of a CPU, block or mutex profile (its values are in ms), not a goroutine profile",
        );
    }
}
