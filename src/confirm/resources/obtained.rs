//! Calls that give something that must be closed, and the name that takes it.

use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::loops_around;
use crate::code::statements;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// A call whose result a statement takes, or throws away.
#[derive(Clone, Debug)]
pub(super) struct Obtained<'a> {
    /// The package.
    pub(super) package: &'a Package<'a>,
    /// The declared function that holds the call.
    pub(super) function: &'a Function<'a>,
    /// The innermost function: a closure, or the declared one.
    pub(super) scope: Node<'a>,
    /// The assignment, or the call as a statement.
    pub(super) statement: Node<'a>,
    /// The call.
    pub(super) call: Node<'a>,
    /// What takes the results, in order; empty if nothing does.
    pub(super) names: Vec<Node<'a>>,
}

impl<'a> Obtained<'a> {
    /// The call, if it is the only value of an assignment or is alone. Calls inside of other expressions are no site: what takes their
    /// result is not followed.
    pub(super) fn of(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> Option<Self> {
        let scope = call.function().unwrap_or(function.node);
        if scope.is_broken() {
            return None;
        }
        let parent = call.parent()?;
        let it = |statement, names| Obtained { package, function, scope, statement, call, names };
        match parent.kind() {
            Kind::ExpressionStatement => Some(it(parent, Vec::new())),
            Kind::ExpressionList if parent.children().count() == 1 => {
                let statement = parent.parent()?;
                match statement.kind() {
                    Kind::ShortVarDeclaration | Kind::AssignmentStatement => {
                        (statement.child(Field::Right) == Some(parent)).then_some(())?;
                        let names = statement.child(Field::Left).into_iter().flat_map(Node::children);
                        Some(it(statement, names.collect()))
                    }
                    Kind::VarSpec => Some(it(statement, statement.children_of(Field::Name).collect())),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// All such calls of a function whose called name fits.
    pub(super) fn all(
        package: &'a Package<'a>,
        function: &'a Function<'a>,
        called: impl Fn(&str) -> bool,
    ) -> Vec<Self> {
        let index = function.index();
        let calls = index.called.iter().filter(|(name, _)| called(name)).flat_map(|(_, calls)| calls);
        let mut found: Vec<Self> = calls.filter_map(|call| Obtained::of(package, function, *call)).collect();
        sort::by_key(&mut found, |it| it.call.start());
        found
    }

    /// The local name that takes the n-th result; `None` if nothing takes it, or something else does.
    pub(super) fn local(&self, n: usize) -> Option<Node<'a>> {
        let name = self.names.get(n).copied().filter(|it| it.kind() == Kind::Identifier)?;
        let is_local = matches!(self.package.object(self.function, name), Object::Local { .. });
        (name.text() != "_" && (is_local || self.statement.kind() != Kind::AssignmentStatement))
            .then_some(name)
    }

    /// Whether the n-th result is thrown away.
    pub(super) fn is_dropped(&self, n: usize) -> bool {
        self.names.is_empty() || self.names.get(n).is_some_and(|it| it.text() == "_")
    }

    /// The `if err != nil { … }` that follows and leaves, or whose initialiser the statement is.
    pub(super) fn error_check(&self) -> Option<Node<'a>> {
        let error = self.names.last().filter(|_| self.names.len() > 1)?.text();
        let is_initialiser = self.statement.field() == Field::Initializer;
        let check = if is_initialiser {
            self.statement.parent().filter(|it| it.kind() == Kind::IfStatement)?
        } else {
            let mut after = self.statement.parent()?.children().skip_while(|it| *it != self.statement);
            after.nth(1).filter(|it| it.kind() == Kind::IfStatement)?
        };
        let condition = check.child(Field::Condition)?;
        let is_check = condition.kind() == Kind::BinaryExpression
            && condition.compares_with_nil(Operator::NotEqual)
            && condition.child(Field::Left).is_some_and(|it| it.text() == error);
        let last = statements(check.child(Field::Consequence)).last()?;
        let leaves =
            matches!(last.kind(), Kind::ReturnStatement | Kind::ContinueStatement | Kind::BreakStatement)
                || ends_program(last);
        (is_check && leaves).then_some(check)
    }

    /// Whether it is in a loop of its own function.
    pub(super) fn is_in_loop(&self) -> bool {
        !loops_around(self.statement, Some(self.scope)).is_empty()
    }

    /// Whether it runs once in the life of a program: in `main` or in an initialiser, in no loop and in no closure.
    pub(super) fn runs_once(&self) -> bool {
        let is_set_up = self.function.is_vars()
            || self.function.receiver.is_none() && matches!(self.function.name, "main" | "init");
        is_set_up && self.scope == self.function.node && !self.is_in_loop()
    }
}

/// Whether a statement ends the program, the test or the goroutine.
fn ends_program(statement: Node<'_>) -> bool {
    let text = statement.text();
    ["panic(", "log.Fatal", "log.Panic", "os.Exit(", "t.Fatal", "b.Fatal", "runtime.Goexit("]
        .iter()
        .any(|it| text.starts_with(it))
}

/// The import path that a qualified name starts with, and the name: `net/http` and `Get` of `http.Get`. `None` if it is no name of an
/// imported package.
pub(super) fn imported<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
) -> Option<(&'a str, &'a str)> {
    match package.object(function, expression) {
        Object::Extern { import, name } => Some((import, name)),
        _ => None,
    }
}

/// As [`imported`], of what a call calls.
pub(super) fn called_import<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
) -> Option<(&'a str, &'a str)> {
    let called = call.child(Field::Function)?;
    // `iter.Pull[int](seq)`
    let called = match called.kind() {
        Kind::IndexExpression | Kind::TypeInstantiationExpression => called.nth(0)?,
        _ => called,
    };
    (called.kind() == Kind::SelectorExpression).then(|| imported(package, function, called)).flatten()
}

/// The operand of a method call: `c` of `c.Do(req)`.
pub(super) fn operand<'a>(call: Node<'a>) -> Option<Node<'a>> {
    let called = call.child(Field::Function).filter(|it| it.kind() == Kind::SelectorExpression)?;
    called.child(Field::Operand)
}
