//! Lists pods page by page.

use leakscope::source;
use leakscope::source::Call;
use leakscope::source::SourceError;
use serde::Deserialize;

use super::pod::Pod;
use super::pod::StatedPod;
use crate::api::Api;
use crate::exit_code::Failure;

/// Which pods.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// `None` for all namespaces.
    pub(crate) namespace: Option<String>,
    /// A label selector, such as `app=checkout`; `None` for all pods.
    pub(crate) selector: Option<String>,
}

/// The pods that run.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// By namespace and name.
    pub(crate) pods: Vec<Pod>,
    /// Those that are being deleted or have no address yet.
    pub(crate) left_out: usize,
}

#[derive(Deserialize)]
struct Page {
    metadata: PageMetadata,
    /// `null` for an empty list, as Go writes it.
    items: Option<Vec<StatedPod>>,
}

#[derive(Deserialize)]
struct PageMetadata {
    #[serde(rename = "continue", default)]
    next: String,
}

/// Pods of one page: about 5 MB.
const PAGE: &str = "500";
/// Pages of a list: 1,000,000 pods.
const MAX_PAGES: usize = 2_000;

/// Lists the pods that run. Needs the right to list pods, and no other.
pub(crate) fn list(api: &Api, selection: &Selection) -> Result<Listed, Failure> {
    let mut path = vec!["api".to_owned(), "v1".to_owned()];
    if let Some(namespace) = &selection.namespace {
        path.extend(["namespaces".to_owned(), namespace.clone()]);
    }
    path.push("pods".to_owned());
    let mut first =
        Call { path, ..Call::default() }.with("fieldSelector", "status.phase=Running").with("limit", PAGE);
    if let Some(selector) = &selection.selector {
        first = first.with("labelSelector", selector.as_str());
    }
    let mut listed = Listed::default();
    let mut next = String::new();
    for _ in 0..MAX_PAGES {
        let call =
            if next.is_empty() { first.clone() } else { first.clone().with("continue", next.as_str()) };
        let fetched = source::block_on(api.call(&call)).map_err(|error| failure(api, error, selection))?;
        let page: Page = api.parse(&fetched)?;
        for stated in page.items.unwrap_or_default() {
            match Pod::read(stated) {
                Some(pod) => listed.pods.push(pod),
                None => listed.left_out += 1,
            }
        }
        if !next.is_empty() && next == page.metadata.next {
            break;
        }
        next = page.metadata.next;
        if next.is_empty() {
            listed.pods.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
            return Ok(listed);
        }
    }
    Err(api.fault("the list of pods has no end"))
}

fn failure(api: &Api, error: SourceError, selection: &Selection) -> Failure {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum may gain errors; few have another hint here"
    )]
    let hint = match &error {
        SourceError::Status { status: 401, .. } => "the API server does not accept the token".to_owned(),
        SourceError::Status { status: 403, .. } => {
            let whole = "in the whole cluster (a ClusterRole), or give --namespace";
            let place = selection
                .namespace
                .as_ref()
                .map_or(whole.to_owned(), |it| format!("in the namespace {it} (a Role)"));
            format!("the account needs the right to list pods {place}: docs/fleet.md, Kubernetes")
        }
        SourceError::Status { status: 410, .. } => {
            "the list changed while it was read: run it again".to_owned()
        }
        _ => return api.failure(error),
    };
    let failure = Failure::from(error);
    failure.with_hint(hint)
}
