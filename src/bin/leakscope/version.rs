//! What `-V` and `--version` print. The build script finds out what was built.

/// The version alone.
pub(crate) const SHORT: &str = env!("CARGO_PKG_VERSION");

/// The version, the commit, the features and the target.
pub(crate) const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("LEAKSCOPE_BUILD_COMMIT"),
    ")\nfeatures: ",
    env!("LEAKSCOPE_BUILD_FEATURES"),
    "\ntarget: ",
    env!("LEAKSCOPE_BUILD_TARGET"),
);
