//! Detects texts whose lines were hard-wrapped.

use super::frame;
use super::header;
use crate::decode::Limits;
use crate::decode::text::Text;

/// The width at which a text was wrapped; `None` if it was not. At that width no line is longer, and at least three
/// lines are that long; all of those are calls, headers or positions that continue in the next line.
pub(super) fn wrap_width(text: &Text<'_>, limits: &Limits) -> Option<usize> {
    let mut longest = 0;
    for line in text.lines() {
        longest = longest.max(line.text.chars().count());
        if longest >= 200 {
            return None;
        }
    }
    let longest = Some(longest).filter(|it| *it >= 40)?;
    let is_whole = |line: &str| {
        header::parse(line).is_some()
            || frame::call(line).is_some()
            || frame::created_by(line).is_some()
            || frame::location(line).is_some()
    };
    let mut broken = 0;
    for (line, next) in text.lines().zip(text.lines().skip(1)) {
        if line.text.chars().count() == longest {
            let joined = format!("{}{}", line.text, next.text);
            if is_whole(line.trimmed(limits)) || !is_whole(joined.trim()) {
                return None;
            }
            broken += 1;
        }
    }
    (broken >= 3).then_some(longest)
}
