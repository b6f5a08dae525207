//! Typed markup: fragments of HTML and SVG into which outside text cannot get unescaped.
//!
//! [`Markup::raw`] takes only text that is written in this program (`&'static str`); every other value goes through [`Piece`], which
//! escapes it. There is no way from a `String` to a fragment that does not escape.

use std::fmt::Write;

use crate::text::is_unsafe;

/// A fragment of a document: well-formed by its author, with outside text escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Markup {
    html: String,
}

impl Markup {
    /// Markup that is written in this program.
    pub(crate) fn raw(&mut self, markup: &'static str) {
        self.html.push_str(markup);
    }

    /// The finished text.
    pub(crate) fn into_string(self) -> String {
        self.html
    }

    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.html.is_empty()
    }
}

/// Writes literals as markup, and values in parentheses escaped: `put!(out, "<p>" (name) "</p>")`.
macro_rules! put {
    ($out:expr, $($pieces:tt)+) => {{ $($crate::render::html::markup::put!(@piece $out, $pieces);)+ }};
    (@piece $out:expr, ($value:expr)) => { $crate::render::html::markup::Piece::write(&$value, $out) };
    (@piece $out:expr, $markup:literal) => { $out.raw($markup) };
}

/// The same as a new fragment: `markup!("<p>" (name) "</p>")`.
macro_rules! markup {
    ($($pieces:tt)+) => {{
        let mut out = $crate::render::html::markup::Markup::default();
        $crate::render::html::markup::put!(&mut out, $($pieces)+);
        out
    }};
}

pub(crate) use markup;
pub(crate) use put;

/// A value that a document shows, as text or inside the quotes of an attribute.
pub(crate) trait Piece {
    /// Writes it, escaped.
    fn write(&self, out: &mut Markup);
}

impl Piece for str {
    fn write(&self, out: &mut Markup) {
        for c in self.chars() {
            match c {
                '&' => out.html.push_str("&amp;"),
                '<' => out.html.push_str("&lt;"),
                '>' => out.html.push_str("&gt;"),
                '"' => out.html.push_str("&quot;"),
                '\'' => out.html.push_str("&#39;"),
                c => push_visible(&mut out.html, c),
            }
        }
    }
}

impl Piece for String {
    fn write(&self, out: &mut Markup) {
        self.as_str().write(out);
    }
}

impl Piece for Markup {
    fn write(&self, out: &mut Markup) {
        out.html.push_str(&self.html);
    }
}

impl<T: Piece> Piece for Option<T> {
    fn write(&self, out: &mut Markup) {
        if let Some(value) = self {
            value.write(out);
        }
    }
}

impl<T: Piece> Piece for [T] {
    fn write(&self, out: &mut Markup) {
        self.iter().for_each(|it| it.write(out));
    }
}

impl<T: Piece> Piece for Vec<T> {
    fn write(&self, out: &mut Markup) {
        self.as_slice().write(out);
    }
}

impl<T: Piece + ?Sized> Piece for &T {
    fn write(&self, out: &mut Markup) {
        (**self).write(out);
    }
}

/// A position or a length: at most two digits after the point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Length(pub(crate) f64);

impl Piece for Length {
    fn write(&self, out: &mut Markup) {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        out.html.push_str(if text == "-0" { "0" } else { text });
    }
}

/// JSON for an element that is not run: nothing in it can end that element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<'a>(pub(super) &'a serde_json::Value);

impl Piece for Json<'_> {
    fn write(&self, out: &mut Markup) {
        // Outside of its strings, JSON has none of these characters.
        for c in self.0.to_string().chars() {
            match c {
                '<' => out.html.push_str("\\u003c"),
                '>' => out.html.push_str("\\u003e"),
                '&' => out.html.push_str("\\u0026"),
                '\u{2028}' => out.html.push_str("\\u2028"),
                '\u{2029}' => out.html.push_str("\\u2029"),
                c => out.html.push(c),
            }
        }
    }
}

/// A text whose hidden characters are shown as `\u{202e}`: nothing in a name can hide, or turn what is around it.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut out, c));
    out
}

fn push_visible(out: &mut String, c: char) {
    if is_hidden(c) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// Characters that change how the text around them looks, or have no look of their own: fillers and private ones.
fn is_hidden(c: char) -> bool {
    is_unsafe(c)
        || matches!(c,
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{ffa0}' | '\u{e1000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_escaped() {
        let check = |text: &str, expected: &str| assert_eq!(markup!((text)).into_string(), expected);
        check("main.f", "main.f");
        check("</script><b>&", "&lt;/script&gt;&lt;b&gt;&amp;");
        check("\" onload='x'", "&quot; onload=&#39;x&#39;");
        check("a\u{202e}b\n", "a\\u{202e}b\\u{a}");
        check("Größe", "Größe");
    }

    #[test]
    fn pieces() {
        let (name, none) = ("<f>".to_owned(), None::<&str>);
        let inner = markup!("<b>" (name) "</b>");
        let all = markup!("<p x=\"" (Length(12.5)) "\">" (inner) (none) (vec!["&", "c"]) "</p>");
        assert_eq!(all.into_string(), "<p x=\"12.5\"><b>&lt;f&gt;</b>&amp;c</p>");
        let check = |value: f64, expected: &str| assert_eq!(markup!((Length(value))).into_string(), expected);
        check(0.0, "0");
        check(-0.001, "0");
        check(33.333_33, "33.33");
        check(100.0, "100");
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>()) {
            let shown = markup!((text)).into_string();
            prop_assert!(!shown.contains(['<', '>', '"', '\'']));
            prop_assert!(!shown.chars().any(is_hidden));
            // Every ampersand begins an entity of ours.
            let entities = ["amp;", "lt;", "gt;", "quot;", "#39;"];
            prop_assert!(shown.split('&').skip(1).all(|it| entities.iter().any(|entity| it.starts_with(entity))));
        }
    }
}
