//! Times as logs write them before a line.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The length in bytes of the time at the start of a text; `None` if none is there.
pub(super) fn length(text: &str) -> Option<usize> {
    let digits = digits(text);
    let found = match digits {
        0 => weekday(text).or_else(|| month_first(text)).or_else(|| klog(text)),
        1 | 2 => clock(text).or_else(|| day_first(text)).or_else(|| month_and_day(text)),
        4 => date(text),
        8 => compact(text),
        _ => None,
    };
    found.or_else(|| number(text, digits)).filter(|length| ends_word(text, *length))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn after(text: &str, length: usize) -> &str {
    text.get(length..).unwrap_or("")
}

fn ends_word(text: &str, length: usize) -> bool {
    !after(text, length).starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// A number of up to `most` digits after the character `mark`.
fn marked(text: &str, mark: &[char], most: usize) -> Option<usize> {
    let digits = digits(text.strip_prefix(mark)?);
    (1..=most).contains(&digits).then_some(digits + 1)
}

/// `20:00`, `8:00PM`, `20:00:00.000137Z`, `20:00:00,123+01:00`
fn clock(text: &str) -> Option<usize> {
    let mut length = digits(text);
    let minutes = marked(after(text, length), &[':'], 2)?;
    if !(1..=2).contains(&length) || minutes != 3 {
        return None;
    }
    length += minutes;
    if let Some(seconds) = marked(after(text, length), &[':'], 2) {
        length += seconds;
        length += marked(after(text, length), &['.', ',', ':'], 9).unwrap_or(0);
    }
    let rest = after(text, length);
    if let Some(half) = [" AM", " PM", "AM", "PM", "am", "pm"].iter().find(|half| rest.starts_with(**half)) {
        return Some(length + half.len());
    }
    Some(length + zone(rest))
}

/// `Z`, `+01:00`, `-0700`
fn zone(text: &str) -> usize {
    if text.starts_with('Z') {
        return 1;
    }
    let Some(hours) = marked(text, &['+', '-'], 4).filter(|length| matches!(length, 3 | 5)) else { return 0 };
    if hours == 5 { hours } else { hours + marked(after(text, hours), &[':'], 2).unwrap_or(0) }
}

/// A clock after a date, and what separates them.
fn and_clock(text: &str, length: usize) -> usize {
    let rest = after(text, length);
    let clock = rest.strip_prefix(['T', ' ', '_', ':', '-']).and_then(clock);
    length + clock.map_or(0, |clock| clock + 1)
}

/// `2026-11-29`, `2026/11/29 20:00:00`, `2026-11-29T20:00:00.000137Z`
fn date(text: &str) -> Option<usize> {
    let separators = ['-', '/', '.'];
    let mut length = 4;
    length += marked(after(text, length), &separators, 2)?;
    length += marked(after(text, length), &separators, 2)?;
    Some(and_clock(text, length))
}

/// `20261129T200000Z`
fn compact(text: &str) -> Option<usize> {
    let clock = marked(after(text, 8), &['T', '-', '_'], 6).filter(|length| *length == 7)?;
    let fraction = marked(after(text, 8 + clock), &['.'], 9).unwrap_or(0);
    Some(8 + clock + fraction + zone(after(text, 8 + clock + fraction)))
}

/// `29 Nov 2026 20:00:00`, `29/Nov/2026:20:00:00`
fn day_first(text: &str) -> Option<usize> {
    let mut length = digits(text);
    let rest = after(text, length).strip_prefix([' ', '/', '-'])?;
    MONTHS.iter().find(|month| rest.starts_with(**month))?;
    length += 4;
    length += marked(after(text, length), &[' ', '/', '-'], 4)?;
    Some(and_clock(text, length))
}

/// `11-29 20:00:00.123`, `11/29/2026 20:00:00`: only with a year or a clock.
fn month_and_day(text: &str) -> Option<usize> {
    let month = digits(text);
    let day = month + marked(after(text, month), &['-', '/'], 2)?;
    let year = day + marked(after(text, day), &['-', '/'], 4).unwrap_or(0);
    Some(and_clock(text, year)).filter(|length| year > day || *length > day)
}

/// `Nov 29 20:00:00`, `Nov  9 20:00:00 2026`
fn month_first(text: &str) -> Option<usize> {
    MONTHS.iter().find(|month| text.starts_with(**month))?;
    let blanks = after(text, 3).bytes().take_while(|byte| *byte == b' ').count();
    let day = digits(after(text, 3 + blanks));
    if !(1..=2).contains(&blanks) || !(1..=2).contains(&day) {
        return None;
    }
    let mut length = 3 + blanks + day;
    if let Some(year) = marked(after(text, length), &[' '], 4).filter(|year| *year == 5)
        && !after(text, length + year).starts_with(':')
    {
        length += year;
    }
    Some(and_clock(text, length))
}

/// `Sun 2026-11-29 20:00:00`, `Sun, 29 Nov 2026`
fn weekday(text: &str) -> Option<usize> {
    WEEKDAYS.iter().find(|day| text.starts_with(**day))?;
    let blank = if after(text, 3).starts_with(", ") { 2 } else { 1 };
    let rest = after(text, 3 + blank);
    let found = date(rest).filter(|_| digits(rest) == 4).or_else(|| day_first(rest));
    Some(3 + blank + found.or_else(|| month_first(rest))?)
}

/// `E1129 20:00:00.000000`, the severity and the time of klog
fn klog(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['I', 'W', 'E', 'F', 'D'])?;
    (digits(rest) == 4).then_some(())?;
    Some(6 + clock(after(rest, 4).strip_prefix(' ')?)?)
}

/// Seconds with a fraction (`12345.678901`), and those since 1970.
fn number(text: &str, digits: usize) -> Option<usize> {
    let fraction = marked(after(text, digits), &['.'], 9).filter(|_| digits > 0).unwrap_or(0);
    let length = digits + fraction;
    // Four numbers with dots are an address.
    let is_time = (fraction > 2 || digits >= 10) && digits <= 19;
    (is_time && !after(text, length).starts_with('.')).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let whole = [
            "2026-11-29T20:00:00.000137Z",
            "2026-11-29T20:00:00Z",
            "2026-11-29T20:00:00.1+01:00",
            "2026/11/29 20:00:00",
            "2026-11-29 20:00:00,123",
            "2026-11-29",
            "20261129T200000Z",
            "Nov 29 20:00:00",
            "Nov  9 20:00:00",
            "Nov 29 2026 20:00:00",
            "Sun 2026-11-29 20:00:00",
            "Sun, 29 Nov 2026 20:00:00 +0000",
            "29/Nov/2026:20:00:00",
            "11-29 20:00:00.123",
            "11/29/2026 8:00:00 PM",
            "20:00:00.123",
            "8:00PM",
            "E1129 20:00:00.000000",
            "1764446400.123456",
            "1764446400000",
            "12345.678901",
        ];
        for time in whole {
            let expected = time.strip_suffix(" +0000").unwrap_or(time).len();
            assert_eq!(length(&format!("{time} rest")), Some(expected), "{time}");
        }
    }

    #[test]
    fn other_texts() {
        for text in
            ["", "host", "12", "123", "10.0.0.1", "app-1", "2026", "1.2.3", "Sunday", "Northern", "a1129"]
        {
            assert_eq!(length(&format!("{text} rest")), None, "{text}");
        }
    }
}
