// Made by `LEAKSCOPE_WRITE=1 cargo test --test it words::`. Do not edit.

/// How many old words a file still has.
pub(super) const ALLOWED: &[(&str, usize)] = &[
    ("src/diagnose/evidence.rs", 2),
    ("src/model/mod.rs", 3),
    ("src/model/profile.rs", 1),
    ("src/model/snapshot.rs", 3),
    ("src/model/stack.rs", 1),
    ("src/series/align.rs", 1),
    ("src/series/growth/reasons.rs", 1),
    ("src/series/growth/retention.rs", 4),
    ("tests/it/fuzz.rs", 1),
];
