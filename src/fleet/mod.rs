//! Many services, each with many instances: whom to ask, in which order, and what one of their snapshots adds to a store.
//!
//! `list` reads lists of targets, `plan` chooses instances and shards, `queue` decides who is asked next within the budgets, `observe` turns
//! a snapshot into the stacks and counts that a store keeps, `second` what a second look adds, `missed` has the causes of a gap, `trend` judges growth over days, `owners`
//! says whose a stack is, with `codeowners`, which reads the file of that name.
//!
//! **Invariant:** nothing here opens a connection or a file, or reads the clock. A choice depends only on names, so that two machines make
//! the same one.

mod codeowners;
mod hash;
mod list;
mod missed;
mod observe;
mod owners;
mod plan;
mod queue;
mod second;
mod target;
mod trend;

pub use codeowners::CodeOwners;
pub use list::LabelNames;
pub use list::ListError;
pub use list::Listed;
pub use list::parse_groups;
pub use list::parse_list;
pub use missed::MissCause;
pub use missed::Missed;
pub use observe::Observation;
pub use observe::ObservedStack;
pub use observe::observe;
pub use owners::OwnedStack;
pub use owners::Owner;
pub use owners::OwnerBasis;
pub use owners::OwnerEntry;
pub use owners::Owners;
pub use plan::Choice;
pub use plan::Plan;
pub use plan::PlannedService;
pub use plan::Shard;
pub use plan::plan;
pub use queue::Budget;
pub use queue::Queue;
pub use second::StackLook;
pub use second::Waits;
pub use second::observe_again;
pub use target::FleetTarget;
pub use target::host_of;
pub use trend::DayGrowth;
pub use trend::DayMean;
pub use trend::grows_over_days;
pub use trend::growth_over_days;
