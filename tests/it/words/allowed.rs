// Made by `LEAKSCOPE_WRITE=1 cargo test --test it words::`. Do not edit.

/// How many old words a file still has.
pub(super) const ALLOWED: &[(&str, usize)] = &[];
