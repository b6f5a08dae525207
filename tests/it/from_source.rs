//! What every format says of a finding for each certainty of the source: `testdata/from_source/NAME.txt`. `LEAKSCOPE_WRITE=1` writes them
//! anew; then read each as if you had typed it. What the source says is built by hand here.

use std::fmt::Write;
use std::fs;

use leakscope::Snapshot;
use leakscope::diagnose::Construction;
use leakscope::diagnose::PatchTier;
use leakscope::diagnose::SourceCertainty;
use leakscope::diagnose::SourceEvidence;
use leakscope::diagnose::SourcePatch;
use leakscope::diagnose::SourcePlace;
use leakscope::diagnose::SourceVerdict;
use leakscope::diagnose::SourceView;
use leakscope::diagnose::Wake;
use leakscope::diagnose::diagnose;
use leakscope::group::By;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::report::report;
use leakscope::series::Series;
use leakscope::stacks::Filter;
use serde_json::Value;

use crate::support;
use crate::support::RULES;
#[cfg(feature = "cli")]
use crate::support::json_schema::Schema;

/// One stack whose goroutines become more, after its header.
const SENDER: &str = "chan send, 8 minutes]:\nmain.fetch.func1()\n\t/srv/shop/main.go:33 +0x1d\ncreated by main.fetch in goroutine 1\n\t/srv/shop/main.go:30 +0x5e\n\n";
const RECEIVER: &str = "chan receive, 8 minutes]:\nmain.drain()\n\t/srv/shop/drain.go:12 +0x1d\ncreated by main.serve in goroutine 1\n\t/srv/shop/main.go:90 +0x5e\n\n";
const WAITER: &str = "sync.Mutex.Lock, 8 minutes]:\nsync.(*Mutex).Lock(...)\n\t/usr/local/go/src/sync/mutex.go:46\nmain.(*set).Withdraw()\n\t/srv/shop/set.go:31 +0x1d\ncreated by main.serve in goroutine 1\n\t/srv/shop/main.go:90 +0x5e\n\n";
const LIBRARY: &str = "select, 8 minutes]:\nexample.com/feed.(*Feed).loop(0xc000012000)\n\t/go/pkg/mod/example.com/feed@v1.2.0/feed.go:350 +0x1d\ncreated by example.com/feed.Open in goroutine 1\n\t/go/pkg/mod/example.com/feed@v1.2.0/feed.go:71 +0x5e\n\n";

/// A growing series of one stack.
fn series(stack: &str) -> Series {
    let mut first = 1;
    let mut snapshot = |index: u32| {
        let main = "goroutine 1 [IO wait]:\nmain.main()\n\t/srv/shop/main.go:9 +0x1\n\n".to_owned();
        let count = 10 * (index + 1);
        let goroutines = (2..2 + count).map(|id| format!("goroutine {id} [{stack}"));
        first += count;
        let text = [main].into_iter().chain(goroutines).collect::<String>();
        Snapshot::from_bytes(format!("{index}.txt"), text.into_bytes()).expect("it is a traceback")
    };
    let snapshots: Vec<Snapshot> = (0..5).map(&mut snapshot).collect();
    Series::build(snapshots.into_iter(), &By::default(), &Filter::default())
}

fn verdict(certainty: SourceCertainty, cause: &str, sentence: &str) -> SourceVerdict {
    SourceVerdict {
        certainty,
        cause: cause.to_owned(),
        sentence: sentence.to_owned(),
        place: SourcePlace { file: "main.go".to_owned(), line: 33, moved_by: 0 },
        evidence: Vec::new(),
        advice: String::new(),
        patch: None,
        refused: String::new(),
    }
}

fn line(role: &str, file: &str, line: u32, text: &str) -> SourceEvidence {
    SourceEvidence { role: role.to_owned(), file: file.to_owned(), line, text: text.to_owned() }
}

fn wake(operation: &str, ended_by: &[&str]) -> Wake {
    Wake {
        operation: operation.to_owned(),
        file: "example.com/feed@v1.2.0/feed.go".to_owned(),
        line: 400,
        ended_by: ended_by.iter().map(|it| (*it).to_owned()).collect(),
        object: "example.com/feed.(*Feed)".to_owned(),
        made_at: Vec::new(),
        is_last: true,
        from_table: false,
    }
}

/// The report on a series of which the source says this of the only finding.
fn reported(stack: &str, view: &SourceView, explain: bool) -> Report {
    let series = series(stack);
    let mut diagnosis = diagnose(&series, &RULES);
    assert_eq!(diagnosis.findings.len(), 1, "one stack is one finding");
    diagnosis.findings[0].source = view.clone();
    let fingerprint = diagnosis.findings[0].fingerprints[0].to_string();
    let options = Options { explain: explain.then_some(fingerprint), ..Options::default() };
    report(&series, &diagnosis, &RULES, &options)
}

fn rendered(report: &Report, format: &str) -> String {
    let format = Format::named(format).expect("it is a format");
    let mut bytes = Vec::new();
    let text = TextOptions { width: 100, full: false, all: false };
    render(report, format.with_text(text), &mut bytes).expect("a Vec can be written");
    support::without_colours(&String::from_utf8(bytes).expect("reports are UTF-8"))
}

/// All formats of a report, of the documents only what the source changes.
fn all_formats(stack: &str, view: &SourceView) -> String {
    let page = reported(stack, view, false);
    let mut out = rendered(&page, "text");
    let _ = write!(out, "\n--- explained\n\n{}", rendered(&reported(stack, view, true), "text"));
    for format in ["markdown", "github", "junit"] {
        let _ = write!(out, "\n--- {format}\n\n{}", rendered(&page, format));
    }
    let sarif: Value = serde_json::from_str(&rendered(&page, "sarif")).expect("it is JSON");
    let result = &sarif["runs"][0]["results"][0];
    let _ = write!(out, "\n--- sarif\n\n{:#}\n{:#}\n", result["message"], result["relatedLocations"]);
    let json: Value = serde_json::from_str(&rendered(&page, "json")).expect("it is JSON");
    let finding = &json["findings"][0];
    let kept = ["rule", "level", "causes", "title", "message", "advice", "sketch", "source"];
    let kept: serde_json::Map<String, Value> =
        kept.iter().map(|name| ((*name).to_owned(), finding[name].clone())).collect();
    let _ = write!(out, "\n--- json\n\n{:#}\n", Value::Object(kept));
    #[cfg(feature = "cli")]
    {
        let schema = support::json(&support::root("testdata/schemas/leakscope-1.json"));
        assert_eq!(Schema::new(schema).faults(&json), [""; 0]);
    }
    out
}

fn check(name: &str, stack: &str, view: &SourceView) {
    let text = all_formats(stack, view);
    let golden = support::root(&format!("testdata/from_source/{name}.txt"));
    if support::is_writing() {
        fs::create_dir_all(support::root("testdata/from_source")).expect("testdata can be written");
        fs::write(&golden, &text).expect("testdata can be written");
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert!(text == expected, "{} differs:\n{text}", golden.display());
}

#[test]
fn nothing_is_said_without_source() {
    check("without", SENDER, &SourceView::default());
}

#[test]
fn confirmed() {
    let sentence = "line 33 sends on `ch`, made without a buffer at line 29; the only receiver is the select at line 36, which times out at line 39 and leaves the sender behind";
    let mut proven = verdict(SourceCertainty::Confirmed, "abandoned-sender", sentence);
    proven.patch = Some(SourcePatch {
        tier: PatchTier::Safe,
        title: "give `ch` a buffer for the one value".to_owned(),
        because: "each goroutine sends once".to_owned(),
        edits: Vec::new(),
        changes: Vec::new(),
        diff: "--- a/main.go\n+++ b/main.go\n".to_owned(),
    });
    proven.place.moved_by = 2;
    proven.evidence = vec![
        line("made", "main.go", 29, "ch := make(chan int)"),
        line("leaves", "main.go", 39, "case <-time.After(wait):"),
    ];
    check("confirmed", SENDER, &SourceView { verdicts: vec![proven], ..SourceView::default() });
}

/// What the source proves is not what the rule concludes: heading, cause and advice are the source's.
#[test]
fn confirmed_otherwise() {
    let sentence = "its sender returns at line 37 without a send";
    let mut proven = verdict(SourceCertainty::Confirmed, "missing-cancel", sentence);
    proven.place.file = "drain.go".to_owned();
    proven.advice = "send an empty value before the return at line 37".to_owned();
    let refuted =
        verdict(SourceCertainty::Contradicted, "receive-never-closed", "line 41 closes `done` on every path");
    check(
        "confirmed-otherwise",
        RECEIVER,
        &SourceView { verdicts: vec![proven, refuted], ..SourceView::default() },
    );
}

/// A rule about locks concludes from other stacks; what the source proves replaces its heading though the cause has one name.
#[test]
fn confirmed_lock() {
    let sentence = "nobody in the profile holds `set`: Withdraw locks it at line 31 and leaves at line 36 without unlocking it";
    let mut proven = verdict(SourceCertainty::Confirmed, "deadlock-mutex", sentence);
    proven.place.file = "set.go".to_owned();
    proven.evidence = vec![
        line("locked", "set.go", 31, "s.mu.Lock()"),
        line("leaves with the lock", "set.go", 36, "return errGone"),
    ];
    check("confirmed-lock", WAITER, &SourceView { verdicts: vec![proven], ..SourceView::default() });
}

/// What the profile suggests of other stacks gives way to what the source proves.
#[test]
fn conclusions_give_way_to_a_proof() {
    let waiter = WAITER.replace("Lock(...)", "Lock(0xc000012000)");
    let methods = "add(0xc000012000)\n\t/srv/shop/set.go:31 +0x1d\nmain.(*set).Withdraw(0xc000012000)";
    let waiter = waiter.replace("Withdraw()", methods);
    let snapshot = Snapshot::from_bytes("dump.txt", format!("goroutine 2 [{waiter}").into_bytes());
    let snapshots = [snapshot.expect("it is a traceback")].into_iter();
    let series = Series::build(snapshots, &By::default(), &Filter::default());
    let report = |verdicts: Vec<SourceVerdict>, explain: bool| {
        let mut diagnosis = diagnose(&series, &RULES);
        let waiter = diagnosis.findings.first_mut().expect("it waits");
        waiter.source.verdicts = verdicts;
        let explain = explain.then(|| waiter.fingerprints[0].to_string());
        let report = report(&series, &diagnosis, &RULES, &Options { explain, ..Options::default() });
        ["text", "json"].map(|format| rendered(&report, format)).concat()
    };
    let guess = "Withdraw, further out on the stack, is a method of the same object";
    for explain in [false, true] {
        let undecided = verdict(SourceCertainty::Undecided, "deadlock-mutex", "line 31 calls a value");
        let page = report(vec![undecided], explain);
        assert!(page.contains(guess), "{page}");
        let proven = verdict(SourceCertainty::Confirmed, "deadlock-mutex", "line 36 leaves with the lock");
        let report = report(vec![proven], explain);
        assert!(!report.contains(guess), "{report}");
        assert!(report.contains("It has waited 8 min"), "{report}");
    }
}

/// A reader who has given the source is not asked for it.
#[test]
fn source_is_asked_for_once() {
    let mut page = reported(SENDER, &SourceView::default(), false);
    let asked = "To look in the code: --source DIR";
    assert!(rendered(&page, "text").contains(asked));
    page.is_source_given = true;
    assert!(!rendered(&page, "text").contains(asked));
}

/// What is proven is not at the line that is blocked: the sentence and the fix name its file.
#[test]
fn confirmed_in_another_file() {
    let sentence = "reload gets `f` at line 31 and never closes it";
    let mut proven = verdict(SourceCertainty::Confirmed, "missing-close", sentence);
    proven.place = SourcePlace { file: "config/watch.go".to_owned(), line: 31, moved_by: -1 };
    proven.evidence = vec![line("made", "config/watch.go", 31, "f, err := feed.Open(url)")];
    proven.advice = "`defer f.Close()` after line 34".to_owned();
    check(
        "confirmed-in-another-file",
        LIBRARY,
        &SourceView { verdicts: vec![proven], ..SourceView::default() },
    );
}

#[test]
fn candidates() {
    let mut verdicts = Vec::new();
    for (at, name) in [(240, "Metrics"), (310, "Series"), (420, "Labels")] {
        let sentence = format!("{name} gets `res` at line {at} and never closes its body");
        verdicts.push(verdict(SourceCertainty::Candidate, "unclosed-body", &sentence));
    }
    verdicts[0].place.file = "api/client.go".to_owned();
    verdicts[0].evidence = vec![line("opened", "api/client.go", 240, "res, err := c.Do(req)")];
    check("candidates", RECEIVER, &SourceView { verdicts, ..SourceView::default() });
}

#[test]
fn contradicted() {
    let refuted = verdict(
        SourceCertainty::Contradicted,
        "abandoned-sender",
        "`ch` has a buffer for every send (line 29)",
    );
    check("contradicted", SENDER, &SourceView { verdicts: vec![refuted], ..SourceView::default() });
}

#[test]
fn undecided() {
    let undecided = "`ch` is a parameter of the exported function Fetch".to_owned();
    check("undecided", SENDER, &SourceView { undecided, ..SourceView::default() });
}

/// A library's goroutine: which call ends it, and whose object never gets it.
#[test]
fn woken_by_a_library() {
    let mut close = wake("close(f.done)", &["example.com/feed.(*Feed).Close"]);
    let made = |function: &str, line, is_ended| Construction {
        function: function.to_owned(),
        file: "config/watch.go".to_owned(),
        line,
        is_ended,
    };
    close.made_at =
        vec![made("shop/config.reload", 31, Some(false)), made("shop/config.open", 55, Some(true))];
    let send = Wake { is_last: false, ..wake("f.in <- ev", &["example.com/feed.(*Feed).Push"]) };
    check("woken", LIBRARY, &SourceView { wakes: vec![send, close], ..SourceView::default() });
    let table = Wake { from_table: true, ..wake("close(f.done)", &["example.com/feed.(*Feed).Close"]) };
    check("woken-by-table", LIBRARY, &SourceView { wakes: vec![table], ..SourceView::default() });
}

/// Nothing of the source ends a line, a code span, a command of a runner or an element.
#[test]
fn hostile() {
    let hostile = "x\n::error::owned\u{1b}[31m\u{202e} `]]>|</failure>\" ##[error]";
    let mut proven = verdict(SourceCertainty::Confirmed, hostile, hostile);
    proven.place.file = "../../etc/x\n.go".to_owned();
    proven.evidence = vec![line(hostile, "../../etc/pass wd", 1, hostile)];
    proven.advice = hostile.to_owned();
    let mut end = wake(hostile, &[hostile]);
    end.object = hostile.to_owned();
    end.made_at = vec![Construction {
        function: hostile.to_owned(),
        file: hostile.to_owned(),
        line: 1,
        is_ended: Some(false),
    }];
    let view = SourceView { verdicts: vec![proven], wakes: vec![end], undecided: hostile.to_owned() };
    for format in ["text", "markdown", "github", "junit", "sarif", "json"] {
        let text = rendered(&reported(SENDER, &view, false), format);
        let is_safe = |c: char| !c.is_control() || c == '\n';
        assert!(text.chars().all(is_safe) || format == "json", "{format}: {text}");
        assert!(!text.contains('\u{202e}') || format == "json", "{format}: {text}");
        let starts = |line: &str| line.trim_start().starts_with("::error::owned");
        assert!(!text.lines().any(starts), "{format}: {text}");
        assert!(format == "json" || !text.contains("##[error]"), "{format}: {text}");
    }
    check("hostile", SENDER, &view);
}

/// The page has what the source proves with its lines, and nothing of it as markup.
#[test]
fn the_page_says_what_the_source_proves() {
    let mut proven = verdict(SourceCertainty::Confirmed, "abandoned-sender", "line 33 sends on `<ch>`");
    proven.evidence = vec![line("made", "main.go", 29, "ch := make(chan <b>)")];
    let view = SourceView { verdicts: vec![proven], ..SourceView::default() };
    let page = rendered(&reported(SENDER, &view, false), "html");
    let expected = [
        "What the source says <span class=\"tag proof\">confirmed by source</span>",
        "<li class=\"proof\">Confirmed: line 33 sends on `&lt;ch&gt;`.</li>",
        "<td>made</td><td class=\"where mono\">main.go:29</td><td class=\"mono wide\">ch := make(chan &lt;b&gt;)</td>",
    ];
    for text in expected {
        assert!(page.contains(text), "{text}");
    }
    let without = rendered(&reported(SENDER, &SourceView::default(), false), "html");
    assert!(!without.contains("What the source says"));
}

/// A gate judges the same with and without source at hand.
#[test]
fn the_gate_does_not_change() {
    let views = [
        verdict(SourceCertainty::Confirmed, "missing-cancel", "line 3 drops it"),
        verdict(SourceCertainty::Contradicted, "abandoned-sender", "line 3 has a buffer"),
    ];
    let without = reported(SENDER, &SourceView::default(), false);
    for verdict in views {
        let with = reported(SENDER, &SourceView { verdicts: vec![verdict], ..SourceView::default() }, false);
        let [a, b] = [&without, &with].map(|it| &it.findings[0]);
        assert_eq!((&a.rule, a.level, a.confidence), (&b.rule, b.level, b.confidence));
    }
}
