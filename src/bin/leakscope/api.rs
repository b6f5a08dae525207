//! A server that knows of a fleet, such as Prometheus or an API server of Kubernetes: it is named by a person, and only read.

use anyhow::anyhow;
use leakscope::source;
use leakscope::source::Call;
use leakscope::source::CauseKind;
use leakscope::source::SourceError;
use leakscope::text::escape;
use serde::de::DeserializeOwned;

use crate::exit_code::Failure;

/// A server that a person named, and the client that has its credentials.
#[derive(Debug)]
pub(crate) struct Api {
    /// What it is, for messages: `Prometheus`.
    what: &'static str,
    client: source::Client,
    target: source::Target,
}

impl Api {
    /// Sends nothing yet.
    pub(crate) fn new(
        what: &'static str,
        target: source::Target,
        options: &source::HttpOptions,
    ) -> Result<Self, SourceError> {
        Ok(Api { what, client: source::Client::new(options, &target)?, target })
    }

    #[cfg(feature = "fleet")]
    /// Scheme, host and port, without credentials.
    pub(crate) fn origin(&self) -> &str {
        self.target.origin()
    }

    #[cfg(feature = "fleet")]
    /// The client with its credentials, for what is below it.
    pub(crate) fn client(&self) -> &source::Client {
        &self.client
    }

    /// Sends a request.
    pub(crate) async fn call(&self, call: &Call) -> Result<source::Fetched, SourceError> {
        self.client.call(&self.target, call).await
    }

    #[cfg(feature = "fleet")]
    /// Sends a request and waits for its answer, which is JSON.
    pub(crate) fn ask<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Failure> {
        let fetched = source::block_on(self.call(call)).map_err(|error| self.failure(error))?;
        self.parse(&fetched)
    }

    /// Reads an answer of JSON.
    pub(crate) fn parse<T: DeserializeOwned>(&self, fetched: &source::Fetched) -> Result<T, Failure> {
        serde_json::from_slice(&fetched.bytes).map_err(|error| {
            let failure =
                Failure::input(anyhow!("{}: the answer is not that of {}: {error}", fetched.url, self.what));
            failure.with_hint(self.check_url())
        })
    }

    /// An answer that says something else than it should; `why` comes from this program.
    pub(crate) fn fault(&self, why: &str) -> Failure {
        Failure::input(anyhow!("{} at {}: {why}", self.what, escape(self.target.origin())))
    }

    /// An error with a hint for this kind of server.
    pub(crate) fn failure(&self, error: SourceError) -> Failure {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the enum may gain errors; few have another hint here"
        )]
        let hint = match &error {
            SourceError::Status { status: 401 | 403, .. } => {
                Some(format!("{} wants other credentials: docs/fleet.md, Credentials", self.what))
            }
            SourceError::Status { status: 404 | 405, .. } => Some(self.check_url()),
            SourceError::Redirect { to, .. } => Some(format!("if that is the right server, give its URL: {to}")),
            SourceError::Transport { source, .. } if source.kind == CauseKind::UnknownIssuer => Some(
                "give the certificate of the authority that signed it: ca_cert in the file of --credentials, or --ca-cert"
                    .to_owned(),
            ),
            SourceError::TimedOut { .. } => {
                Some("is it overloaded? a narrower query or selector asks for less".to_owned())
            }
            _ => error.hint(),
        };
        let mut failure = Failure::from(error);
        failure.hint = hint;
        failure
    }

    fn check_url(&self) -> String {
        format!("give the URL of {}, with the path that it is served below", self.what)
    }
}
