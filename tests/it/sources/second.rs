//! The second look of a sweep: whom it asks for what, what it finds, and that it asks nobody twice.

use serde_json::Value;

use super::Work;
use super::not_found;
use super::profile;
use super::said;
use super::text_of;
use crate::support;
use crate::support::json_schema::Schema;
use crate::support::recorder::Recorder;

/// A process that leaks, as it was captured: with a traceback and a goroutineleak profile.
fn leaking() -> Recorder {
    Recorder::start(|asked, _| {
        let file = match asked.line.as_str() {
            "GET /debug/pprof/goroutine" => "goroutine.pb.gz",
            "GET /debug/pprof/goroutine?debug=2" => "goroutine.debug2.txt",
            "GET /debug/pprof/goroutineleak" => "goroutineleak.pb.gz",
            _ => return not_found(),
        };
        let folder = support::root("testdata/series/shop/20261124T064722.059Z");
        ("200 OK", support::read(&folder.join(file)))
    })
}

/// A process with a few goroutines.
fn quiet() -> Recorder {
    Recorder::start(|asked, _| match asked.line.as_str() {
        "GET /debug/pprof/goroutine" => ("200 OK", profile("send", 12)),
        _ => not_found(),
    })
}

const COUNTS: &str = "GET /debug/pprof/goroutine";

#[test]
fn a_second_look_at_the_worst() {
    let (shop, other) = (leaking(), quiet());
    let work = Work::new();
    let list = format!("shop {} version=v1\nother {} version=v1\n", shop.address, other.address);
    let list = work.write("list", &list);
    let sweep = ["--targets", &list, "--allow-local"];
    let (code, text) = work.sweep(&[&sweep[..], &["--deep", "1", "--dry-run"]].concat());
    assert!(code == 0 && text.contains("Then one instance of the worst 1 service would be asked"), "{text}");

    let (code, text) = work.sweep(&sweep);
    assert!(code == 0 && !text.contains("looked again"), "{text}");
    assert_eq!(shop.lines(), [COUNTS]);
    // All is there, and only the second look is missing.
    let (code, text) = work.sweep(&[&sweep[..], &["--deep", "1"]].concat());
    assert!(code == 0 && text.contains("looked again at 1 of 1 service\n"), "{text}");
    let leaks = "GET /debug/pprof/goroutineleak";
    assert_eq!(shop.lines()[1..], [COUNTS, "GET /debug/pprof/goroutine?debug=2", leaks]);
    let (code, text) = work.sweep(&[&sweep[..], &["--deep", "1"]].concat());
    assert!(code == 0 && !text.contains("looked again"), "{text}");
    assert_eq!((shop.lines().len(), other.lines().len()), (4, 1));

    let store = text_of(&work.path("fleet.db"));
    let fleet = |more: &[&str]| support::leakscope(&[&["fleet"], more, &["--store", &store]].concat());
    let document = support::document(&fleet(&["--format", "json"]));
    let schema = Schema::new(support::json(&support::root("testdata/schemas/fleet-1.json")));
    assert_eq!(schema.faults(&document), Vec::<String>::new());
    let rows = document["rows"].as_array().expect("there are rows");
    let proven = |it: &&Value| it["second_look"]["proven_leaked"].as_u64().is_some_and(|it| it > 0);
    let row = rows.iter().find(proven).expect("the collector proved some");
    let seen = &row["second_look"];
    assert_eq!((&row["service"], &seen["instance"]), (&"shop".into(), &shop.address.as_str().into()));
    assert!(seen["waits"]["listed"].as_u64() >= seen["proven_leaked"].as_u64(), "{seen}");
    let fingerprint = row["fingerprint"].as_str().expect("a text");
    let page = said(&fleet(&["show", "shop", fingerprint]));
    assert!(page.contains("\nsecond look ") && page.contains("of which Go's collector proved"), "{page}");
    assert!(said(&fleet(&[])).contains(" proven leaked · "), "{}", said(&fleet(&[])));
    let html = said(&fleet(&["show", "shop", fingerprint, "--format", "html"]));
    assert!(html.contains("is proven leaked</h1>") && html.contains("<dt>second look</dt>"), "{html}");
    let told = said(&fleet(&["tell", "--dry-run", "--isolated"]));
    assert!(told.contains("no change"), "it is below the limit of a message: {told}");
    let others = rows.iter().filter(|it| it["service"] == "other");
    assert!(others.into_iter().all(|it| it["second_look"].is_null()), "{rows:?}");
}

#[test]
fn a_second_look_has_limits() {
    let check = |server: &Recorder, more: &[&str], expected: &[&str], lines: usize| {
        let work = Work::new();
        let list = work.write("list", &format!("shop {}\n", server.address));
        let before = server.lines().len();
        let (code, text) =
            work.sweep(&[&["--targets", &list, "--allow-local", "--deep", "3"], more].concat());
        assert!(code == 0 && expected.iter().all(|it| text.contains(it)), "{text}");
        assert_eq!(server.lines().len() - before, lines, "{:?}", server.lines());
    };
    let limit = "shop: left out goroutine?debug=2: ";
    check(&leaking(), &["--traceback-limit", "5"], &[limit, "(--traceback-limit)"], 2);
    // An older Go has no goroutineleak profile.
    let older = quiet();
    check(&older, &[], &["looked again at 1 of 1 service\n"], 4);
    let few = Recorder::start(|asked, _| match asked.line.as_str() {
        COUNTS => ("200 OK", profile("send", 9)),
        _ => not_found(),
    });
    check(&few, &[], &["looked at 1 of 1 instance"], 1);
    // One that was well and is gone is said to be missing, and the sweep is whole.
    let times = std::sync::atomic::AtomicUsize::new(0);
    let gone = Recorder::start(move |_, _| match times.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => ("200 OK", profile("send", 60)),
        _ => ("403 Forbidden", b"no".to_vec()),
    });
    check(&gone, &[], &["looked again at 0 of 1 service\n", ": denied: cannot fetch"], 2);
}
