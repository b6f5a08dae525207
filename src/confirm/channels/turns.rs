//! How often a loop runs, as Go text that can take the place of a buffer's size.

use crate::code::Function;
use crate::code::Package;
use crate::code::arguments;
use crate::code::base_type;
use crate::code::call_name;
use crate::code::expressions;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// How often a loop runs at most, as Go text that is an integer, means the same where a channel is made, and is not negative there: `make`
/// would panic. `None` where the syntax does not show it.
pub(crate) fn turns<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    loop_: Node<'a>,
    make: Node<'a>,
) -> Option<String> {
    let count = Count { package, function, loop_, make };
    if let Some(range) = loop_.child_of_kind(Kind::RangeClause) {
        let over = range.child(Field::Right)?;
        return match over.kind() {
            Kind::IntLiteral => Some(over.text().to_owned()),
            Kind::Identifier | Kind::SelectorExpression if !count.is_same_at_make(over, loop_.start()) => {
                None
            }
            Kind::Identifier if count.is_number(over) => {
                count.is_natural(over).then(|| over.text().to_owned())
            }
            Kind::Identifier | Kind::SelectorExpression => {
                count.has_length(range, over).then(|| format!("len({})", over.text()))
            }
            _ => None,
        };
    }
    let clause = loop_.child_of_kind(Kind::ForClause)?;
    let initial = clause.child(Field::Initializer)?;
    let condition = clause.child(Field::Condition).filter(|it| it.operator() == Operator::Less)?;
    let update = clause.child(Field::Update).filter(|it| it.kind() == Kind::IncStatement)?;
    let counter = condition.child(Field::Left)?;
    let bound = condition.child(Field::Right)?;
    let starts_at_zero =
        initial.child(Field::Left)?.text() == counter.text() && initial.child(Field::Right)?.text() == "0";
    let counts = starts_at_zero && update.nth(0)?.text() == counter.text();
    let body = loop_.child(Field::Body)?;
    if !counts || changes(body, counter.text()) {
        return None;
    }
    let is_plain = match bound.kind() {
        Kind::IntLiteral => true,
        Kind::Identifier => count.is_same_at_make(bound, loop_.end()) && count.is_natural(bound),
        Kind::CallExpression if call_name(bound) == Some("len") => {
            arguments(bound).next().is_some_and(|it| count.is_same_at_make(it, loop_.end()))
        }
        _ => false,
    };
    is_plain.then(|| bound.text().to_owned())
}

struct Count<'a> {
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    loop_: Node<'a>,
    make: Node<'a>,
}

impl<'a> Count<'a> {
    /// Whether a name means the same where the channel is made, and nothing changes it from there on until `end`. What a method or another
    /// function does to a field is not seen: then there is no call between.
    fn is_same_at_make(&self, name: Node<'a>, end: u32) -> bool {
        let root = match name.kind() {
            Kind::Identifier => name,
            Kind::SelectorExpression => match name.child(Field::Operand) {
                Some(operand) if operand.kind() == Kind::Identifier => operand,
                _ => return false,
            },
            _ => return false,
        };
        let declared = |at| self.package.lookup(self.function, root.text(), at).map(|it| it.at);
        let between =
            || self.function.node.walk().filter(|it| self.make.end() <= it.start() && it.start() < end);
        let calls = |it: Node<'_>| it.kind() == Kind::CallExpression && it.start() < self.loop_.start();
        declared(root.start()) == declared(self.make.start())
            && !between().any(|it| sets(it, root.text()) || sets(it, name.text()))
            && (root == name || !between().any(calls))
    }

    /// Whether a name is an integer.
    fn is_number(&self, name: Node<'a>) -> bool {
        let type_ = self.package.type_node(self.function, name).map(|(_, it)| it.text());
        type_.is_some_and(|it| it.trim_start_matches('u').starts_with("int") || it == "byte")
            || self.value(name).is_some_and(|it| it.kind() == Kind::IntLiteral)
    }

    /// What a local name or a constant of the package is declared as.
    fn value(&self, name: Node<'a>) -> Option<Node<'a>> {
        match self.package.lookup(self.function, name.text(), name.start()) {
            Some(local) => local.value.filter(|_| local.names == 1),
            None => self.package.variable(name.text())?.value,
        }
    }

    /// Whether a number is not negative where the channel is made.
    fn is_natural(&self, name: Node<'a>) -> bool {
        let (package, text) = (self.package, name.text());
        let local = package.lookup(self.function, text, name.start());
        let type_ = local.and_then(|it| it.type_).or_else(|| package.variable(text)?.type_);
        let counts = |it: Node<'_>| {
            it.kind() == Kind::IntLiteral
                || matches!(call_name(it), Some("len" | "cap" | "runtime.NumCPU" | "runtime.GOMAXPROCS"))
        };
        let is_constant = || package.variable(text).is_some_and(|it| it.spec.kind() == Kind::ConstSpec);
        let is_set = || {
            let mut nodes = self.function.node.walk();
            nodes.any(|it| sets(it, text) && local.is_none_or(|local| local.statement != it))
        };
        // A statement of the same block that would panic too.
        let panics_too = |it: Node<'_>| {
            let is_size = call_name(it) == Some("make")
                && arguments(it).next().is_some_and(|made| made.kind() == Kind::SliceType);
            let is_count = call_name(it).is_some_and(|name| name.ends_with(".Add"));
            (is_size && arguments(it).nth(1).is_some_and(|size| size.text() == text))
                || (is_count && arguments(it).next().is_some_and(|size| size.text() == text))
        };
        let block = crate::code::statement_of(self.make).and_then(Node::parent);
        let is_used = || {
            let statements = block.into_iter().flat_map(Node::children);
            let mut before = statements.filter(|it| it.start() < self.loop_.start());
            before.any(|it| it.kind() != Kind::ForStatement && !is_branch(it) && it.own().any(panics_too))
        };
        type_.is_some_and(|it| it.text().starts_with("uint") || it.text() == "byte")
            || self.value(name).is_some_and(counts) && if local.is_some() { !is_set() } else { is_constant() }
            || is_used()
    }

    /// Whether `len` of what a loop ranges over is the number of its turns: not so of a channel, a function or a number.
    fn has_length(&self, range: Node<'a>, over: Node<'a>) -> bool {
        let has_two = expressions(range.child(Field::Left)).len() == 2;
        let local = self.package.lookup(self.function, over.text(), over.start());
        if local.is_some_and(|it| it.statement.kind() == Kind::VariadicParameterDeclaration) {
            return true;
        }
        let Some((_, type_)) = self.package.type_node(self.function, over) else {
            // Two names: a slice, a map or an array, unless a call gave an iterator.
            return has_two && local.is_some_and(|it| it.value.is_none_or(|it| call_name(it).is_none()));
        };
        let declared = base_type(type_).and_then(|it| self.package.type_named(it));
        let plain = declared.map_or(type_, |(_, it)| it);
        match plain.kind() {
            Kind::SliceType | Kind::ArrayType | Kind::MapType => true,
            Kind::ChannelType | Kind::FunctionType | Kind::InterfaceType | Kind::StructType => false,
            Kind::TypeIdentifier if plain.text() == "string" => true,
            _ => has_two && !plain.text().contains("iter.Seq"),
        }
    }
}

/// Whether a statement may leave its parts out.
fn is_branch(statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        Kind::IfStatement
            | Kind::ExpressionSwitchStatement
            | Kind::TypeSwitchStatement
            | Kind::SelectStatement
            | Kind::GoStatement
            | Kind::DeferStatement
    )
}

/// Whether something inside of a node sets a name, counts it or takes its address.
fn changes(node: Node<'_>, name: &str) -> bool {
    node.walk().any(|it| it.kind() != Kind::ShortVarDeclaration && sets(it, name))
}

/// Whether a node sets a name, counts it or takes its address.
fn sets(node: Node<'_>, name: &str) -> bool {
    match node.kind() {
        Kind::AssignmentStatement | Kind::ShortVarDeclaration => {
            expressions(node.child(Field::Left)).iter().any(|it| it.text() == name)
        }
        Kind::IncStatement | Kind::DecStatement => node.nth(0).is_some_and(|it| it.text() == name),
        Kind::UnaryExpression => {
            node.operator() == Operator::Address
                && node.child(Field::Operand).is_some_and(|it| it.text() == name)
        }
        _ => false,
    }
}
