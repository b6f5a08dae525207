use super::super::texts::Origin;
use super::super::texts::OwnPackages;
use super::super::texts::PackageKey;
use super::super::texts::PackageTexts;
use super::super::texts::SourceText;
use super::super::texts::SourceTexts;
use super::super::workspace::Arenas;
use super::super::workspace::Workspace;
use super::ContextEnd;
use super::ContextOrigin;
use super::LostHow;
use super::context_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Packages by import path and text.
struct Texts(Vec<(&'static str, String)>);

impl Texts {
    fn of(&self, path: &str) -> Option<PackageTexts> {
        let (path, text) = self.0.iter().find(|(it, _)| *it == path)?;
        let file = SourceText { path: format!("{path}.go"), text: text.clone() };
        Some(PackageTexts {
            import_path: (*path).to_owned(),
            files: vec![file],
            origin: Origin::Own,
            left_out: Vec::new(),
        })
    }
}

impl SourceTexts for Texts {
    fn package(&self, package: &str, _file: &str) -> Option<PackageTexts> {
        self.of(package)
    }

    fn own_packages(&self) -> OwnPackages {
        let key = |path: &&str| PackageKey { import_path: (*path).to_owned(), folder: String::new() };
        let packages = self.0.iter().map(|(path, _)| key(path)).collect();
        OwnPackages { packages, is_complete: true }
    }

    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts> {
        self.of(&key.import_path)
    }
}

fn shown(origin: &ContextOrigin<'_>) -> String {
    let line = |node: &Node<'_>| format!("{}:{}", node.tree().path(), node.line());
    let end = match &origin.end {
        ContextEnd::Never(at) => format!("never {}", line(at)),
        ContextEnd::Process(at) => format!("process {}", line(at)),
        ContextEnd::Deadline(at) => format!("deadline {}", line(at)),
        ContextEnd::Cancelled { made, calls } => format!("cancelled {} by {}", line(made), calls.len()),
        ContextEnd::Request(at) => format!("request {}", line(at)),
        ContextEnd::Unknown(at) => format!("unknown {}", line(at)),
    };
    let lost = origin.lost.iter().map(|it| match it.how {
        LostHow::Dropped => ", dropped".to_owned(),
        LostHow::NeverCalled(field) => {
            format!(", never called{}", field.map_or(String::new(), |it| format!(" ({})", it.label())))
        }
        LostHow::Skipped { exit, .. } => format!(", skipped at {}", exit.map_or(0, Node::line)),
        LostHow::NotKept { exit, kept } => format!(", not kept at {} but {}", exit.line(), kept.line()),
        LostHow::NeverReached { by, .. } => format!(", never reached in {}", by.title()),
    });
    end + &lost.collect::<String>()
}

/// Checks where the context of the first `….Done()` of package `a` comes from.
fn check(packages: &[(&'static str, &str)], expected: &[&str]) {
    let texts = packages.iter().map(|(path, text)| {
        let name = path.rsplit('/').next().unwrap_or(path);
        (*path, format!("package {name}\nimport (\"context\"; \"net/http\"; \"example.com/a\")\n{text}"))
    });
    let texts = Texts(texts.collect());
    let arenas = Arenas::default();
    let workspace = Workspace::new(&arenas, &texts);
    let package = workspace.package(packages[0].0, "a.go").expect("it is there");
    let done = package.functions.iter().find_map(|function| {
        let is_done = |it: &Node<'_>| it.kind() == Kind::CallExpression && it.text().ends_with(".Done()");
        function.node.walk().find(is_done).map(|it| (*function, it))
    });
    let (function, done) = done.expect("a context is waited for");
    let context = done.child(Field::Function).and_then(|it| it.child(Field::Operand)).expect("it has one");
    let found = context_of(&workspace, package, function, context, &[]);
    assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), expected, "{packages:?}");
}

const A: &str = "example.com/a";

#[test]
fn roots_in_one_function() {
    check(&[(A, "func f() {\nctx := context.Background()\n<-ctx.Done()\n}")], &["never example.com/a.go:4"]);
    check(
        &[(A, "func f(r *http.Request) {\nctx, _ := context.WithCancel(r.Context())\n<-ctx.Done()\n}")],
        &["request example.com/a.go:4, dropped"],
    );
    check(
        &[(A, "func f(c context.Context) {\nctx, _ := context.WithTimeout(c, 9)\n<-ctx.Done()\n}")],
        &["deadline example.com/a.go:4"],
    );
    let later =
        "func f() {\nctx := context.Background()\nif x {\nctx = context.WithoutCancel(y)\n}\n<-ctx.Done()\n}";
    check(&[(A, later)], &["never example.com/a.go:6", "never example.com/a.go:4"]);
}

#[test]
fn cancel_functions() {
    let of = |rest: &str| {
        format!(
            "func f() error {{\nctx, cancel := context.WithCancel(context.Background())\ngo w(ctx)\n{rest}\n}}\nfunc w(ctx context.Context) {{ <-ctx.Done() }}"
        )
    };
    check(&[(A, &of("return nil"))], &["never example.com/a.go:4, never called"]);
    check(&[(A, &of("defer cancel()"))], &["cancelled example.com/a.go:4 by 1"]);
    check(&[(A, &of("defer func() { cancel() }()"))], &["cancelled example.com/a.go:4 by 1"]);
    check(
        &[(A, &of("if x {\nreturn nil\n}\ncancel()\nreturn nil"))],
        &["never example.com/a.go:4, skipped at 7"],
    );
    check(&[(A, &of("keep(cancel)"))], &["cancelled example.com/a.go:4 by 0"]);
    check(&[(A, &of("go func() { cancel() }()"))], &["cancelled example.com/a.go:4 by 1"]);
}

#[test]
fn fields_and_methods() {
    let of = |rest: &str| {
        format!(
            "type t struct {{ ctx context.Context; cancel func() }}\nfunc make(c context.Context) *t {{\ns := &t{{}}\ns.ctx, s.cancel = context.WithCancel(context.Background())\nreturn s\n}}\nfunc (s *t) run() {{ <-s.ctx.Done() }}\nfunc (s *t) stop() {{ s.cancel() }}\n{rest}"
        )
    };
    check(&[(A, &of(""))], &["never example.com/a.go:6, never reached in (*t).stop"]);
    check(&[(A, &of("func use(s *t) { s.stop() }"))], &["cancelled example.com/a.go:6 by 1"]);
    let literal = "type t struct { ctx context.Context }\nvar one = &t{ctx: context.TODO()}\nfunc (s *t) run() { <-s.ctx.Done() }";
    check(&[(A, literal)], &["never example.com/a.go:4"]);
}

#[test]
fn callers_in_other_packages() {
    let hub = "type Hub struct{}\nfunc New() *Hub { return &Hub{} }\nfunc (h *Hub) Watch(ctx context.Context) { go func() { <-ctx.Done() }() }";
    let web = "type server struct { hub *a.Hub }\nfunc (s *server) reserve(ctx context.Context) { s.hub.Watch(ctx) }\nfunc (s *server) create(w http.ResponseWriter, r *http.Request) {\nctx := context.Background()\ns.reserve(ctx)\n}";
    check(&[(A, hub), ("example.com/web", web)], &["never example.com/web.go:6"]);
    let both = format!("{web}\nfunc (s *server) get(r *http.Request) {{ s.reserve(r.Context()) }}");
    check(
        &[(A, hub), ("example.com/web", &both)],
        &["never example.com/web.go:6", "request example.com/web.go:9"],
    );
    check(&[(A, hub)], &["unknown example.com/a.go:5"]);
    let local = "func use() {\nh := a.New()\nh.Watch(context.TODO())\n}";
    check(&[(A, hub), ("example.com/cmd", local)], &["never example.com/cmd.go:5"]);
    let unseen = "func use(h interface{ Watch(context.Context) }) {\nh.Watch(context.TODO())\n}";
    check(
        &[(A, hub), ("example.com/cmd", unseen)],
        &["unknown example.com/a.go:5", "never example.com/cmd.go:4"],
    );
}
