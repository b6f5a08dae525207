//! Tracebacks that are compressed or come through a log: read as they are decompressed or unwrapped, so that the text is never in
//! memory as a whole.
//!
//! If goroutines occur again, the text has several dumps. It is decompressed once more to find where they start, and a third
//! time to decode each of the last ones by itself.

use std::collections::VecDeque;
use std::io::Read;

use super::DecodeError;
use super::Limits;
use super::dumps::Finder;
use super::dumps::Found;
use super::dumps::Repeats;
use super::gzip;
use super::gzip::Stream;
use super::lines::Lines;
use super::lines::Place;
use super::log;
use super::log::Layer;
use super::log::LogReader;
use super::text::Text;
use super::text::raw_lines;
use super::traceback;
use super::traceback::MIN_CHUNKED;
use super::traceback::Source;
use crate::model::Profile;

/// What a compressed traceback is.
pub(super) enum Streamed<'a> {
    /// One dump, with the name of its source and with its remarks.
    One(String, Box<Profile>),
    /// Several dumps of a process, and how many there are before them.
    Several(Box<Dumps<'a>>, usize),
}

/// Reads gzip that contains a plain traceback; `None` if it contains anything else.
pub(super) fn read<'a>(packed: &'a [u8], limits: &'a Limits) -> Result<Option<Streamed<'a>>, DecodeError> {
    if !gzip::is_gzip(packed) {
        return Ok(None);
    }
    let mut stream = Stream::of(packed, limits);
    let mut head = Vec::with_capacity(MIN_CHUNKED);
    // The whole is decompressed below, and says then what is wrong with it.
    let is_long =
        (&mut stream).take(MIN_CHUNKED as u64).read_to_end(&mut head).is_ok_and(|n| n == MIN_CHUNKED);
    if let Some(layer) = log::layer_by_line(&head).filter(|_| is_long) {
        let dump = read_log(&mut stream, head, layer, limits)?;
        return Ok(dump.map(|(source, mut profile)| {
            profile.warnings.splice(0..0, stream.warnings());
            Streamed::One(source, Box::new(profile))
        }));
    }
    if !is_long || !traceback::can_read(&head, limits) {
        return Ok(None);
    }
    let is_indented = is_indented(&head);
    let mut profile = traceback::read(Source::Reader(&mut stream, head), limits)?;
    if !profile.has_repeats {
        profile.warnings.splice(0..0, stream.warnings());
        return Ok(Some(Streamed::One(String::new(), Box::new(profile))));
    }
    if is_indented {
        return Ok(None);
    }
    let input_len = usize::try_from(stream.inflated()).unwrap_or(usize::MAX);
    let text = Text::without_lines(input_len, stream.warnings());
    let found = starts(packed, limits)?;
    Ok(found.map(|Found { places, omitted }| {
        let dumps = Dumps { stream: Stream::of(packed, limits), read: 0, places, text };
        Streamed::Several(Box::new(dumps), omitted)
    }))
}

/// Reads a log line by line, of which `head` was read: the name of its source, and the dump; `None` if it must be looked at as a whole.
pub(super) fn read_log(
    log: &mut (dyn Read + Send),
    head: Vec<u8>,
    layer: &'static Layer,
    limits: &Limits,
) -> Result<Option<(String, Profile)>, DecodeError> {
    let mut lines = LogReader::new(log, head, layer, |lines| {
        traceback::can_continue(lines)
            && !["~~~", "DATA RACE", "profile: total "].iter().any(|it| lines.contains(it))
    });
    let mut head = Vec::with_capacity(MIN_CHUNKED);
    let is_read = (&mut lines).take(MIN_CHUNKED as u64).read_to_end(&mut head).is_ok();
    if !is_read || is_indented(&head) || !traceback::can_read(&head, limits) {
        return Ok(None);
    }
    match traceback::read(Source::Reader(&mut lines, head), limits) {
        Ok(mut profile) if !profile.has_repeats => {
            let source = lines.finish(&mut profile);
            Ok(Some((source, profile)))
        }
        Err(error @ DecodeError::Limit { .. }) => Err(error),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// Whether the first line that is not empty is indented: such lines may be those of a page.
fn is_indented(head: &[u8]) -> bool {
    let first = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    first.is_none_or(|line| !line.starts_with(b"goroutine "))
}

/// Where the dumps start; `None` if the text must be looked at as a whole.
fn starts(packed: &[u8], limits: &Limits) -> Result<Option<Found>, DecodeError> {
    let (mut repeats, mut finder, mut is_plain) = (Repeats::default(), Finder::default(), true);
    let mut stream = Stream::of(packed, limits);
    traceback::for_each_chunk(Source::Reader(&mut stream, Vec::new()), limits, |chunk| {
        let text = std::str::from_utf8(chunk).ok();
        let text = text.filter(|text| log::is_plain(text) && !text.contains("~~~"));
        is_plain = text.is_some();
        if let Some(text) = text {
            if !repeats.are_dumps() {
                raw_lines(text).for_each(|line| repeats.read(line));
            }
            finder.read(&Lines::of(text));
        }
        is_plain
    })?;
    Ok(if is_plain && !repeats.are_logged() { finder.finish() } else { None })
}

/// The dumps of a text, each decompressed when it is asked for.
pub(super) struct Dumps<'a> {
    stream: Stream<'a>,
    /// The bytes that were read.
    read: usize,
    places: VecDeque<Place>,
    /// The remarks on the whole text.
    pub(super) text: Text<'static>,
}

impl Dumps<'_> {
    /// The lines of the next dump; `None` after the last one.
    pub(super) fn next(&mut self) -> Result<Option<Lines<'static>>, DecodeError> {
        let Some(place) = self.places.pop_front() else { return Ok(None) };
        let mut before = (&mut self.stream).take((place.offset - self.read) as u64);
        std::io::copy(&mut before, &mut std::io::sink()).map_err(DecodeError::of_read)?;
        let length = self.places.front().map_or(u64::MAX, |next| (next.offset - place.offset) as u64);
        let mut dump = String::new();
        let n = (&mut self.stream).take(length).read_to_string(&mut dump).map_err(DecodeError::of_read)?;
        self.read = place.offset + n;
        Ok(Some(Lines::of(dump).numbered_after(place.index)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::Contents;
    use super::super::contents;
    use super::super::log::LogOptions;
    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).expect("a Vec takes all bytes");
        encoder.finish().expect("a Vec takes all bytes")
    }

    /// A dump with goroutines of these IDs.
    fn dump(ids: std::ops::Range<u32>) -> String {
        let goroutine =
            |id| format!("goroutine {id} [select]:\nmain.f(0x{id:x})\n\t/f.go:{} +0x1\n\n", id % 9 + 1);
        ids.map(goroutine).collect()
    }

    fn shown(contents: Result<Contents, DecodeError>) -> Vec<String> {
        let Ok(Contents::Dumps(dumps)) = contents else { panic!("no dumps: {contents:?}") };
        let profiles = dumps.into_iter().map(|dump| dump.profile);
        let shown = |it: Profile| {
            let samples = it.samples.iter().zip(&it.goroutines);
            let samples =
                samples.map(|(sample, ids)| (sample.count, sample.stack, ids.iter().collect::<Vec<_>>()));
            let samples: Vec<_> = samples.collect();
            format!("{:?} {:?} {:?} {samples:?}", it.declared_total, it.death, it.warnings)
        };
        profiles.map(shown).collect()
    }

    /// What is read from a text that is compressed is what is read from the text itself.
    #[test]
    fn compressed_tracebacks_read_as_the_texts() {
        let read = |bytes: &[u8]| contents(bytes, &Limits::default(), &LogOptions::default());
        let check = |text: &str, streamed: bool| {
            assert!(text.len() > MIN_CHUNKED, "{} bytes are not read in chunks", text.len());
            let packed = packed(text);
            let limits = Limits::default();
            let is_streamed = super::read(&packed, &limits).expect("it is complete").is_some();
            assert_eq!(is_streamed, streamed, "{:.80}", text);
            let (expected, found) = (read(text.as_bytes()), read(&packed));
            assert_eq!(shown(found), shown(expected), "{:.80}", text);
        };
        let one = dump(1..6000);
        check(&one, true);
        let packed = packed(&one);
        let cut = read(packed.get(..packed.len() - 20).expect("it is longer")).expect_err("it is cut");
        assert!(cut.to_string().starts_with("gzip: truncated"), "{cut}");
        check(&format!("{one}SIGQUIT: quit\nPC=0x1\n\n{one}panic: x\n\n{}", dump(1..5000)), true);
        check(&dump(7..8).repeat(8000), true);
        check(&format!("{one}app | goroutine 1 [select]:\napp | main.f()\napp | \t/f.go:3\n{one}"), false);
        check(&format!("{one}~~~\n{one}"), false);
        check(&dump(7..8).replace("select", "running").repeat(8000), false);
        check(&format!("  {one}{one}"), false);
    }

    /// What is read line by line from a log is what is read from the log as a whole.
    #[test]
    fn logs_read_line_by_line_as_the_whole() {
        let (limits, options) = (Limits::default(), LogOptions::default());
        let check = |log: &str, streamed: bool| {
            assert!(log.len() > MIN_CHUNKED, "{} bytes are not read in chunks", log.len());
            let head = log.as_bytes().get(..MIN_CHUNKED).expect("it is longer");
            let layer = log::layer_by_line(head);
            let dump = layer.map(|layer| read_log(&mut log.as_bytes(), Vec::new(), layer, &limits));
            let is_streamed = dump.is_some_and(|dump| dump.expect("no limit is exceeded").is_some());
            assert_eq!(is_streamed, streamed, "{:.200}", log);
            let expected = shown(contents(log.as_bytes(), &limits, &options));
            let (mut file, mut again) = (log.as_bytes(), log.as_bytes());
            let of_file = super::super::contents_of_file(&mut file, Some(&mut again), &limits, &options);
            assert_eq!(shown(of_file), expected, "{:.200}", log);
            let of_reader = super::super::contents_from(&mut log.as_bytes(), &limits, &options);
            assert_eq!(shown(of_reader), expected, "{:.200}", log);
            assert_eq!(shown(contents(&packed(log), &limits, &options)), expected, "{:.200}", log);
        };
        let wrapped = |text: &str, wrap: &dyn Fn(usize, &str) -> String| -> String {
            text.lines().enumerate().map(|(at, line)| wrap(at, line) + "\n").collect()
        };
        let docker = |at: usize, line: &str| {
            let line = line.replace('\t', "\\t");
            format!("{{\"log\":\"{line}\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-29T20:00:00.{at}Z\"}}")
        };
        let kubectl = |_: usize, line: &str| format!("[pod/app-7d9f8b-x2k4q/app] {line}");
        let syslog = |at: usize, line: &str| {
            format!("Nov 29 20:{:02}:{:02} host app[12]: {line}", at / 60 % 60, at % 60)
        };
        let one = dump(1..2500);
        // A goroutine that the end of the log cuts, with its line in the log.
        let cut = format!("{one}goroutine 7000 [select]:\nmain.g()\n");
        check(&wrapped(&cut, &docker), true);
        check(&wrapped(&cut, &kubectl), true);
        check(&wrapped(&one, &syslog), true);
        check(&wrapped(&format!("{one}{one}"), &docker), false);
        check(&wrapped(&format!("{one}SIGQUIT: quit\n\n{}", dump(7000..7009)), &kubectl), false);
        check(&wrapped(&format!("listening\n{one}"), &kubectl), false);
        check(&wrapped(&one, &|at, line| docker(at, &kubectl(at, line))), false);
        check(
            &wrapped(&one, &|at, line| {
                kubectl(at, line).replace("x2k4q", if at < 9000 { "a1" } else { "b2" })
            }),
            false,
        );
        check(&format!("{}not a record\n", wrapped(&one, &docker)), false);
        check(&format!("{}\u{1b}[31mred\n", wrapped(&one, &kubectl)), false);
    }
}
