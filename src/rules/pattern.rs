//! Frame patterns: sequences of function names with `*`, leaf first.

use std::borrow::Cow;

/// A sequence of function names, leaf first, that a stack must contain in this order, not necessarily adjacent:
/// `net/http.(*persistConn).roundTrip < main.*`. `*` matches any text. A major version in a path (`/v2`) is ignored. A
/// function's closures match only if the pattern says so (`main.f.func*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramePattern {
    elements: Vec<Vec<String>>,
}

impl FramePattern {
    /// Parses `a < b < c`.
    pub fn new(text: &str) -> Self {
        let element = |text: &str| without_versions(text.trim()).split('*').map(str::to_owned).collect();
        FramePattern { elements: text.split(" < ").map(element).collect() }
    }

    /// Matches the pattern against a table of function names, which are already [`without_versions`], so that stacks can
    /// then be matched by function ID. `None` if some element matches no name, so that no stack can match.
    pub(crate) fn index(&self, names: &[Cow<'_, str>]) -> Option<IndexedPattern> {
        let matching = |element: &Vec<String>| {
            let matching: Vec<bool> = names.iter().map(|name| matches_name(element, name)).collect();
            matching.contains(&true).then_some(matching)
        };
        Some(IndexedPattern { elements: self.elements.iter().map(matching).collect::<Option<_>>()? })
    }

    /// Whether a stack, given as function names from the leaf outwards, contains the sequence.
    pub fn matches<'a>(&self, names: impl Iterator<Item = &'a str>) -> bool {
        contains_in_order(&self.elements, names, |element, name| {
            same_first_byte(element, name) && matches_name(element, &without_versions(name))
        })
    }
}

/// Whether `items` contains a match for each element of `wanted`, in this order.
fn contains_in_order<W, T>(
    wanted: &[W],
    items: impl Iterator<Item = T>,
    fits: impl Fn(&W, T) -> bool,
) -> bool {
    let mut wanted = wanted.iter();
    let mut next = wanted.next();
    for item in items {
        let Some(element) = next else { return true };
        if fits(element, item) {
            next = wanted.next();
        }
    }
    next.is_none()
}

/// A pattern that was matched against a table of function names once.
#[derive(Clone, Debug)]
pub(crate) struct IndexedPattern {
    /// For each element of the pattern: for each function ID, whether the element matches its name.
    elements: Vec<Vec<bool>>,
}

impl IndexedPattern {
    /// Whether some element matches the function with this ID.
    pub(crate) fn mentions(&self, function: usize) -> bool {
        self.elements.iter().any(|element| element.get(function) == Some(&true))
    }

    /// Whether a stack, given as function IDs from the leaf outwards, contains the sequence.
    pub(crate) fn matches(&self, functions: impl Iterator<Item = usize>) -> bool {
        contains_in_order(&self.elements, functions, |element, function| element.get(function) == Some(&true))
    }
}

/// A function name without the `/v2` elements of its path; borrowed if it has none.
pub(crate) fn without_versions(name: &str) -> Cow<'_, str> {
    if !name.contains("/v") {
        return Cow::Borrowed(name);
    }
    let (path, rest) = name.split_at(name.find(['(', '[', '<']).unwrap_or(name.len()));
    let mut out = String::with_capacity(name.len());
    for (index, element) in path.split('/').enumerate() {
        let digits = element.strip_prefix('v').map_or("", |rest| rest.split('.').next().unwrap_or(""));
        if index > 0 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
        {
            // In `x/v2.F`, `.F` belongs to the element before the version.
            out.push_str(element.split_at(1 + digits.len()).1);
            continue;
        }
        if index > 0 {
            out.push('/');
        }
        out.push_str(element);
    }
    Cow::Owned(out + rest)
}

/// A cheap test before [`matches_name`]: whether the name starts with the first byte of the pattern, if it has one. A version
/// is never at the start, so the name need not be [`without_versions`].
fn same_first_byte(pieces: &[String], name: &str) -> bool {
    let wanted = pieces.first().and_then(|first| first.as_bytes().first());
    wanted.is_none() || wanted == name.as_bytes().first()
}

fn matches_name(pieces: &[String], name: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return pieces.first().is_some_and(|only| only == name) };
    let Some(mut rest) = name.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(at) => rest = rest.split_at(at + piece.len()).1,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences() {
        let check = |pattern: &str, stack: &str, expected: bool| {
            assert_eq!(
                FramePattern::new(pattern).matches(stack.split(" < ")),
                expected,
                "{pattern} on {stack}"
            );
        };
        check("a.F", "a.F < b.G", true);
        check("b.G", "a.F < b.G", true);
        check("a.F < b.G", "a.F < x.Y < b.G", true);
        check("b.G < a.F", "a.F < b.G", false);
        check("a.*", "a.(*T).m", true);
        check("*.(*ConnPool).reaper", "github.com/go-redis/redis/internal/pool.(*ConnPool).reaper", true);
        check("a.F.func*", "a.F.func1.2", true);
        check("a.F", "a.F.func1", false);
        check("x.y/pgx/pgxpool.(*Pool).b", "x.y/pgx/v5/pgxpool.(*Pool).b", true);
        check("x.y/cron.(*Cron).run", "x.y/cron/v3.(*Cron).run", true);
        check("x.y/cache.(*Cache[...]).Start", "x.y/cache/v3.(*Cache[...]).Start", true);
        check("ab*ba", "aba", false);
    }
}
