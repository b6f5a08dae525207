//! A channel, with all that its package does to it.

use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Make;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A channel that goroutines wait for.
pub(crate) struct Channel<'a> {
    /// How it is called where they wait.
    pub(crate) name: &'a str,
    /// The operation that waits: sentences name lines relative to its file.
    pub(crate) wait: Node<'a>,
    /// What is known of it.
    pub(crate) uses: Uses<'a>,
    /// The sends.
    pub(crate) sends: Vec<Op<'a>>,
    /// The receives and range loops.
    pub(crate) receives: Vec<Op<'a>>,
    /// The closes.
    pub(crate) closes: Vec<Op<'a>>,
}

impl<'a> Channel<'a> {
    pub(crate) fn new(
        package: &'a Package<'a>,
        function: &'a Function<'a>,
        expression: Node<'a>,
        wait: Node<'a>,
    ) -> Self {
        let mut uses = Uses::of_expression(package, function, expression);
        let mut makes: Vec<Make<'a>> = Vec::new();
        for make in uses.makes.drain(..) {
            if !makes.iter().any(|it| it.node == make.node) {
                makes.push(make);
            }
        }
        uses.makes = makes;
        let (sends, receives, closes) = (uses.sends(), uses.receives(), uses.closes());
        Channel { name: expression.text(), wait, uses, sends, receives, closes }
    }

    /// Whether the package shows all that can happen to it.
    pub(crate) fn is_closed_world(&self) -> bool {
        self.uses.is_closed_world()
    }

    /// Whether something is assigned to it where it is not declared.
    pub(crate) fn is_set(&self) -> bool {
        self.uses.operations.iter().any(|it| it.kind == OpKind::Set)
    }

    /// Where it is made, if that is one place.
    pub(crate) fn only_make(&self) -> Option<Make<'a>> {
        match self.uses.makes.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Whether it has a buffer wherever it is made.
    pub(crate) fn has_buffer(&self) -> bool {
        !self.uses.makes.is_empty() && self.uses.makes.iter().all(Make::has_buffer)
    }

    /// Whether it has a buffer at one place at least where it is made.
    pub(crate) fn may_have_room(&self) -> bool {
        self.uses.makes.iter().any(Make::has_buffer)
    }

    /// The function that makes it for each of its calls; `None` if it is made at several places, for the whole package, or kept in a
    /// field or package variable, where it may live longer than the call.
    pub(crate) fn maker(&self) -> Option<Node<'a>> {
        let is_local = self.uses.objects.iter().all(|it| matches!(it, Object::Local { .. }));
        let make = self.only_make().filter(|it| is_local && it.function.is_some())?;
        make.node.function()
    }

    /// A line, as sentences on this wait name it.
    pub(crate) fn line(&self, node: Node<'_>) -> String {
        line_in(node, self.wait)
    }

    /// Several lines: `line 4`, `lines 4, 7 and 9`.
    pub(crate) fn lines(&self, nodes: impl IntoIterator<Item = Node<'a>>) -> String {
        let mut named: Vec<String> = Vec::new();
        for node in nodes {
            let line = self.line(node);
            if !named.contains(&line) {
                named.push(line);
            }
        }
        list(&named)
    }

    /// `, made unbuffered at line 29`; empty if it is not known where it is made.
    pub(crate) fn made(&self) -> String {
        let Some(first) = self.uses.makes.first() else { return String::new() };
        let buffer = match first.capacity.filter(|_| first.has_buffer()) {
            Some(buffer) => format!("with a buffer of {buffer}"),
            None => "unbuffered".to_owned(),
        };
        let also = if self.uses.makes.len() > 1 { " and elsewhere" } else { "" };
        format!(", made {buffer} at {}{also}", self.line(first.node))
    }

    /// Adds the lines where it is made as evidence.
    pub(super) fn with_makes(&self, said: Said) -> Said {
        self.uses.makes.iter().take(2).fold(said, |said, make| said.with("made", make.node))
    }

    /// What stops the package from showing all uses, as the end of a sentence; `None` if nothing does.
    pub(crate) fn gets_away(&self) -> Option<String> {
        let escape = self.uses.escapes.first()?;
        let at = escape.node.map_or(String::new(), |it| format!(" at {}", self.line(it)));
        let text = short(escape.text);
        Some(match escape.kind {
            EscapeKind::Unknown => format!("what `{text}` is cannot be followed{at}"),
            EscapeKind::Exported => format!("`{text}` is exported: other packages may use it"),
            EscapeKind::From | EscapeKind::FromCall => format!("it comes from `{text}`{at}"),
            EscapeKind::Parameter => format!("it is the parameter `{text}`, and not all callers are seen"),
            EscapeKind::Receiver => format!("it is the receiver `{text}`"),
            EscapeKind::Kept => format!("it is kept in `{text}`{at}"),
            EscapeKind::Passed => format!("it is passed to {text}{at}"),
            EscapeKind::Sent => format!("it is itself sent on a channel{at}"),
            EscapeKind::Returned => format!("{text} returns it{at}"),
            EscapeKind::Other => format!("it is used in `{text}`{at}"),
        })
    }
}

/// `line 4`, `lines 4, 7 and 9`: what `line_in` gives, joined.
pub(crate) fn list(named: &[String]) -> String {
    let numbers: Vec<&str> = named.iter().filter_map(|it| it.strip_prefix("line ")).collect();
    let (parts, head) = if named.len() > 1 && numbers.len() == named.len() {
        (numbers, "lines ")
    } else {
        (named.iter().map(String::as_str).collect(), "")
    };
    match parts.as_slice() {
        [] => String::new(),
        [only] => format!("{head}{only}"),
        [first @ .., last] => format!("{head}{} and {last}", first.join(", ")),
    }
}

/// The beginning of a text, on one line.
pub(crate) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or("")),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_owned(),
    }
}

/// Whether the value that is received is dropped: `<-c` as a statement or as a case.
pub(crate) fn drops_value(receive: Node<'_>) -> bool {
    receive.parent().is_some_and(|it| match it.kind() {
        Kind::ExpressionStatement => true,
        Kind::ReceiveStatement => it.child(Field::Left).is_none(),
        _ => false,
    })
}

/// The expression that a case receives from: the operand of its `<-`.
pub(crate) fn received(case: Node<'_>) -> Option<Node<'_>> {
    let communication = case.child(Field::Communication)?;
    let receive = communication.own().find(|it| it.is_receive())?;
    receive.child(Field::Operand)
}

/// The name of the function that holds an operation, as a sentence has it.
pub(crate) fn title(op: &Op<'_>) -> String {
    match (op.function.is_vars(), op.scope.kind()) {
        (true, _) => "a package variable's function".to_owned(),
        (false, Kind::FuncLiteral) => {
            format!("the closure at line {} of {}", op.scope.line(), op.function.title())
        }
        (false, _) => op.function.title(),
    }
}
