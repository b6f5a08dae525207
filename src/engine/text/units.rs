//! Numbers for people: with a unit, and at most three digits.

use crate::text::with_thousands;

/// `+40`, `-3`, `0`
pub fn signed(n: i128) -> String {
    if n > 0 { format!("+{}", with_thousands(n)) } else { with_thousands(n) }
}

/// Three digits: `6.4`, `0.16`, `640`, `1,200`.
pub(crate) fn three_digits(x: f64) -> String {
    let size = x.abs();
    if size >= 99.95 {
        // Three digits, because a float may not hold all of them.
        let shown = if size >= 1000.0 {
            let last = 10f64.powi((size as u128).ilog10() as i32 - 2);
            (x / last).round() * last
        } else {
            x.round()
        };
        return with_thousands(shown as i128);
    }
    let text = if size >= 9.95 { format!("{x:.1}") } else { format!("{x:.2}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.to_owned()
}

/// A rate in the unit that keeps it readable: `6.4/s`, `12/min`, `3.1/h`, `2/day`.
pub fn rate(per_hour: f64) -> String {
    let (value, unit) = match per_hour.abs() {
        0.0 => (per_hour, "/h"),
        3600.0.. => (per_hour / 3600.0, "/s"),
        60.0.. => (per_hour / 60.0, "/min"),
        1.0.. => (per_hour, "/h"),
        _ => (per_hour * 24.0, "/day"),
    };
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}{unit}", three_digits(value))
}

/// `6.3 s`, `5 min`, `2.5 h`, `7 days`
pub fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        ..0.95 => (seconds * 1000.0, "ms"),
        ..60.0 => (seconds, "s"),
        ..6000.0 => (seconds / 60.0, "min"),
        ..172_800.0 => (seconds / 3600.0, "h"),
        _ => (seconds / 86400.0, "days"),
    };
    let digits = if value >= 9.95 { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("{} {unit}", digits.strip_suffix(".0").unwrap_or(&digits))
}

/// `48 MiB`, `1 MiB`, `900 B`
pub fn bytes(n: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = n;
    let mut unit = 0;
    while value.abs() >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", three_digits(value), UNITS[unit])
}

/// A rate in bytes: `+2.4 MiB/s`, `+36 MiB/min`, `+1 GiB/h`.
#[doc(hidden)]
pub fn byte_rate(per_hour: f64) -> String {
    const LEAST: f64 = 1024.0 * 1024.0;
    let units = [(per_hour / 3600.0, "/s"), (per_hour / 60.0, "/min"), (per_hour, "/h")];
    let readable = units.into_iter().find(|(value, _)| value.abs() >= LEAST).unwrap_or((per_hour, "/h"));
    let sign = if per_hour > 0.0 { "+" } else { "" };
    format!("{sign}{}{}", bytes(readable.0), readable.1)
}

/// A part of a whole: `86 %`.
#[doc(hidden)]
pub fn share(part: i128, whole: i128) -> String {
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
    fn shown_numbers() {
        let check = |shown: String, expected: &str| assert_eq!(shown, expected);
        check(signed(-1234), "-1,234");
        check(signed(40), "+40");
        check(rate(23_040.0), "+6.4/s");
        check(rate(592.0), "+9.87/min");
        check(rate(3.0), "+3/h");
        check(rate(0.5), "+12/day");
        check(rate(-120.0), "-2/min");
        check(rate(36_000_000.0), "+10,000/s");
        check(duration(6.25), "6.2 s");
        check(duration(0.844), "844 ms");
        check(duration(300.0), "5 min");
        check(duration(10_080.0 * 60.0), "7 days");
        check(bytes(0.0), "0 B");
        check(bytes(900.0), "900 B");
        check(bytes(1536.0), "1.5 KiB");
        check(bytes(1023.0 * 1024.0), "1 MiB");
        check(byte_rate(3600.0 * 1024.0), "+3.52 MiB/h");
        check(byte_rate(7200.0 * 1024.0 * 1024.0), "+2 MiB/s");
        check(byte_rate(100.0), "+100 B/h");
        check(share(48, 56), "86 %");
        check(share(1, 56), "1.8 %");
        check(share(1, 100_000), "<0.1 %");
        check(share(0, 5), "0 %");
        check(share(3, 0), "–");
    }
}
