//! Loops: whether they have a bound, and what leaves them.

use crate::code::call_name;
use crate::code::loops_around;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Calls that end the goroutine or the process.
const ENDS: [&str; 7] =
    ["panic", "os.Exit", "runtime.Goexit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic"];

/// The innermost loop of a function that runs a node again.
pub(super) fn loop_around<'a>(node: Node<'a>, scope: Node<'a>) -> Option<Node<'a>> {
    loops_around(node, Some(scope)).first().copied()
}

/// The outermost loop without a bound that runs a node again: leaving one inside of it ends nothing.
pub(super) fn endless_loop_around<'a>(node: Node<'a>, scope: Node<'a>) -> Option<Node<'a>> {
    loops_around(node, Some(scope)).into_iter().rev().find(|it| is_endless(*it))
}

/// What is between `for` and the body; `None` for `for { … }`.
pub(super) fn clause(loop_: Node<'_>) -> Option<Node<'_>> {
    let body = loop_.child(Field::Body);
    loop_.children().find(|it| Some(*it) != body)
}

/// Whether a loop has neither a condition nor a range.
pub(super) fn is_endless(loop_: Node<'_>) -> bool {
    clause(loop_).is_none_or(|it| it.kind() == Kind::ForClause && it.child(Field::Condition).is_none())
}

/// The statements below a node that leave a loop: a return, a jump out of it, the end of the goroutine. Closures are left out.
pub(super) fn exits<'a>(node: Node<'a>, loop_: Node<'a>) -> Vec<Node<'a>> {
    node.own().filter(|it| leaves(*it, loop_)).collect()
}

fn leaves(node: Node<'_>, loop_: Node<'_>) -> bool {
    match node.kind() {
        Kind::ReturnStatement | Kind::GotoStatement => true,
        Kind::BreakStatement | Kind::ContinueStatement => {
            let is_break = node.kind() == Kind::BreakStatement;
            match node.nth(0) {
                Some(label) => {
                    let target = node.ancestors().find(|it| {
                        it.kind() == Kind::LabeledStatement
                            && it.nth(0).is_some_and(|name| name.text() == label.text())
                    });
                    // A `continue` of the loop itself stays; one of an outer loop leaves.
                    let is_own = target.and_then(|it| it.nth(1)) == Some(loop_);
                    target.is_none_or(|it| it.contains(loop_)) && (is_break || !is_own)
                }
                None => is_break && broken_by(node) == Some(loop_),
            }
        }
        Kind::CallExpression => call_name(node).is_some_and(|name| ENDS.contains(&name)),
        _ => false,
    }
}

/// The statement that a `break` without a label ends.
fn broken_by(node: Node<'_>) -> Option<Node<'_>> {
    node.ancestors().find(|it| {
        matches!(
            it.kind(),
            Kind::ForStatement
                | Kind::SelectStatement
                | Kind::ExpressionSwitchStatement
                | Kind::TypeSwitchStatement
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[test]
    fn what_leaves_a_loop() {
        let exits_of = |body: &str| {
            let tree =
                parse("a.go".to_owned(), format!("package a\nfunc f() {{\nout:\nfor {{\n{body}\n}}\n}}\n"));
            let tree = tree.expect("it is small");
            let loop_ = tree.root().walk().find(|it| it.kind() == Kind::ForStatement).expect("it has one");
            assert!(is_endless(loop_));
            exits(loop_, loop_).len()
        };
        assert_eq!(exits_of("select {\ncase <-c:\nbreak\n}"), 0);
        assert_eq!(exits_of("select {\ncase <-c:\nbreak out\n}"), 1);
        assert_eq!(exits_of("if x {\nbreak\n}\ncontinue out"), 1);
        assert_eq!(exits_of("for {\nbreak\n}\ngo func() { return }()"), 0);
        assert_eq!(exits_of("if x {\nlog.Fatal(x)\n}\nreturn"), 2);
    }
}
