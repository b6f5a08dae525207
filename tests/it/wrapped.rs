//! A dump that came through a log is the same dump: each of `testdata/wrapped` through everything that log systems do.

mod wrappers;

use leakscope::decode::Contents;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::LinePrefix;
use leakscope::decode::LogOptions;
use leakscope::decode::contents;
use leakscope::decode::decode;
use leakscope::render::raw;
use leakscope::text::ShownLabels;

use crate::support;
use wrappers::BYTES;
use wrappers::PAGES;
use wrappers::PRINTED;
use wrappers::WRAPPERS;

/// The canonical text without its first line and its warnings.
fn canonical(bytes: &[u8]) -> Vec<String> {
    match decode(bytes, &Limits::default()) {
        Ok(Decoded::Goroutines(profile)) => raw(&profile, ShownLabels::default())
            .lines()
            .skip(1)
            .filter(|line| !line.starts_with("warning "))
            .map(str::to_owned)
            .collect(),
        Ok(Decoded::Heap(_)) => vec!["a heap profile".to_owned()],
        Err(error) => vec![error.to_string()],
    }
}

/// The dumps, each with its name and its canonical text.
fn dumps() -> Vec<(String, String, Vec<String>)> {
    let files = support::entries(&support::root("testdata/wrapped"));
    let dumps: Vec<_> = files
        .iter()
        .map(|file| {
            let text = String::from_utf8(support::read(file)).expect("dumps are text");
            let expected = canonical(text.as_bytes());
            (support::name(file).to_owned(), text, expected)
        })
        .collect();
    assert_eq!(dumps.len(), 5);
    dumps
}

fn fault(name: &str, how: &str, expected: &[String], bytes: &[u8]) -> Option<String> {
    let found = canonical(bytes);
    let first = expected.iter().zip(&found).find(|(expected, found)| expected != found);
    (found != expected)
        .then(|| format!("{name} through {how}: {} lines, first difference {first:?}", found.len()))
}

#[test]
fn dumps_through_logs() {
    let mut faults = Vec::new();
    for (name, text, expected) in dumps() {
        for (how, wrap) in WRAPPERS.into_iter().chain(PRINTED).chain(PAGES) {
            faults.extend(fault(&name, how, &expected, wrap(&text).as_bytes()));
        }
        for (how, wrap) in BYTES {
            faults.extend(fault(&name, how, &expected, &wrap(&text)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Pairs of layers that no log has: what one writes the other hides.
fn loses(inner: &str, outer: &str, text: &str) -> bool {
    // Bytes as numbers hide what all other layers are recognized by; a line with `\n` does not escape the escapes in it.
    inner == "journal: bytes"
        || (inner.starts_with("cut") && outer.starts_with("cut"))
        || (outer == "escaped line" && text.contains(['\\', '\r']))
}

#[test]
fn dumps_through_logs_of_logs() {
    let mut faults = Vec::new();
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let dumps = dumps();
    for _ in 0..400 {
        let (name, text, expected) = &dumps[next(dumps.len())];
        let ((inner, first), (outer, second)) =
            (WRAPPERS[next(WRAPPERS.len())], WRAPPERS[next(WRAPPERS.len())]);
        let text = first(text);
        if !loses(inner, outer, &text) {
            faults.extend(fault(name, &format!("{inner} in {outer}"), expected, second(&text).as_bytes()));
        }
    }
    for (outer, second) in PRINTED.into_iter().cycle().take(60) {
        let (name, text, expected) = &dumps[next(dumps.len())];
        let (inner, first) = WRAPPERS[next(WRAPPERS.len())];
        // A document is no log that is exported line by line.
        let is_document = ["CSV", "API", "array", "events"].iter().any(|it| inner.contains(it));
        let text = first(text);
        if !is_document && !loses(inner, outer, &text) {
            faults.extend(fault(name, &format!("{inner} in {outer}"), expected, second(&text).as_bytes()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The sources of a log with the number of goroutines in each of their dumps.
fn sources(log: &str, options: &LogOptions) -> Vec<String> {
    match contents(log.as_bytes(), &Limits::default(), options) {
        Ok(Contents::Dumps(dumps)) => {
            dumps.iter().map(|dump| format!("{} {}", dump.source, dump.profile.total())).collect()
        }
        Ok(Contents::Heap(_)) => vec!["a heap profile".to_owned()],
        Err(error) => vec![error.to_string()],
    }
}

/// A line of the first text, then one of the second, and so on.
fn interleaved(first: &str, second: &str) -> String {
    let mut lines = String::new();
    let (mut first, mut second) = (first.lines(), second.lines());
    loop {
        let pair = [first.next(), second.next()];
        pair.iter().flatten().for_each(|line| lines.extend([line, "\n"]));
        if pair == [None, None] {
            return lines;
        }
    }
}

#[test]
fn sources_are_read_apart() {
    let dump = |name: &str| {
        String::from_utf8(support::read(&support::root("testdata/wrapped").join(name))).expect("it is text")
    };
    let (all, timeout) = (dump("all.txt"), dump("timeout.txt"));
    let prefixed =
        |prefix: &str, text: &str| -> String { text.lines().map(|it| format!("{prefix}{it}\n")).collect() };
    /// A name, what makes a line of a log of a source and a line, and two sources.
    type Form = (&'static str, fn(&str, &str) -> String, [&'static str; 2]);
    let forms: [Form; 5] = [
        ("compose", |name, line| format!("{name}  | {line}"), ["app-1", "app-2"]),
        ("kubectl", |name, line| format!("[pod/{name}/app] {line}"), ["web-x2k4q", "web-abcde"]),
        ("syslog", |name, line| format!("Nov 29 20:00:00 host app[{name}]: {line}"), ["12", "345"]),
        (
            "Docker",
            |name, line| serde_json::json!({"log": format!("{line}\n"), "container_name": name}).to_string(),
            ["a", "b"],
        ),
        (
            "go test",
            |name, line| serde_json::json!({"Package": name, "Output": format!("{line}\n")}).to_string(),
            ["gt/a", "gt/b"],
        ),
    ];
    for (form, wrap, names) in forms {
        let wrapped =
            |at: usize, text: &str| -> String { text.lines().map(|it| wrap(names[at], it) + "\n").collect() };
        let (first, second) = (wrapped(0, &all), wrapped(1, &timeout));
        for log in [format!("{first}{second}"), interleaved(&first, &second)] {
            let found = sources(&log, &LogOptions::default());
            assert!(
                found.len() == 2 && found[0].contains(names[0]) && found[0].ends_with(" 5"),
                "{form}: {found:?}"
            );
            assert!(found[1].contains(names[1]) && found[1].ends_with(" 8"), "{form}: {found:?}");
            let Ok(Decoded::Goroutines(shown)) = decode(log.as_bytes(), &Limits::default()) else {
                panic!("{form}")
            };
            assert!(
                shown.total() == 8 && shown.is_incomplete(),
                "{form}: the other source is not shown, and said"
            );
        }
    }
    let log = prefixed("web-7 says> ", &all) + &prefixed("db-9 says> ", &timeout) + "other\n";
    let prefix = LinePrefix::new(r"([\w-]+) says> ").expect("it is a pattern");
    let options = LogOptions { line_prefix: Some(prefix), ..LogOptions::default() };
    assert_eq!(sources(&log, &options), ["web-7 5", "db-9 8"]);
}

/// What a dump escapes itself is resolved by the reader of its header, and by no log.
#[test]
fn escapes_inside_of_escapes() {
    let dump = r#"goroutine 7 [select] {path: "C:\\new\\t.go", re: "\\d+\\n", two: "a\nb", u: "\u043a \\u043a", q: "\"]:\\n"}:
main.f()
	C:/new/t.go:3 +0x1
"#;
    let expected = canonical(dump.as_bytes());
    assert!(expected.iter().any(|line| line.contains(r"C:\new\t.go")), "{expected:?}");
    let docker: String =
        dump.lines().map(|line| serde_json::json!({"log": format!("{line}\n")}).to_string() + "\n").collect();
    let record = serde_json::json!({"level": "error", "stack": dump}).to_string() + "\n";
    let outer = serde_json::json!({"log": record}).to_string() + "\n";
    let logfmt = format!("level=error stack={}\n", serde_json::json!(dump));
    for text in [docker, record, outer, logfmt] {
        assert_eq!(canonical(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn dumps_of_one_process_are_a_series() {
    let goroutine = |id: u32| format!("goroutine {id} [select]:\nmain.f()\n\t/f.go:3 +0x1\n\n");
    let one = format!("SIGQUIT: quit\n\n{}{}", goroutine(1), goroutine(7));
    let log = format!("{one}listening again\n{one}{}", goroutine(9));
    assert_eq!(sources(&log, &LogOptions::default()), [" 2", " 3"]);
    let cri: String = log.lines().map(|line| format!("2026-11-29T20:00:00.1Z stderr F {line}\n")).collect();
    assert_eq!(sources(&cri, &LogOptions::default()), ["stderr 2", "stderr 3"]);
}

#[test]
fn records_without_a_dump_are_refused() {
    for text in ["{\"a\":1}\n", "[[[[[[\n", "{\"stack\":\"main.f\\n\\t/f.go:3\"}\n", "a=b c=\"goroutine\"\n"]
    {
        assert!(decode(text.as_bytes(), &Limits::default()).is_err(), "{text}");
    }
    // A limit on depth and on what is read in vain.
    for bomb in ["{\"a\":", "[", "{\"a\":\"goroutine 1 [running]:"] {
        assert!(canonical(bomb.repeat(200_000).as_bytes()).len() < 10);
    }
}
