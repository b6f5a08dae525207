//! What is fuzzed: each entry takes any bytes, and panics only where a promise is broken. cargo-fuzz runs them with its
//! feedback (`fuzz/run`), `cargo test --test it fuzz::` under a mutation loop on a stable compiler.

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
use leakscope::rules::Rule;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;
use leakscope::text::ShownLabels;

/// An entry.
pub(crate) type Entry = fn(&[u8]);

/// All entries, by the names of their targets.
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

/// Limits at which no input takes long.
fn limits() -> Limits {
    Limits { max_inflated: 1 << 20, max_depth: 1 << 12, max_frames: 1 << 16, ..Limits::default() }
}

/// Sniffing and unpacking: packing changes nothing, in one member or in two, and neither does reading in pieces.
pub(crate) fn unpack(data: &[u8]) {
    let plain = total(&decode(data, &limits()));
    assert_eq!(plain, total(&decode_from(&mut Pieces(data), &limits())), "read in pieces");
    // Two layers are undone and no more, so a packed input may become too deep.
    if data.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    assert_eq!(plain, total(&decode(&packed(data), &limits())), "packed");
    let (first, second) = data.split_at(data.len() / 2);
    let members = [packed(first), packed(second)].concat();
    assert_eq!(plain, total(&decode(&members, &limits())), "in two members");
}

/// The protobuf, alone and behind the head of a sound profile, so that what follows is looked at.
pub(crate) fn protobuf(data: &[u8]) {
    // Sample type goroutine/count, and the strings that it needs.
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

/// Tracebacks and logs that hold them.
pub(crate) fn traceback(data: &[u8]) {
    read(data);
    read(&[b"goroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n", data].concat());
}

/// What pprof, Delve and goleak print.
pub(crate) fn listings(data: &[u8]) {
    let heads: [&[u8]; 4] = [
        b"Type: goroutine\n-----------+-------------------------------------------------------\n",
        b"Type: goroutine\nShowing nodes accounting for 3, 100% of 3 total\n      flat  flat%   sum%        cum   cum%\n",
        b"  Goroutine 1 - User: /a.go:1 main.main (0x1) [chan receive]\n",
        b"found unexpected goroutines:\n[Goroutine 7 in state select, with main.f on top of the stack:\n",
    ];
    for head in heads {
        read(&[head, data].concat());
    }
}

/// Whatever is read is written in every format, and no format is broken by it.
pub(crate) fn report(data: &[u8]) {
    if let Some(profile) = profile(data) {
        let total = profile.total();
        let report = made(vec![snapshot(profile)]);
        assert_eq!(report.groups.iter().map(|group| group.count()).sum::<i128>(), total);
        look_at_all_formats(&report);
    }
}

/// Two moments: gains add up to the difference, and a gate never lets an incomplete one pass.
pub(crate) fn pair(data: &[u8]) {
    let Some((at, rest)) = data.split_first_chunk::<2>() else { return };
    let at = usize::from(u16::from_le_bytes(*at)).min(rest.len());
    let (before, after) = rest.split_at(at);
    let Some((before, after)) = profile(before).zip(profile(after)) else { return };
    let gained = after.total() - before.total();
    let incomplete = before.is_incomplete() || after.is_incomplete();
    let snapshots = vec![snapshot(before), snapshot(after)];
    let report = judged(snapshots, &Policy::default());
    assert_eq!(report.groups.iter().map(|group| group.gain).sum::<i128>(), gained);
    let verdict = report.verdict.as_ref().expect("a gate has a verdict");
    assert!(!incomplete || matches!(verdict.outcome, GateOutcome::Unusable(_)), "{:?}", verdict.outcome);
    look_at_all_formats(&report);
}

/// What the user keeps: policy, rules, baseline, and a report that is read back.
pub(crate) fn config(data: &[u8]) {
    let _ = read_testable_stacks(data);
    let Ok(text) = str::from_utf8(data) else { return };
    if let Ok(policy) = Policy::parse("leakscope.toml", text) {
        judged(vec![dump(b"3"), dump(b"9")], &policy);
    }
    if let Ok(rules) = Rule::parse_file("rules.toml", text) {
        for rule in &rules {
            clean(&rule_prose(rule), "the prose of a rule");
            pipeline::faults_of(rule, &RULES);
        }
        let mut all = RuleSet::built_in();
        all.extend(rules);
        let options = Options { limit: 0, ..Options::default() };
        let snapshots = vec![dump(b"3"), dump(b"9")];
        pipeline::run(snapshots.into_iter(), &By::default(), &Filter::default(), &all, &options);
    }
    if let Ok(baseline) = Baseline::parse("baseline", text) {
        let written = baseline.write();
        let again = Baseline::parse("baseline", &written).expect("what is written is read");
        assert_eq!(again.write(), written);
    }
}

#[cfg(not(unix))]
pub(crate) fn head(_: &[u8]) {}

/// The head and body of an answer: whatever comes, a body is whole or not there, and an error is fit for a terminal.
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

    /// Bytes of a body.
    pub(super) const MAX_INPUT: usize = 1 << 16;

    /// A client of a server that answers with these bytes and closes.
    struct Server {
        client: Client,
        target: Target,
        answer: &'static Mutex<Vec<u8>>,
    }

    /// One for all runs; the lock keeps two from mixing.
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
                let mut piece = [0; 1024];
                while !request.windows(4).any(|it| it == b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(read @ 1..) => request.extend_from_slice(&piece[..read]),
                        Ok(0) | Err(_) => break,
                    }
                }
                let bytes = answer.lock().expect("no holder panics").clone();
                // A client that has seen enough hangs up.
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

/// A reader that gives a few bytes at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (piece, rest) = self.0.split_at(self.0.len().min(buffer.len()).min(7));
        buffer[..piece.len()].copy_from_slice(piece);
        self.0 = rest;
        Ok(piece.len())
    }
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).expect("memory can be written to");
    encoder.finish().expect("memory can be written to")
}

/// What came of an input: its goroutines or objects, `None` if it is refused.
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

/// A moment of as many goroutines as a digit says.
fn dump(count: &[u8]) -> Snapshot {
    let text = [count, b" @ 0x1 0x2\n#\t0x1\tmain.f+0x1\t/a.go:1\n#\t0x2\tmain.main+0x1\t/a.go:2\n"].concat();
    let text = [b"goroutine profile: total ", count, b"\n", &*text].concat();
    snapshot(profile(&text).expect("it is sound"))
}

fn made(snapshots: Vec<Snapshot>) -> Report {
    let options = Options { limit: 0, ..Options::default() };
    pipeline::run(snapshots.into_iter(), &By::default(), &Filter::default(), &RULES, &options)
}

fn judged(snapshots: Vec<Snapshot>, policy: &Policy) -> Report {
    let options = Options { limit: 0, ..Options::default() };
    let gate = GateOptions { policy, baseline: None, today: jiff::civil::date(2026, 11, 24) };
    pipeline::gate(snapshots.into_iter(), &By::default(), &Filter::default(), &RULES, &options, &gate)
}

fn look_at_all_formats(report: &Report) {
    let written = |format| {
        let mut out = Vec::new();
        render(report, format, &mut out).expect("memory can be written to");
        String::from_utf8(out).expect("every format is UTF-8")
    };
    for options in [
        TextOptions { width: 100, full: false, all: false },
        TextOptions { width: 20, full: true, all: true },
    ] {
        clean(&without_styles(&written(Format::Text(options))), "the page");
    }
    clean(&written(Format::Markdown), "Markdown");
    let annotations = written(Format::Github);
    clean(&annotations, "annotations");
    let page = without_styles(&written(Format::Text(TextOptions { width: 60, full: true, all: true })));
    for line in page.lines() {
        let obeyed = line
            .trim_start()
            .strip_prefix("::")
            .is_some_and(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!obeyed && !line.contains("##["), "a runner would obey {line:?}");
    }
    for line in annotations.lines().filter(|line| line.trim_start().starts_with("::")) {
        let ours = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
        assert!(ours, "a command that is not ours: {line:?}");
    }
    for format in [Format::Json, Format::Sarif] {
        let text = written(format);
        serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON");
    }
    let junit = written(Format::Junit);
    roxmltree::Document::parse(&junit).expect("it is XML");
    for group in &report.groups {
        if let Some(test) = &group.test {
            clean(&goleak_file(test), "a Go test");
        }
    }
}

/// The page less our own colours; nobody else's begin with an escape.
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

/// Holds no character that a terminal obeys or that hides others.
fn clean(text: &str, what: &str) {
    let unsafe_char = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!text.contains(unsafe_char), "{what} is not escaped: {text:?}");
}
