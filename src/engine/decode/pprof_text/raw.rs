//! `-raw`: the samples, locations and mappings of the protobuf as text.

use std::collections::HashMap;

use super::form::STACKS;
use super::kind::other_kind;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Text;
use crate::decode::text::split_digits;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::Truncation;
use crate::model::Warning;

const REPORT: &str = "-raw";

pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let mut reader = Reader::new();
    for line in text.lines() {
        reader.read(line.text, limits)?;
    }
    if reader.section < Section::Samples || reader.samples.is_empty() {
        return Ok(None);
    }
    let Reader { mut profile, samples, locations, section, .. } = reader;
    let mut unknown = 0;
    for RawSample { count, locations: ids, labels } in samples {
        let mut frames: Vec<FrameId> = Vec::new();
        for id in ids {
            match locations.get(&id) {
                Some(known) => frames.extend(known),
                None => unknown += 1,
            }
        }
        limits.check_depth(frames.len(), || "frames of a sample".to_owned())?;
        let stack = profile.stacks.intern(&frames, Truncation::default());
        let labels = profile.labels.intern(&labels);
        profile.samples.push(Sample { stack, labels, count });
    }
    profile.is_delta = profile.samples.iter().any(|sample| sample.count < 0);
    if section < Section::Mappings {
        profile.warnings.push(Warning::loss("the input is truncated: the mappings at its end are missing"));
    }
    if unknown > 0 {
        profile.warnings.push(Warning::loss("samples refer to locations that the text does not have"));
    }
    Ok(Some(profile))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Before,
    /// The line with the types of the samples follows.
    Types,
    Samples,
    Locations,
    Mappings,
}

struct Reader {
    profile: Profile,
    section: Section,
    samples: Vec<RawSample>,
    /// The frames of each location, innermost first.
    locations: HashMap<u64, Vec<FrameId>>,
    /// The location whose further lines follow.
    last: u64,
}

struct RawSample {
    count: i64,
    locations: Vec<u64>,
    labels: Vec<(Box<str>, Box<str>)>,
}

impl Reader {
    fn new() -> Self {
        let profile = Profile::new(STACKS, Kind::Goroutine);
        Reader { profile, section: Section::Before, samples: Vec::new(), locations: HashMap::new(), last: 0 }
    }

    fn read(&mut self, line: &str, limits: &Limits) -> Result<(), DecodeError> {
        let trimmed = line.trim();
        match (self.section, trimmed) {
            (_, "") => {}
            (Section::Before, "Samples:") => self.section = Section::Types,
            (Section::Before, _) => {}
            (Section::Types, types) => {
                // `goroutine/count`; other profiles have several types.
                let (kind, rest) = types.split_once('/').unwrap_or((types, ""));
                if !rest.starts_with("count") || !matches!(kind, "goroutine" | "goroutineleak") {
                    // Another text may have such a heading.
                    let is_pprof = types.split_whitespace().all(is_sample_type);
                    self.section = Section::Before;
                    return if is_pprof { Err(other_kind(kind, REPORT)) } else { Ok(()) };
                }
                if kind == "goroutineleak" {
                    self.profile.kind = Kind::GoroutineLeak;
                }
                self.section = Section::Samples;
            }
            (Section::Samples, "Locations") => self.section = Section::Locations,
            (Section::Samples, _) => {
                if let Some(sample) = sample(trimmed) {
                    limits.check_rows(self.samples.len() + 1)?;
                    self.samples.push(sample);
                } else if let Some(last) = self.samples.last_mut() {
                    last.labels.extend(labels(trimmed));
                }
            }
            (Section::Locations, "Mappings") => self.section = Section::Mappings,
            (Section::Locations, _) => self.read_location(trimmed, limits)?,
            (Section::Mappings, mapping) => {
                if self.profile.program.is_none() {
                    let mut words = mapping.split_whitespace().skip(2);
                    self.profile.program = words.next().map(str::to_owned);
                    self.profile.build_id = words.next().filter(|it| !it.starts_with('[')).map(str::to_owned);
                }
            }
        }
        Ok(())
    }

    /// Reads `3: 0x43b1f6 M=1 runtime.gopark /usr/local/go/src/runtime/proc.go:381:0 s=350`; a line without the number and the address
    /// has the caller that the line before was inlined into.
    fn read_location(&mut self, line: &str, limits: &Limits) -> Result<(), DecodeError> {
        let mut rest = line;
        if let Some((id, after)) = split_digits(line)
            && let Some(after) = after.strip_prefix(": 0x")
        {
            self.last = id.parse().unwrap_or(0);
            limits.check_rows(self.locations.len() + 1)?;
            self.locations.insert(self.last, Vec::new());
            rest = after.split_once(' ').map_or("", |(_, rest)| rest);
            rest = rest.strip_prefix("M=").and_then(|it| it.split_once(' ')).map_or(rest, |(_, rest)| rest);
            rest = rest.strip_prefix("[F] ").unwrap_or(rest);
        }
        let Profile { symbols, stacks, .. } = &mut self.profile;
        if let (Some((function, file, line)), Some(frames)) =
            (line_of(rest), self.locations.get_mut(&self.last))
        {
            let (function, file) = (symbols.intern_function(function), symbols.intern_file(file));
            limits.check_depth(frames.len() + 1, || "lines of a location".to_owned())?;
            frames.push(stacks.intern_frame(Frame { function, file, line }));
        }
        Ok(())
    }
}

/// Whether a word is the type of samples with its unit: `alloc_space/bytes`, which may be marked as the default.
fn is_sample_type(word: &str) -> bool {
    const UNITS: [&str; 7] =
        ["count", "bytes", "nanoseconds", "microseconds", "milliseconds", "seconds", "cycles"];
    let word = word.strip_suffix("[dflt]").unwrap_or(word);
    word.split_once('/').is_some_and(|(_, unit)| UNITS.contains(&unit))
}

/// `44: 1 2 3`: a count and the ids of locations.
fn sample(text: &str) -> Option<RawSample> {
    let (count, ids) = text.split_once(':')?;
    let locations = ids.split_whitespace().map(|id| id.parse().ok()).collect::<Option<Vec<u64>>>()?;
    Some(RawSample { count: count.trim().parse().ok()?, locations, labels: Vec::new() })
}

/// `key:[value] other key:[value]`
fn labels(text: &str) -> Vec<(Box<str>, Box<str>)> {
    let mut labels = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once(":[") {
        let (value, after) = after.split_once("] ").unwrap_or((after.strip_suffix(']').unwrap_or(after), ""));
        labels.push((key.into(), value.into()));
        rest = after;
    }
    labels
}

/// `main.f /srv/main.go:12:0 s=10`, in older versions without the column: function, file and line.
fn line_of(text: &str) -> Option<(&str, &str, u32)> {
    let (rest, _) = text.rsplit_once(" s=")?;
    let (place, number) = rest.rsplit_once(':')?;
    let (place, line) =
        match place.rsplit_once(':').and_then(|(place, line)| Some((place, line.parse().ok()?))) {
            Some(with_column) => with_column,
            None => (place, number.parse().ok()?),
        };
    let (function, file) = place.split_at(place.find(" /").or_else(|| place.rfind(' '))?);
    Some((function, file.trim_start(), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "PeriodType: goroutine count\nPeriod: 1\nTime: 2026-11-29 21:37:57 +0000 UTC\nSamples:\ngoroutine/count \n         44: 1 2 \n                label:[a b] key 2:[x]\n          1: 2 \nLocations\n     1: 0x43b1f6 M=1 runtime.gopark /usr/local/go/src/runtime/proc.go:381:0 s=350\n     2: 0x51b1f6 M=1 main.inner /srv/main.go:12:0 s=10\n             main.outer /srv/a b/main.go:20:0 s=18\nMappings\n1: 0x400000/0x51c000/0x0 /srv/bin abc [FN]\n";

    #[test]
    fn texts() {
        let check = |raw: &str, expected: &str| {
            let text = Text::new(raw.as_bytes()).expect("it is text");
            let shown = match decode(&text, &Limits::default()) {
                Err(error) => error.to_string(),
                Ok(None) => "none".to_owned(),
                Ok(Some(it)) => {
                    let row = |sample: &Sample| {
                        let frame =
                            |frame: Frame| format!(" {}:{}", it.symbols.function(frame.function), frame.line);
                        let frames: String = it.stacks.frames(sample.stack).map(frame).collect();
                        let label = |(key, value): (&str, &str)| format!(" {key}={value}");
                        let labels: String = it.labels.pairs(sample.labels).map(label).collect();
                        format!("{}{frames}{labels}", sample.count)
                    };
                    let rows: Vec<String> = it.samples.iter().map(row).collect();
                    format!("{}{}", rows.join("; "), if it.is_incomplete() { " lost" } else { "" })
                }
            };
            assert_eq!(shown, expected, "{raw}");
        };
        let whole = "44 runtime.gopark:381 main.inner:12 main.outer:20 key 2=x label=a b; 1 main.inner:12 main.outer:20";
        check(RAW, whole);
        check(&RAW.replace(":0 s=", " s="), whole);
        check(
            &RAW.replace("goroutine/count", "alloc_objects/count alloc_space/bytes"),
            "pprof's -raw of a heap profile, not a goroutine profile",
        );
        check(
            RAW.split_once("     2: 0x").expect("it has two locations").0,
            "44 runtime.gopark:381 key 2=x label=a b; 1 lost",
        );
        check("Samples:\n12 of these\n", "none");
        check("Samples:\na/b and more\n", "none");
    }
}
