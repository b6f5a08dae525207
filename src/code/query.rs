//! Small questions about nodes.

use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The statements of a block, of a case or of a function's body.
pub(crate) fn statements<'a>(block: Option<Node<'a>>) -> impl Iterator<Item = Node<'a>> {
    block.and_then(|it| it.child_of_kind(Kind::StatementList)).into_iter().flat_map(Node::children)
}

/// The text of what a call calls: `close`, `s.mu.Lock`, `pkg.New[int]`; `None` if the node is no call.
pub(crate) fn call_name(node: Node<'_>) -> Option<&str> {
    if node.kind() != Kind::CallExpression {
        return None;
    }
    node.child(Field::Function).map(Node::text)
}

/// The last name of what a call calls, without type arguments: `Lock` of `s.mu.Lock()`.
pub(crate) fn called_name(node: Node<'_>) -> Option<&str> {
    let function = node.child(Field::Function)?;
    let inner = unwrapped(function);
    match inner.kind() {
        Kind::Identifier | Kind::FieldIdentifier => Some(inner.text()),
        Kind::SelectorExpression => inner.child(Field::Selected).map(Node::text),
        _ => None,
    }
}

/// An expression without parentheses, type arguments and index.
pub(super) fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    while matches!(
        node.kind(),
        Kind::ParenthesizedExpression | Kind::TypeInstantiationExpression | Kind::IndexExpression
    ) {
        match node.nth(0) {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// The arguments of a call, in order.
pub(crate) fn arguments<'a>(call: Node<'a>) -> impl Iterator<Item = Node<'a>> {
    call.child(Field::Arguments).into_iter().flat_map(Node::children)
}

/// The statement that holds a node: a child of a statement list. `None` outside of one.
pub(crate) fn statement_of(node: Node<'_>) -> Option<Node<'_>> {
    let in_list = |it: &Node<'_>| it.parent().is_some_and(|up| up.kind() == Kind::StatementList);
    std::iter::once(node).chain(node.ancestors()).find(in_list)
}

/// The loops that run a node again, the innermost first, inside of one function.
pub(crate) fn loops_around<'a>(node: Node<'a>, stop: Option<Node<'a>>) -> Vec<Node<'a>> {
    let mut loops = Vec::new();
    let mut child = node;
    for parent in node.ancestors() {
        if Some(parent) == stop {
            break;
        }
        if parent.kind() == Kind::ForStatement && child.kind() == Kind::Block {
            loops.push(parent);
        }
        if parent.kind().is_function() {
            break;
        }
        child = parent;
    }
    loops
}

/// Whether a send or receive is the case of a `select`: then the select waits, and not it.
pub(crate) fn in_case(node: Node<'_>) -> bool {
    std::iter::once(node)
        .chain(node.ancestors())
        .take_while(|it| !matches!(it.kind(), Kind::StatementList | Kind::Block))
        .any(|it| it.kind() == Kind::CommunicationCase)
}

/// The closures directly in a node, in order: not those inside of other closures.
pub(crate) fn closures<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut found: Vec<Node<'a>> = Vec::new();
    for it in node.walk().skip(1).filter(|it| it.kind() == Kind::FuncLiteral) {
        if !found.last().is_some_and(|last| last.contains(it)) {
            found.push(it);
        }
    }
    found
}

/// How a closure is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpawnKind {
    /// In a goroutine: a `go` statement, or a method such as `errgroup.Group.Go`.
    Go,
    /// By a timer or when a context ends: `time.AfterFunc`, `context.AfterFunc`.
    After,
    /// When the function that holds it returns.
    Defer,
    /// At once.
    Call,
    /// It is an argument of a call, which may run it or keep it.
    Argument,
}

/// How a closure is run, and by which statement or call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spawn<'a> {
    /// How.
    pub(crate) kind: SpawnKind,
    /// The `go` or `defer` statement, or the call.
    pub(crate) node: Node<'a>,
}

/// How a closure is run; `None` if the syntax does not show it.
pub(crate) fn spawn_of(closure: Node<'_>) -> Option<Spawn<'_>> {
    let parent = closure.parent()?;
    if parent.kind() == Kind::CallExpression && parent.child(Field::Function) == Some(closure) {
        let above = parent.parent()?;
        return Some(match above.kind() {
            Kind::GoStatement => Spawn { kind: SpawnKind::Go, node: above },
            Kind::DeferStatement => Spawn { kind: SpawnKind::Defer, node: above },
            _ => Spawn { kind: SpawnKind::Call, node: parent },
        });
    }
    if parent.kind() != Kind::ArgumentList {
        return None;
    }
    let call = parent.parent().filter(|it| it.kind() == Kind::CallExpression)?;
    let kind = match call_name(call)? {
        "time.AfterFunc" | "context.AfterFunc" => SpawnKind::After,
        _ if matches!(called_name(call), Some("Go" | "TryGo" | "GoWrapper")) => SpawnKind::Go,
        _ => SpawnKind::Argument,
    };
    Some(Spawn { kind, node: call })
}

/// The name of a type without pointers, type arguments and parentheses: `Store`, `sync.Mutex`. `None` for a type without a name.
pub(crate) fn base_type(node: Node<'_>) -> Option<&str> {
    let mut node = node;
    while matches!(node.kind(), Kind::PointerType | Kind::ParenthesizedType | Kind::GenericType) {
        node = node.child(Field::Type).or_else(|| node.nth(0))?;
    }
    let named = matches!(
        node.kind(),
        Kind::TypeIdentifier | Kind::QualifiedType | Kind::Identifier | Kind::SelectorExpression
    );
    named.then(|| node.text())
}

/// The expressions of a list, or the expression itself.
pub(crate) fn expressions(node: Option<Node<'_>>) -> Vec<Node<'_>> {
    match node {
        Some(list) if list.kind() == Kind::ExpressionList => list.children().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// The call and the capacity, if an expression is `make(chan …)`.
pub(super) fn make_of(expression: Node<'_>) -> Option<(Node<'_>, Option<&str>)> {
    let mut expression = expression;
    while matches!(expression.kind(), Kind::ParenthesizedExpression | Kind::LiteralElement) {
        expression = expression.nth(0)?;
    }
    if call_name(expression) != Some("make") {
        return None;
    }
    let mut arguments = arguments(expression);
    arguments.next().filter(|it| it.kind() == Kind::ChannelType)?;
    Some((expression, arguments.next().map(Node::text)))
}
