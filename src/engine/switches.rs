//! Switches for the mechanisms that exist only for speed, so that a bench can measure what each one brings.
//!
//! With the feature `bench`, `LEAKSCOPE_OFF=trie,line-cache` switches mechanisms off. Without it every switch is a constant, and the
//! compiler removes the check. docs/performance.md has the figures.

/// A mechanism that exists for speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// The trie of stack states (`stacks/trie.rs`).
    Trie,
    /// Visiting only what neighbouring stacks do not share (`storage/prefix_cursor.rs`).
    FrontCoding,
    /// Stacks that stay in the profile's buffer (`storage/stack_arena.rs`).
    StacksInBuffer,
    /// The fast path for messages as Go encodes them (`decode/pprof/fast_path.rs`).
    FastPath,
    /// The cache of parsed lines of a traceback (`decode/traceback/line_cache.rs`).
    LineCache,
    /// The prediction of the next frame of a traceback (the same file).
    FramePrediction,
    /// The cache of known stacks in a long series (`series/stack_cache.rs`).
    StackCache,
    /// Taking details only from the latest snapshot that has a row (`series/batch.rs`).
    DetailsNeeded,
    /// Huge pages for inflated profiles (`storage/inflate_buffer.rs`).
    HugePages,
    /// More than one core (`parallel.rs`).
    Cores,
}

impl Mechanism {
    /// Whether the mechanism is switched on.
    #[cfg(not(feature = "bench"))]
    #[inline(always)]
    pub(crate) const fn is_on(self) -> bool {
        true
    }

    /// Whether the mechanism is switched on: it is, unless `LEAKSCOPE_OFF` names it.
    #[cfg(feature = "bench")]
    pub(crate) fn is_on(self) -> bool {
        static OFF: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
            #[expect(clippy::disallowed_methods, reason = "only benches read it")]
            std::env::var("LEAKSCOPE_OFF").unwrap_or_default()
        });
        let name = match self {
            Mechanism::Trie => "trie",
            Mechanism::FrontCoding => "front-coding",
            Mechanism::StacksInBuffer => "stacks-in-buffer",
            Mechanism::FastPath => "fast-path",
            Mechanism::LineCache => "line-cache",
            Mechanism::FramePrediction => "frame-prediction",
            Mechanism::StackCache => "stack-cache",
            Mechanism::DetailsNeeded => "details-needed",
            Mechanism::HugePages => "huge-pages",
            Mechanism::Cores => "cores",
        };
        !OFF.split(',').any(|off| off == name)
    }
}
