//! Fetches profiles over HTTP: one target, one profile at a time, retried where a retry may help.
//!
//! `target` reads what the user typed, `connect` builds the client (options, trust, proxies, headers), `call` describes
//! requests to other interfaces than pprof's, `client` loops over the attempts that `retry` allows,
//! `request` makes one attempt, `post` sends a body, `allowed` refuses addresses that a list may not name, `redirect` decides where it may be redirected, `classify`
//! turns reqwest's errors into ours. Nothing here looks into a body.

mod allowed;
mod call;
mod classify;
mod client;
mod connect;
mod post;
mod redirect;
mod request;
mod retry;
mod target;

pub use allowed::AllowedAddresses;
pub use allowed::Network;
pub use call::Call;
pub use call::CallBody;
pub use client::Client;
pub use client::block_on;
pub use client::run_until_cancelled;
pub use client::sleep;
pub use connect::HttpOptions;
pub use post::Poster;
pub use request::Fetched;
pub use target::Target;
