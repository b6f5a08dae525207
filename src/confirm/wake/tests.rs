//! What is read of small packages.

use super::SourceFact;
use super::facts_of;
use crate::code::PackageTexts;
use crate::code::SourceText;

const PATH: &str = "a.b/c";

fn facts(source: &str) -> Vec<SourceFact> {
    let files = vec![SourceText { path: "c.go".to_owned(), text: format!("package c\n{source}") }];
    facts_of(PackageTexts { import_path: PATH.to_owned(), files, ..PackageTexts::default() })
}

/// `expected` has a line for each fact: where it waits, what ends it, how.
fn check(source: &str, expected: &[&str]) {
    let short = |name: &String| name.replace("a.b/c.", "");
    let names = |names: &[String]| names.iter().map(short).collect::<Vec<_>>().join(" ");
    let shown: Vec<String> = facts(source)
        .iter()
        .map(|it| {
            let given: Vec<String> =
                it.given.iter().map(|(name, what)| format!("{} {what}", short(name))).collect();
            let ends = if it.is_endless { "endless".to_owned() } else { names(&it.ends) + &given.join(" ") };
            format!(
                "{}: {} of {} by {}: {ends}: {}",
                short(&it.waits_in),
                it.wait.as_str(),
                names(&it.objects),
                names(&it.constructors),
                it.how
            )
        })
        .collect();
    assert_eq!(shown, expected, "{source}");
}

#[test]
fn a_channel_that_is_closed_or_sent_on() {
    let object = "
type T struct { done, stop chan struct{}; work chan int }
func New() *T { t := &T{done: make(chan struct{}), stop: make(chan struct{}), work: make(chan int)}; go t.run(); return t }
func (t *T) Do(n int) { t.work <- n }
";
    let check = |more: &str, expected: &[&str]| check(&format!("{object}{more}"), expected);
    check(
        "func (t *T) Close() { close(t.done) }
         func (t *T) run() { for { select { case <-t.done: return; case <-t.work: } } }",
        &["(*T).run: select of T by New: (*T).Close: close of done"],
    );
    check(
        "func (t *T) Stop() { t.stop <- struct{}{} }
         func (t *T) run() { for { select { case <-t.stop: return; case <-t.work: } } }",
        &["(*T).run: select of T by New: (*T).Stop: send on stop"],
    );
    // A value of work is no end, and nothing else is.
    check("func (t *T) run() { for { select { case <-t.done: return; case <-t.work: } } }", &[]);
    check(
        "func (t *T) run() { for range t.work { } }",
        &["(*T).run: channel receive of T by New: endless: "],
    );
    check("func (t *T) run() { for n := range t.work { if n == 0 { return } } }", &[]);
    check(
        "func (t *T) Close() { close(t.work) }
         func (t *T) run() { for { n, ok := <-t.work; if !ok { return }; _ = n } }",
        &["(*T).run: channel receive of T by New: (*T).Close: close of work"],
    );
    // The goroutine itself closes it, as it ends.
    check(
        "func (t *T) run() { defer close(t.done); for n := range t.work { if n == 0 { return } } }
         func (t *T) Watch() { go func() { <-t.done }() }",
        &[],
    );
    // Who makes it cleans up after an error, and that is no end.
    check(
        "func Open() (*T, error) { t := New(); if bad() { t.shut(); return nil, nil }; return t, nil }
         func (t *T) Close() { t.shut() }
         func (t *T) shut() { close(t.done) }
         func (t *T) run() { <-t.done }",
        &["(*T).run: channel receive of T by New Open: (*T).Close: close of done"],
    );
}

#[test]
fn a_context_that_is_cancelled() {
    let check = |body: &str, expected: &[&str]| {
        check(&format!("import \"context\"\ntype T struct {{ cancel func() }}\n{body}"), expected);
    };
    check(
        "func New() *T { ctx, cancel := context.WithCancel(context.Background()); t := &T{cancel: cancel}; go t.run(ctx); return t }
         func (t *T) Close() { t.cancel() }
         func (t *T) run(ctx context.Context) { <-ctx.Done() }",
        &["(*T).run: channel receive of T by New: (*T).Close: call of cancel"],
    );
    // The caller of an exported function has the cancel.
    check(
        "func Run(ctx context.Context) { go func() { <-ctx.Done() }() }",
        &["Run.func1: channel receive of  by Run: Run ctx: end of ctx"],
    );
    // The cancel is deferred in the function that waits.
    check(
        "func New() *T { t := &T{}; go t.run(); return t }
         func (t *T) run() { ctx, cancel := context.WithCancel(context.Background()); defer cancel(); <-ctx.Done() }",
        &[],
    );
}

#[test]
fn a_type_behind_an_interface() {
    check(
        "type Watcher struct { b backend }
         type backend interface { Close() error }
         type inotify struct { *shared; file *os.File }
         type shared struct { done chan struct{} }
         func New() *Watcher { return &Watcher{b: start()} }
         func start() backend { w := &inotify{shared: &shared{done: make(chan struct{})}}; go w.run(); return w }
         func (w *Watcher) Close() error { return w.b.Close() }
         func (w *inotify) Close() error { w.shared.close(); return nil }
         func (s *shared) close() { close(s.done) }
         func (w *inotify) run() { <-w.done }",
        &["(*inotify).run: channel receive of Watcher by New: (*Watcher).Close: close of done"],
    );
}

#[test]
fn a_connection_that_is_closed() {
    check(
        "import \"bufio\"
         import \"net\"
         type T struct { conn net.Conn; in *bufio.Reader }
         func New(conn net.Conn) *T { t := &T{conn: conn, in: bufio.NewReader(conn)}; go t.run(); return t }
         func (t *T) Close() { t.conn.Close() }
         func (t *T) run() { for { if _, err := t.in.ReadByte(); err != nil { return } } }",
        &["(*T).run: network of T by New: (*T).Close: Close of conn"],
    );
}
