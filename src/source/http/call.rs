//! A request to an interface other than pprof's, such as one that lists targets.

use reqwest::Url;

use crate::source::error::SourceError;
use crate::source::http::target::Target;

/// A request to an interface other than pprof's, below the path of a [`Target`]. It only reads: a GET, or a query that its protocol sends
/// as a POST.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The parts of the path after the target's own, not encoded; a part may contain any character.
    pub path: Vec<String>,
    /// Keys and values, not encoded.
    pub query: Vec<(String, String)>,
    /// What is posted; `None` for a GET.
    pub body: Option<CallBody>,
}

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallBody {
    /// Its media type.
    pub content_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Call {
    /// A GET of this path, whose parts need no encoding: `/api/v1/query`.
    pub fn get(path: &str) -> Self {
        let parts = path.split('/').filter(|part| !part.is_empty());
        Call { path: parts.map(str::to_owned).collect(), ..Call::default() }
    }

    /// The same with a key of the query.
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.to_owned(), value.into()));
        self
    }

    /// The same as a POST.
    pub fn posting(self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        Call { body: Some(CallBody { content_type, bytes }), ..self }
    }

    /// The URL at a target.
    pub(crate) fn url(&self, target: &Target) -> Result<Url, SourceError> {
        let unusable = |reason: String| SourceError::Target {
            target: target.origin().to_owned(),
            reason,
            instead: None,
        };
        let mut url = Url::parse(&target.root_url()).map_err(|error| unusable(error.to_string()))?;
        if !self.path.is_empty() {
            let mut parts = url.path_segments_mut().map_err(|()| unusable("it has no path".to_owned()))?;
            // "." and ".." are not added.
            parts.pop_if_empty().extend(&self.path);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let check = |target: &str, call: Call, expected: &str| {
            let target = Target::parse(target).expect(target);
            assert_eq!(call.url(&target).expect("a URL").as_str(), expected);
        };
        check(
            "http://u:p@h:9090",
            Call::get("/api/v1/query").with("query", "a > 1"),
            "http://h:9090/api/v1/query?query=a+%3E+1",
        );
        check("https://h/prom/", Call::get("/api"), "https://h/prom/api");
        check("http://h/sd?token=x", Call::default(), "http://h/sd?token=x");
        check("http://h/sd?token=x", Call::get("a").with("b", "&=#"), "http://h/sd/a?token=x&b=%26%3D%23");
        let path = ["pods", "a/../b?c#d", ".."].map(str::to_owned).to_vec();
        check("http://h", Call { path, ..Call::default() }, "http://h/pods/a%2F..%2Fb%3Fc%23d");
    }
}
