//! Logs: turns what log systems make of a dump back into the dump.
//!
//! A log puts layers around each line or around the whole dump, often several: Docker's JSON of a program's JSON, syslog
//! inside of Compose. [`unwrap_outer`] and [`unwrap_rest`] remove one layer after the other until the headers of goroutines are lines of their own.
//!
//! | layer | file |
//! |---|---|
//! | colours, null bytes | `controls` |
//! | containerd, CRI-O, jobs of GitLab | `cri` |
//! | mail with `=3D` | `quoted_printable` |
//! | JSON of any shape, the journal's export | `json` |
//! | `journalctl -o verbose` | `journal` |
//! | logfmt | `logfmt` |
//! | tables with commas | `csv` |
//! | a dump in one line, with `\n` | `escaped` |
//! | `#011`, `^I` | `controls` |
//! | `&lt;`, `<br>` | `html` |
//! | a line before each message: `logcat -v long` | `heads` |
//! | the same at the end of each line: the right border of a table | `borders` |
//! | any prefix of each line: syslog, Compose, kubectl, grep, mail | `prefix` |
//! | a page of prose | `markdown` |
//! | a header after words, `panic:` after a prefix | `words` |
//!
//! To add a layer, write its file, and add it to [`LAYERS`].
//!
//! **Invariant:** a layer is accepted by content only: what is inside of it has headers or frames of goroutines. A text in
//! which these are lines of their own is not changed.

mod borders;
mod controls;
mod cri;
mod csv;
mod escaped;
mod escapes;
mod evidence;
mod heads;
mod html;
mod journal;
mod json;
mod logfmt;
mod losses;
mod markdown;
mod options;
mod part;
mod pattern;
mod prefix;
mod quoted_printable;
mod records;
mod source_fields;
mod streamed;
mod time;
mod words;
mod wrapping;

use super::lines::Lines;
use evidence::Headers;

pub(super) use part::Part;
pub(super) use streamed::Layer;
pub(super) use streamed::LogReader;

pub(super) use evidence::has_header;
pub(super) use losses::losses;
pub use options::LinePrefix;
pub use options::LogOptions;

/// The layers that a log puts around lines, the most specific first.
const LAYERS: [Layer; 12] = [
    Layer::whole(cri::unwrap),
    Layer::by_line(
        |lines| records::unwrap(lines, json::scan).map(|parts| with_note(parts, JSON)),
        json::is_record,
    ),
    Layer::whole(|lines| records::unwrap(lines, journal::scan)),
    Layer::whole(|lines| records::unwrap(lines, logfmt::scan)),
    Layer::whole(|lines| if html::has_quotes(lines.text()) { html::unwrap(lines).map(alone) } else { None }),
    Layer::whole(|lines| if csv::is_whole_table(lines) { records::unwrap(lines, csv::scan) } else { None }),
    Layer::by_line(prefix::unwrap_common, |_| true),
    Layer::whole(|lines| controls::unspell(lines).map(alone)),
    Layer::whole(|lines| if csv::is_table(lines) { records::unwrap(lines, csv::scan) } else { None }),
    Layer::whole(|lines| html::unwrap(lines).map(alone)),
    Layer::whole(|lines| escaped::unwrap(lines).map(|lines| vec![Part::new("", lines).with_note(ONE_LINE)])),
    Layer::whole(prefix::unwrap),
];

const JSON: &str = "the text is JSON; the dump in its strings was read";
const ONE_LINE: &str = "the dump is one line with \\n for line ends; the lines were restored";

/// The maximum number of layers inside of one another.
const MAX_DEPTH: usize = 8;

/// Whether a text is used as it is.
pub(super) fn is_plain(text: &str) -> bool {
    !has_cover(text) && !is_wrapped(text) && memchr::memmem::find(text.as_bytes(), b"```").is_none()
}

/// The outermost layer of a log that starts like this, if it can be removed line by line.
pub(super) fn layer_by_line(head: &[u8]) -> Option<&'static Layer> {
    let end = memchr::memrchr(b'\n', head)?;
    let text = std::str::from_utf8(head.get(..=end)?).ok()?;
    let lines = Lines::of(text);
    if has_cover(text) || !is_wrapped(text) {
        return None;
    }
    LAYERS.iter().find(|layer| (layer.unwrap)(&lines).is_some()).filter(|layer| layer.is_alone.is_some())
}

/// Whether single characters are written differently than in a dump.
fn has_cover(text: &str) -> bool {
    controls::has_controls(text)
        || controls::is_spelled(text)
        || controls::has_end_marks(text)
        || html::is_markup(text)
        || borders::find(text).is_some()
        || heads::pattern(text).is_some()
        || quoted_printable::is_encoded(text)
}

/// Whether headers, or frames if there are no headers, are not lines of their own.
fn is_wrapped(text: &str) -> bool {
    let headers = Headers::of(text);
    let is_hidden = || evidence::has_positions(text) || evidence::has_byte_messages(text);
    headers.wrapped > 0 || (headers.clean == 0 && is_hidden())
}

/// The bytes of an export of the journal as text; `None` for other bytes.
pub(super) fn journal_export(bytes: &[u8]) -> Option<String> {
    journal::is_export(bytes).then(|| journal::export_to_json(bytes))
}

/// A log without its outermost layer.
pub(super) enum Outer<'a> {
    /// There is no layer inside: the parts of the log.
    Whole(Vec<Part<'a>>),
    /// There may be further layers: [`unwrap_rest`] removes them. Nothing of the log itself is needed any more.
    Inner(Vec<Part<'static>>),
}

/// Removes the outermost layer. A caller that can do without the log frees it before it calls [`unwrap_rest`]: a layer and what
/// is inside of it are in memory at a time, and no more.
pub(super) fn unwrap_outer<'a>(lines: Lines<'a>, options: &LogOptions) -> Outer<'a> {
    match &options.line_prefix {
        Some(prefix) => {
            let parts = prefix.unwrap(&lines);
            if parts.is_empty() { Outer::Whole(vec![Part::new("", lines)]) } else { Outer::Inner(parts) }
        }
        None if is_plain(lines.text()) => {
            let lines = words::unwrap_cause(&lines).unwrap_or(lines);
            let lines = markdown::unwrap(&lines).unwrap_or(lines);
            Outer::Whole(vec![Part::new("", lines)])
        }
        None => match peel(Part::new("", lines)) {
            Peeled::Inner(inner) => Outer::Inner(inner),
            Peeled::Innermost(part) => Outer::Whole(vec![finish(part)]),
        },
    }
}

/// Removes all further layers. The result has at least one part; several if the log has the dumps of several sources.
pub(super) fn unwrap_rest(inner: Vec<Part<'static>>) -> Vec<Part<'static>> {
    let mut parts = Vec::new();
    for part in inner {
        peel_all(part, 1, &mut parts);
    }
    // Other lines of the log are no source of a dump.
    let has_dump = |part: &Part<'_>| Headers::of(part.lines.text()).clean > 0;
    if parts.iter().any(has_dump) {
        parts.retain(has_dump);
    }
    parts
}

enum Peeled<'a> {
    Inner(Vec<Part<'static>>),
    /// No layer is left that can be inside of another one.
    Innermost(Part<'a>),
}

/// Removes the outermost layer of a part.
fn peel(mut part: Part<'_>) -> Peeled<'_> {
    // A colour may be cut where a container runtime cuts lines.
    if let Some(inner) = cri::unwrap(&part.lines).and_then(|inner| inside(&part, inner)) {
        return Peeled::Inner(inner);
    }
    replace(&mut part, quoted_printable::unwrap);
    replace(&mut part, controls::unwrap);
    replace(&mut part, borders::unwrap);
    if is_wrapped(part.lines.text())
        && let Some(inner) = LAYERS.iter().find_map(|layer| (layer.unwrap)(&part.lines))
        && let Some(inner) = inside(&part, inner)
    {
        return Peeled::Inner(inner);
    }
    Peeled::Innermost(part)
}

/// Removes all layers of a part. It is freed as soon as its outermost layer is removed.
fn peel_all(part: Part<'static>, depth: usize, out: &mut Vec<Part<'static>>) {
    let peeled = if depth < MAX_DEPTH { peel(part) } else { Peeled::Innermost(part) };
    match peeled {
        Peeled::Inner(inner) => inner.into_iter().for_each(|part| peel_all(part, depth + 1, out)),
        Peeled::Innermost(part) => out.push(finish(part)),
    }
}

/// Removes what may also be around single lines of a dump.
fn finish(mut part: Part<'_>) -> Part<'_> {
    replace(&mut part, heads::unwrap);
    replace(&mut part, controls::unspell);
    replace(&mut part, controls::unwrap);
    replace(&mut part, html::unwrap);
    if Headers::of(part.lines.text()).wrapped > 0 {
        part.lines = words::split(&part.lines);
    }
    if part.lines.text().contains("```") {
        replace(&mut part, markdown::split_fences);
    }
    replace(&mut part, words::unwrap_cause);
    replace(&mut part, markdown::unwrap);
    part
}

fn replace(part: &mut Part<'_>, change: fn(&Lines<'_>) -> Option<Lines<'static>>) {
    if let Some(changed) = change(&part.lines) {
        part.lines = changed;
    }
}

/// The parts inside of a part, with its source and its remarks; `None` if none has a text.
fn inside(outer: &Part<'_>, mut inner: Vec<Part<'static>>) -> Option<Vec<Part<'static>>> {
    inner.retain(|part| !part.lines.text().is_empty());
    for part in &mut inner {
        let names = [outer.source.as_str(), part.source.as_str()];
        part.source = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
        let inherited: Vec<_> = outer.notes.iter().copied().filter(|it| !part.notes.contains(it)).collect();
        part.notes.splice(0..0, inherited);
    }
    (!inner.is_empty()).then_some(inner)
}

fn with_note(parts: Vec<Part<'static>>, note: &'static str) -> Vec<Part<'static>> {
    parts.into_iter().map(|part| part.with_note(note)).collect()
}

fn alone(lines: Lines<'static>) -> Vec<Part<'static>> {
    vec![Part::new("", lines)]
}
