//! The library's only access to files, standard input and the network: bytes in, bytes out.
//!
//! Reads files, standard input, capture folders, Go source and, with the feature `fetch`, HTTP. The caller limits the size of every
//! input. Every error names the input without its credentials, the step that failed and, where there is one, the way out.
//! Nothing here decodes, judges or prints.

mod capture;
mod error;
mod files;
mod hint;

#[cfg(feature = "go-source")]
mod excerpt;
#[cfg(feature = "go-source")]
mod go_source;
#[cfg(feature = "fetch")]
mod http;
#[cfg(feature = "fetch")]
mod replace;
#[cfg(feature = "fetch")]
mod save;

pub use capture::CaptureEntry;
pub use capture::CaptureFile;
pub use capture::CaptureFileMeta;
pub use capture::CaptureFolder;
pub use capture::CaptureMeta;
pub use capture::is_capture_series;
pub use capture::list_folder;
pub use capture::read_folder;
pub use error::Cause;
pub use error::CauseKind;
pub use error::Limit;
pub use error::Phase;
pub use error::RedirectFault;
pub use error::SourceError;
pub use files::InputReader;
pub use files::into_source_error;
pub use files::open_input;
pub use files::read_input;

#[cfg(feature = "go-source")]
pub use excerpt::Excerpt;
#[cfg(feature = "go-source")]
pub use excerpt::excerpt;
#[cfg(feature = "go-source")]
pub use go_source::GoSource;
#[cfg(feature = "go-source")]
pub use go_source::SourcePlaces;
#[cfg(feature = "go-source")]
pub use go_source::in_repository;
#[cfg(feature = "go-source")]
pub use go_source::nearest_module;
#[cfg(feature = "go-source")]
pub use go_source::sibling_modules;
#[cfg(feature = "fetch")]
pub use http::AllowedAddresses;
#[cfg(feature = "fetch")]
pub use http::Call;
#[cfg(feature = "fetch")]
pub use http::CallBody;
#[cfg(feature = "fetch")]
pub use http::Client;
#[cfg(feature = "fetch")]
pub use http::Fetched;
#[cfg(feature = "fetch")]
pub use http::HttpOptions;
#[cfg(feature = "fetch")]
pub use http::Network;
#[cfg(feature = "fetch")]
pub use http::Poster;
#[cfg(feature = "fetch")]
pub use http::Target;
#[cfg(feature = "fetch")]
pub use http::block_on;
#[cfg(feature = "fetch")]
pub use http::run_until_cancelled;
#[cfg(feature = "fetch")]
pub use http::sleep;
#[cfg(feature = "fetch")]
pub use replace::replace_all;
#[cfg(feature = "fetch")]
pub use save::descriptor_of;
#[cfg(feature = "fetch")]
pub use save::save_folder;
#[cfg(feature = "fetch")]
pub use save::write_whole;
