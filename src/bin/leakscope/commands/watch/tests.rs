//! Screens: a size and keys, and what is drawn. Whole screens are in `testdata/watch`; `LEAKSCOPE_WRITE=1` writes them.
#![expect(clippy::disallowed_methods, reason = "tests read and write their expectations")]

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use leakscope::Analysis;
use leakscope::ReadSnapshot;
use leakscope::Snapshot;
use leakscope::report::Report;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::app::App;
use super::app::Colors;
use super::app::Effect;
use super::app::Key;
use super::message::Cost;
use super::message::Form;
use super::message::Request;
use super::message::Update;
use super::view;

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

/// The report on the first snapshots of a series.
fn report(series: &str, snapshots: usize) -> Report {
    let all = Snapshot::read_series(testdata(series)).expect("the series is there");
    Analysis::default().max_groups(0).run(all.into_iter().take(snapshots))
}

fn fetched(report: Report, form: Form) -> Update {
    let cost = Cost {
        fetched: report.snapshots.len() as u32,
        took: Duration::from_millis(8),
        bytes: 1740,
        share: 0.004,
        interval: Duration::from_secs(2),
        next: Duration::from_secs(2),
    };
    Update::Fetched { report: Arc::new(report), form, cost }
}

/// A view of two targets, of which the first has a leak and the second does not answer.
fn shop() -> App {
    let mut app = App::new(["localhost:6060", "api-1:6060"].into_iter(), Colors::On);
    app.update(0, fetched(report("series/shop", 6), Form::Counts));
    let why = "cannot fetch http://api-1:6060/debug/pprof/goroutine: connecting: Connection refused";
    let next = Duration::from_secs(16);
    app.update(
        1,
        Update::Failed {
            form: Form::Counts,
            word: "refused".to_owned(),
            why: why.to_owned(),
            hint: Some("is the service running, and does it listen on that address and port?".to_owned()),
            next,
        },
    );
    app.now = Duration::from_secs(12);
    app
}

/// Keys, each a word: `Enter`, `^C`, or characters that are typed one by one.
fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for word in keys.split(' ').filter(|word| !word.is_empty()) {
        let keys = match word {
            "Enter" => vec![Key::Enter],
            "Esc" => vec![Key::Esc],
            "Down" => vec![Key::Down],
            "Tab" => vec![Key::Tab],
            "BackTab" => vec![Key::BackTab],
            "Backspace" => vec![Key::Backspace],
            "PageDown" => vec![Key::PageDown],
            "Space" => vec![Key::Char(' ')],
            "^C" => vec![Key::Control('c')],
            "^Z" => vec![Key::Control('z')],
            typed => typed.chars().map(Key::Char).collect(),
        };
        effects.extend(keys.into_iter().flat_map(|key| app.press(key)));
    }
    effects
}

fn screen(app: &mut App, size: (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a screen in memory");
    terminal.draw(|frame| view::draw(app, frame)).expect("memory can be drawn to");
    let buffer = terminal.backend().buffer();
    let rows = buffer.content().chunks(usize::from(size.0).max(1));
    let line = |row: &[ratatui::buffer::Cell]| row.iter().map(|cell| cell.symbol()).collect::<String>();
    rows.map(|row| format!("{}\n", line(row).trim_end())).collect()
}

/// Compares a whole screen after keys with a file.
#[track_caller]
fn check(size: (u16, u16), keys: &str, expected: &str) {
    let mut app = shop();
    press(&mut app, keys);
    let shown = screen(&mut app, size);
    let path = testdata("watch").join(expected);
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        std::fs::create_dir_all(testdata("watch")).expect("testdata can be written");
        std::fs::write(&path, &shown).expect("testdata can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("the screen is there");
    assert_eq!(shown, expected, "{}\n{shown}", path.display());
}

/// Checks which texts a screen shows after keys.
#[track_caller]
fn check_texts(app: &mut App, keys: &str, with: &[&str], without: &[&str]) {
    press(app, keys);
    let shown = screen(app, (110, 30));
    for text in with {
        assert!(shown.contains(text), "no {text:?} after {keys:?}:\n{shown}");
    }
    for text in without {
        assert!(!shown.contains(text), "{text:?} after {keys:?}:\n{shown}");
    }
}

#[test]
fn screens() {
    check((80, 24), "", "list.80x24.txt");
    check((80, 24), "Enter", "detail.80x24.txt");
    check((160, 50), "Enter", "detail.160x50.txt");
    check((40, 10), "", "list.40x10.txt");
    check((80, 24), "?", "keys.80x24.txt");
    check((80, 24), "t", "question.80x24.txt");
    check((80, 24), "b", "by_site.80x24.txt");
    check((110, 24), "b b b Enter", "by_state.110x24.txt");
    check((80, 24), "Tab", "refused.80x24.txt");
}

#[test]
fn any_size_draws() {
    let empty = App::new(["localhost:6060"].into_iter(), Colors::On);
    for app in [empty, shop(), App::default()] {
        for keys in ["", "Enter", "Enter J J J", "?", "t", "l", "/ xyz", "b b b b b b", "Tab", "p z"] {
            for width in [1, 2, 3, 5, 8, 13, 20, 40, 47, 57, 80, 93, 130, 131, 300] {
                for height in [1, 2, 3, 4, 5, 7, 8, 10, 24, 60] {
                    let mut app = app.clone();
                    press(&mut app, keys);
                    screen(&mut app, (width, height));
                }
            }
        }
    }
}

#[test]
fn the_list_is_filtered_sorted_and_counted_anew() {
    let app = &mut shop();
    check_texts(app, "", &["+300", "by stack, sorted by gain"], &["reversed"]);
    check_texts(app, "/ mail", &["/mail"], &["pageOf.func1"]);
    check_texts(app, "Enter", &["/mail (1 row, Esc shows all)"], &["pageOf.func1"]);
    check_texts(app, "Esc", &["main.pageOf.func1"], &["Esc shows all"]);
    check_texts(app, "/ !channel Enter", &["/!channel"], &["main.pageOf.func1"]);
    check_texts(app, "/ nothing-has-this Enter", &["nothing matches"], &["main."]);
    check_texts(app, "Esc s S", &["sorted by count, reversed"], &[]);
    check_texts(app, "S z", &["gain is counted from now on"], &["+300"]);
    check_texts(app, "Z", &["+300 since"], &[]);
    check_texts(app, "o", &["main.main"], &[]);
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let app = &mut shop();
    check_texts(app, "2", &["connecting: Connection refused", "next attempt in 4 s", "no snapshot yet"], &[]);
    assert!(
        screen(&mut app.clone(), (80, 24)).contains(" connecting: Connection refused · next attempt in 4 s")
    );
    assert!(screen(&mut app.clone(), (150, 24)).contains("refused (is the service running"));
    check_texts(app, "p", &["r fetches"], &["next attempt"]);
    let why = "status 404".to_owned();
    let next = Duration::from_secs(14);
    app.update(0, Update::Failed { form: Form::Proof, word: "status 404".to_owned(), why, hint: None, next });
    // The target is well otherwise.
    check_texts(app, "", &["no goroutineleak profile: status 404"], &["status 404 1"]);
    check_texts(app, "1", &["cost 0.40 %"], &["status 404"]);
}

#[test]
fn without_colours_the_words_are_the_same() {
    let (mut colored, mut plain) = (shop(), App { colors: Colors::Off, ..shop() });
    assert_eq!(screen(&mut colored, (110, 30)), screen(&mut plain, (110, 30)));
    let mut terminal = Terminal::new(TestBackend::new(110, 30)).expect("a screen in memory");
    terminal.draw(|frame| view::draw(&mut plain, frame)).expect("memory can be drawn to");
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| cell.fg == ratatui::style::Color::Reset));
}

#[test]
fn gain_counts_from_the_chosen_snapshot() {
    let mut app = App::new(["localhost:6060"].into_iter(), Colors::On);
    app.update(0, fetched(report("series/shop", 3), Form::Counts));
    press(&mut app, "z");
    let now = app.rows[0].count();
    assert_eq!(app.rows.iter().map(|row| row.gain).max(), Some(0));
    app.update(0, fetched(report("series/shop", 6), Form::Counts));
    assert_eq!(app.rows[0].gain, app.rows[0].count() - now);
    assert!(app.rows[0].gain > 0);
    press(&mut app, "Z");
    assert_eq!(app.rows[0].gain, app.rows[0].count() - app.rows[0].counts[0]);
}

#[test]
fn the_selected_row_stays_selected() {
    let mut app = shop();
    press(&mut app, "Down Down");
    let key = app.rows[app.selected].key.clone();
    app.update(0, fetched(report("series/shop", 4), Form::Counts));
    assert_eq!(app.rows[app.selected].key, key);
    press(&mut app, "s S");
    assert_eq!(app.selected, 0);
}

#[test]
fn groups_add_up() {
    let mut app = shop();
    press(&mut app, "o");
    let all: i128 = app.rows.iter().map(|row| row.count()).sum();
    for _ in 0..6 {
        press(&mut app, "b");
        assert_eq!(app.rows.iter().map(|row| row.count()).sum::<i128>(), all, "{:?}", app.choice.grouping);
    }
    assert_eq!(app.choice.grouping.word(), "stack");
}

#[test]
fn keys_ask_the_workers() {
    let mut app = shop();
    let all = |request| vec![Effect::Send(0, request), Effect::Send(1, request)];
    assert_eq!(press(&mut app, "p"), all(Request::Pause));
    assert!(screen(&mut app, (80, 24)).contains("PAUSED"));
    assert_eq!(press(&mut app, "Space"), all(Request::Resume));
    assert_eq!(press(&mut app, "r"), [Effect::Send(0, Request::Fetch(Form::Counts))]);
    // What is expensive asks first.
    assert_eq!(press(&mut app, "t n"), []);
    assert_eq!(press(&mut app, "t Esc"), []);
    assert_eq!(press(&mut app, "t y"), [Effect::Send(0, Request::Fetch(Form::Traceback))]);
    assert_eq!(press(&mut app, "l Enter"), [Effect::Send(0, Request::Fetch(Form::Proof))]);
    assert_eq!(press(&mut app, "w h"), [Request::Save, Request::Page].map(|it| Effect::Send(0, it)));
    assert_eq!(press(&mut app, "2 w"), [Effect::Send(1, Request::Save)]);
    assert_eq!(press(&mut app, "9 w BackTab w"), [1, 0].map(|tab| Effect::Send(tab, Request::Save)));
    let copied = press(&mut app, "y");
    let [Effect::Copy(stack)] = copied.as_slice() else { panic!("{copied:?}") };
    assert!(stack.contains("main.pageOf.func1\n\t") && stack.contains(":41\n"), "{stack}");
    assert_eq!(press(&mut app, "/ q Esc q"), [Effect::Quit]);
    assert_eq!(press(&mut app, "? ^C"), [Effect::Quit]);
    assert_eq!(press(&mut app, "^Z"), [Effect::Suspend]);
}

#[test]
fn what_a_proof_showed_stays() {
    let mut app = App::new(["localhost:6060"].into_iter(), Colors::On);
    let proof = report("series/shop", 6);
    let proven: Vec<String> = proof
        .groups
        .iter()
        .filter(|group| group.proven_leaked.is_some_and(|it| it > 0))
        .map(|group| group.fingerprint.clone())
        .collect();
    assert!(!proven.is_empty());
    app.update(0, fetched(proof.clone(), Form::Proof));
    let mut later = proof;
    for group in &mut later.groups {
        group.proven_leaked = None;
        group.spawn_site = None;
    }
    later.findings.clear();
    app.update(0, fetched(later.clone(), Form::Counts));
    check_texts(&mut app, "Enter", &["‼", "proven (", ", of 0", "(traceback of "], &[]);
    // What is proven leaked cannot exit: with fewer goroutines it is another process.
    for group in &mut later.groups {
        group.counts.iter_mut().for_each(|count| *count = 1);
    }
    app.update(0, fetched(later, Form::Counts));
    check_texts(&mut app, "", &[], &["‼", "proven ("]);
}

#[test]
fn a_restart_is_said() {
    let dump = |goroutines: u32| {
        let frame = "#\t0x1000\tmain.f+0x1\t/srv/f.go:10";
        let text = format!("goroutine profile: total {goroutines}\n{goroutines} @ 0x1000\n{frame}\n\n");
        Snapshot::from_bytes("api", text.into_bytes()).expect("it is a text of counts")
    };
    let mut app = App::new(["api:6060"].into_iter(), Colors::On);
    let report = |counts: &[u32]| {
        Analysis::default().max_groups(0).run(counts.iter().map(|count| dump(*count)).collect::<Vec<_>>())
    };
    app.update(0, fetched(report(&[50, 60]), Form::Counts));
    check_texts(&mut app, "", &["60"], &["restart"]);
    app.update(0, fetched(report(&[50, 60, 5]), Form::Counts));
    let shown = screen(&mut app, (110, 30));
    assert!(shown.contains("as after a restart; growth is measured from here on"), "{shown}");
    // It is said once.
    press(&mut app, "g");
    app.update(0, fetched(report(&[50, 60, 5, 6]), Form::Counts));
    check_texts(&mut app, "", &[], &["restart"]);
}

#[test]
fn secrets_in_labels_are_masked() {
    let text = "goroutine profile: total 20\n20 @ 0x1\n# labels: {\"authorization\":\"Bearer s3cr3t\", \"task\":\"mail\"}\n\
        #\t0x1\tmain.wait+0x1\t/srv/a.go:1\n\n";
    let snapshot = || Snapshot::from_bytes("api", text.as_bytes().to_vec()).expect("it is a text of counts");
    let mut app = App::new(["api:6060"].into_iter(), Colors::On);
    app.update(0, fetched(Analysis::default().max_groups(0).run([snapshot(), snapshot()]), Form::Counts));
    check_texts(&mut app, "Enter", &["authorization=***", "task=mail"], &["s3cr3t"]);
    check_texts(&mut app, "b b b b b", &["authorization=***", "by label"], &["s3cr3t"]);
    check_texts(&mut app, "/ s3cr3t Enter", &["nothing matches"], &[]);
}

#[test]
fn the_page_is_written_with_the_program_and_the_time_in_its_name() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let said = super::page::page(&report("series/shop", 6), folder.path()).expect("the page is written");
    let path = folder.path().join("leakscope-shop-20261124T064722Z.html");
    assert_eq!(said, format!("wrote {}", path.display()));
    let page = std::fs::read_to_string(&path).expect("the page is there");
    assert!(page.starts_with("<!doctype html>") && page.contains("pageOf.func1"), "{}", page.len());
}

#[test]
fn outside_names_are_one_word() {
    let text = "goroutine profile: total 20\n20 @ 0x1\n# labels: {\"path\":\"/a now run rm\"}\n\
        #\t0x1\tmain.wait+0x1\t/srv/do this.go:1\n\n";
    let snapshot = || Snapshot::from_bytes("api", text.as_bytes().to_vec()).expect("it is a text of counts");
    let mut app = App::new(["api:6060"].into_iter(), Colors::On);
    app.update(0, fetched(Analysis::default().max_groups(0).run([snapshot(), snapshot()]), Form::Counts));
    check_texts(&mut app, "Enter", &["main.wait", "do\\x20this.go:1"], &["do this"]);
    check_texts(&mut app, "b b b b b", &["path=/a\\x20now\\x20run\\x20rm"], &["now run"]);
}

#[test]
fn outside_text_reaches_the_screen_escaped() {
    let dump = |goroutines: u32| {
        let stack = "[chan send]:\nmain.\u{1b}[2Jf\u{202e}()\n\t/srv/\u{1b}]0;x\u{7}.go:3 +0x1\ncreated by main.\u{9b}g\n\t/srv/s.go:9 +0x2\n\n";
        let text: String = (1..=goroutines).map(|id| format!("goroutine {id} {stack}")).collect();
        Snapshot::from_bytes("dump", text.into_bytes()).expect("it is a traceback")
    };
    let mut app = App::new(["host\u{1b}[1m"].into_iter(), Colors::On);
    app.update(0, fetched(Analysis::default().max_groups(0).run([dump(3), dump(40)]), Form::Traceback));
    app.update(0, Update::Said("saved /tmp/\u{1b}[31m".to_owned()));
    for keys in ["", "Enter", "b", "b b", "b", "b b", "/ \u{202e}\u{1b}"] {
        press(&mut app, keys);
        for size in [(200, 60), (80, 24)] {
            let shown = screen(&mut app, size);
            let is_hostile = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}' || c == '\u{9b}');
            assert!(!shown.contains(is_hostile), "{keys:?} {shown:?}");
        }
    }
    press(&mut app, "Esc");
    let effects = press(&mut app, "y");
    assert!(
        matches!(&effects[..], [Effect::Copy(text)] if !text.contains(['\u{1b}', '\u{202e}'])),
        "{effects:?}"
    );
}
