//! The API server and its credentials: those of the pod that this runs in, or a URL that a person gave.

use std::net::Ipv6Addr;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::anyhow;
use leakscope::source;
use leakscope::source::HttpOptions;

use crate::api::Api;
use crate::exit_code::Failure;

/// An API server, and the options that have its credentials. A redirect is not followed: a pod behind its proxy could send those credentials to
/// another path of it.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    target: source::Target,
    options: HttpOptions,
}

/// Where Kubernetes puts the credentials of a pod's service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const MAX_FILE: u64 = 1 << 20;

/// The API server of the cluster that this process runs in.
pub(crate) fn in_cluster(options: &HttpOptions) -> Result<Access, Failure> {
    let (host, port) = (variable("KUBERNETES_SERVICE_HOST")?, variable("KUBERNETES_SERVICE_PORT")?);
    from_service_account(&host, &port, Path::new(SERVICE_ACCOUNT), options)
}

/// An API server that a person named, such as `http://127.0.0.1:8001` of `kubectl proxy`.
pub(crate) fn named(url: &str, options: &HttpOptions) -> Result<Access, Failure> {
    let target = source::Target::parse(url).map_err(|error| Failure::from(error).in_usage())?;
    Ok(Access { target, options: HttpOptions { redirects: false, ..options.clone() } })
}

fn from_service_account(
    host: &str,
    port: &str,
    folder: &Path,
    options: &HttpOptions,
) -> Result<Access, Failure> {
    let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
    let target = source::Target::parse(&format!("https://{host}:{port}"))?;
    let read = |name: &str| {
        let path: PathBuf = folder.join(name);
        source::read_input(&path, MAX_FILE).map_err(|error| {
            let failure = Failure::from(error).context("the pod's service account");
            failure.with_hint("automountServiceAccountToken must not be false for this pod")
        })
    };
    let token = String::from_utf8(read("token")?)
        .map_err(|_| Failure::input(anyhow!("the token of the service account is not UTF-8")))?;
    let options = HttpOptions {
        bearer: Some(token.trim().to_owned()),
        ca_cert: Some(read("ca.crt")?),
        only_ca_cert: true,
        proxy: false,
        redirects: false,
        ..options.clone()
    };
    Ok(Access { target, options })
}

impl Access {
    /// The API server, with these limits instead of those that were given first.
    pub(crate) fn api(&self, limits: &HttpOptions) -> Result<Api, Failure> {
        let HttpOptions { connect_timeout, idle_timeout, timeout, max_input, retries, .. } = *limits;
        let options = HttpOptions {
            connect_timeout,
            idle_timeout,
            timeout,
            max_input,
            retries,
            ..self.options.clone()
        };
        Ok(Api::new("Kubernetes", self.target.clone(), &options)?)
    }

    /// The options that have its credentials.
    pub(crate) fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// The API server's target, with the base of its URL.
    pub(crate) fn target(&self) -> &source::Target {
        &self.target
    }
}

/// Whether this process runs in a pod.
#[expect(clippy::disallowed_methods, reason = "Kubernetes names the API server in a pod's environment")]
pub(crate) fn is_in_cluster() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

#[expect(clippy::disallowed_methods, reason = "Kubernetes names the API server in a pod's environment")]
fn variable(name: &str) -> Result<String, Failure> {
    std::env::var(name).with_context(|| format!("this is no pod: there is no {name}")).map_err(|error| {
        let hint = "outside of a cluster run kubectl proxy, and give its URL: http://127.0.0.1:8001";
        Failure::usage(error).with_hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_read() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let write = |name: &str, text: &str| {
            source::write_whole(&folder.path().join(name), text.as_bytes()).expect("it is written");
        };
        let read = || from_service_account("fd00::1", "443", folder.path(), &HttpOptions::default());
        let failure = read().err().map(|it| format!("{it} {:?}", it.hint)).unwrap_or_default();
        assert!(
            failure.contains("the pod's service account: ") && failure.contains("automount"),
            "{failure}"
        );
        write("token", "s3cr3t\n");
        write("ca.crt", "-----BEGIN CERTIFICATE-----\n");
        let access = read().expect("all files are there");
        assert_eq!(access.target.origin(), "https://[fd00::1]");
        assert_eq!(access.options.bearer.as_deref(), Some("s3cr3t"));
        assert!(access.options.only_ca_cert && !format!("{access:?}").contains("s3cr3t"));
    }
}
