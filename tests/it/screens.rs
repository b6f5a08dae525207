//! The pages that people read, at three widths: `testdata/screens/NAME.WIDTH.txt`. `LEAKSCOPE_WRITE=1` writes them anew; then
//! read each as if you had typed it.
#![expect(clippy::disallowed_methods, reason = "tests read files and the environment; the core does not")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use leakscope::decode::Limits;
use leakscope::gate::Policy;
use leakscope::group::By;
use leakscope::input::Input;
use leakscope::input::Selection;
use leakscope::input::SnapshotInput;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::pipeline::GateOptions;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;
use unicode_width::UnicodeWidthStr;

use crate::support;

static RULES: RuleSet = RuleSet::built_in();

const WIDTHS: [usize; 3] = [80, 100, 140];

fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file, or all files of a capture folder, as one snapshot.
fn profile(input: &str) -> Snapshot {
    let whole = path(input);
    let mut files = vec![whole.clone()];
    if whole.is_dir() {
        files = fs::read_dir(&whole)
            .expect("it is a folder")
            .map(|it| it.expect("it can be read").path())
            .collect();
        files.retain(|it| it.extension().is_some_and(|it| it == "gz" || it == "txt"));
        files.sort();
    }
    let read = |file: PathBuf| {
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Input::from_bytes(file.display().to_string(), bytes)
    };
    let files = files.into_iter().map(read).collect();
    let input = SnapshotInput {
        origin: input.to_owned(),
        files,
        selection: Selection::Found,
        taken_at: None,
        go_version: None,
    };
    leakscope::input::read_snapshot(input, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The snapshots of a series, oldest first.
fn series(folder: &str) -> Vec<Snapshot> {
    let entries = fs::read_dir(path(folder)).expect("the series is there");
    let mut names: Vec<String> =
        entries.map(|it| it.expect("it can be read").file_name().into_string().expect("a text")).collect();
    names.sort();
    names.iter().map(|name| profile(&format!("{folder}/{name}"))).collect()
}

/// What the command line gives a report on files.
fn options(last: &str) -> Options {
    Options {
        next_step: Some("Take a second one a minute later: leakscope diff BEFORE AFTER".to_owned()),
        traceback: Some("curl 'HOST:6060/debug/pprof/goroutine?debug=2'".to_owned()),
        arguments: CommandArguments { inputs: vec![last.to_owned()], target: None },
        ..Options::default()
    }
}

fn report(profiles: Vec<Snapshot>, options: &Options) -> Report {
    pipeline::run(profiles.into_iter(), &By::default(), &Filter::default(), &RULES, options)
}

/// The text of a page without its colours.
fn page(report: &Report, width: usize) -> String {
    let mut bytes = Vec::new();
    let format = Format::TEXT.with_text(TextOptions { width, full: false, all: false });
    render(report, format, &mut bytes).expect("a Vec can be written");
    let text = String::from_utf8(bytes).expect("pages are UTF-8");
    support::without_colours(&text)
}

/// Whether a line may be wider than the page: it has a single word behind its indent or its field's name, or is code.
fn is_one_word(line: &str) -> bool {
    line.contains("  // ")
        || line.trim_start().split("  ").last().is_some_and(|rest| !rest.trim().contains(' '))
}

fn check(name: &str, report: &Report) {
    for width in WIDTHS {
        let page = page(report, width);
        for line in page.lines() {
            assert!(line.width() <= width || is_one_word(line), "{name}.{width}: {line}");
        }
        let golden = path(&format!("testdata/screens/{name}.{width}.txt"));
        if std::env::var_os("LEAKSCOPE_WRITE").is_some_and(|it| it == "1") {
            fs::create_dir_all(path("testdata/screens")).expect("testdata can be written");
            fs::write(&golden, &page).expect("testdata can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(page == expected, "{} differs:\n{page}", golden.display());
    }
}

const SHOP: &str = "testdata/series/shop";
const SHOP_LAST: &str = "testdata/series/shop/20261124T064722.059Z";

#[test]
fn a_series_that_grows() {
    check("shop", &report(series(SHOP), &options(SHOP_LAST)));
}

#[test]
fn a_healthy_series() {
    let folder = "testdata/series/catalog";
    check("catalog", &report(series(folder), &options("testdata/series/catalog/5")));
}

/// The stacks are a library's alone: the heap profile shows whose code made it.
#[test]
fn a_leak_in_a_library() {
    check("tenantlog", &report(series("testdata/series/tenantlog"), &options("testdata/series/tenantlog/5")));
}

/// The same, where the tracebacks state the ancestors of each goroutine.
#[test]
fn ancestors_of_a_library() {
    check(
        "ancestors",
        &report(series("testdata/series/ancestors"), &options("testdata/series/ancestors/5.txt")),
    );
}

#[test]
fn a_crash_in_a_log() {
    let log = "testdata/programs/crash/panic.log";
    check("crash", &report(vec![profile(log)], &options(log)));
}

#[test]
fn one_protobuf_file() {
    let file = "testdata/programs/unclosedbody/go1.27.3/goroutine.pb.gz";
    check("protobuf", &report(vec![profile(file)], &options(file)));
}

#[test]
fn a_gate_that_fails() {
    let policy = Policy::default();
    let gate = GateOptions {
        policy: &policy,
        baseline: None,
        today: jiff::civil::date(2026, 11, 30),
        source: pipeline::Source::default(),
    };
    let options = Options { next_step: None, traceback: None, ..options(SHOP_LAST) };
    let profiles = series(SHOP).into_iter();
    let report = pipeline::gate(profiles, &By::default(), &Filter::default(), &RULES, &options, &gate);
    check("gate", &report);
}

#[test]
fn one_group_explained() {
    let options = Options { explain: Some("5b10cf99".to_owned()), ..options(SHOP_LAST) };
    check("explain", &report(series(SHOP), &options));
}

/// Each capture that is committed, on narrow pages and with all rows: nothing is wider than the page.
#[test]
fn no_line_is_wider_than_its_page() {
    let programs = fs::read_dir(path("testdata/programs")).expect("it is there");
    let mut pages = 0;
    for program in programs.map(|it| it.expect("it can be read").path()).filter(|it| it.is_dir()) {
        for file in ["goroutine.pb.gz", "goroutine.debug1.txt", "goroutine.debug2.txt"] {
            let file = program.join("go1.27.3").join(file);
            if !file.exists() {
                continue;
            }
            let name =
                file.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it is below").display().to_string();
            let options = Options { limit: 0, ..options(&name) };
            let report = report(vec![profile(&name)], &options);
            for width in [60, 80, 100] {
                let page = page(&report, width);
                let wide: Vec<&str> =
                    page.lines().filter(|line| line.width() > width && !is_one_word(line)).collect();
                assert!(wide.is_empty(), "{name} at {width}: {wide:#?}");
                pages += 1;
            }
        }
    }
    assert!(pages > 60, "only {pages} pages were looked at");
}

/// The first line, the colour of the rows and the last line say the same of growth.
#[test]
fn all_parts_of_a_page_agree_on_growth() {
    let programs = fs::read_dir(path("testdata/programs")).expect("it is there");
    let mut cases =
        vec![series(SHOP), series(SHOP).into_iter().take(2).collect(), series("testdata/series/catalog")];
    for program in programs.map(|it| it.expect("it can be read").path()) {
        let capture = program.join("go1.27.3/goroutine.debug2.txt");
        if capture.exists() {
            let name =
                capture.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("it is below").display().to_string();
            cases.push(vec![profile("testdata/programs/pool/go1.27.3/goroutine.debug2.txt"), profile(&name)]);
        }
    }
    assert!(cases.len() > 10, "only {} series", cases.len());
    for profiles in cases {
        let report = report(profiles, &Options { limit: 0, ..options("x") });
        let page = page(&report, 100);
        let (first, last) = (page.lines().next().unwrap_or(""), page.lines().last().unwrap_or(""));
        let grows = report.findings.iter().any(|it| it.grows);
        assert_eq!(first.ends_with("nothing grows"), !grows, "{page}");
        assert_eq!(last.starts_with("growing: ") || last.starts_with("grew: "), grows, "{page}");
        assert!(!grows || report.groups.iter().any(|it| it.grows), "{page}");
    }
}
