//! What `database/sql` gives and wants back: handles, rows, transactions and connections.

use super::bodies::after_check;
use super::contexts::Ending;
use super::contexts::ending_of;
use super::fate::Closing;
use super::library::Library;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::obtained::operand;
use super::open::LeftOpen;
use super::open::left_open;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use super::site::then_at;
use super::site::title;
use crate::code::Package;
use crate::code::arguments;
use crate::code::called_name;
use crate::code::has;
use crate::confirm::said::Said;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A kind of thing that must be given back.
struct Resource {
    cause: &'static str,
    /// What comes before its name in a sentence, with a space behind; empty for rows, which are mostly called so.
    what: &'static str,
    /// How a sentence says that it, or they, are open.
    open: &'static str,
    /// What stays as long as it is open.
    keeps: &'static str,
    closing: Closing<'static>,
    /// The call that gives it back.
    end: &'static str,
}

const ROWS: Resource = Resource {
    cause: "unclosed-rows",
    what: "",
    open: "them open",
    keeps: "they keep their connection",
    closing: Closing { field: "", methods: &["Close"], family: "" },
    end: "Close()",
};

const TRANSACTION: Resource = Resource {
    cause: "unclosed-rows",
    what: "the transaction ",
    open: "it open",
    keeps: "it keeps its connection",
    closing: Closing { field: "", methods: &["Commit", "Rollback"], family: "" },
    end: "Rollback()",
};

const CONNECTION: Resource = Resource {
    cause: "missing-close",
    what: "the connection ",
    open: "it open",
    keeps: "it does not go back to the pool",
    closing: Closing { field: "", methods: &["Close", "Release", "Hijack"], family: "" },
    end: "Close()",
};

const HANDLE: Resource = Resource {
    cause: "unclosed-db",
    what: "the database handle ",
    open: "it open",
    keeps: "each one has goroutines and connections of its own",
    closing: Closing { field: "", methods: &["Close"], family: "" },
    end: "Close()",
};

/// Goroutines that wait for the end of rows or transactions, and calls that wait for a connection that these keep.
pub(super) fn kept_connections(library: &Library<'_, '_>) -> Vec<Said> {
    let of_rows = library.runs("database/sql.(*Rows).awaitDone");
    let of_transactions = library.runs("database/sql.(*Tx).awaitDone");
    let of_pool = !of_rows && !of_transactions;
    let (packages, is_complete) =
        program(library, |text| text.contains("sql") || text.contains("pgx") || text.contains("Query"));
    let mut sites = Vec::new();
    for package in packages {
        for obtained in calls(package) {
            let name = called_name(obtained.call).unwrap_or("");
            let resource = match name {
                "Begin" | "BeginTx" | "Beginx" | "BeginTxx" | "MustBegin" => &TRANSACTION,
                "Conn" | "Connx" | "Acquire" => &CONNECTION,
                _ => &ROWS,
            };
            let is_wanted = of_pool
                || of_transactions && is_same(resource, &TRANSACTION)
                || of_rows && is_same(resource, &ROWS) && can_await(&obtained);
            if is_wanted && !obtained.runs_once() {
                sites.extend(site(&obtained, resource));
            }
        }
    }
    judge(library, sites, is_complete)
}

/// Whether two are the same kind.
fn is_same(one: &Resource, other: &Resource) -> bool {
    one.what == other.what
}

/// Goroutines of database handles that are opened again and again.
pub(super) fn opened_handles(library: &Library<'_, '_>) -> Vec<Said> {
    let (packages, is_complete) =
        program(library, |text| text.contains("database/sql") || text.contains("sqlx"));
    let mut sites = Vec::new();
    for package in packages {
        for function in &package.functions {
            for obtained in Obtained::all(package, function, |it| {
                matches!(it, "Open" | "OpenDB" | "Connect" | "ConnectContext" | "MustConnect" | "MustOpen")
            }) {
                let import = called_import(package, function, obtained.call).map_or("", |(import, _)| import);
                let opens = import == "database/sql" || import.ends_with("/sqlx");
                if opens && !obtained.runs_once() {
                    sites.extend(site(&obtained, &HANDLE));
                }
            }
        }
    }
    judge(library, sites, is_complete)
}

/// The calls of a package that give rows, transactions or connections.
fn calls<'a>(package: &'a Package<'a>) -> Vec<Obtained<'a>> {
    let gives = |name: &str| {
        matches!(
            name,
            "Query"
                | "QueryContext"
                | "Queryx"
                | "QueryxContext"
                | "NamedQuery"
                | "NamedQueryContext"
                | "Begin"
                | "BeginTx"
                | "Beginx"
                | "BeginTxx"
                | "Conn"
                | "Acquire"
        )
    };
    let functions = package.functions.iter();
    let all = functions.flat_map(|it| Obtained::all(package, it, gives)).filter(|it| it.names.len() == 2);
    all.filter(|it| it.local(0).is_some_and(|name| is_used_so(it, name))).collect()
}

/// Whether what is done with a result says what it is: a package of the user's may have a `Query` of its own.
fn is_used_so<'a>(obtained: &Obtained<'a>, name: Node<'a>) -> bool {
    if obtained.package.callee(obtained.function, obtained.call).is_some()
        || called_import(obtained.package, obtained.function, obtained.call).is_some()
    {
        return false;
    }
    let wanted: &[&str] = match called_name(obtained.call) {
        Some("Begin" | "BeginTx" | "Beginx" | "BeginTxx") => &[
            "Exec",
            "ExecContext",
            "Query",
            "QueryContext",
            "QueryRow",
            "QueryRowContext",
            "Commit",
            "Rollback",
            "Prepare",
        ],
        Some("Conn" | "Acquire") => &[
            "ExecContext",
            "QueryContext",
            "QueryRowContext",
            "Exec",
            "Query",
            "QueryRow",
            "BeginTx",
            "Begin",
            "PingContext",
        ],
        _ => &["Next", "Scan", "Err", "Columns", "StructScan", "MapScan"],
    };
    let named = obtained.function.index().identifiers.get(name.text()).into_iter().flatten();
    let selectors = named.filter_map(|it| it.parent()).filter(|it| it.kind() == Kind::SelectorExpression);
    let mut fields = selectors.filter_map(|it| it.child(Field::Selected));
    fields.any(|it| wanted.contains(&it.text()))
}

/// Whether rows have a goroutine that waits for a context: `(*Rows).initContextClose` of `database/sql` starts none for a context that
/// never ends.
fn can_await(obtained: &Obtained<'_>) -> bool {
    let (package, function, call) = (obtained.package, obtained.function, obtained.call);
    if called_name(call).is_some_and(|it| it.ends_with("Context")) {
        return arguments(call).next().is_none_or(|it| !is_background(obtained, it));
    }
    // Of a transaction the context is that of its BeginTx.
    let of_handle = operand(call).and_then(|it| package.type_of(function, it));
    !of_handle.is_some_and(|it| matches!(it, "sql.DB" | "sqlx.DB"))
}

fn is_background(obtained: &Obtained<'_>, context: Node<'_>) -> bool {
    matches!(context.text(), "context.Background()" | "context.TODO()")
        && obtained.function.file.import("context") == Some("context")
}

fn site<'a>(obtained: &Obtained<'a>, resource: &Resource) -> Option<Site<'a>> {
    let name = obtained.local(0)?;
    let loops = next_loops(obtained, name);
    let (how, _) = left_open(obtained, name, resource.closing, |_, _| false)?;
    // Rows close themselves when Next returns false: behind the loop they are closed.
    let is_open_at = |it: &&Node<'a>| !loops.iter().any(|all| all.end() <= it.start());
    let (call, text, who) = (obtained.call, name.text(), title(obtained));
    let place = at(call);
    let Resource { cause, what, open, keeps, end, .. } = resource;
    let advice = format!("`defer {text}.{end}` after {}", after_check(obtained));
    let is_bounded = ends_with_context(obtained);
    let said = match how {
        LeftOpen::Never => {
            let sentence = match early_exit(&loops) {
                Some(_) if obtained.is_dropped(0) => return None,
                Some(exit) => format!(
                    "{who} gets {what}`{text}` at {place}, leaves at {} before the last one and never closes them: {keeps}",
                    then_at(exit, call)
                ),
                // All rows are read: the last Next has closed them.
                None if !loops.is_empty() => return None,
                None if cause == &"unclosed-db" => {
                    format!("{who} opens `{text}` at {place} for itself and never closes it: {keeps}")
                }
                None => {
                    format!("{who} gets {what}`{text}` at {place} and never calls `{text}.{end}`: {keeps}")
                }
            };
            let said = Said::confirmed(cause, sentence).with("opened", call);
            if let Some(exit) = early_exit(&loops) { said.with("leaves", exit) } else { said }
        }
        LeftOpen::AtExit { exits, closed } => {
            let exit = *exits.iter().find(is_open_at)?;
            let sentence = format!(
                "{who} gets {what}`{text}` at {place}; {} returns with {open}: {keeps}",
                then_at(exit, call)
            );
            let said =
                Said::confirmed(cause, sentence).with("opened", call).with("returns with it open", exit);
            if let Some(closed) = closed { said.with("closed", closed) } else { said }
        }
        LeftOpen::NotHandedOn { exits } => {
            let exit = *exits.iter().find(is_open_at)?;
            let sentence = format!(
                "{who} hands {what}`{text}` of {place} on, but {} returns without handing it on: {keeps}",
                then_at(exit, call)
            );
            Said::confirmed(cause, sentence).with("opened", call).with("returns with it open", exit)
        }
        LeftOpen::DeferredInEndlessLoop { closed } => {
            let sentence = format!(
                "{who} gets {what}`{text}` at {place} in a loop that has no end; the deferred call of {} runs only when the function returns",
                then_at(closed, call)
            );
            Said::confirmed(cause, sentence).with("opened", call).with("deferred", closed)
        }
    };
    Some(Site::new(obtained, said.advising(advice)).bounded(is_bounded))
}

/// Whether the context of a query ends, and the rows or the transaction with it.
fn ends_with_context(obtained: &Obtained<'_>) -> bool {
    let takes_context =
        matches!(called_name(obtained.call), Some("QueryContext" | "QueryxContext" | "BeginTx" | "BeginTxx"));
    let context = arguments(obtained.call).next().filter(|_| takes_context);
    context.is_some_and(|it| ending_of(obtained.package, obtained.function, it) == Ending::Certain)
}

/// The loops whose condition is `rows.Next()`.
fn next_loops<'a>(obtained: &Obtained<'a>, name: Node<'a>) -> Vec<Node<'a>> {
    let is_next = |it: Node<'a>| {
        called_name(it) == Some("Next")
            && it.kind() == Kind::CallExpression
            && operand(it).is_some_and(|it| it.text() == name.text())
    };
    let loops = obtained.scope.own().filter(|it| it.kind() == Kind::ForStatement);
    loops
        .filter(|it| {
            let body = it.child(Field::Body);
            it.children().any(|part| Some(part) != body && has(part, &is_next))
        })
        .collect()
}

/// A `return` or `break` in such a loop.
fn early_exit<'a>(loops: &[Node<'a>]) -> Option<Node<'a>> {
    let body = loops.iter().filter_map(|it| it.child(Field::Body));
    let leaves = |it: &Node<'a>, body: Node<'a>| match it.kind() {
        Kind::ReturnStatement => true,
        Kind::BreakStatement => {
            let inner = it.ancestors().take_while(|up| *up != body);
            !inner.into_iter().any(|up| {
                matches!(
                    up.kind(),
                    Kind::ForStatement
                        | Kind::ExpressionSwitchStatement
                        | Kind::TypeSwitchStatement
                        | Kind::SelectStatement
                )
            })
        }
        _ => false,
    };
    body.flat_map(|body| body.own().filter(move |it| leaves(it, body)).collect::<Vec<_>>()).next()
}
