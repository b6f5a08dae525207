//! Follows redirects only to the same scheme, host and port.

use reqwest::Response;
use reqwest::Url;
use reqwest::header::LOCATION;

use crate::source::error::RedirectFault;
use crate::source::error::SourceError;
use crate::text::escape_bytes;
use crate::text::masked;

pub(crate) const MAX_REDIRECTS: u32 = 5;

pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The URL to request next. `followed` counts the redirects before this one.
pub(crate) fn next(response: &Response, url: &Url, shown: &str, followed: u32) -> Result<Url, SourceError> {
    let location = response.headers().get(LOCATION).map(|value| value.as_bytes());
    let fault = match resolve(url, location) {
        Ok(_) if followed >= MAX_REDIRECTS => RedirectFault::TooMany,
        Ok(next) => return Ok(next),
        Err(fault) => fault,
    };
    let to = location.map_or_else(|| "nowhere".to_owned(), |location| masked_location(url, location));
    Err(SourceError::Redirect { url: shown.to_owned(), status: response.status().as_u16(), to, fault })
}

fn resolve(current: &Url, location: Option<&[u8]>) -> Result<Url, RedirectFault> {
    let location = location.ok_or(RedirectFault::Missing)?;
    let location = str::from_utf8(location).map_err(|_| RedirectFault::NotAUrl)?;
    let next = current.join(location).map_err(|_| RedirectFault::NotAUrl)?;
    if !matches!(next.scheme(), "http" | "https") {
        return Err(RedirectFault::Scheme);
    }
    if !next.username().is_empty() || next.password().is_some() {
        return Err(RedirectFault::Userinfo);
    }
    if current.scheme() == "https" && next.scheme() == "http" {
        return Err(RedirectFault::Downgrade);
    }
    if current.origin() != next.origin() {
        return Err(RedirectFault::OtherOrigin);
    }
    Ok(next)
}

/// The Location, masked, escaped and cut to the length of a line.
fn masked_location(current: &Url, location: &[u8]) -> String {
    const MAX_CHARS: usize = 200;
    let text = escape_bytes(location);
    let whole = current.join(&text).map_or_else(|_| masked(&text), |url| masked(url.as_str()));
    whole.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_origin() {
        let cases = [
            ("/b", Ok("https://h:1/b")),
            ("https://h:1/b?c", Ok("https://h:1/b?c")),
            ("https://h:2/b", Err(RedirectFault::OtherOrigin)),
            ("//other/b", Err(RedirectFault::OtherOrigin)),
            ("http://h:1/b", Err(RedirectFault::Downgrade)),
            ("https://u:p@h:1/b", Err(RedirectFault::Userinfo)),
        ];
        let current = Url::parse("https://h:1/a").expect("a URL");
        for (location, expected) in cases {
            let resolved = resolve(&current, Some(location.as_bytes()));
            let resolved = resolved.as_ref().map(Url::as_str).map_err(|fault| *fault);
            assert_eq!(resolved, expected, "{location}");
        }
    }
}
