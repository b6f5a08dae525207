//! Text for people: escaping of outside text, masking of secrets, plurals, units.
//!
//! **Invariant:** nothing here knows what a goroutine is.

mod escape;
mod mask;
#[cfg(feature = "files")]
mod mask_url;
mod numbers;
mod similar;
#[cfg(feature = "render")]
pub mod units;
mod word;
mod words;

pub use escape::escape;
#[cfg(feature = "files")]
pub(crate) use escape::escape_bytes;
#[cfg(feature = "files")]
pub(crate) use escape::escape_path;
#[cfg(feature = "render")]
pub(crate) use escape::is_unsafe;
#[cfg(feature = "render")]
pub(crate) use escape::quoted;
pub use mask::ShownLabels;
#[cfg(feature = "files")]
pub(crate) use mask_url::masked;
pub use numbers::parse_bytes;
pub use numbers::pluralize;
pub use numbers::with_thousands;
pub use similar::similar;
pub use word::word;
#[cfg(feature = "render")]
pub(crate) use word::word_of;
pub(crate) use words::words;
