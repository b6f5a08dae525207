//! A sweep: asks the instances of many services within budgets, and writes one service after the other into a store.
//!
//! `ask` asks over HTTP on a thread of its own, `captures` lists folders, `look` turns an answer into what a store keeps or into the cause of a
//! gap, `collect` writes a service when all of its instances are there.

mod ask;
mod captures;
mod collect;
mod look;

pub(crate) use ask::Answer;
pub(crate) use ask::AskOptions;
pub(crate) use ask::Limits;
pub(crate) use ask::ask;
pub(crate) use captures::listed_captures;
pub(crate) use collect::Collector;
pub(crate) use collect::Totals;
pub(crate) use look::Looker;
pub(crate) use look::miss_of;
