//! Masks credentials in URLs, because captures and messages are shared.

use super::escape_bytes;
use super::mask::MASK;
use super::mask::is_secret_key;

/// Shorter words for the keys of a URL's query, where masking too much does no harm.
const SECRET_QUERY_WORDS: [&str; 4] = ["auth", "cred", "key", "sig"];

/// A URL or target for people: without user name and password, with the values of secret query keys masked, and escaped.
#[doc(hidden)]
pub fn masked(text: &str) -> String {
    let (scheme, rest) = match text.find("://") {
        Some(at) => text.split_at(at + "://".len()),
        None => ("", text),
    };
    let rest = without_userinfo(rest);
    let (place, query) = match rest.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (rest, None),
    };
    let mut shown = format!("{}{}", escape_bytes(scheme.as_bytes()), escape_bytes(place.as_bytes()));
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    for (index, pair) in pairs.enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        shown.push_str(&masked_pair(pair));
    }
    shown
}

fn without_userinfo(rest: &str) -> &str {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(end);
    let start = authority.rfind('@').map_or(0, |at| at + 1);
    if has_valid_port(&authority[start..]) {
        return &rest[start..];
    }
    // Without a valid port, the text may be a password with a slash in it.
    rest.rsplit_once('@').map_or(rest, |(_, place)| place)
}

fn has_valid_port(place: &str) -> bool {
    match place.rsplit_once(':') {
        Some((_, port)) => place.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit()),
        None => true,
    }
}

fn masked_pair(pair: &str) -> String {
    let Some((key, _)) = pair.split_once('=') else {
        return escape_bytes(pair.as_bytes());
    };
    let lower = key.to_ascii_lowercase();
    // A percent-encoded key may spell any of the words.
    if lower.contains('%')
        || is_secret_key(&lower)
        || SECRET_QUERY_WORDS.iter().any(|word| lower.contains(word))
    {
        return format!("{}={MASK}", escape_bytes(key.as_bytes()));
    }
    escape_bytes(pair.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_secret() {
        let cases = [
            ("http://localhost:6060/debug/pprof", "http://localhost:6060/debug/pprof"),
            ("http://user:s3cr3t@host/x", "http://host/x"),
            ("user:s3cr3t@host:6060", "host:6060"),
            ("http://user:s3/cr3t@host/x", "http://host/x"),
            ("http://user:s3?cr3t@host", "http://host"),
            ("http://host/x?token=s3cr3t&debug=2", "http://host/x?token=***&debug=2"),
            ("http://host/x?X-Amz-Signature=s3cr3t", "http://host/x?X-Amz-Signature=***"),
            ("http://host/x?%74oken=s3cr3t", "http://host/x?%74oken=***"),
            ("http://[::1]/x@y", "http://[::1]/x@y"),
            ("http://host:1/svc@2/x", "http://host:1/svc@2/x"),
            ("unix:/run/a@b.sock", "unix:/run/a@b.sock"),
            ("http://host/x?mail=a@b", "http://host/x?mail=a@b"),
            ("http://host/\x1b[2J", "http://host/\\x1b[2J"),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected);
        }
    }
}
