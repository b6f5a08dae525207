//! Sizes that can be typed.

use leakscope::text::parse_bytes;

/// A size above nothing.
pub(super) fn size(text: &str) -> Result<u64, String> {
    parse_bytes(text).ok_or_else(|| "write it like 4GiB or 512MiB".to_owned())
}

/// A limit of bytes, which may be 0.
pub(super) fn limit<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let bytes = if text == "0" { 0 } else { size(text)? };
    T::try_from(bytes).map_err(|_| "it is more than this system can count".to_owned())
}
