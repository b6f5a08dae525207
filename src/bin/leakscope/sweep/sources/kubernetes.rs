//! The pods of a cluster, asked themselves or through the API server.

use std::sync::Arc;

use leakscope::fleet::FleetTarget;
use leakscope::fleet::LabelNames;
use leakscope::text::pluralize;

use super::Answer;
use super::Pprof;
use super::Sources;
use super::list_options;
use crate::exit_code::Failure;
use crate::kubernetes;
use crate::kubernetes::Pod;
use crate::sweep::road::Found;
use crate::sweep::road::Road;

/// Which pods, and how they are asked.
#[derive(Clone, Debug)]
pub(crate) struct KubernetesOptions {
    /// The API server; `None` for that of the cluster that this runs in.
    pub(crate) url: Option<String>,
    pub(crate) selection: kubernetes::Selection,
    pub(crate) via: Via,
}

/// How a pod is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Via {
    /// At its address.
    PodIp,
    /// Through the API server, which needs the right to get pods/proxy.
    Proxy,
}

/// Labels that name a service where a person named none. Without one it is what made the pod.
const SERVICE: [&str; 4] = ["app.kubernetes.io/name", "app", "k8s-app", "service"];
const VERSION: [&str; 2] = ["app.kubernetes.io/version", "version"];

/// The pods that run.
pub(crate) fn kubernetes(options: &KubernetesOptions, sources: &Sources<'_>) -> Result<Answer, Failure> {
    let limits = list_options();
    let access = match &options.url {
        Some(url) => {
            let target =
                leakscope::source::Target::parse(url).map_err(|error| Failure::from(error).in_usage())?;
            kubernetes::named(url, &sources.credentials.for_source(&target, &limits))?
        }
        None => kubernetes::in_cluster(&limits)?,
    };
    let listed = kubernetes::list(&access.api(&limits)?, &options.selection)?;
    let asked = Arc::new(access.api(sources.asking)?);
    let names = label_names(sources.names);
    let mut answer = Answer::default();
    let mut without_port = 0;
    for pod in &listed.pods {
        let Some(port) = sources.pprof.port.or(pod.port) else {
            without_port += 1;
            continue;
        };
        let scheme = if pod.is_https && sources.pprof.port.is_none() { "https" } else { "http" };
        let place = sources.pprof.place(scheme, &pod.host, Some(port));
        let (place, road) = match options.via {
            Via::PodIp => (place, Road::Direct),
            Via::Proxy => {
                let path = proxied(pod, port, scheme, sources.pprof);
                (format!("{}{path}", access.target().root_url()), Road::Through(Arc::clone(&asked)))
            }
        };
        let target = target(pod, place, &names, options.selection.namespace.is_none());
        answer.found.push(Found { target, road });
    }
    let left_out = |count: usize, why: &str| {
        (count > 0).then(|| format!("{} left out: {why}", pluralize(count as i128, "pod")))
    };
    answer.warnings.extend(left_out(without_port, "no container states a port (--pprof-port)"));
    answer.warnings.extend(left_out(listed.left_out, "being deleted, or without an address"));
    Ok(answer)
}

/// The path of a pod's pprof below the API server.
fn proxied(pod: &Pod, port: u16, scheme: &str, pprof: &Pprof) -> String {
    let scheme = if pprof.scheme.as_deref().unwrap_or(scheme) == "https" { "https:" } else { "" };
    let Pod { namespace, name, .. } = pod;
    let base = if pprof.base.is_empty() { String::new() } else { format!("/{}", pprof.base) };
    format!("/api/v1/namespaces/{namespace}/pods/{scheme}{name}:{port}/proxy{base}")
}

/// What the labels of a pod name. A pod has one name in its namespace; services of two namespaces are two services.
fn target(pod: &Pod, place: String, names: &LabelNames, has_all_namespaces: bool) -> FleetTarget {
    let first = |names: &[String]| {
        names.iter().find_map(|name| pod.labels.get(name).filter(|it| !it.is_empty())).cloned()
    };
    let service = first(&names.service).or_else(|| pod.owner.clone()).unwrap_or_else(|| pod.name.clone());
    FleetTarget {
        service: if has_all_namespaces { format!("{}/{service}", pod.namespace) } else { service },
        instance: pod.name.clone(),
        place,
        version: first(&names.version).or_else(|| pod.tag.clone()),
        team: first(&names.team),
        precedence: None,
    }
}

/// The labels that a person named, or else those that are usual in Kubernetes.
fn label_names(names: &LabelNames) -> LabelNames {
    let default = LabelNames::default();
    let or = |given: &Vec<String>, default: &Vec<String>, usual: &[&str]| {
        if given == default { usual.iter().map(|it| (*it).to_owned()).collect() } else { given.clone() }
    };
    LabelNames {
        service: or(&names.service, &default.service, &SERVICE),
        version: or(&names.version, &default.version, &VERSION),
        ..names.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_services() {
        let labels =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let pod = Pod {
            namespace: "prod".to_owned(),
            name: "cart-5d7f-x2x".to_owned(),
            owner: Some("cart".to_owned()),
            tag: Some("v2".to_owned()),
            ..Pod::default()
        };
        let check = |pod: &Pod, names: &LabelNames, all: bool, expected: (&str, &str)| {
            let target = target(pod, String::new(), &label_names(names), all);
            assert_eq!((target.service.as_str(), target.version.as_deref().unwrap_or_default()), expected);
        };
        let names = LabelNames::default();
        check(&pod, &names, false, ("cart", "v2"));
        check(&pod, &names, true, ("prod/cart", "v2"));
        let labelled =
            Pod { labels: labels(&[("app", "shop"), ("version", "v3"), ("x", "y")]), ..pod.clone() };
        check(&labelled, &names, false, ("shop", "v3"));
        check(&labelled, &LabelNames { service: vec!["x".to_owned()], ..names.clone() }, false, ("y", "v3"));
        check(&Pod { owner: None, ..pod }, &names, false, ("cart-5d7f-x2x", "v2"));
    }

    #[test]
    fn paths_of_the_proxy() {
        let pod = Pod { namespace: "prod".to_owned(), name: "cart-0".to_owned(), ..Pod::default() };
        let check = |scheme: &str, base: &str, expected: &str| {
            let pprof = Pprof { base: base.to_owned(), ..Pprof::default() };
            assert_eq!(proxied(&pod, 6060, scheme, &pprof), expected);
        };
        check("http", "", "/api/v1/namespaces/prod/pods/cart-0:6060/proxy");
        check("https", "ops", "/api/v1/namespaces/prod/pods/https:cart-0:6060/proxy/ops");
    }
}
