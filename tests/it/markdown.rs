//! A summary in Markdown is short: three causes in full and at most 4 KB, unless all is asked for.

use std::fmt::Write;

use leakscope::Analysis;
use leakscope::Snapshot;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::Report;

/// A series in which each of these many functions leaks.
fn report(functions: usize) -> Report {
    let snapshot = |count: usize| {
        let mut text = String::new();
        for id in 1..=functions * count {
            let package = format!("example.com/shop/internal/warehouse/line{}", id % functions);
            write!(
                text,
                "goroutine {id} [chan send, 9 minutes]:\n{package}.(*Line).run()\n\t/srv/shop/{package}.go:7 +0x1\n"
            )
            .expect("a text can be written");
            write!(text, "created by {package}.Start in goroutine 1\n\t/srv/shop/{package}.go:3 +0x1\n\n")
                .expect("a text can be written");
        }
        Snapshot::from_bytes(format!("{count}.txt"), text.into_bytes()).expect("it is a traceback")
    };
    Analysis::default().run([10, 40, 70, 100].map(snapshot))
}

fn summary(report: &Report, all: bool) -> String {
    let format = Format::named("markdown").expect("it is a format");
    let mut out = Vec::new();
    let options = TextOptions { width: 100, full: false, all };
    render(report, format.with_text(options), &mut out).expect("memory can be written");
    String::from_utf8(out).expect("it is UTF-8")
}

#[test]
fn a_summary_is_short_and_says_what_it_left_out() {
    let many = report(15);
    let (short, whole) = (summary(&many, false), summary(&many, true));
    let causes = |text: &str| text.lines().filter(|line| line.starts_with("**chan-send-stuck**")).count();
    assert!(short.len() <= 4096, "{}: {short}", short.len());
    assert!(short.contains("\nLeft out: ") && short.contains(" (`--limit 0` shows all)."), "{short}");
    assert!(causes(&short) <= 3, "{short}");
    assert!(whole.len() > 4096 && !whole.contains("Left out"), "{whole}");
    assert_eq!(causes(&whole), 15, "{whole}");
    // Each table row is whole.
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| deny |")).count();
    assert!(
        rows(&short) >= 3 && short.lines().all(|line| !line.starts_with('|') || line.ends_with('|')),
        "{short}"
    );
    assert_eq!(rows(&whole), 15);
    let few = report(1);
    assert_eq!(summary(&few, false), summary(&few, true));
}

#[test]
fn a_row_has_the_value_that_it_is_grouped_by() {
    let root = crate::support::root("testdata/programs/labelled/go1.27.3/goroutine.pb.gz");
    let root = root.display().to_string();
    let output = crate::support::leakscope(&["top", "--by", "label:tenant", "--format", "markdown", &root]);
    let text = String::from_utf8(output.stdout).expect("it is UTF-8");
    assert!(text.contains("`label:tenant=acme`"), "{text}");
}
