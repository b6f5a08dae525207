//! Masks secrets in labels, because reports are shared.
//!
//! Masking knows words and patterns. A secret that looks like none of them is shown.

use std::borrow::Cow;

pub(super) const MASK: &str = "***";

/// Words in the key of a label or of a URL's query whose value is a secret.
const SECRET_WORDS: &str = "authoriz auth_ auth- token secret passw pwd cookie api_key api-key apikey access_key private_key \
    credential session signature";

/// Whole keys of labels whose value is a secret. As parts of longer keys these words are too common.
const SECRET_KEYS: [&str; 3] = ["auth", "sig", "jwt"];

/// The authentication schemes of HTTP: the next word of the value is a secret.
const SCHEMES: [&str; 3] = ["bearer", "basic", "digest"];

/// Prefixes of the access keys of clouds and forges, and of JSON web tokens.
const STARTS: &str = "akia asia aiza eyj ghp_ gho_ ghs_ github_pat_ glpat- xoxb- xoxp- sk_live_ hvs.";

/// A shorter word with such a prefix is not a secret.
const MIN_SECRET_LEN: usize = 12;

/// How label keys and values are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownLabels {
    /// What looks like a secret is shown as `***`.
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

    /// The key of a label, masked if it is a secret itself, because a program may use any text as a key.
    pub fn key(self, key: &str) -> Cow<'_, str> {
        match self {
            ShownLabels::Masked if is_secret(key) => Cow::Borrowed(MASK),
            ShownLabels::Masked | ShownLabels::Raw => Cow::Borrowed(key),
        }
    }

    /// A message of the program, such as the value of a panic: each word that looks like a secret is masked.
    pub fn message(self, text: &str) -> Cow<'_, str> {
        if self == ShownLabels::Raw || !is_secret(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut before = "";
        for part in text.split_inclusive(char::is_whitespace) {
            let word = part.trim_end();
            // The word before may announce a secret: `Bearer abc`, `password: abc`.
            let is_announced = !is_secret(before) && is_secret(&format!("{before} {word}"));
            if !word.is_empty() && (is_secret(word) || is_announced || before == MASK) {
                out.push_str(MASK);
                out.push_str(&part[word.len()..]);
            } else {
                out.push_str(part);
            }
            // All lines of a key are secret.
            before = if word.starts_with("-----") || before == MASK { MASK } else { word };
        }
        Cow::Owned(out)
    }
}

/// Whether the value of this key is a secret.
pub(super) fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.contains(&&*key) || SECRET_WORDS.split(' ').any(|word| key.contains(word))
}

/// Whether a text contains a secret or a mail address.
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
        |word: &str| word.len() >= MIN_SECRET_LEN && STARTS.split(' ').any(|start| word.starts_with(start));
    let announced = words.array_windows().any(|[word, _]| {
        SCHEMES.contains(word) || is_secret_key(word.trim_start_matches('-')) && is_assigned(&lower, word)
    });
    announced || words.iter().any(|word| begins(word) || is_mail(word))
}

/// Whether a value follows the word: `word=`, `word:`, or an option `--word`.
fn is_assigned(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| text[at + word.len()..].starts_with(['=', ':']) || word.starts_with('-'))
}

/// Whether a URL has a user name or password before its host.
fn has_userinfo(value: &str) -> bool {
    value.match_indices("://").any(|(at, found)| {
        let rest = &value[at + found.len()..];
        rest.split(['/', '?', '#', ' ']).next().is_some_and(|authority| authority.contains('@'))
    })
}

/// Whether a word is a mail address. A module with its version (`path@v1.2.3`) is not.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_words_of_messages() {
        let check = |text: &str, expected: &str| {
            assert_eq!(ShownLabels::Masked.message(text), expected);
            assert_eq!(ShownLabels::Raw.message(text), text);
        };
        check("panic: boom  at\tx", "panic: boom  at\tx");
        check("panic: dial postgres://app:hunter2@db/x: refused", "panic: dial *** refused");
        check("panic: user=a password=hunter2 host=b", "panic: user=a *** host=b");
        check("panic: sent Bearer abc twice", "panic: sent Bearer *** twice");
        check("panic: bad password: hunter2 (1 try)", "panic: bad password: *** (1 try)");
        check("panic: -----BEGIN KEY----- a b", "panic: *** *** *** ***");
        check("panic: main.C{Password:\"hunter2\", N:1}", "panic: *** N:1}");
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
        assert_eq!(ShownLabels::Masked.key("kim@mail.example"), "***");
        assert_eq!(ShownLabels::Masked.key("authorization"), "authorization");
        assert_eq!(ShownLabels::Raw.key("kim@mail.example"), "kim@mail.example");
    }
}
