//! Splits a URL into the parts of a target.

use reqwest::Url;

/// Query keys that select the form of a profile. They are dropped, because leakscope selects it.
const FORM_KEYS: [&str; 2] = ["debug", "seconds"];

/// The path before `/debug/pprof`, and the profile's name after it; `None` if more than a name follows.
pub(crate) fn split_path(path: &str) -> Option<(String, Option<String>)> {
    const MOUNT: &str = "/debug/pprof";
    let path = path.trim_end_matches('/');
    let mount = path
        .rmatch_indices(MOUNT)
        .find(|(at, _)| matches!(path.as_bytes().get(at + MOUNT.len()), None | Some(b'/')));
    let Some((at, _)) = mount else {
        return Some((path.to_owned(), None));
    };
    let (base, rest) = path.split_at(at);
    let profile = rest.trim_start_matches(MOUNT).trim_start_matches('/');
    if profile.contains('/') {
        return None;
    }
    let profile = (!profile.is_empty()).then(|| profile.to_owned());
    Some((base.trim_end_matches('/').to_owned(), profile))
}

/// The query without [`FORM_KEYS`], as `a=1&b=2`; may be empty.
pub(crate) fn kept_query(url: &Url) -> String {
    let pairs = url.query().unwrap_or_default().split('&');
    let kept = pairs.filter(|pair| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !FORM_KEYS.contains(&key)
    });
    kept.collect::<Vec<_>>().join("&")
}

/// The user and password, decoded; `None` if the URL has neither.
pub(crate) fn userinfo(url: &Url) -> Option<(String, String)> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some((percent_decoded(url.username()), percent_decoded(url.password().unwrap_or_default())))
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let byte = match tail.get(..2) {
            Some(digits) if *first == b'%' => hex_byte(digits),
            _ => None,
        };
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
        decoded.push(byte.unwrap_or(*first));
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let mut value = 0;
    for digit in digits {
        value = value * 16 + char::from(*digit).to_digit(16)?;
    }
    u8::try_from(value).ok()
}
