//! Text for people: escaping of outside text, masking of secrets, plurals, units.
//!
//! **Invariant:** nothing here knows what a goroutine is.

mod escape;
mod mask;
mod mask_url;
mod numbers;
mod similar;
pub mod units;
mod word;
mod words;

pub use escape::escape;
pub use escape::escape_bytes;
pub use escape::escape_path;
pub use escape::is_unsafe;
pub use escape::quoted;
pub use mask::ShownLabels;
pub use mask_url::masked;
pub use numbers::parse_bytes;
pub use numbers::pluralize;
pub use numbers::with_thousands;
pub use similar::similar;
pub use word::word;
pub use word::word_of;
#[doc(hidden)]
pub use words::words;
