//! Paths through one function, by structure: what holds at each exit.

use std::collections::BTreeSet;

use super::query::call_name;
use super::query::statements;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Calls that do not return.
const ENDS: [&str; 12] = [
    "panic",
    "os.Exit",
    "log.Fatal",
    "log.Fatalf",
    "log.Fatalln",
    "log.Panic",
    "log.Panicf",
    "runtime.Goexit",
    "t.Fatal",
    "t.Fatalf",
    "b.Fatal",
    "b.Fatalf",
];

/// Bound of the rounds of a loop.
const MAX_ROUNDS: usize = 6;

/// Bound of the states that are kept at one place.
const MAX_STATES: usize = 64;

/// Bound of the nesting of statements.
const MAX_DEPTH: u32 = 200;

/// Why the paths of a function are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathError {
    /// It has a `goto`.
    Goto,
    /// It holds a syntax error.
    Broken,
    /// It has more states or a deeper nesting than the limits.
    TooLarge,
}

/// A way out of a function, and the states that reach it.
#[derive(Clone, Debug)]
pub(crate) struct Exit<'a, S> {
    /// The `return` statement; `None` for the end of the body.
    pub(crate) node: Option<Node<'a>>,
    /// The states.
    pub(crate) states: BTreeSet<S>,
}

/// A loop, `switch` or `select` that is being walked.
struct Open<'a, S> {
    label: Option<&'a str>,
    is_loop: bool,
    breaks: BTreeSet<S>,
    continues: BTreeSet<S>,
}

/// Walks all paths of a function with a state. `step` gives the state after each simple statement, condition and communication, in the
/// order of a path.
pub(crate) struct Paths<'a, S, F> {
    step: F,
    exits: Vec<Exit<'a, S>>,
    open: Vec<Open<'a, S>>,
    /// States at `break` and `continue` statements, for those that ask who leaves a loop.
    jumps: Vec<(Node<'a>, BTreeSet<S>)>,
    depth: u32,
}

/// What leaves a function, and what jumps inside of it.
pub(crate) struct Walked<'a, S> {
    /// The ways out.
    pub(crate) exits: Vec<Exit<'a, S>>,
    /// The `break` and `continue` statements and the states that reach them.
    pub(crate) jumps: Vec<(Node<'a>, BTreeSet<S>)>,
}

impl<'a, S: Copy + Ord, F: FnMut(Node<'a>, S) -> S> Paths<'a, S, F> {
    /// Walks a function from its entry with an initial state.
    pub(crate) fn walk(function: Node<'a>, initial: S, step: F) -> Result<Walked<'a, S>, PathError> {
        if function.is_broken() {
            return Err(PathError::Broken);
        }
        let mut paths = Paths { step, exits: Vec::new(), open: Vec::new(), jumps: Vec::new(), depth: 0 };
        let body: Vec<Node<'a>> = statements(function.child(Field::Body)).collect();
        let states = paths.block(body, BTreeSet::from([initial]))?;
        if !states.is_empty() {
            paths.exits.push(Exit { node: None, states });
        }
        Ok(Walked { exits: paths.exits, jumps: paths.jumps })
    }

    fn apply(&mut self, node: Option<Node<'a>>, states: BTreeSet<S>) -> BTreeSet<S> {
        match node {
            Some(node) => states.into_iter().map(|state| (self.step)(node, state)).collect(),
            None => states,
        }
    }

    fn block(
        &mut self,
        statements: Vec<Node<'a>>,
        mut states: BTreeSet<S>,
    ) -> Result<BTreeSet<S>, PathError> {
        for statement in statements {
            if states.is_empty() {
                break;
            }
            states = self.statement(statement, states, None)?;
        }
        Ok(states)
    }

    fn inner(&mut self, block: Option<Node<'a>>, states: BTreeSet<S>) -> Result<BTreeSet<S>, PathError> {
        self.block(statements(block).collect(), states)
    }

    fn statement(
        &mut self,
        statement: Node<'a>,
        states: BTreeSet<S>,
        label: Option<&'a str>,
    ) -> Result<BTreeSet<S>, PathError> {
        if self.depth >= MAX_DEPTH || states.len() > MAX_STATES {
            return Err(PathError::TooLarge);
        }
        self.depth += 1;
        let after = self.statement_within(statement, states, label);
        self.depth -= 1;
        after
    }

    fn statement_within(
        &mut self,
        statement: Node<'a>,
        states: BTreeSet<S>,
        label: Option<&'a str>,
    ) -> Result<BTreeSet<S>, PathError> {
        match statement.kind() {
            Kind::Block => self.inner(Some(statement), states),
            Kind::LabeledStatement => {
                let mut parts = statement.children();
                let label = parts.next().map(Node::text);
                match parts.next() {
                    Some(inner) => self.statement(inner, states, label),
                    None => Ok(states),
                }
            }
            Kind::ReturnStatement => {
                let states = self.apply(Some(statement), states);
                self.exits.push(Exit { node: Some(statement), states });
                Ok(BTreeSet::new())
            }
            Kind::GotoStatement => Err(PathError::Goto),
            Kind::BreakStatement | Kind::ContinueStatement => {
                let states = self.apply(Some(statement), states);
                self.jump(statement, states);
                Ok(BTreeSet::new())
            }
            Kind::IfStatement => {
                let states = self.apply(statement.child(Field::Initializer), states);
                let states = self.apply(statement.child(Field::Condition), states);
                let mut after = self.inner(statement.child(Field::Consequence), states.clone())?;
                after.extend(match statement.child(Field::Alternative) {
                    Some(alternative) => self.statement(alternative, states, None)?,
                    None => states,
                });
                Ok(after)
            }
            Kind::ForStatement => self.loop_(statement, states, label),
            Kind::ExpressionSwitchStatement | Kind::TypeSwitchStatement | Kind::SelectStatement => {
                self.cases(statement, states, label)
            }
            Kind::ExpressionStatement => {
                let states = self.apply(Some(statement), states);
                let ends = statement.nth(0).and_then(call_name).is_some_and(|name| ENDS.contains(&name));
                Ok(if ends { BTreeSet::new() } else { states })
            }
            _ => Ok(self.apply(Some(statement), states)),
        }
    }

    fn jump(&mut self, statement: Node<'a>, states: BTreeSet<S>) {
        let label = statement.nth(0).map(Node::text);
        let is_break = statement.kind() == Kind::BreakStatement;
        self.jumps.push((statement, states.clone()));
        let target = self.open.iter_mut().rev().find(|open| match label {
            Some(_) => open.label == label,
            None => is_break || open.is_loop,
        });
        if let Some(open) = target {
            if is_break { &mut open.breaks } else { &mut open.continues }.extend(states);
        }
    }

    fn loop_(
        &mut self,
        statement: Node<'a>,
        states: BTreeSet<S>,
        label: Option<&'a str>,
    ) -> Result<BTreeSet<S>, PathError> {
        let body = statement.child(Field::Body);
        let clause = statement.children().find(|it| Some(*it) != body);
        let mut states = states;
        let (mut condition, mut update, mut is_endless) = (None, None, true);
        match clause {
            Some(clause) if clause.kind() == Kind::ForClause => {
                states = self.apply(clause.child(Field::Initializer), states);
                condition = clause.child(Field::Condition);
                update = clause.child(Field::Update);
                is_endless = condition.is_none();
            }
            Some(clause) if clause.kind() == Kind::RangeClause => {
                states = self.apply(Some(clause), states);
                is_endless = false;
            }
            Some(other) => (condition, is_endless) = (Some(other), false),
            None => {}
        }
        self.open.push(Open { label, is_loop: true, breaks: BTreeSet::new(), continues: BTreeSet::new() });
        let mut current = self.apply(condition, states);
        let mut every = current.clone();
        for _ in 0..MAX_ROUNDS {
            let mut after = self.inner(body, current)?;
            if let Some(open) = self.open.last() {
                after.extend(open.continues.iter().copied());
            }
            let after = self.apply(update, after);
            let after = self.apply(condition, after);
            if after.is_subset(&every) {
                break;
            }
            every.extend(after.iter().copied());
            current = after;
        }
        let mut leaving = self.open.pop().map_or_else(BTreeSet::new, |open| open.breaks);
        if !is_endless {
            leaving.extend(every);
        }
        Ok(leaving)
    }

    fn cases(
        &mut self,
        statement: Node<'a>,
        states: BTreeSet<S>,
        label: Option<&'a str>,
    ) -> Result<BTreeSet<S>, PathError> {
        let states = self.apply(statement.child(Field::Initializer), states);
        let states = self.apply(statement.child(Field::Value), states);
        self.open.push(Open { label, is_loop: false, breaks: BTreeSet::new(), continues: BTreeSet::new() });
        let mut after = BTreeSet::new();
        let mut falls = BTreeSet::new();
        let mut has_default = false;
        for case in statement.children() {
            let is_case = matches!(
                case.kind(),
                Kind::ExpressionCase | Kind::TypeCase | Kind::DefaultCase | Kind::CommunicationCase
            );
            if !is_case {
                continue;
            }
            has_default |= case.kind() == Kind::DefaultCase;
            let mut inside = self.apply(case.child(Field::Communication), states.clone());
            inside.append(&mut falls);
            let leaving = self.inner(Some(case), inside)?;
            let falls_through =
                statements(Some(case)).last().is_some_and(|it| it.kind() == Kind::FallthroughStatement);
            if falls_through { &mut falls } else { &mut after }.extend(leaving);
        }
        if !has_default && statement.kind() != Kind::SelectStatement {
            after.extend(states);
        }
        after.extend(self.open.pop().map_or_else(BTreeSet::new, |open| open.breaks));
        Ok(after)
    }
}

/// Whether a closure runs in place: it is called at once or deferred.
fn runs_here(closure: Node<'_>) -> bool {
    let called = closure
        .parent()
        .filter(|it| it.kind() == Kind::CallExpression && it.child(Field::Function) == Some(closure));
    called.and_then(Node::parent).is_some_and(|it| it.kind() != Kind::GoStatement)
}

/// Whether a node holds one that fits. Closures are left out unless they are deferred or run at once.
pub(crate) fn has<'a>(node: Node<'a>, fits: &impl Fn(Node<'a>) -> bool) -> bool {
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        if fits(node) {
            return true;
        }
        todo.extend(node.children().filter(|it| it.kind() != Kind::FuncLiteral || runs_here(*it)));
    }
    false
}

/// Ways out of a function: `return` statements, and `None` for the end of its body.
pub(crate) type Exits<'a> = Vec<Option<Node<'a>>>;

/// The exits of a function that a path from `start` reaches without a statement that holds what fits, and those that it reaches with one.
/// `None` starts at the function's entry.
pub(crate) fn exits_without<'a>(
    function: Node<'a>,
    start: Option<Node<'a>>,
    fits: impl Fn(Node<'a>) -> bool,
) -> Result<(Exits<'a>, Exits<'a>), PathError> {
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum State {
        Before,
        Held,
        Done,
    }
    let initial = if start.is_some() { State::Before } else { State::Held };
    let walked = Paths::walk(function, initial, |node, state| match state {
        State::Before => {
            if start.is_some_and(|start| node.contains(start)) {
                State::Held
            } else if node.kind() == Kind::DeferStatement && has(node, &fits) {
                State::Done
            } else {
                State::Before
            }
        }
        State::Held if has(node, &fits) => State::Done,
        other => other,
    })?;
    let with = |state: State| {
        walked.exits.iter().filter(|it| it.states.contains(&state)).map(|it| it.node).collect()
    };
    Ok((with(State::Held), with(State::Done)))
}

/// The most times that one run of a function passes a node that fits: 0, 1, or 2 for more.
pub(crate) fn most<'a>(function: Node<'a>, fits: impl Fn(Node<'a>) -> bool) -> Result<usize, PathError> {
    let walked = Paths::walk(function, 0, |node, state: usize| {
        let inside = node.own().filter(|it| fits(*it)).count();
        (state + inside).min(2)
    })?;
    Ok(walked.exits.iter().flat_map(|it| it.states.last()).copied().max().unwrap_or(0))
}
