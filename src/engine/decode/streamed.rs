//! Compressed tracebacks: decompressed as they are read, so that the text is never in memory as a whole.
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
use super::text::Text;
use super::text::raw_lines;
use super::traceback;
use super::traceback::MIN_CHUNKED;
use super::traceback::Source;
use crate::model::Profile;

/// What a compressed traceback is.
pub(super) enum Streamed<'a> {
    /// One dump, with its remarks.
    One(Box<Profile>),
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
    if !is_long || !traceback::can_read(&head, limits) {
        return Ok(None);
    }
    // Indented lines may be those of a page.
    let is_indented = raw_line_of(&head).is_none_or(|line| !line.starts_with(b"goroutine "));
    let mut profile = traceback::read(Source::Reader(&mut stream, head), limits)?;
    if !profile.has_repeats {
        profile.warnings.splice(0..0, stream.warnings());
        return Ok(Some(Streamed::One(Box::new(profile))));
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

/// The first line that is not empty.
fn raw_line_of(head: &[u8]) -> Option<&[u8]> {
    head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())
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
}
