//! Masking of secrets: reports, captures and messages are shared.
//!
//! Masking knows words and patterns. A secret that looks like none of them is shown.

use std::borrow::Cow;

use super::escape_bytes;

/// Shown in place of a secret.
const MASK: &str = "***";

/// Parts of a key, of a label or of a URL's query, which say that its value is a secret.
const SECRET_WORDS: [&str; 16] = [
    "authoriz",
    "auth_",
    "auth-",
    "token",
    "secret",
    "passw",
    "pwd",
    "cookie",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "private_key",
    "credential",
    "session",
    "signature",
];

/// Short words that say the same of a label only as its whole key.
const SECRET_KEYS: [&str; 3] = ["auth", "sig", "jwt"];

/// Short words that say the same of a key in a URL's query, where masking too much does no harm.
const SECRET_QUERY_WORDS: [&str; 4] = ["auth", "cred", "key", "sig"];

/// Words of a value after which a secret follows: the authentication schemes of HTTP.
const SCHEMES: [&str; 3] = ["bearer", "basic", "digest"];

/// Prefixes of the access keys of clouds and forges, and of JSON web tokens.
const STARTS: [&str; 13] = [
    "akia",
    "asia",
    "aiza",
    "eyj",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "hvs.",
];
/// A shorter word with such a prefix is no secret.
const MIN_SECRET_LEN: usize = 12;

/// How label keys and values are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownLabels {
    /// Whatever looks like a secret is `***`.
    #[default]
    Masked,
    /// Unchanged.
    Raw,
}

impl ShownLabels {
    /// The value of a label, masked if it looks like a secret.
    pub fn value<'a>(self, key: &str, value: &'a str) -> Cow<'a, str> {
        match self {
            ShownLabels::Masked if is_secret_key(key) || is_secret(value) => Cow::Borrowed(MASK),
            ShownLabels::Masked | ShownLabels::Raw => Cow::Borrowed(value),
        }
    }

    /// The key of a label, masked if it is a secret itself: a program may use any text as a key.
    pub fn key(self, key: &str) -> Cow<'_, str> {
        match self {
            ShownLabels::Masked if is_secret(key) => Cow::Borrowed(MASK),
            ShownLabels::Masked | ShownLabels::Raw => Cow::Borrowed(key),
        }
    }
}

fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.contains(&&*key) || SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Whether a text contains a secret: in a header, a URL, a command line, a mail address.
fn is_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower.contains("-----begin") || has_userinfo(text) {
        return true;
    }
    let apart = |c: char| {
        c.is_whitespace() || matches!(c, '=' | '?' | '&' | ':' | ';' | ',' | '"' | '\'' | '<' | '>')
    };
    let words: Vec<&str> = lower.split(apart).filter(|word| !word.is_empty()).collect();
    let begins =
        |word: &str| word.len() >= MIN_SECRET_LEN && STARTS.iter().any(|start| word.starts_with(start));
    let announced = words.array_windows().any(|[word, _]| {
        SCHEMES.contains(word) || is_secret_key(word.trim_start_matches('-')) && is_assigned(&lower, word)
    });
    announced || words.iter().any(|word| begins(word) || is_mail(word))
}

/// Whether a word names the value after it: `word=`, `word:`, or an option `--word`.
fn is_assigned(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| text[at + word.len()..].starts_with(['=', ':']) || word.starts_with('-'))
}

/// Whether it is a URL with a user name or password before its host.
fn has_userinfo(value: &str) -> bool {
    value.match_indices("://").any(|(at, found)| {
        let rest = &value[at + found.len()..];
        rest.split(['/', '?', '#', ' ']).next().is_some_and(|authority| authority.contains('@'))
    })
}

/// Whether it is a mail address; a module with its version (`path@v1.2.3`) is none.
fn is_mail(word: &str) -> bool {
    let Some((name, host)) = word.split_once('@') else { return false };
    let Some((_, top)) = host.rsplit_once('.') else { return false };
    let plain = |text: &str, more: &str| text.chars().all(|c| c.is_alphanumeric() || more.contains(c));
    !name.is_empty()
        && plain(name, "._%+-")
        && plain(host, ".-")
        && top.len() >= 2
        && top.chars().all(char::is_alphabetic)
}

/// A URL or target without its user name and password, with the values of secret query keys as `***`, and escaped.
pub(crate) fn masked(text: &str) -> String {
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
    // Malformed: what looks like the port may be the start of a password with a slash in it.
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
    // A key in percent-encoding may spell any of the words.
    if lower.contains('%')
        || is_secret_key(&lower)
        || SECRET_QUERY_WORDS.iter().any(|word| lower.contains(word))
    {
        return format!("{}=***", escape_bytes(key.as_bytes()));
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

    #[test]
    fn masks_what_looks_secret_and_nothing_else() {
        let secret = [
            ("Authorization", "x"),
            ("session_token", "x"),
            ("db_password", "x"),
            ("jwt", "x"),
            ("header", "Bearer abc"),
            ("header", "Authorization: Basic abc"),
            ("id", "eyJhbGciOi.x.yzzz"),
            ("id", "AKIAIOSFODNN7EXAMPLE"),
            ("note", "called with AKIAIOSFODNN7EXAMPLE"),
            ("dsn", "postgres://app:hunter2@db/x"),
            ("dsn", "user=app password=hunter2 host=db"),
            ("path", "/a?b=1&access_token=x"),
            ("args", "app --password hunter2"),
            ("args", "app -token=x"),
            ("key", "-----BEGIN RSA PRIVATE KEY-----"),
            ("user", "kim@mail.example"),
            ("to", "\"Kim\" <kim@mail.example>"),
        ];
        for (key, value) in secret {
            assert_eq!(ShownLabels::Masked.value(key, value), "***", "{key}={value}");
            assert_eq!(ShownLabels::Raw.value(key, value), value);
        }
        let plain = [
            ("task", "fetch"),
            ("author", "kim"),
            ("path", "/a?b=1"),
            ("path", "/token/refresh"),
            ("note", "token refresh"),
            ("module", "example.com/m@v1.2.3"),
            ("handle", "@kim"),
            ("url", "https://h/x@y"),
            ("region", "asia-east1"),
            ("", ""),
        ];
        for (key, value) in plain {
            assert_eq!(ShownLabels::Masked.value(key, value), value, "{key}={value}");
        }
    }

    #[test]
    fn masks_keys_that_are_secrets_themselves() {
        assert_eq!(ShownLabels::Masked.key("kim@mail.example"), "***");
        assert_eq!(ShownLabels::Masked.key("authorization"), "authorization");
        assert_eq!(ShownLabels::Raw.key("kim@mail.example"), "kim@mail.example");
    }
}
