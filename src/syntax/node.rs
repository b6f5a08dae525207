//! A handle of one node, with what is asked of it.

use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

use super::kind::Field;
use super::kind::Kind;
use super::kind::Operator;
use super::tree::Entry;
use super::tree::Tree;

// Its questions are asked at hundreds of places: a copy in each would only make the program larger.

/// A node of a tree. Two handles are equal if they are the same node of the same file.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    tree: &'a Tree,
    index: u32,
}

impl Tree {
    /// The node of the file.
    pub(crate) fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for Node<'_> {}

impl Hash for Node<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}:{}", self.kind(), self.tree.path(), self.line())
    }
}

/// What an index that is in no tree reads as: nothing panics, whatever the parser made.
const NOTHING: Entry = Entry {
    kind: Kind::Other,
    field: Field::Other,
    operator: Operator::Other,
    start: 0,
    end: 0,
    parent: 0,
    last: 0,
    broken: true,
};

impl<'a> Node<'a> {
    pub(super) fn new(tree: &'a Tree, index: u32) -> Self {
        Node { tree, index }
    }

    fn entry(self) -> &'a Entry {
        self.tree.entries.get(self.index as usize).unwrap_or(&NOTHING)
    }

    /// The file that it is in.
    pub(crate) fn tree(self) -> &'a Tree {
        self.tree
    }

    /// What it is.
    pub(crate) fn kind(self) -> Kind {
        self.entry().kind
    }

    /// Its role in its parent.
    pub(crate) fn field(self) -> Field {
        self.entry().field
    }

    /// Its operator: of a unary or binary expression, an assignment, a range clause or a receive statement. `Other` if it has none.
    pub(crate) fn operator(self) -> Operator {
        self.entry().operator
    }

    /// Whether it is a receive from a channel: `<-c`.
    pub(crate) fn is_receive(self) -> bool {
        self.kind() == Kind::UnaryExpression && self.operator() == Operator::Receive
    }

    /// Whether it compares something with nil by this operator: `err != nil`.
    pub(crate) fn compares_with_nil(self, operator: Operator) -> bool {
        self.operator() == operator && self.child(Field::Right).is_some_and(|it| it.kind() == Kind::Nil)
    }

    /// The byte offset of its first byte.
    pub(crate) fn start(self) -> u32 {
        self.entry().start
    }

    /// The byte offset after its last byte.
    pub(crate) fn end(self) -> u32 {
        self.entry().end
    }

    /// Its text.
    #[inline(never)]
    pub(crate) fn text(self) -> &'a str {
        self.tree.text().get(self.start() as usize..self.end() as usize).unwrap_or("")
    }

    /// The line where it starts, from 1.
    #[inline(never)]
    pub(crate) fn line(self) -> u32 {
        self.tree.line_of(self.start())
    }

    /// The line where it ends, from 1.
    #[inline(never)]
    pub(crate) fn last_line(self) -> u32 {
        self.tree.line_of(self.end().saturating_sub(1).max(self.start()))
    }

    /// Whether a line is one of its lines.
    pub(crate) fn has_line(self, line: u32) -> bool {
        self.line() <= line && line <= self.last_line()
    }

    /// Whether another node of the same file is inside it, or is it.
    pub(crate) fn contains(self, other: Node<'_>) -> bool {
        std::ptr::eq(self.tree, other.tree)
            && self.index <= other.index
            && other.index < self.entry().last.max(self.index + 1)
    }

    /// Whether the parser found an error in it. What it means is not known then.
    pub(crate) fn is_broken(self) -> bool {
        self.entry().broken
    }

    /// The node that it is a child of; `None` for the file.
    #[inline(never)]
    pub(crate) fn parent(self) -> Option<Node<'a>> {
        (self.index > 0).then(|| Node::new(self.tree, self.entry().parent))
    }

    /// Its ancestors, the nearest first.
    pub(crate) fn ancestors(self) -> impl Iterator<Item = Node<'a>> {
        std::iter::successors(self.parent(), |it| it.parent())
    }

    /// Its children, in order.
    pub(crate) fn children(self) -> impl Iterator<Item = Node<'a>> + Clone {
        let last = self.entry().last;
        let first = Some(self.index + 1).filter(|index| *index < last);
        std::iter::successors(first, move |index| self.sibling_after(*index, last))
            .map(move |index| Node::new(self.tree, index))
    }

    /// The index of the sibling after the one at an index; siblings end at `last`.
    #[inline(never)]
    fn sibling_after(self, index: u32, last: u32) -> Option<u32> {
        let next = self.tree.entries.get(index as usize)?.last;
        (next > index && next < last).then_some(next)
    }

    /// Its first child with a role; `None` if it has none.
    #[inline(never)]
    pub(crate) fn child(self, field: Field) -> Option<Node<'a>> {
        self.children().find(|it| it.field() == field)
    }

    /// Its children with a role, in order.
    pub(crate) fn children_of(self, field: Field) -> impl Iterator<Item = Node<'a>> {
        self.children().filter(move |it| it.field() == field)
    }

    /// Its first child of a kind.
    #[inline(never)]
    pub(crate) fn child_of_kind(self, kind: Kind) -> Option<Node<'a>> {
        self.children().find(|it| it.kind() == kind)
    }

    /// Its n-th child, from 0.
    #[inline(never)]
    pub(crate) fn nth(self, n: usize) -> Option<Node<'a>> {
        self.children().nth(n)
    }

    /// Itself and everything below it, in order, closures included.
    pub(crate) fn walk(self) -> impl Iterator<Item = Node<'a>> {
        (self.index..self.entry().last.max(self.index + 1)).map(move |index| Node::new(self.tree, index))
    }

    /// Itself and everything below it, without the closures below it.
    pub(crate) fn own(self) -> impl Iterator<Item = Node<'a>> {
        let end = self.entry().last.max(self.index + 1);
        let mut index = self.index;
        std::iter::from_fn(move || {
            while index < end {
                let node = Node::new(self.tree, index);
                if node.kind() == Kind::FuncLiteral && index != self.index {
                    index = node.entry().last.max(index + 1);
                    continue;
                }
                index += 1;
                return Some(node);
            }
            None
        })
    }

    /// The nearest function that it is in, or it itself if it is one; `None` outside of functions.
    #[inline(never)]
    pub(crate) fn function(self) -> Option<Node<'a>> {
        std::iter::once(self).chain(self.ancestors()).find(|it| it.kind().is_function())
    }

    /// The nearest ancestor of a kind, below `stop`.
    #[inline(never)]
    pub(crate) fn up(self, kind: Kind, stop: Option<Node<'a>>) -> Option<Node<'a>> {
        self.ancestors().take_while(|it| Some(*it) != stop).find(|it| it.kind() == kind)
    }
}
