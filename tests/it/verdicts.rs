//! Random series of a service, through the gate: the verdict, the conclusion, the findings and the table never contradict each other.

use std::fmt::Write;
use std::sync::LazyLock;

use leakscope::gate::Policy;
use leakscope::group::By;
use leakscope::group::Dimension;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::pipeline::GateOptions;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::GateOutcome;
use leakscope::report::GrowthConclusion;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::Level;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::ProptestConfig;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prelude::prop_oneof;
use proptest::proptest;
use proptest::test_runner::RngSeed;

static RULES: LazyLock<RuleSet> = LazyLock::new(RuleSet::built_in);

/// How the goroutines of one stack live.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    /// A pool that never changes.
    Pool,
    /// Each step some are created, and none exits.
    Leak,
    /// All of them are replaced in each step, and there may be more each time.
    Turnover,
    /// Some are created and some exit in each step.
    Queue,
    /// They come at once, and go in the next step.
    Burst,
}

#[derive(Clone, Debug)]
struct Service {
    stacks: Vec<(Life, u64)>,
    snapshots: usize,
    form: Form,
    /// The step in which the process restarts.
    restart: Option<usize>,
    /// Whether the last snapshot says which goroutines are proven leaked.
    proof: bool,
    seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Traceback,
    CountText,
}

fn service() -> impl Strategy<Value = Service> {
    let lives = [Life::Pool, Life::Leak, Life::Turnover, Life::Queue, Life::Burst];
    let stacks = vec(((0..lives.len()).prop_map(move |it| lives[it]), 1u64..40), 1..6);
    let form = prop_oneof![3 => proptest::prelude::Just(Form::Traceback), 1 => proptest::prelude::Just(Form::CountText)];
    let restart = option::weighted(0.2, 1usize..8);
    (stacks, 2usize..9, form, restart, any::<bool>(), any::<u64>()).prop_map(
        |(stacks, snapshots, form, restart, proof, seed)| {
            let restart = restart.filter(|at| *at < snapshots);
            Service { stacks, snapshots, form, restart, proof, seed }
        },
    )
}

/// Pseudo-random numbers (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n.max(1)
    }
}

impl Service {
    /// The IDs of each stack in each snapshot.
    fn ids(&self) -> Vec<Vec<Vec<u64>>> {
        let mut random = Random(self.seed | 1);
        let mut next = 20;
        let mut stacks: Vec<Vec<u64>> = vec![Vec::new(); self.stacks.len()];
        let mut snapshots = Vec::new();
        for step in 0..self.snapshots {
            if step == 0 || self.restart == Some(step) {
                next = 20;
                stacks.iter_mut().for_each(Vec::clear);
            }
            for (ids, (life, size)) in stacks.iter_mut().zip(&self.stacks) {
                let is_first = step == 0 || self.restart == Some(step);
                let born = match life {
                    Life::Pool => {
                        if is_first {
                            *size
                        } else {
                            0
                        }
                    }
                    Life::Leak => *size,
                    Life::Turnover => {
                        let before = ids.len() as u64;
                        ids.clear();
                        before + 1 + random.below(*size)
                    }
                    Life::Queue => {
                        ids.retain(|_| random.below(2) == 0);
                        random.below(2 * *size)
                    }
                    Life::Burst => {
                        ids.clear();
                        if random.below(3) == 0 { 5 * *size } else { 0 }
                    }
                };
                ids.extend(next..next + born);
                next += born;
            }
            // The request for the profile.
            next += 1 + random.below(9);
            snapshots.push(stacks.clone());
        }
        snapshots
    }

    fn snapshots(&self) -> Vec<Snapshot> {
        let all = self.ids();
        let last = all.len() - 1;
        let texts = all.iter().enumerate().map(|(at, stacks)| {
            // Another process starts its goroutines in another order.
            let starter = if self.restart.is_some_and(|restart| at >= restart) { "again" } else { "start" };
            let text = match self.form {
                Form::Traceback => self.traceback(stacks, starter, self.proof && at == last),
                Form::CountText => count_text(stacks),
            };
            Snapshot::from_bytes(format!("{at}"), text.into_bytes()).expect("it is a profile")
        });
        texts.collect()
    }

    fn traceback(&self, stacks: &[Vec<u64>], starter: &str, proof: bool) -> String {
        let mut out = "goroutine 1 [chan receive]:\nmain.main()\n\t/srv/shop/main.go:9 +0x1d\n".to_owned();
        for (stack, (ids, (life, _))) in stacks.iter().zip(&self.stacks).enumerate() {
            let leaked = if proof && *life == Life::Leak { " (leaked)" } else { "" };
            for id in ids {
                // Writing to a String cannot fail.
                let _ = write!(
                    out,
                    "\ngoroutine {id} [chan send{leaked}]:\nexample.com/shop.wait{stack}(0x1)\n\t/srv/shop/shop.go:{} +0x1\n\
                     created by example.com/shop.{starter} in goroutine 1\n\t/srv/shop/shop.go:5 +0x2\n",
                    40 + stack
                );
            }
        }
        out
    }
}

fn count_text(stacks: &[Vec<u64>]) -> String {
    let total: usize = stacks.iter().map(Vec::len).sum::<usize>() + 1;
    let mut out = format!("goroutine profile: total {total}\n");
    let mut stack = |count: usize, function: &str, line: usize| {
        let _ = write!(
            out,
            "{count} @ 0x43dd0e 0x40892f {0:#x}\n#\t{0:#x}\t{function}+0x1f\t/srv/shop/shop.go:{line}\n\n",
            0x1000 + line
        );
    };
    stack(1, "main.main", 9);
    for (at, ids) in stacks.iter().enumerate().filter(|(_, ids)| !ids.is_empty()) {
        stack(ids.len(), &format!("example.com/shop.wait{at}"), 40 + at);
    }
    out
}

fn judged(snapshots: &[Snapshot], dimension: Dimension) -> Report {
    let policy = Policy::default();
    let gate = GateOptions {
        policy: &policy,
        baseline: None,
        today: jiff::civil::date(2026, 11, 30),
        source: pipeline::Source::default(),
    };
    let by = By { dimensions: vec![dimension], ..By::default() };
    let options = Options { limit: 0, ..Options::default() };
    pipeline::gate(snapshots.iter().cloned(), &by, &Filter::default(), &RULES, &options, &gate)
}

fn page(report: &Report) -> String {
    let mut page = Vec::new();
    let look = TextOptions { width: 400, full: false, all: true };
    render(report, Format::TEXT.with_text(look), &mut page).expect("memory takes everything");
    String::from_utf8(anstream::adapter::strip_bytes(&page).into_vec()).expect("a page is text")
}

/// What must hold of any report with a verdict.
fn agrees(report: &Report) {
    let page = page(report);
    let outcome = &report.verdict.as_ref().expect("a gate has a verdict").outcome;
    let denied = report.findings.iter().any(|it| it.level == Level::Deny);
    assert_eq!(*outcome == GateOutcome::Denied, denied, "{page}");
    let last = page.lines().rfind(|line| !line.is_empty()).expect("a page has lines");
    let head = match outcome {
        GateOutcome::Pass => "PASS",
        GateOutcome::Denied => "FAIL",
        GateOutcome::Inconclusive(_) => "INCONCLUSIVE",
        GateOutcome::Unusable(_) => "CANNOT JUDGE",
    };
    assert!(last.starts_with(head), "{page}");
    let by_stack = report.by == ["stack"];
    let is_row = |stack_is_empty: bool| !by_stack || !stack_is_empty;
    let rows =
        report.groups.iter().any(|it| it.grows && it.background.is_none() && is_row(it.stack.is_empty()));
    let grows = report.findings.iter().any(|it| it.grows) || rows;
    assert_eq!(matches!(report.conclusion.growth, GrowthConclusion::Nothing(_)), !grows, "{page}");
    assert_eq!(page.contains("nothing grows"), !grows, "{page}");
    let proven = report.groups.iter().filter_map(|it| it.proven_leaked).sum::<i128>() > 0;
    assert!(!proven || last.contains("proven leaked"), "{page}");
    let nothing_denied = matches!(outcome, GateOutcome::Pass);
    let growing = report.findings.iter().any(|it| it.grows && it.level == Level::Deny);
    assert!(!(nothing_denied && growing), "{page}");
}

fn config() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_261_130);
    ProptestConfig { cases: 100, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

/// Connections of a server whose number rises. Each serves a request, which starts a goroutine of its own and the one that reads ahead
/// (`net/http/server.go`, `startBackgroundRead`). If `stuck`, they are the same requests in each snapshot.
fn connections(stuck: bool) -> Vec<Snapshot> {
    let snapshot = |at: u64| {
        let mut out = "goroutine 1 [chan receive]:\nmain.main()\n\t/srv/live/main.go:9 +0x1d\n".to_owned();
        for connection in 0..8 * (at + 1) {
            let conn = 100 + connection * 200;
            let request = conn + 1 + if stuck { 0 } else { 2 * at };
            // Writing to a String cannot fail.
            let _ = write!(
                out,
                "\ngoroutine {conn} [select]:\nexample.com/live/sse.stream(0x1)\n\t/srv/live/sse/sse.go:38 +0x1\n\
                 net/http.HandlerFunc.ServeHTTP(0x1)\n\t/usr/local/go/src/net/http/server.go:2300 +0x1\n\
                 net/http.(*conn).serve(0x1)\n\t/usr/local/go/src/net/http/server.go:2100 +0x1\n\
                 created by net/http.(*Server).Serve in goroutine 1\n\t/usr/local/go/src/net/http/server.go:3400 +0x1\n\
                 \ngoroutine {request} [IO wait]:\ninternal/poll.runtime_pollWait(0x1)\n\t/usr/local/go/src/runtime/netpoll.go:351 +0x1\n\
                 net/http.(*connReader).backgroundRead(0x1)\n\t/usr/local/go/src/net/http/server.go:700 +0x1\n\
                 created by net/http.(*connReader).startBackgroundRead in goroutine {conn}\n\t/usr/local/go/src/net/http/server.go:696 +0x1\n\
                 \ngoroutine {} [chan receive]:\nexample.com/live/sse.encode(0x1)\n\t/srv/live/sse/sse.go:52 +0x1\n\
                 created by example.com/live/sse.stream in goroutine {conn}\n\t/srv/live/sse/sse.go:30 +0x1\n",
                request + 1
            );
        }
        Snapshot::from_bytes(format!("{at}"), out.into_bytes()).expect("it is a profile")
    };
    (0..5).map(snapshot).collect()
}

#[test]
fn connections_that_serve_other_requests_are_no_leak() {
    for (stuck, outcome) in [(false, GateOutcome::Pass), (true, GateOutcome::Denied)] {
        let report = judged(&connections(stuck), Dimension::Stack);
        agrees(&report);
        let verdict = report.verdict.as_ref().expect("a gate has a verdict");
        assert_eq!(verdict.outcome, outcome, "{}", page(&report));
    }
}

#[test]
fn proven_leaks_are_reported_although_nothing_grows() {
    let stacks = vec![(Life::Pool, 8), (Life::Pool, 40)];
    let service =
        Service { stacks, snapshots: 2, form: Form::Traceback, restart: None, proof: true, seed: 7 };
    let texts = service.ids().into_iter().enumerate().map(|(at, stacks)| {
        let text = service.traceback(&stacks, "start", false);
        let leaked = if at == 1 {
            text.replace(
                "[chan send]:\nexample.com/shop.wait1",
                "[chan send (leaked)]:\nexample.com/shop.wait1",
            )
        } else {
            text
        };
        Snapshot::from_bytes(format!("{at}"), leaked.into_bytes()).expect("it is a profile")
    });
    let report = judged(&texts.collect::<Vec<_>>(), Dimension::Stack);
    agrees(&report);
    assert!(
        page(&report).contains("PASS  nothing grows; 40 goroutines are proven leaked"),
        "{}",
        page(&report)
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn verdict_findings_and_table_agree(service in service()) {
        let snapshots = service.snapshots();
        let by_stack = judged(&snapshots, Dimension::Stack);
        agrees(&by_stack);
        for dimension in [Dimension::Spawn, Dimension::State, Dimension::Package] {
            let other = judged(&snapshots, dimension);
            agrees(&other);
            assert_eq!(by_stack.verdict, other.verdict, "{}", page(&other));
        }
        let text = page(&by_stack);
        let outcome = &by_stack.verdict.as_ref().expect("a gate has a verdict").outcome;
        let [with_ids, long] = [service.form == Form::Traceback, service.snapshots >= 4];
        let leaks = |(life, size): &(Life, u64)| *life == Life::Leak && *size >= 3;
        let comes_and_goes = |(life, _): &(Life, u64)| matches!(life, Life::Pool | Life::Turnover | Life::Burst);
        match service.restart {
            // A restart never lets a leak pass.
            Some(_) if with_ids && service.stacks.iter().any(leaks) => assert_ne!(*outcome, GateOutcome::Pass, "{text}"),
            None if with_ids && long && service.stacks.iter().any(leaks) => {
                assert_eq!(*outcome, GateOutcome::Denied, "{text}");
            }
            // What comes and goes is no leak, and no restart.
            None if with_ids && long && service.stacks.iter().all(comes_and_goes) => {
                assert_eq!(*outcome, GateOutcome::Pass, "{text}");
            }
            Some(_) | None => {}
        }
    }
}

/// Growth that no row shows is said, whatever else the report finds: a gate that passes says it too.
#[test]
fn growth_in_many_small_stacks_is_said() {
    let check = |small: u64, leak: u64, said: Option<&str>| {
        let goroutine = |id: u64, name: String| {
            format!(
                "goroutine {id} [chan send]:\nexample.com/shop.{name}(0x1)\n\t/srv/shop/shop.go:40 +0x1\n\n"
            )
        };
        let snapshot = |at: u64| {
            let stacks = (0..60).flat_map(|stack| (0..=at.min(small)).map(move |n| (stack, n)));
            let mut out: String = stacks
                .map(|(stack, n)| goroutine(10_000 * at + 100 * stack + n + 1, format!("part{stack}")))
                .collect();
            out.extend((0..leak * at).map(|n| goroutine(7_000 + 10_000 * (n / leak) + n, "leak".to_owned())));
            Snapshot::from_bytes(format!("{at}"), out.into_bytes()).expect("it is a traceback")
        };
        let snapshots: Vec<Snapshot> = (0..6).map(snapshot).collect();
        let report = judged(&snapshots, Dimension::Stack);
        assert_eq!(report.findings.iter().any(|it| it.grows), leak > 0);
        let mut markdown = Vec::new();
        render(&report, Format::named("markdown").expect("there is one"), &mut markdown)
            .expect("memory takes everything");
        let pages = [page(&report), String::from_utf8(markdown).expect("a page is text")];
        for page in pages {
            let words = "more goroutines in";
            assert_eq!(page.contains(said.unwrap_or(words)), said.is_some(), "{page}");
        }
    };
    check(5, 0, Some("300 more goroutines in 60 stacks, at most 5 more in each"));
    check(5, 20, Some("300 more goroutines in 60 stacks, at most 5 more in each"));
    check(0, 20, None);
    check(0, 0, None);
}
