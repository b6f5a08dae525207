//! Minor versions of a module, and ranges of them.

/// `v1.9` of `v1.9.2`: patch releases are not distinguished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Minor {
    major: u32,
    minor: u32,
}

impl Minor {
    /// Of a version as Go writes it, also of a pre-release and of a commit; `None` for any other text.
    pub(crate) fn parse(version: &str) -> Option<Minor> {
        let mut numbers = version.strip_prefix('v')?.splitn(3, '.');
        let mut number = || numbers.next()?.parse().ok();
        Some(Minor { major: number()?, minor: number()? })
    }
}

/// The versions that a fact holds for. The fields are in this order, so that ranges with later ends are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Versions {
    /// There was no later version when the table was made.
    and_later: bool,
    /// The last version in which it was seen; `None` if only `and_later` bounds it.
    last: Option<Minor>,
    /// The first version in which it was seen; `None` if it was seen in the earliest one that was looked at.
    first: Option<Minor>,
}

impl Versions {
    /// Reads `*` (all), `v1.2-`, `-v1.4` or `v1.2-v1.4`.
    pub(super) fn parse(text: &str) -> Option<Versions> {
        if text == "*" {
            return Some(Versions { and_later: true, last: None, first: None });
        }
        let (first, last) = text.split_once('-')?;
        let bound = |text: &str| if text.is_empty() { Some(None) } else { Minor::parse(text).map(Some) };
        Some(Versions { and_later: last.is_empty(), last: bound(last)?, first: bound(first)? })
    }

    /// Whether a version is in the range. What was seen in the earliest or latest version is taken to hold before or after it.
    pub(crate) fn contains(self, version: Minor) -> bool {
        self.first.is_none_or(|first| first <= version) && self.last.is_none_or(|last| version <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minors() {
        let check = |text: &str, expected: Option<(u32, u32)>| {
            assert_eq!(Minor::parse(text), expected.map(|(major, minor)| Minor { major, minor }), "{text}");
        };
        check("v1.9.2", Some((1, 9)));
        check("v2.1.0+incompatible", Some((2, 1)));
        check("v0.0.0-20260918054303-01f206a7e32c", Some((0, 0)));
        check("v1.5.4-0.20250319132907-e064f32e3674", Some((1, 5)));
        check("v1.4", Some((1, 4)));
        check("v1", None);
        check("1.9.2", None);
        check("v99999999999.1.0", None);
        check("(devel)", None);
        check("", None);
    }

    #[test]
    fn ranges() {
        let check = |range: &str, version: &str, expected: bool| {
            let versions = Versions::parse(range).expect(range);
            assert_eq!(
                versions.contains(Minor::parse(version).expect(version)),
                expected,
                "{range} {version}"
            );
        };
        check("*", "v0.1.0", true);
        check("v1.2-", "v1.1.9", false);
        check("v1.2-", "v1.2.0", true);
        check("v1.2-", "v1.30.0", true);
        check("-v1.4", "v1.4.7", true);
        check("-v1.4", "v1.5.0", false);
        check("v1.2-v1.4", "v1.3.0", true);
        check("v1.2-v1.4", "v1.10.0", false);
        assert_eq!(Versions::parse("v1.2"), None);
        assert_eq!(Versions::parse("1-2"), None);
        assert!(Versions::parse("*") > Versions::parse("-v1.4"));
        assert!(Versions::parse("v1.5-") > Versions::parse("v1.2-v1.4"));
        assert!(Versions::parse("v1.2-v1.4") > Versions::parse("-v1.1"));
    }
}
