//! Parsers for sizes, durations and names.

use std::time::Duration;

use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use leakscope::text::parse_bytes;

/// Parses one of several names; each row is a name, its help and its value.
pub(super) fn one_of<T: Clone + Send + Sync + 'static, const N: usize>(
    rows: [(&'static str, &'static str, T); N],
) -> impl TypedValueParser<Value = T> {
    let names = rows.each_ref().map(|(name, about, _)| PossibleValue::new(*name).help(*about));
    PossibleValuesParser::new(names).map(move |name| {
        let row = rows.iter().find(|(it, ..)| *it == name);
        row.map(|(.., value)| value.clone()).expect("the parser accepts no other name")
    })
}

/// Parses a size in bytes greater than 0.
pub(super) fn size(text: &str) -> Result<u64, String> {
    parse_bytes(text).ok_or_else(|| "write it like 4GiB or 512MiB".to_owned())
}

/// Parses a limit in bytes, which may be 0.
pub(super) fn limit<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let bytes = if text == "0" { 0 } else { size(text)? };
    T::try_from(bytes).map_err(|_| "it is too large for this system".to_owned())
}

/// Parses a duration greater than 0.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let signed: jiff::SignedDuration =
        text.parse().map_err(|_| "write it like 30s, 5m or 1h30m".to_owned())?;
    match Duration::try_from(signed) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) | Err(_) => Err("it must be longer than 0".to_owned()),
    }
}
