//! Who started a goroutine: stated by `created by`, or seen through a helper that ran the `go` statement for its caller.

use leakscope::decode::Limits;
use leakscope::group::By;
use leakscope::pipeline::Input;
use leakscope::pipeline::SnapshotInput;
use leakscope::pipeline::read_snapshot;
use leakscope::pipeline::run;
use leakscope::report::Options;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;

fn check(frames: &[&str], creator: &str, expected: &str) {
    let frames: String = frames.iter().map(|it| format!("{it}()\n\t/srv/a.go:3 +0x1\n")).collect();
    let dump =
        format!("goroutine 7 [select]:\n{frames}created by {creator} in goroutine 1\n\t/srv/b.go:9 +0x2\n");
    let files = vec![Input::of_bytes("dump".to_owned(), dump.into_bytes())];
    let input =
        SnapshotInput { origin: "dump".to_owned(), files, found: false, taken_at: None, go_version: None };
    let snapshot = read_snapshot(input, &Limits::default()).expect("it is a traceback");
    let options = Options::default();
    let report =
        run(std::iter::once(snapshot), &By::default(), &Filter::default(), &RuleSet::built_in(), &options);
    let (frame, basis) = report.groups[0].spawn_site.clone().expect("it was started somewhere");
    assert_eq!(format!("{} {}", frame.function, basis.as_str()), expected);
}

#[test]
fn spawn_helpers_are_looked_through() {
    check(&["main.f"], "main.g", "main.g stated");
    check(&["main.start.func1", "sync.(*WaitGroup).Go.func1"], "sync.(*WaitGroup).Go", "main.start inferred");
    let errgroup = "golang.org/x/sync/errgroup.(*Group).Go";
    check(&["main.(*S).run.func2", &format!("{errgroup}.func1")], errgroup, "main.(*S).run inferred");
    check(&["main.expire.func1"], "time.goFunc", "main.expire inferred");
    // A function by name does not tell who handed it over.
    check(
        &["main.named", "sync.(*WaitGroup).Go.func1"],
        "sync.(*WaitGroup).Go",
        "sync.(*WaitGroup).Go stated",
    );
}
