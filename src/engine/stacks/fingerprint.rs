//! The short stable name of a group.

use std::fmt;

/// A hash of canonical function names, and of label values if they are part of the key, so that it is the same after a rebuild, on
/// another machine and in another path. The algorithm must not change: baselines contain fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

pub(crate) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a over the bytes of a text.
pub(crate) fn hash_text(text: &str) -> u64 {
    text.bytes().fold(SEED, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Adds one more part to a hash. The order of parts counts.
pub(crate) fn mix(hash: u64, part: u64) -> u64 {
    let mixed = (hash.rotate_left(5) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Baselines in users' repositories contain such values: they must never change.
    #[test]
    fn promise() {
        let fingerprint = ["main.f", "main.g"].iter().fold(SEED, |hash, name| mix(hash, hash_text(name)));
        assert_eq!(Fingerprint(fingerprint).to_string(), "1f875182cd404e35");
    }
}
