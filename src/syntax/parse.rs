//! Text to a tree, by tree-sitter and its grammar of Go.

use std::sync::LazyLock;

use tree_sitter::Language;
use tree_sitter::Parser;
use tree_sitter::TreeCursor;

use super::kind::Field;
use super::kind::Kind;
use super::kind::Operator;
use super::tree::Entry;
use super::tree::Tree;

/// The grammar, with our names of its kinds and fields by its ids.
struct Grammar {
    language: Language,
    kinds: Vec<Kind>,
    operators: Vec<Operator>,
    fields: Vec<Field>,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let language = Language::new(tree_sitter_go::LANGUAGE);
    let ids = 0..u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
    let name = |id| language.node_kind_for_id(id).unwrap_or("");
    let fields = 0..=u16::try_from(language.field_count()).unwrap_or(u16::MAX - 1);
    Grammar {
        kinds: ids
            .clone()
            .map(|id| if language.node_kind_is_named(id) { Kind::of(name(id)) } else { Kind::Other })
            .collect(),
        operators: ids.map(|id| Operator::of(name(id))).collect(),
        fields: fields.map(|id| Field::of(language.field_name_for_id(id).unwrap_or(""))).collect(),
        language,
    }
});

/// The maximum depth of nodes. Deeper ones are left out, and what holds them counts as broken.
const MAX_DEPTH: usize = 500;

/// The maximum size of a file in bytes.
const MAX_TEXT: usize = 4 << 20;

/// Parses Go files, one after another: it keeps its memory for the next one.
pub(crate) struct GoParser(Parser);

impl GoParser {
    /// A parser that has parsed nothing yet.
    pub(crate) fn new() -> Self {
        let mut parser = Parser::new();
        parser.set_language(&GRAMMAR.language).expect("tree-sitter knows the version of this grammar");
        GoParser(parser)
    }

    /// Parses a file. `path` is what is shown of it. `None` if it is larger than 4 MiB. A file with syntax errors has a tree, in which
    /// [`Node::is_broken`](super::Node::is_broken) says where.
    pub(crate) fn parse(&mut self, path: String, text: String) -> Option<Tree> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let parsed = self.0.parse(&text, None)?;
        let mut entries = Vec::with_capacity(text.len() / 6);
        add(&mut parsed.walk(), &mut entries);
        Some(Tree::new(path, text, entries))
    }
}

/// Parses one file.
#[cfg(test)]
pub(crate) fn parse(path: String, text: String) -> Option<Tree> {
    GoParser::new().parse(path, text)
}

/// Adds all nodes below a cursor in preorder.
fn add(cursor: &mut TreeCursor<'_>, entries: &mut Vec<Entry>) {
    // The entries of the ancestors of the node at the cursor.
    let mut open: Vec<u32> = Vec::new();
    loop {
        let node = cursor.node();
        let keeps = open.is_empty() || (node.is_named() && !node.is_extra()) || node.is_error();
        let index = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        if keeps {
            let kind = GRAMMAR.kinds.get(usize::from(node.kind_id())).copied().unwrap_or(Kind::Other);
            let field = cursor.field_id().and_then(|id| GRAMMAR.fields.get(usize::from(id.get()))).copied();
            entries.push(Entry {
                kind: if node.is_error() { Kind::Error } else { kind },
                field: field.unwrap_or(Field::Other),
                operator: Operator::Other,
                start: u32::try_from(node.start_byte()).unwrap_or(u32::MAX),
                end: u32::try_from(node.end_byte()).unwrap_or(u32::MAX),
                parent: open.last().copied().unwrap_or(0),
                last: index.saturating_add(1),
                broken: node.has_error(),
            });
        } else if let Some(parent) = open.last().and_then(|it| entries.get_mut(*it as usize)) {
            let operator = GRAMMAR.operators.get(usize::from(node.kind_id())).copied();
            if let Some(operator) = operator.filter(|it| *it != Operator::Other)
                && parent.operator == Operator::Other
            {
                parent.operator = operator;
            }
        }
        if keeps && open.len() < MAX_DEPTH && cursor.goto_first_child() {
            open.push(index);
            continue;
        }
        if keeps && open.len() >= MAX_DEPTH && node.child_count() > 0 {
            for ancestor in &open {
                if let Some(entry) = entries.get_mut(*ancestor as usize) {
                    entry.broken = true;
                }
            }
        }
        while !cursor.goto_next_sibling() {
            let Some(closed) = open.pop() else { return };
            let after = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            if let Some(entry) = entries.get_mut(closed as usize) {
                entry.last = after;
            }
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Node;
    use super::*;

    fn tree(text: &str) -> Tree {
        parse("a.go".to_owned(), text.to_owned()).expect("it is small")
    }

    fn find<'a>(tree: &'a Tree, kind: Kind) -> Node<'a> {
        tree.root().walk().find(|it| it.kind() == kind).expect("the file has one")
    }

    #[test]
    fn nodes_have_spans_parents_fields_and_operators() {
        let tree =
            tree("package a\n\n// says\nfunc f(x int) {\n\tgo func() { c <- 1 }()\n\ty := <-c // end\n}\n");
        let function = find(&tree, Kind::FunctionDeclaration);
        assert_eq!(function.child(Field::Name).map(Node::text), Some("f"));
        assert_eq!((function.line(), function.last_line()), (4, 7));
        let receive = find(&tree, Kind::UnaryExpression);
        assert_eq!((receive.text(), receive.operator()), ("<-c", Operator::Receive));
        assert_eq!(find(&tree, Kind::ShortVarDeclaration).operator(), Operator::Define);
        let send = find(&tree, Kind::SendStatement);
        assert_eq!(send.function().map(Node::kind), Some(Kind::FuncLiteral));
        assert!(function.contains(send) && !function.is_broken());
        assert!(function.walk().any(|it| it == send) && !function.own().any(|it| it == send));
        let parents =
            function.walk().skip(1).all(|it| it.parent().is_some_and(|up| up.children().any(|c| c == it)));
        assert!(parents, "each node is a child of its parent");
        assert_eq!(tree.line_text(6), "\ty := <-c // end");
    }

    #[test]
    fn an_error_is_kept_to_the_function_that_holds_it() {
        let tree = tree("package a\n\nfunc f() {\n\tx := := 3\n}\n\nfunc g() {}\n");
        let broken = |name| {
            let named = |it: &Node<'_>| it.child(Field::Name).map(Node::text) == Some(name);
            tree.root().children().find(named).map(Node::is_broken)
        };
        assert_eq!((broken("f"), broken("g")), (Some(true), Some(false)));
    }

    #[test]
    fn depth_is_bounded() {
        let deep =
            format!("package a\n\nvar x = {}1{}\n\nfunc g() {{}}\n", "(".repeat(5000), ")".repeat(5000));
        let tree = tree(&deep);
        assert!(tree.root().walk().count() < 2000);
        assert!(tree.root().children().any(|it| it.kind() == Kind::VarDeclaration && it.is_broken()));
    }
}
