//! What a second look says of a stack, in sentences.

use leakscope::fleet::Waits;
use leakscope::store::SecondSeen;
use leakscope::text::pluralize;
use leakscope::text::units::duration;
use leakscope::text::word;

use super::figures::date;
use super::figures::number;

const SECONDS_A_DAY: i64 = 86_400;

/// `2026-12-01, api-3: 900 goroutines, of which Go's collector proved 880 leaked; of the 890 in its traceback 880 have waited 12 min to 5 h, half of
/// them at least 3 h`.
pub(super) fn sentence(seen: &SecondSeen) -> String {
    let day = i32::try_from(seen.taken_at.div_euclid(SECONDS_A_DAY)).unwrap_or(i32::MAX);
    let goroutines = pluralize(i128::from(seen.look.count), "goroutine");
    let mut text = format!("{}, {}: {goroutines}", date(day), word(&seen.instance));
    match seen.look.proven {
        Some(0) => text.push_str(", of which Go's collector proved none leaked"),
        Some(proven) => {
            text.push_str(&format!(", of which Go's collector proved {} leaked", number(proven)));
        }
        None => {}
    }
    if let Some(waits) = &seen.look.waits {
        text.push_str(&format!("; {}", waited(waits)));
    }
    text
}

/// How long they have waited, in minutes as a traceback states them. Where it states none, that is not known.
fn waited(waits: &Waits) -> String {
    let Waits { listed, stated, least, median, most } = *waits;
    let minutes = |it: u32| duration(f64::from(it) * 60.0);
    let of_listed = format!("of the {} in its traceback", number(listed));
    match (stated, least == most) {
        (0, _) => format!("{of_listed} no wait is stated"),
        (_, true) => format!("{of_listed} {} have waited {}", number(stated), minutes(least)),
        (_, false) => format!(
            "{of_listed} {} have waited {} to {}, half of them at least {}",
            number(stated),
            minutes(least),
            minutes(most),
            minutes(median)
        ),
    }
}

#[cfg(test)]
mod tests {
    use leakscope::fleet::StackLook;

    use super::*;

    #[test]
    fn sentences() {
        let check = |proven: Option<u64>, waits: Option<Waits>, expected: &str| {
            let look = StackLook { count: 900, rule: None, waits, proven };
            let seen = SecondSeen { instance: "api 3".to_owned(), taken_at: 20_000 * 86_400, look };
            assert_eq!(sentence(&seen), format!("2024-10-04, api\\x203: 900 goroutines{expected}"));
        };
        let waits = |stated, least, median, most| Some(Waits { listed: 890, stated, least, median, most });
        check(None, None, "");
        check(Some(0), None, ", of which Go's collector proved none leaked");
        check(
            Some(880),
            waits(880, 12, 180, 300),
            ", of which Go's collector proved 880 leaked; of the 890 in its traceback 880 have waited 12 min to 5 h, half of them at least 3 h",
        );
        check(None, waits(890, 7, 7, 7), "; of the 890 in its traceback 890 have waited 7 min");
        check(None, waits(0, 0, 0, 0), "; of the 890 in its traceback no wait is stated");
    }
}
