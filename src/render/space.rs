//! The space of an output whose size is limited.

/// Bytes that are free.
pub(super) struct Space(pub(super) usize);

impl Space {
    /// Whether a text fits. It takes its space then.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let left = self.0.checked_sub(text.len());
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    /// The first texts that fit together, and how many do not.
    pub(super) fn first(&mut self, texts: impl IntoIterator<Item = String>) -> (String, usize) {
        let (mut shown, mut rest) = (String::new(), 0);
        for text in texts {
            if rest == 0 && self.take(&text) {
                shown.push_str(&text);
            } else {
                rest += 1;
            }
        }
        (shown, rest)
    }
}
