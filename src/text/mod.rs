//! What may be printed, and how: escaping of outside text, masking of secrets, plurals, units.
//!
//! **Invariant:** nothing here knows what a goroutine is.

mod bytes;
mod escape;
mod mask;
mod plural;
pub(crate) mod units;

pub use bytes::parse_bytes;
pub use escape::escape;
pub(crate) use escape::escape_bytes;
pub(crate) use escape::escape_path;
pub(crate) use escape::quoted;
pub use mask::ShownLabels;
pub(crate) use mask::masked;
pub use plural::pluralize;
pub use plural::with_thousands;
