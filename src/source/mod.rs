//! The library's only door to the world: bytes in, bytes out.
//!
//! Files, standard input, capture folders and, with the feature `fetch`, HTTP. Every read is bounded by a limit
//! that the caller names, every error names the input without its credentials, the step that failed and the way
//! out. Nothing here decodes, judges or prints.

mod capture;
mod cause;
mod error;
mod excerpt;
mod file;
mod hint;

#[cfg(feature = "fetch")]
mod classify;
#[cfg(feature = "fetch")]
mod clock;
#[cfg(feature = "fetch")]
mod connect;
#[cfg(feature = "fetch")]
mod http;
#[cfg(feature = "fetch")]
#[cfg(feature = "fetch")]
mod options;
#[cfg(feature = "fetch")]
mod output;
#[cfg(feature = "fetch")]
mod redirect;
#[cfg(feature = "fetch")]
mod request;
#[cfg(feature = "fetch")]
mod resolve;
#[cfg(feature = "fetch")]
mod retry;
#[cfg(feature = "fetch")]
mod runtime;
#[cfg(feature = "fetch")]
mod save;
#[cfg(feature = "fetch")]
mod target;
#[cfg(feature = "fetch")]
mod url_parts;

pub use capture::CaptureEntry;
pub use capture::CaptureFile;
pub use capture::CaptureFileMeta;
pub use capture::CaptureFolder;
pub use capture::CaptureMeta;
pub use capture::is_capture_series;
pub use capture::list_folder;
pub use capture::read_folder;
pub use cause::Cause;
pub use cause::CauseKind;
pub use cause::Limit;
pub use cause::Phase;
pub use error::RedirectFault;
pub use error::SourceError;
pub use excerpt::Excerpt;
pub use excerpt::Module;
pub use excerpt::excerpt;
pub use excerpt::modules_below;
pub use excerpt::nearest_module;
pub use file::InputReader;
pub use file::of_reader;
pub use file::open_input;
pub use file::read_input;

#[cfg(feature = "fetch")]
pub use http::Client;
#[cfg(feature = "fetch")]
pub use options::HttpOptions;
#[cfg(feature = "fetch")]
pub use output::write_whole;
#[cfg(feature = "fetch")]
pub use request::Fetched;
#[cfg(feature = "fetch")]
pub use runtime::block_on;
#[cfg(feature = "fetch")]
pub use runtime::sleep;
#[cfg(feature = "fetch")]
pub use runtime::unless;
#[cfg(feature = "fetch")]
pub use save::save_folder;
#[cfg(feature = "fetch")]
pub use target::Target;
