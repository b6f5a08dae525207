//! Numbers with their nouns.

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
}
