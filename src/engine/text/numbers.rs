//! Numbers with their nouns, and sizes in bytes that people write.

/// `1 goroutine`, `120,000 goroutines`.
pub fn pluralize(n: i128, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", with_thousands(n))
}

/// `120,000`
pub fn with_thousands(n: i128) -> String {
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

/// The bytes of `4GiB`, `512Mi`, `1.5 GB` or `4096`; `None` if the text is not a size greater than 0.
///
/// Units with an `i` count in 1024, as in GOMEMLIMIT and Kubernetes, those without in 1000.
pub fn parse_bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 9] = [
        (" B", 1),
        ("KiB Ki", 1 << 10),
        ("MiB Mi", 1 << 20),
        ("GiB Gi", 1 << 30),
        ("TiB Ti", 1 << 40),
        ("KB K", 1_000),
        ("MB M", 1_000_000),
        ("GB G", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let number = number.trim_end();
    let is_unit = |names: &str| names.split(' ').any(|name| name.eq_ignore_ascii_case(unit));
    let (_, factor) = UNITS.iter().find(|(names, _)| is_unit(names))?;
    if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let bytes = match number.parse::<u64>() {
        Ok(whole) => whole.checked_mul(*factor)?,
        Err(_) => {
            let bytes = number.parse::<f64>().ok()? * *factor as f64;
            // A larger float is not exact.
            (bytes < 2f64.powi(63)).then_some(bytes as u64)?
        }
    };
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(pluralize(1, "goroutine"), "1 goroutine");
        assert_eq!(pluralize(120_000, "goroutine"), "120,000 goroutines");
        assert_eq!(pluralize(-1234, "goroutine"), "-1,234 goroutines");
        assert_eq!(pluralize(0, "stack"), "0 stacks");
    }

    #[test]
    fn sizes() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(parse_bytes(text), expected, "{text}");
        check("4GiB", Some(4 << 30));
        check("512Mi", Some(512 << 20));
        check("1.5 gib", Some(3 << 29));
        check("2GB", Some(2_000_000_000));
        check("4096", Some(4096));
        check("0", None);
        check("0.1B", None);
        check("-1GiB", None);
        check("1e9", None);
        check("GiB", None);
        check("4 parsec", None);
        check("99999999999999999999GiB", None);
        check("18446744073709551615KiB", None);
    }
}
