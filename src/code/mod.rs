//! Go packages by syntax alone: functions, closures, scopes, objects such as channels and locks, and paths through a function.
//!
//! Names within one package are enough for most questions; no types and no toolchain are needed. What names do not tell is `None`, and
//! never guessed.
#![expect(clippy::wildcard_enum_match_arm, reason = "most kinds of syntax concern no single question")]

mod callers;
mod contexts;
mod declaration;
mod example_call;
mod file;
mod follow;
mod function;
mod imports;
mod naming;
mod object;
mod occurrences;
mod op;
mod package;
mod paths;
mod query;
mod scope;
mod texts;
mod types;
mod uses;
mod workspace;

pub(crate) use callers::Runs;
pub(crate) use contexts::ContextEnd;
pub(crate) use contexts::ContextOrigin;
pub(crate) use contexts::LostCancel;
pub(crate) use contexts::LostHow;
pub(crate) use contexts::context_of;
pub(crate) use declaration::Declaration;
pub(crate) use declaration::DeclarationKind;
pub use example_call::ExampleCall;
pub use example_call::NoExampleCall;
pub use example_call::example_call;
pub use example_call::package_name;
pub(crate) use file::File;
pub(crate) use function::Function;
pub(crate) use imports::ProgramNames;
pub(crate) use imports::may_name;
pub(crate) use object::Object;
pub(crate) use op::Op;
pub(crate) use op::OpKind;
pub(crate) use package::Package;
pub(crate) use paths::Exit;
pub(crate) use paths::Paths;
pub(crate) use paths::exits_without;
pub(crate) use paths::has;
pub(crate) use paths::most;
pub(crate) use query::SpawnKind;
pub(crate) use query::arguments;
pub(crate) use query::base_type;
pub(crate) use query::call_name;
pub(crate) use query::called_name;
pub(crate) use query::closures;
pub(crate) use query::expressions;
pub(crate) use query::in_case;
pub(crate) use query::loops_around;
pub(crate) use query::spawn_of;
pub(crate) use query::statement_of;
pub(crate) use query::statements;
pub use texts::OpenSource;
pub use texts::Origin;
pub use texts::OwnPackages;
pub use texts::PackageKey;
pub use texts::PackageTexts;
pub use texts::SourceText;
pub use texts::SourceTexts;
pub(crate) use types::result_types;
pub(crate) use uses::Escape;
pub(crate) use uses::EscapeKind;
pub(crate) use uses::Make;
pub(crate) use uses::Uses;
pub(crate) use workspace::Arenas;
pub(crate) use workspace::Workspace;
