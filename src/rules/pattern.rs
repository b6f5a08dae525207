//! Patterns of frames: names with `*`, in the order of the stack.

use std::borrow::Cow;

/// A sequence of names, leaf first, that a stack must hold in this order, not necessarily side by side:
/// `net/http.(*persistConn).roundTrip < main.*`. `*` stands for any text; a major version in a path (`/v2`) is not
/// looked at; a name also matches the closures inside of it only if it says so (`main.f.func*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramePattern {
    elements: Vec<Vec<String>>,
}

impl FramePattern {
    /// Reads `a < b < c`.
    pub fn new(text: &str) -> Self {
        let element = |text: &str| without_versions(text.trim()).split('*').map(str::to_owned).collect();
        FramePattern { elements: text.split(" < ").map(element).collect() }
    }

    /// Holds the pattern against all names, in the order of their numbers, [`without_versions`]. `None` if some element takes
    /// no name at all, so that no stack of these names holds it.
    pub(crate) fn index(&self, names: &[Cow<'_, str>]) -> Option<IndexedPattern> {
        let takes = |element: &Vec<String>| {
            let taken: Vec<bool> = names.iter().map(|name| matches_name(element, name)).collect();
            taken.contains(&true).then_some(taken)
        };
        Some(IndexedPattern { elements: self.elements.iter().map(takes).collect::<Option<_>>()? })
    }

    /// Whether the names, leaf first, hold the sequence.
    pub fn matches<'a>(&self, names: impl Iterator<Item = &'a str>) -> bool {
        hold_in_order(&self.elements, names, |element, name| {
            begins_alike(element, name) && matches_name(element, &without_versions(name))
        })
    }
}

/// Whether items hold something that fits each of the wanted, in their order.
fn hold_in_order<W, T>(wanted: &[W], items: impl Iterator<Item = T>, fits: impl Fn(&W, T) -> bool) -> bool {
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

/// A pattern, held against a whole table of names once, so that many stacks can be looked at by number.
#[derive(Clone, Debug)]
pub(crate) struct IndexedPattern {
    /// For each element, whether it takes the name of a number.
    elements: Vec<Vec<bool>>,
}

impl IndexedPattern {
    /// Whether some element takes the function of a number.
    pub(crate) fn takes(&self, function: usize) -> bool {
        self.elements.iter().any(|element| element.get(function) == Some(&true))
    }

    /// Whether the functions of a stack, by their numbers, leaf first, hold the sequence.
    pub(crate) fn matches(&self, functions: impl Iterator<Item = usize>) -> bool {
        hold_in_order(&self.elements, functions, |element, function| element.get(function) == Some(&true))
    }
}

/// A path without its `/v2` elements; lent where there is none.
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
            // `x/v2.F`: what follows the version belongs to the element before.
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

/// Whether a name begins with the first character that is wanted, if one is: there no version stands.
fn begins_alike(pieces: &[String], name: &str) -> bool {
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
