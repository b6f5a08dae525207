//! Credentials for servers and instances: which of them go to which host and port, from a file.
//!
//! A list could name a thief's host. So there are no credentials for all that a list names: each is bound by `pattern` to a host and a port,
//! and those of a source never go to a target.

mod pattern;

use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use anyhow::Context;
use anyhow::anyhow;
use leakscope::source;
use leakscope::source::HttpOptions;
use leakscope::source::Target;
use serde::Deserialize;

use crate::exit_code::Failure;
use crate::inputs;
use pattern::Pattern;

/// The credentials that a file names, read and ready.
#[derive(Default)]
pub(crate) struct Credentials {
    sources: Vec<Entry>,
    targets: Vec<Entry>,
}

struct Entry {
    pattern: Pattern,
    is_used: AtomicBool,
    bearer: Option<String>,
    user: Option<(String, String)>,
    ca_cert: Option<Vec<u8>>,
    client_cert: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    source: Vec<Stated>,
    #[serde(default)]
    target: Vec<Stated>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    #[serde(rename = "match")]
    pattern: String,
    bearer_env: Option<String>,
    bearer_file: Option<PathBuf>,
    user: Option<String>,
    password_env: Option<String>,
    password_file: Option<PathBuf>,
    ca_cert: Option<PathBuf>,
    client_cert: Option<PathBuf>,
}

const MAX_SECRET: u64 = 1 << 16;
const MAX_CERTIFICATES: u64 = 1 << 20;

impl Credentials {
    /// Reads a file of credentials, and the secrets that it names.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = inputs::name(path);
        let file: File = toml::from_str(&inputs::text(path).map_err(Failure::in_usage)?)
            .with_context(|| format!("the credentials {shown}"))
            .map_err(Failure::usage)?;
        let read = |kind: &str, stated: Vec<Stated>| {
            let named = |stated: Stated| {
                let what = format!(
                    "the credentials {shown}: [[{kind}]] {}",
                    leakscope::text::escape(&stated.pattern)
                );
                entry(stated).map_err(|failure| failure.in_usage().context(what))
            };
            stated.into_iter().map(named).collect::<Result<Vec<_>, Failure>>()
        };
        Ok(Credentials { sources: read("source", file.source)?, targets: read("target", file.target)? })
    }

    /// The options for a server that a person named.
    pub(crate) fn for_source(&self, target: &Target, options: &HttpOptions) -> HttpOptions {
        with(&self.sources, target, options)
    }

    /// The options for an instance that a list named.
    pub(crate) fn for_target(&self, target: &Target, options: &HttpOptions) -> HttpOptions {
        with(&self.targets, target, options)
    }

    /// The patterns of sources that matched none: they may be misspelt.
    pub(crate) fn unused_sources(&self) -> impl Iterator<Item = String> {
        self.sources.iter().filter(|it| !it.is_used.load(Ordering::Relaxed)).map(|it| it.pattern.to_string())
    }
}

/// The options with the credentials of the first entry that matches.
fn with(entries: &[Entry], target: &Target, options: &HttpOptions) -> HttpOptions {
    let Some(entry) = entries.iter().find(|it| it.pattern.matches(target)) else { return options.clone() };
    entry.is_used.store(true, Ordering::Relaxed);
    HttpOptions {
        bearer: entry.bearer.clone().or_else(|| options.bearer.clone()),
        user: entry.user.clone().or_else(|| options.user.clone()),
        ca_cert: entry.ca_cert.clone().or_else(|| options.ca_cert.clone()),
        client_cert: entry.client_cert.clone().or_else(|| options.client_cert.clone()),
        ..options.clone()
    }
}

fn entry(stated: Stated) -> Result<Entry, Failure> {
    let pattern = stated.pattern.parse().map_err(|error: String| Failure::usage(anyhow!(error)))?;
    let bearer = secret(stated.bearer_env.as_deref(), stated.bearer_file.as_deref())?;
    let password = secret(stated.password_env.as_deref(), stated.password_file.as_deref())?;
    let user = match (stated.user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        (Some(_), None) => return Err(Failure::usage(anyhow!("user needs password_env or password_file"))),
        (None, Some(_)) => return Err(Failure::usage(anyhow!("a password needs user"))),
    };
    let read =
        |path: Option<PathBuf>| path.map(|path| source::read_input(&path, MAX_CERTIFICATES)).transpose();
    let (ca_cert, client_cert) = (read(stated.ca_cert)?, read(stated.client_cert)?);
    if bearer.is_none() && user.is_none() && ca_cert.is_none() && client_cert.is_none() {
        let keys = "bearer_env, bearer_file, user, ca_cert, client_cert";
        return Err(Failure::usage(anyhow!("it has none of {keys}")));
    }
    Ok(Entry { pattern, is_used: AtomicBool::new(false), bearer, user, ca_cert, client_cert })
}

/// A secret from the environment or from a file, without white space at its ends.
fn secret(variable: Option<&str>, path: Option<&Path>) -> Result<Option<String>, Failure> {
    let text = match (variable, path) {
        (Some(_), Some(_)) => return Err(Failure::usage(anyhow!("it names a variable and a file"))),
        (Some(name), None) => Some(environment(name)?),
        (None, Some(path)) => {
            let bytes = source::read_input(path, MAX_SECRET)?;
            let utf8 = |_| Failure::usage(anyhow!("the secret in {} is not UTF-8", inputs::name(path)));
            Some(String::from_utf8(bytes).map_err(utf8)?)
        }
        (None, None) => None,
    };
    Ok(text.map(|text| text.trim().to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "secrets belong in the environment, not among the arguments")]
fn environment(name: &str) -> Result<String, Failure> {
    std::env::var(name)
        .with_context(|| format!("cannot read the environment variable {name}"))
        .map_err(Failure::usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Credentials, Failure> {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let (token, file) = (folder.path().join("token"), folder.path().join("credentials.toml"));
        let write =
            |path: &Path, text: &str| source::write_whole(path, text.as_bytes()).expect("it is written");
        write(&token, "s3cr3t\n");
        write(&file, &text.replace("TOKEN", token.to_str().expect("folders of tests are text")));
        Credentials::read(&file)
    }

    #[test]
    fn a_token_goes_to_its_host_and_port_only() {
        let text = "[[source]]\nmatch = \"https://prom.internal:443\"\nbearer_file = 'TOKEN'\n\
            [[target]]\nmatch = \"*.pay.internal:6060\"\nuser = \"me\"\npassword_file = 'TOKEN'";
        let credentials = read(text).expect("it is a file of credentials");
        let target = |text: &str| Target::parse(text).expect(text);
        let options = HttpOptions::default();
        let bearer = |text: &str| credentials.for_source(&target(text), &options).bearer.is_some();
        let user = |text: &str| credentials.for_target(&target(text), &options).user.is_some();
        assert_eq!(credentials.unused_sources().collect::<Vec<_>>(), ["https://prom.internal:443"]);
        assert!(bearer("https://prom.internal") && !bearer("http://prom.internal:443"));
        assert_eq!(credentials.unused_sources().count(), 0);
        assert!(user("a.pay.internal:6060") && !user("prom.internal:443") && !user("a.pay.internal:6061"));
        assert!(credentials.for_target(&target("https://prom.internal"), &options).bearer.is_none());
    }

    #[test]
    fn mistakes() {
        let check = |text: &str, expected: &str| {
            let failure = read(text).err().map(|it| it.to_string()).unwrap_or_default();
            assert!(failure.contains(expected) && !failure.contains("s3cr3t"), "{text}: {failure}");
        };
        check("[[target]]\nmatch = \"*:6060\"\nbearer_file = 'TOKEN'", "[[target]] *:6060: ");
        check("[[target]]\nmatch = \"h:1\"", "it has none of bearer_env");
        check("[[target]]\nmatch = \"h:1\"\nuser = \"me\"", "user needs password_env or password_file");
        check("[[target]]\nmatch = \"h:1\"\npassword_file = 'TOKEN'", "a password needs user");
        check("[[target]]\nmatch = \"h:1\"\nbearer_file = 'TOKEN.none'", "cannot read");
        check("[[target]]\nmatch = \"h:1\"\nbearer_env = 'LEAKSCOPE_NONE'", "variable LEAKSCOPE_NONE");
        check("[[targets]]\nmatch = \"h:1\"", "unknown field `targets`");
    }
}
