//! Numbers for people: a unit and three digits at most.

/// `1 goroutine`, `2 goroutines`, with separators between thousands.
pub fn count(n: i128, one: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {one}{s}", grouped(n))
}

/// `120,000`
pub(super) fn grouped(n: i128) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `+40`, `-3`, `0`
pub(super) fn signed(n: i128) -> String {
    if n > 0 { format!("+{}", grouped(n)) } else { grouped(n) }
}

/// Three digits: `6.4`, `0.16`, `640`, `1,200`.
pub(super) fn three_digits(x: f64) -> String {
    let size = x.abs();
    if size >= 99.95 {
        // Counts that a float cannot hold exactly are not told to the last digit.
        let shown = if size >= 1000.0 {
            (x / 10f64.powf(size.log10().floor() - 2.0)).round() * 10f64.powf(size.log10().floor() - 2.0)
        } else {
            x.round()
        };
        return grouped(shown as i128);
    }
    let text = if size >= 9.95 { format!("{x:.1}") } else { format!("{x:.2}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.to_owned()
}

/// A rate in the unit that keeps it readable: `6.4/s`, `12/min`, `3.1/h`, `2/day`.
pub(super) fn rate(per_hour: f64) -> String {
    let size = per_hour.abs();
    let (value, unit) = if size >= 3600.0 {
        (per_hour / 3600.0, "/s")
    } else if size >= 60.0 {
        (per_hour / 60.0, "/min")
    } else if size >= 1.0 || size == 0.0 {
        (per_hour, "/h")
    } else {
        (per_hour * 24.0, "/day")
    };
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}{unit}", three_digits(value))
}

/// `6.3 s`, `5 min`, `2.5 h`, `7 days`
pub(super) fn duration(seconds: f64) -> String {
    let (value, unit) = if seconds < 0.95 {
        (seconds * 1000.0, "ms")
    } else if seconds < 60.0 {
        (seconds, "s")
    } else if seconds < 100.0 * 60.0 {
        (seconds / 60.0, "min")
    } else if seconds < 48.0 * 3600.0 {
        (seconds / 3600.0, "h")
    } else {
        (seconds / 86400.0, "days")
    };
    let digits = if value >= 9.95 { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("{} {unit}", digits.strip_suffix(".0").unwrap_or(&digits))
}

/// A part of a whole: `86 %`.
pub(super) fn share(part: i128, whole: i128) -> String {
    if whole <= 0 || part < 0 {
        return "–".to_owned();
    }
    let percent = part as f64 / whole as f64 * 100.0;
    match percent {
        p if p == 0.0 || p >= 9.95 => format!("{p:.0} %"),
        p if p < 0.05 => "<0.1 %".to_owned(),
        p => format!("{p:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(count(1, "goroutine"), "1 goroutine");
        assert_eq!(count(120_000, "goroutine"), "120,000 goroutines");
        assert_eq!(signed(-1234), "-1,234");
        assert_eq!(signed(40), "+40");
    }

    #[test]
    fn rates_and_durations() {
        let check = |per_hour: f64, expected: &str| assert_eq!(rate(per_hour), expected, "{per_hour}");
        check(23_040.0, "+6.4/s");
        check(592.0, "+9.87/min");
        check(3.0, "+3/h");
        check(0.5, "+12/day");
        check(-120.0, "-2/min");
        check(36_000_000.0, "+10,000/s");
        let check = |seconds: f64, expected: &str| assert_eq!(duration(seconds), expected, "{seconds}");
        check(6.25, "6.2 s");
        check(0.844, "844 ms");
        check(300.0, "5 min");
        check(10_080.0 * 60.0, "7 days");
    }

    #[test]
    fn shares() {
        let check = |part, whole, expected: &str| assert_eq!(share(part, whole), expected, "{part} {whole}");
        check(48, 56, "86 %");
        check(1, 56, "1.8 %");
        check(1, 100_000, "<0.1 %");
        check(0, 5, "0 %");
        check(3, 0, "–");
    }
}
