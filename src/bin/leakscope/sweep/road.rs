//! How the profiles of an instance are read.

use std::sync::Arc;

use leakscope::fleet::FleetTarget;
use leakscope::input::Input;
use leakscope::input::SnapshotInput;
use leakscope::source;
use leakscope::source::Call;
use leakscope::source::SourceError;

use crate::api::Api;
use crate::commands::pull::Pulled;
use crate::exit_code::Failure;

/// An instance that a source named.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) target: FleetTarget,
    pub(crate) road: Road,
}

/// How the profile of an instance is read.
#[derive(Clone, Debug)]
pub(crate) enum Road {
    /// From its own pprof, at the place that a list names.
    Direct,
    /// From its own pprof, at the same place, which is below a server that a person named: with that server's credentials.
    Through(Arc<Api>),
    /// A profile that a server keeps.
    Stored(Arc<Api>, Arc<Stored>),
}

/// A profile that a server keeps.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// What is asked for, the first that the server knows.
    pub(crate) calls: Vec<Call>,
    /// Finds the profile in the answer to the call of this position; `None` if the server does not know that call.
    pub(crate) unpack: Unpack,
    /// The sum of its counts, as the server states it; `None` if it does not. A server that merges several profiles has another sum.
    pub(crate) total: Option<u64>,
    /// When it was taken, in seconds since 1970.
    pub(crate) taken_at: i64,
}

/// The position of a call and its answer, to the profile in it. If there is none, why.
pub(crate) type Unpack = fn(usize, &[u8]) -> Result<Option<Vec<u8>>, String>;

/// Profiles of an instance that were read.
pub(crate) struct Taken {
    pub(crate) input: SnapshotInput,
    /// In seconds since 1970.
    pub(crate) taken_at: i64,
    /// The sum of its counts, if it is known beforehand.
    pub(crate) total: Option<u64>,
    /// Profiles that were not asked for, and why.
    pub(crate) left_out: Vec<String>,
}

/// Why a profile could not be read.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The request failed.
    Source(SourceError),
    /// The answer holds no profile: why.
    NoProfile(String),
}

impl From<SourceError> for Fault {
    fn from(error: SourceError) -> Self {
        Fault::Source(error)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        failure.into_source_error().map_or_else(|other| Fault::NoProfile(other.to_string()), Fault::Source)
    }
}

impl From<source::Fetched> for Taken {
    fn from(fetched: source::Fetched) -> Self {
        let taken_at = fetched.requested_at.as_second();
        Taken { taken_at, ..Taken::one(fetched.url, fetched.bytes) }
    }
}

impl Taken {
    /// One profile. `name` is the URL that answered, without credentials.
    fn one(name: String, bytes: Vec<u8>) -> Self {
        let input = SnapshotInput::from_input(Input::from_bytes(name, bytes));
        Taken { input, taken_at: 0, total: None, left_out: Vec::new() }
    }

    /// The profiles of a second look.
    pub(crate) fn again(mut pulled: Pulled, target: &source::Target) -> Self {
        let taken_at = pulled.taken_at().map_or(0, jiff::Timestamp::as_second);
        let left_out = std::mem::take(&mut pulled.left_out);
        Taken { input: pulled.input(target), taken_at, total: None, left_out }
    }
}

impl Stored {
    pub(crate) async fn fetch(&self, api: &Api) -> Result<Taken, Fault> {
        let mut unknown = None;
        for (at, call) in self.calls.iter().enumerate() {
            let fetched = match api.call(call).await {
                Ok(fetched) => fetched,
                // An older server has an older call.
                Err(error @ SourceError::Status { status: 404 | 405 | 501, .. }) => {
                    unknown = Some(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let unpacked = (self.unpack)(at, &fetched.bytes);
            let name = fetched.url;
            let no_profile = |why: String| Fault::NoProfile(format!("{name}: {why}"));
            if let Some(bytes) = unpacked.map_err(no_profile)? {
                let (taken_at, total) = (self.taken_at, self.total);
                return Ok(Taken { taken_at, total, ..Taken::one(name, bytes) });
            }
        }
        let none =
            || Fault::NoProfile("the server has no call that answers with a single profile".to_owned());
        Err(unknown.map_or_else(none, Fault::Source))
    }
}
