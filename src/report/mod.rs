//! Decides what a report says, as one value. Never formats it: that is `render`.
//!
//! **Invariant:** the order of groups and their number are decided here, so that all formats agree.

mod build;
mod by_source;
mod callers;
mod conclude;
mod conclusion;
mod death;
mod death_line;
#[cfg(feature = "fleet")]
mod fleet;
mod frame_line;
mod from_source;
mod go_test;
mod group_line;
mod heap_alone;
mod label_values;
mod last_words;
mod lines;
mod main_module;
mod prevention;
mod regression;
#[cfg(feature = "files")]
mod regroup;
mod source_lines;
mod source_link;
mod verification;

#[cfg(feature = "files")]
pub use crate::gate::GateOutcome;
pub use crate::group::LabelValue;
pub use crate::group::LabelValues;
pub use build::Options;
pub use build::PatchWriting;
pub use build::Sort;
pub use build::report;
pub use conclusion::Conclusion;
pub use conclusion::GrowthConclusion;
pub use conclusion::Scattered;
pub use death_line::DeathLine;
#[cfg(feature = "fleet")]
pub use fleet::FleetCause;
#[cfg(feature = "fleet")]
pub use fleet::FleetDay;
#[cfg(feature = "fleet")]
pub use fleet::FleetReport;
#[cfg(feature = "fleet")]
pub use fleet::FleetRow;
#[cfg(feature = "fleet")]
pub use fleet::FleetVersion;
pub use frame_line::FrameLine;
pub use from_source::FromSource;
pub use go_test::TestableStack;
pub use go_test::TestableStacks;
pub use heap_alone::HeapAlone;
pub use heap_alone::HeapSite;
pub use lines::Caller;
pub use lines::CallerFit;
pub use lines::CallerSource;
pub use lines::FindingLine;
pub use lines::GroupLine;
pub use lines::NotExplained;
pub use lines::Omitted;
pub use lines::Report;
pub use lines::SourceLines;
pub use lines::Waited;
pub use main_module::MainModule;
pub use prevention::GoTest;
pub use prevention::RegressionCommands;
pub use prevention::TestOffer;
pub use regression::CommandArguments;
pub use source_link::SourceLink;
pub use source_link::SourceLinkError;
pub use verification::StepResult;
pub use verification::Verification;
pub use verification::VerificationOutcome;
pub use verification::VerificationStep;
