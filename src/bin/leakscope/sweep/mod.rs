//! A sweep: asks the instances of many services within budgets, and writes one service after the other into a store.
//!
//! `sources` reads lists of instances, `credentials` says which secrets go where, `road` is how one instance is read. `ask` asks over HTTP on
//! a thread of its own, `captures` lists folders, `look` turns an answer into what a store keeps or into the cause of a gap, `collect` writes a
//! service when all of its instances are there.

mod ask;
mod captures;
mod collect;
mod credentials;
mod look;
mod road;
mod sources;

pub(crate) use ask::Again;
pub(crate) use ask::Answer;
pub(crate) use ask::AskOptions;
pub(crate) use ask::Limits;
pub(crate) use ask::Look;
pub(crate) use ask::Task;
pub(crate) use ask::ask;
pub(crate) use captures::listed_captures;
pub(crate) use collect::Collector;
pub(crate) use collect::Totals;
pub(crate) use credentials::Credentials;
pub(crate) use look::Looker;
pub(crate) use look::miss_of;
pub(crate) use look::missed;
pub(crate) use road::Found;
pub(crate) use road::Road;
pub(crate) use road::Taken;
pub(crate) use sources::Answer as SourceAnswer;
pub(crate) use sources::KubernetesOptions;
pub(crate) use sources::Pprof;
pub(crate) use sources::PrometheusOptions;
pub(crate) use sources::Sources;
pub(crate) use sources::StoredOptions;
pub(crate) use sources::Via;
pub(crate) use sources::http_sd;
pub(crate) use sources::kubernetes;
pub(crate) use sources::parca;
pub(crate) use sources::prometheus;
pub(crate) use sources::pyroscope;
