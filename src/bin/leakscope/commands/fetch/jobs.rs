//! The targets that arguments name: one each, or the pods of a selector.

use anyhow::anyhow;
use leakscope::source;
use leakscope::source::HttpOptions;
use leakscope::source::SourceError;

use super::args::KubernetesArgs;
use crate::exit_code::Failure;
use crate::kubernetes;
use crate::kubernetes::Pod;

/// A target, and how it is asked.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// Its name in a report: its origin, or namespace and name of a pod.
    pub(super) name: String,
    pub(super) target: source::Target,
    pub(super) options: HttpOptions,
    /// Whether it is a pod, and its name is not that of the target.
    pub(super) is_pod: bool,
}

impl Job {
    /// A failure of this target, with its name and a hint if it is a pod.
    pub(super) fn explained(&self, failure: Failure) -> Failure {
        if !self.is_pod {
            return failure;
        }
        let hint = match failure.source_error() {
            Some(SourceError::Status { status: 401 | 403, .. }) => {
                Some("the account needs the right to get pods/proxy: docs/fleet.md, Kubernetes")
            }
            Some(SourceError::Status { status: 503, body, .. })
                if body.contains("error trying to reach service") =>
            {
                Some("does pprof listen on that port, and not only on 127.0.0.1 of its pod? --pprof-port")
            }
            Some(_) | None => None,
        };
        let failure = failure.context(self.name.clone());
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

/// Where `kubectl proxy` listens, unless a person says otherwise.
const KUBECTL_PROXY: &str = "http://127.0.0.1:8001";
/// Each pod may be asked for a traceback.
const MAX_PODS: usize = 50;

/// The targets of an argument: `host:6060`, or `k8s:NAMESPACE/SELECTOR`.
pub(super) fn jobs(text: &str, args: &KubernetesArgs, options: &HttpOptions) -> Result<Vec<Job>, Failure> {
    let Some(rest) = text.strip_prefix("k8s:") else {
        let target = parse_target(text)?;
        return Ok(vec![Job { name: target.to_arg(), target, options: options.clone(), is_pod: false }]);
    };
    let malformed = || {
        let error = anyhow!("{}: not a namespace and a selector", leakscope::text::escape(text));
        Failure::usage(error).with_hint("write it like k8s:prod/app=checkout")
    };
    let (namespace, selector) = rest.split_once('/').ok_or_else(malformed)?;
    if !kubernetes::is_name(namespace) || selector.is_empty() {
        return Err(malformed());
    }
    let selection =
        kubernetes::Selection { namespace: Some(namespace.to_owned()), selector: Some(selector.to_owned()) };
    let is_inside = args.kubernetes.is_none() && kubernetes::is_in_cluster();
    let access = match &args.kubernetes {
        None if is_inside => kubernetes::in_cluster(options)?,
        url => kubernetes::named(url.as_deref().unwrap_or(KUBECTL_PROXY), options)?,
    };
    let listed = kubernetes::list(&access.api(options)?, &selection)?;
    let fault = |why: String| Failure::input(anyhow!("{}: {why}", leakscope::text::escape(text)));
    if listed.pods.is_empty() {
        return Err(fault("no pod that runs".to_owned()));
    }
    if listed.pods.len() > MAX_PODS {
        let failure =
            fault(format!("{} pods, and at most {MAX_PODS} are fetched at once", listed.pods.len()));
        return Err(failure.with_hint("give a narrower selector, or use leakscope sweep"));
    }
    listed
        .pods
        .iter()
        .map(|pod| if is_inside { direct(pod, args, options) } else { proxied(pod, args, &access) })
        .collect()
}

/// A pod at its address: it comes from a list, so it may not be an address of this machine.
fn direct(pod: &Pod, args: &KubernetesArgs, options: &HttpOptions) -> Result<Job, Failure> {
    let (scheme, port) = (scheme(pod, args), port(pod, args)?);
    let target = source::Target::parse(&format!("{scheme}://{}:{port}", pod.host))?;
    let allowed = Some(source::AllowedAddresses::default());
    Ok(Job { name: name(pod), target, options: HttpOptions { allowed, ..options.clone() }, is_pod: true })
}

/// A pod through the API server, which has the credentials.
fn proxied(pod: &Pod, args: &KubernetesArgs, access: &kubernetes::Access) -> Result<Job, Failure> {
    let scheme = if scheme(pod, args) == "https" { "https:" } else { "" };
    let (Pod { namespace, name: pod_name, .. }, port) = (pod, port(pod, args)?);
    let root = access.target().root_url();
    let target = source::Target::parse(&format!(
        "{root}/api/v1/namespaces/{namespace}/pods/{scheme}{pod_name}:{port}/proxy"
    ))?;
    // A port that nothing listens on is status 503 here, which is no reason to try again.
    Ok(Job {
        name: name(pod),
        target,
        options: HttpOptions { retries: 0, ..access.options().clone() },
        is_pod: true,
    })
}

fn name(pod: &Pod) -> String {
    format!("{}/{}", pod.namespace, pod.name)
}

fn port(pod: &Pod, args: &KubernetesArgs) -> Result<u16, Failure> {
    let without = || {
        let error = anyhow!("the pod {}: no container states a port", name(pod));
        Failure::usage(error).with_hint("give the port of pprof: --pprof-port 6060")
    };
    args.pprof_port.or(pod.port).ok_or_else(without)
}

/// The name of a port says what that port speaks, and nothing of another one.
fn scheme(pod: &Pod, args: &KubernetesArgs) -> &'static str {
    if pod.is_https && args.pprof_port.is_none() { "https" } else { "http" }
}

/// A target that a person wrote.
pub(crate) fn parse_target(text: &str) -> Result<source::Target, Failure> {
    let target = source::Target::parse(text).map_err(|error| Failure::from(error).in_usage())?;
    match target.profile() {
        None | Some("goroutine" | "goroutineleak") => Ok(target),
        Some(other) => {
            let error = anyhow!("{}: the URL of a {other} profile", target.url(other, None));
            let hint = format!(
                "leakscope fetches the profiles it needs itself: leakscope fetch {}",
                target.url("goroutine", None)
            );
            Err(Failure::usage(error).with_hint(hint))
        }
    }
}
