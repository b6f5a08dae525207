//! The pods of a Kubernetes cluster: lists them by two GETs of the API server's documented interface, and finds where each serves pprof.
//!
//! `access` finds the API server and its credentials, `list` asks for pods page by page, `pod` reads one.

mod access;
mod list;
mod pod;

pub(crate) use access::Access;
pub(crate) use access::in_cluster;
pub(crate) use access::is_in_cluster;
pub(crate) use access::named;
pub(crate) use list::Selection;
pub(crate) use list::list;
pub(crate) use pod::Pod;
pub(crate) use pod::is_name;
