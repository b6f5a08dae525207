//! Lines of a source file as they are: nothing in them hides or reorders others.

use crate::text::is_unsafe;

/// A diff with its characters that hide or reorder text replaced, so that what is shown is what is there.
pub(super) fn shown(diff: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() || is_unsafe(c) => format!("\\u{{{:x}}}", u32::from(c)),
        c => c.to_string(),
    };
    diff.replace("\r\n", "\n").chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(shown("+\ta\u{202e}b\r\n"), "+\ta\\u{202e}b\n");
    }
}
