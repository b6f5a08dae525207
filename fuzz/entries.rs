//! The fuzz targets: each takes arbitrary bytes and panics only if a promise is broken. cargo-fuzz runs them with coverage
//! feedback (`fuzz/run`); `cargo test --test it fuzz::` runs them in a simple mutation
//! loop on a stable compiler.

use std::io;
use std::io::Read;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use leakscope::decode::DecodeError;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::decode::decode_from;
use leakscope::gate::Baseline;
use leakscope::gate::GateOutcome;
use leakscope::gate::Policy;
use leakscope::group::By;
use leakscope::model::Profile;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::pipeline::GateOptions;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::goleak_file;
use leakscope::render::raw;
use leakscope::render::read_testable_stacks;
use leakscope::render::render;
use leakscope::render::rule_prose;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rule_check::verify_rule;
use leakscope::rules::Rule;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;
use leakscope::text::ShownLabels;

/// A fuzz target.
pub(crate) type Entry = fn(&[u8]);

/// All fuzz targets with their names.
pub(crate) const ENTRIES: [(&str, Entry); 9] = [
    ("unpack", unpack),
    ("protobuf", protobuf),
    ("counts", counts),
    ("traceback", traceback),
    ("listings", listings),
    ("report", report),
    ("pair", pair),
    ("head", head),
    ("config", config),
];

static RULES: RuleSet = RuleSet::built_in();

/// Limits that keep every run short.
fn limits() -> Limits {
    Limits { max_inflated: 1 << 20, max_depth: 1 << 12, max_frames: 1 << 16, ..Limits::default() }
}

/// Form detection and decompression: the result is the same if the input is compressed in one member or two, or read in
/// chunks.
pub(crate) fn unpack(data: &[u8]) {
    let plain = total(&decode(data, &limits()));
    assert_eq!(plain, total(&decode_from(&mut SmallChunks(data), &limits())), "read in chunks");
    // At most two layers are decompressed, so another one could exceed the limit.
    if data.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    assert_eq!(plain, total(&decode(&compressed(data), &limits())), "compressed");
    let (first, second) = data.split_at(data.len() / 2);
    let members = [compressed(first), compressed(second)].concat();
    assert_eq!(plain, total(&decode(&members, &limits())), "in two members");
}

/// The protobuf, alone and after the head of a valid profile, so that the rest is decoded too.
pub(crate) fn protobuf(data: &[u8]) {
    // The sample type goroutine/count and its strings.
    let head = b"\x0a\x04\x08\x01\x10\x02\x32\x00\x32\x09goroutine\x32\x05count";
    for bytes in [data.to_vec(), [head, data].concat()] {
        read(&bytes);
    }
}

/// The text of counts.
pub(crate) fn counts(data: &[u8]) {
    read(&[b"goroutine profile: total 3\n", data].concat());
    read(&[b"goroutine profile: total 3\n1 @ 0x1\n#\t0x1\tmain.f+0x1\t/a.go:1\n", data].concat());
}

/// Tracebacks, and logs that contain them.
pub(crate) fn traceback(data: &[u8]) {
    read(data);
    read(&[b"goroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n", data].concat());
}

/// What pprof, Delve, panicparse, goleak and the race detector print.
pub(crate) fn listings(data: &[u8]) {
    let heads: [&[u8]; 9] = [
        b"Type: goroutine\n-----------+-------------------------------------------------------\n",
        b"Type: goroutine\nShowing nodes accounting for 3, 100% of 3 total\n      flat  flat%   sum%        cum   cum%\n",
        b"  Goroutine 1 - User: /a.go:1 main.main (0x1) [chan receive]\n",
        b"  Goroutine 1 - Go: /a.go:1 main.main (0x1) [chan receive]\n\t0  0x01 in main.f\n\t    at /a.go:3\n",
        b"Total: 3\nROUTINE ======================== main.f in /a.go\n         0          3 (flat, cum) 100% of Total\n",
        b"Samples:\ngoroutine/count \n          3: 1 2 \nLocations\n     1: 0x1 M=1 main.f /a.go:1:0 s=1\n",
        b"3: chan receive [1~2 minutes] [Created by main.main @ a.go:1]\n    main a.go:3 f(0x1)\n",
        b"WARNING: DATA RACE\nRead at 0x1 by goroutine 8:\n  main.f()\n      /a.go:1 +0x1\n",
        b"found unexpected goroutines:\n[Goroutine 7 in state select, with main.f on top of the stack:\n",
    ];
    for head in heads {
        read(&[head, data].concat());
    }
}

/// A decoded profile is written in every format, and the output is well-formed.
pub(crate) fn report(data: &[u8]) {
    if let Some(profile) = profile(data) {
        let (total, overlap) = (profile.total(), profile.total_of_overlapping.is_some());
        let report = report_on(vec![snapshot(profile)]);
        // A goroutine may be in several groups of such a profile.
        assert!(overlap || report.groups.iter().map(|group| group.count()).sum::<i128>() == total);
        check_all_formats(&report);
    }
}

/// Two snapshots: gains add up to the difference, and the gate never passes an incomplete one.
pub(crate) fn pair(data: &[u8]) {
    let Some((at, rest)) = data.split_first_chunk::<2>() else { return };
    let at = usize::from(u16::from_le_bytes(*at)).min(rest.len());
    let (before, after) = rest.split_at(at);
    let Some((before, after)) = profile(before).zip(profile(after)) else { return };
    let gained = after.total() - before.total();
    let overlap = [&before, &after].iter().any(|profile| profile.total_of_overlapping.is_some());
    let incomplete = before.is_incomplete() || after.is_incomplete();
    let snapshots = vec![snapshot(before), snapshot(after)];
    let report = judged(snapshots, &Policy::default());
    assert!(overlap || report.groups.iter().map(|group| group.gain).sum::<i128>() == gained);
    let verdict = report.verdict.as_ref().expect("a gate has a verdict");
    assert!(!incomplete || matches!(verdict.outcome, GateOutcome::Unusable(_)), "{:?}", verdict.outcome);
    check_all_formats(&report);
}

/// The user's files: policy, rules, baseline, and a JSON report that is read back.
pub(crate) fn config(data: &[u8]) {
    let _ = read_testable_stacks(data);
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(policy) = Policy::parse("leakscope.toml", text, &RULES) {
        judged(vec![dump(b"3"), dump(b"9")], &policy);
    }
    if let Ok(rules) = Rule::parse_file("rules.toml", text) {
        for rule in &rules {
            clean(&rule_prose(rule), "the prose of a rule");
            verify_rule(rule, &RULES);
        }
        let mut all = RuleSet::built_in();
        all.extend(rules);
        let options = Options { limit: 0, ..Options::default() };
        let snapshots = vec![dump(b"3"), dump(b"9")];
        pipeline::run(snapshots.into_iter(), &By::default(), &Filter::default(), &all, &options);
    }
    if let Ok(baseline) = Baseline::parse("baseline", text) {
        let written = baseline.write();
        let again = Baseline::parse("baseline", &written).expect("a written baseline can be parsed");
        assert_eq!(again.write(), written);
    }
}

#[cfg(not(unix))]
pub(crate) fn head(_: &[u8]) {}

/// HTTP responses: the result is a complete body or an error that is safe to print.
#[cfg(unix)]
pub(crate) fn head(data: &[u8]) {
    let answered = server::answer(data);
    match answered {
        Ok(fetched) => {
            assert_eq!(fetched.status, 200);
            assert!(fetched.bytes.len() <= server::MAX_INPUT, "{} bytes", fetched.bytes.len());
        }
        Err(error) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                clean(&error.to_string(), "an error");
                cause = error.source();
            }
            clean(&error.hint().unwrap_or_default(), "a hint");
        }
    }
}

#[cfg(unix)]
mod server {
    use std::io::Read;
    use std::io::Write;
    use std::os::unix::net::UnixListener;
    use std::sync::LazyLock;
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    use leakscope::source::Client;
    use leakscope::source::Fetched;
    use leakscope::source::HttpOptions;
    use leakscope::source::SourceError;
    use leakscope::source::Target;
    use leakscope::source::block_on;

    /// Maximum size of a body in bytes.
    pub(super) const MAX_INPUT: usize = 1 << 16;

    /// A server that answers with `answer` and closes the connection, and a client for it.
    struct Server {
        client: Client,
        target: Target,
        answer: &'static Mutex<Vec<u8>>,
    }

    /// One server for all runs. The lock keeps concurrent runs apart.
    static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| Mutex::new(start()));

    fn start() -> Server {
        let answer: &'static Mutex<Vec<u8>> = Box::leak(Box::default());
        let folder = tempfile::tempdir().expect("a folder is made").keep();
        let socket = folder.join("s");
        let listener = UnixListener::bind(&socket).expect("a socket is made");
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let mut request = Vec::new();
                let mut buffer = [0; 1024];
                while !request.windows(4).any(|it| it == b"\r\n\r\n") {
                    match stream.read(&mut buffer) {
                        Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
                        Ok(0) | Err(_) => break,
                    }
                }
                let bytes = answer.lock().expect("no holder panics").clone();
                // Fails if the client has already closed the connection.
                let _ = stream.write_all(&bytes);
            }
        });
        let target = Target::parse(&format!("unix:{}", socket.display())).expect("it is a socket");
        let options = HttpOptions {
            retries: 0,
            max_input: MAX_INPUT as u64,
            timeout: Duration::from_secs(2),
            ..HttpOptions::default()
        };
        let client = Client::new(&options, &target).expect("no setting can be wrong");
        Server { client, target, answer }
    }

    pub(super) fn answer(bytes: &[u8]) -> Result<Fetched, SourceError> {
        let server = SERVER.lock().unwrap_or_else(|held| held.into_inner());
        *server.answer.lock().expect("no holder panics") = bytes.to_vec();
        block_on(server.client.get(&server.target, "goroutine", None))
    }
}

/// A reader that returns at most 7 bytes at a time.
struct SmallChunks<'a>(&'a [u8]);

impl Read for SmallChunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (chunk, rest) = self.0.split_at(self.0.len().min(buffer.len()).min(7));
        buffer[..chunk.len()].copy_from_slice(chunk);
        self.0 = rest;
        Ok(chunk.len())
    }
}

fn compressed(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).expect("memory can be written to");
    encoder.finish().expect("memory can be written to")
}

/// The goroutines or objects of an input; `None` if it cannot be decoded.
fn total(decoded: &Result<Decoded, DecodeError>) -> Option<i128> {
    match decoded {
        Ok(Decoded::Goroutines(profile)) => Some(profile.total()),
        Ok(Decoded::Heap(heap)) => Some(heap.allocations.iter().map(|it| i128::from(it.objects)).sum()),
        Err(error) => {
            clean(&error.to_string(), "an error");
            None
        }
    }
}

fn read(bytes: &[u8]) {
    let decoded = decode(bytes, &limits());
    total(&decoded);
    if let Ok(Decoded::Goroutines(profile)) = decoded {
        for warning in &profile.warnings {
            clean(&warning.to_string(), "a warning");
        }
        clean(&raw(&profile, ShownLabels::default()), "the canonical text");
    }
}

fn profile(data: &[u8]) -> Option<Profile> {
    match decode(data, &limits()) {
        Ok(Decoded::Goroutines(profile)) => Some(profile),
        Ok(Decoded::Heap(_)) | Err(_) => None,
    }
}

fn snapshot(profile: Profile) -> Snapshot {
    Snapshot::from_profile("made up".to_owned(), profile)
}

/// A snapshot with the number of goroutines given as a digit.
fn dump(count: &[u8]) -> Snapshot {
    let text = [count, b" @ 0x1 0x2\n#\t0x1\tmain.f+0x1\t/a.go:1\n#\t0x2\tmain.main+0x1\t/a.go:2\n"].concat();
    let text = [b"goroutine profile: total ", count, b"\n", &*text].concat();
    snapshot(profile(&text).expect("the dump is valid"))
}

fn report_on(snapshots: Vec<Snapshot>) -> Report {
    let options = Options { limit: 0, ..Options::default() };
    pipeline::run(snapshots.into_iter(), &By::default(), &Filter::default(), &RULES, &options)
}

fn judged(snapshots: Vec<Snapshot>, policy: &Policy) -> Report {
    let options = Options { limit: 0, ..Options::default() };
    let gate = GateOptions {
        policy,
        baseline: None,
        today: jiff::civil::date(2026, 11, 24),
        source: pipeline::Source::default(),
    };
    pipeline::gate(snapshots.into_iter(), &By::default(), &Filter::default(), &RULES, &options, &gate)
}

fn check_all_formats(report: &Report) {
    let written = |name: &str, text: TextOptions| {
        let format = Format::named(name).expect("there is such a format").with_text(text);
        let mut out = Vec::new();
        render(report, format, &mut out).expect("memory can be written to");
        String::from_utf8(out).expect("every format is UTF-8")
    };
    let usual = Format::TEXT.text;
    for options in [usual, TextOptions { width: 20, full: true, all: true }] {
        clean(&without_styles(&written("text", options)), "the page");
    }
    clean(&written("markdown", usual), "Markdown");
    let annotations = written("github", usual);
    clean(&annotations, "annotations");
    let page = without_styles(&written("text", TextOptions { width: 60, full: true, all: true }));
    for line in page.lines() {
        let executed = line
            .trim_start()
            .strip_prefix("::")
            .is_some_and(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!executed && !line.contains("##["), "a CI runner would execute {line:?}");
    }
    for line in annotations.lines().filter(|line| line.trim_start().starts_with("::")) {
        let ours = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
        assert!(ours, "not one of our commands: {line:?}");
    }
    for name in ["json", "sarif"] {
        let text = written(name, usual);
        serde_json::from_str::<serde_json::Value>(&text).expect("the output is JSON");
    }
    let junit = written("junit", usual);
    roxmltree::Document::parse(&junit).expect("the output is XML");
    for group in &report.groups {
        if let Some(test) = &group.test {
            clean(&goleak_file(test), "a Go test");
        }
    }
}

/// The page without our own colours. Other text cannot contain an escape character.
fn without_styles(page: &str) -> String {
    let mut rest = page;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let end = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = end.strip_prefix('m').expect("a style ends in m");
    }
    plain.push_str(rest);
    plain
}

/// Fails if the text contains a character that controls a terminal or hides others.
fn clean(text: &str, what: &str) {
    let unsafe_char = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!text.contains(unsafe_char), "{what} is not escaped: {text:?}");
}
