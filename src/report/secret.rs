//! Labels whose values look like credentials: a report is shared, so they are not in it.

/// Shown in the place of a secret.
const MASK: &str = "***";

/// Parts of a label's key that say that its value is a secret.
const KEYS: [&str; 11] = [
    "authoriz",
    "auth_",
    "auth-",
    "token",
    "secret",
    "passw",
    "pwd",
    "cookie",
    "api_key",
    "apikey",
    "credential",
];

/// Beginnings of values that are secrets whatever their key: schemes of HTTP, JSON web tokens, keys of clouds and forges.
const VALUES: [&str; 9] =
    ["bearer ", "basic ", "eyj", "akia", "asia", "ghp_", "github_pat_", "xoxb-", "-----begin"];

/// The value of a label as a report may show it.
pub(super) fn masked(key: &str, value: &str) -> String {
    let (key, lower) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
    let by_key = key == "auth" || KEYS.iter().any(|word| key.contains(word));
    let by_value = VALUES.iter().any(|start| lower.starts_with(start));
    if by_key || by_value || has_userinfo(value) || has_secret_query(&lower) {
        return MASK.to_owned();
    }
    value.to_owned()
}

/// Whether it is a URL with a name or password before its host.
fn has_userinfo(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// Whether the query of a URL holds a secret.
fn has_secret_query(value: &str) -> bool {
    let Some((_, query)) = value.split_once('?') else { return false };
    let secret = |key: &str| key == "sig" || KEYS.iter().any(|word| key.contains(word));
    query.split('&').filter_map(|pair| pair.split_once('=')).any(|(key, _)| secret(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_what_looks_secret_and_nothing_else() {
        let secret = [
            ("Authorization", "x"),
            ("session_token", "x"),
            ("db_password", "x"),
            ("header", "Bearer abc"),
            ("id", "eyJhbGciOi.x.y"),
            ("id", "AKIAIOSFODNN7EXAMPLE"),
            ("dsn", "postgres://app:hunter2@db/x"),
            ("path", "/a?b=1&access_token=x"),
        ];
        for (key, value) in secret {
            assert_eq!(masked(key, value), "***", "{key}={value}");
        }
        let plain = [
            ("task", "fetch"),
            ("author", "kim"),
            ("path", "/a?b=1"),
            ("mail", "a@b.example"),
            ("url", "https://h/x@y"),
        ];
        for (key, value) in plain {
            assert_eq!(masked(key, value), value, "{key}={value}");
        }
    }
}
