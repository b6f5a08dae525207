//! A list that a server makes: the JSON of Prometheus's http_sd.

use leakscope::fleet;
use leakscope::source::Call;

use super::Answer;
use super::Sources;
use crate::exit_code::Failure;
use crate::sweep::road::Found;
use crate::sweep::road::Road;

/// Reads the list at a URL.
pub(crate) fn http_sd(url: &str, sources: &Sources<'_>) -> Result<Answer, Failure> {
    let api = sources.api("a server of http_sd", url)?;
    let fetched =
        leakscope::source::block_on(api.call(&Call::default())).map_err(|error| api.failure(error))?;
    let text = String::from_utf8(fetched.bytes).map_err(|_| api.fault("the list is not UTF-8"))?;
    let listed = fleet::parse_groups(&text, sources.names)
        .map_err(|error| Failure::input(error).context(format!("the list {}", fetched.url)))?;
    let found = listed.targets.into_iter().map(|target| Found { target, road: Road::Direct });
    Ok(Answer { found: found.collect(), warnings: listed.warnings })
}
