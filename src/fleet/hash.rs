//! The hash that chooses shards and instances.

/// FNV-1a over texts, each with an end mark, mixed at the end so that all bits depend on all bytes. It must not change: machines that share
/// the work of a sweep have to agree.
pub(super) fn hash(parts: &[&str]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x100_0000_01b3;
    let mut hash = OFFSET;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    // The finalizer of MurmurHash3.
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_of_all_machines_agree() {
        assert_eq!(hash(&["checkout"]), 0x942c_2524_724d_c688);
        assert_ne!(hash(&["a", "b"]), hash(&["ab"]));
    }
}
