//! Go source text to a flat table of nodes.
//!
//! **Invariant:** the parser is known in `parse.rs` alone. Everything else sees [`Tree`] and [`Node`], so that another parser can take its
//! place.

mod kind;
mod node;
mod parse;
mod tree;

pub(crate) use kind::Field;
pub(crate) use kind::Kind;
pub(crate) use kind::Operator;
pub(crate) use node::Node;
pub(crate) use parse::GoParser;
#[cfg(test)]
pub(crate) use parse::parse;
pub(crate) use tree::Tree;
