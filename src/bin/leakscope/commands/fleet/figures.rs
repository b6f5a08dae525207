//! Days and numbers as people read them.

use leakscope::text::with_thousands;

/// A day as a date. Days come from a file: one that no calendar has is shown as its number.
pub(super) fn date(day: i32) -> String {
    let span = jiff::Span::new().try_days(day);
    let date = span.and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span));
    date.map_or_else(|_| format!("day {day}"), |date| date.to_string())
}

/// With a comma for each thousand.
pub(super) fn number(number: u64) -> String {
    with_thousands(i128::from(number))
}

/// A number without decimals from 10 on.
pub(super) fn rounded(number: f64) -> String {
    if number < 10.0 && number.fract() > 0.0 {
        format!("{number:.1}")
    } else {
        with_thousands(number.round() as i128)
    }
}
