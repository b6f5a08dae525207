//! A sentence of the evidence.

/// One thing that is known: with every figure, and for a page; `None` where the page says it elsewhere.
pub(super) type Sentence = (String, Option<String>);

/// A sentence that is the same on a page.
pub(super) fn same(text: String) -> Sentence {
    (text.clone(), Some(text))
}
