//! Links from positions to a forge.

use std::fmt::Write;

use thiserror::Error;

/// The template of a link to a line of source: `https://forge.example/shop/blob/main/{file}#L{line}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLink {
    /// The template, with its two names in braces.
    template: String,
}

/// Why a text is no template of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SourceLinkError {
    /// It does not begin with `https://`.
    #[error("a link to source begins with https://")]
    NotHttps,
    /// It has no `{file}` after the host.
    #[error("a link to source needs {{file}}, and {{line}} where the line belongs")]
    NoFile,
    /// It has characters that no URL has.
    #[error("a link to source has no blanks, quotes or control characters")]
    Unprintable,
}

impl SourceLink {
    /// Checks a template.
    pub fn parse(template: &str) -> Result<Self, SourceLinkError> {
        let rest = template.strip_prefix("https://").ok_or(SourceLinkError::NotHttps)?;
        if !template.chars().all(|c| matches!(c, '!'..='~') && !matches!(c, '"' | '\'' | '<' | '>' | '`')) {
            return Err(SourceLinkError::Unprintable);
        }
        // The host is the user's: a name from a profile must not decide where a link leads.
        let file = rest.find("{file}").ok_or(SourceLinkError::NoFile)?;
        if rest.find('/').is_none_or(|path| path > file) {
            return Err(SourceLinkError::NoFile);
        }
        Ok(SourceLink { template: template.to_owned() })
    }

    /// The template.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The link to a line of a file; `folder` is where the file is in its repository. Both are percent-encoded.
    pub fn to(&self, folder: Option<&str>, file: &str, line: u32) -> String {
        let mut path = String::new();
        if let Some(folder) = folder.filter(|it| !it.is_empty()) {
            encode(&mut path, folder);
            path.push('/');
        }
        encode(&mut path, file);
        self.template.replace("{line}", &line.to_string()).replace("{file}", &path)
    }
}

/// Percent-encodes a path; its slashes stay.
fn encode(out: &mut String, path: &str) {
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte.into())
            }
            byte => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        let check = |template: &str, expected: Result<(), SourceLinkError>| {
            assert_eq!(SourceLink::parse(template).map(|_| ()), expected, "{template}");
        };
        check("https://forge.example/shop/blob/main/{file}#L{line}", Ok(()));
        check("http://forge.example/{file}", Err(SourceLinkError::NotHttps));
        check("javascript:alert(1)//{file}", Err(SourceLinkError::NotHttps));
        check("https://forge.example/", Err(SourceLinkError::NoFile));
        check("https://{file}/x", Err(SourceLinkError::NoFile));
        check("https://forge.example{file}", Err(SourceLinkError::NoFile));
        check("https://forge.example/ {file}", Err(SourceLinkError::Unprintable));
        check("https://forge.example/\"{file}", Err(SourceLinkError::Unprintable));
    }

    #[test]
    fn values_are_encoded() {
        let link = SourceLink::parse("https://f.example/b/{file}#L{line}").expect("it is a template");
        let check = |folder, file, expected: &str| assert_eq!(link.to(folder, file, 7), expected);
        check(None, "api/api.go", "https://f.example/b/api/api.go#L7");
        check(Some("go"), "a b?.go", "https://f.example/b/go/a%20b%3F.go#L7");
        check(Some(""), "\"><é{line}.go", "https://f.example/b/%22%3E%3C%C3%A9%7Bline%7D.go#L7");
    }
}
