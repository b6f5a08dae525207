//! Goroutines of one stack that differ in what a traceback states are counted by it.

use leakscope::Analysis;
use leakscope::Snapshot;
use leakscope::report::GroupLine;
use leakscope::report::Report;

use crate::support;

fn report(name: &str) -> Report {
    let bytes = support::read(&support::root(&format!("testdata/broken/{name}.debug2.txt")));
    Analysis::default().run([Snapshot::from_bytes(name, bytes).expect("it is a traceback")])
}

/// `10 main.f: 6 select, 4 runnable; 10 main.g`
fn line(group: &GroupLine) -> String {
    let name = group.name.as_ref().map_or("-", |frame| &frame.function);
    let waits = group.blocked_on_words().unwrap_or_default();
    let mut line = format!("{} {name}: {waits};", group.count());
    group
        .spawn_sites
        .iter()
        .for_each(|(frame, count)| line.push_str(&format!(" {count} {}", frame.function)));
    line
}

fn check(name: &str, expected: &[&str], message: Option<&str>) {
    let report = report(name);
    assert_eq!(report.groups.iter().map(line).collect::<Vec<_>>(), expected, "{name}");
    assert_eq!(report.findings.first().map(|it| it.message.as_str()), message, "{name}");
}

#[test]
fn states_and_creators_are_counted() {
    check(
        "mixed-states",
        &["10 main.(*Hub).Send: 6 select, 4 runnable; 10 main.serve"],
        Some(
            "6 of 10 goroutines are blocked on a select at main.(*Hub).Send (/srv/app/hub.go:124); 4 are runnable",
        ),
    );
    check(
        "one-function-three-waits",
        &["4 main.f: 2 channel receive, 1 select, 1 lock; 2 main.a 1 main.b 1 main.b"],
        Some(
            "2 of 4 goroutines are blocked on a channel receive at main.f (/f.go:3); 1 is blocked on a lock, 1 is blocked on a select",
        ),
    );
}

#[test]
fn goroutines_without_frames_are_not_mixed() {
    check(
        "frameless-merged",
        &["2 -: channel receive; 2 main.c", "1 main.f: nothing; 1 main.a", "1 -: select; 1 main.b"],
        None,
    );
}
