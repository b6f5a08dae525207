//! How the header of a goroutine begins. It is asked for in whole texts: where dumps start, and what a log put before their lines.
//!
//! Only what Go and goleak write counts here. `traceback::header` reads the rest of a header, and also those that people changed, without a
//! number or without a state: in the lines of a dump these can be nothing else, in any other text they can.

use super::text::split_digits;

/// The beginning of a header, up to its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeaderStart<'t> {
    pub(super) of: HeaderOf<'t>,
    /// What follows.
    pub(super) rest: &'t str,
}

/// What a header is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderOf<'t> {
    /// The counts of `debug=1`: `goroutine profile: total `.
    Counts,
    /// A goroutine, with its number: `goroutine 7 [`, `goroutine 1 gp=0xc1 m=0 [`. The rest starts with a blank.
    Goroutine(&'t str),
    /// The same as goleak writes it: `Goroutine 7 in state `.
    Goleak(&'t str),
}

/// The beginning of a header at the start of a text; `None` if none is there.
pub(super) fn header_start(text: &str) -> Option<HeaderStart<'_>> {
    const TOTAL: &str = "profile: total ";
    if let Some(rest) = text.strip_prefix("goroutineleak ") {
        return rest.starts_with(TOTAL).then_some(HeaderStart { of: HeaderOf::Counts, rest });
    }
    if let Some(rest) = text.strip_prefix("Goroutine ") {
        let (id, rest) = split_digits(rest)?;
        return rest.starts_with(" in state ").then_some(HeaderStart { of: HeaderOf::Goleak(id), rest });
    }
    let rest = text.strip_prefix("goroutine ")?;
    if rest.starts_with(TOTAL) {
        return Some(HeaderStart { of: HeaderOf::Counts, rest });
    }
    let (id, rest) = split_digits(rest)?;
    let has_state = rest.starts_with(" [") || rest.starts_with(" gp=");
    has_state.then_some(HeaderStart { of: HeaderOf::Goroutine(id), rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        let check = |text: &str, expected: Option<(HeaderOf<'_>, &str)>| {
            assert_eq!(header_start(text).map(|it| (it.of, it.rest)), expected, "{text}");
        };
        check("goroutine 7 [select]:", Some((HeaderOf::Goroutine("7"), " [select]:")));
        check("goroutine 1 gp=0x1 m=0 [select]:", Some((HeaderOf::Goroutine("1"), " gp=0x1 m=0 [select]:")));
        check(
            "Goroutine 7 in state select, with f",
            Some((HeaderOf::Goleak("7"), " in state select, with f")),
        );
        check("goroutine profile: total 8", Some((HeaderOf::Counts, "profile: total 8")));
        check("goroutineleak profile: total 0", Some((HeaderOf::Counts, "profile: total 0")));
        check("goroutine NNN [select]:", None);
        check("goroutine 7 was here", None);
        check("started goroutine 7 [select]:", None);
    }
}
