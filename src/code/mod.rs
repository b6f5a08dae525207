//! Go packages by syntax alone: functions, closures, scopes, objects such as channels and locks, and paths through a function.
//!
//! Names within one package are enough for most questions; no types and no toolchain are needed. What names do not tell is `None`, and
//! never guessed.

mod file;
mod function;
mod object;
mod op;
mod package;
mod paths;
mod query;
mod scope;
mod texts;
mod types;
mod uses;
mod workspace;

pub(crate) use file::File;
pub(crate) use function::Function;
pub(crate) use object::Object;
pub(crate) use op::Op;
pub(crate) use op::OpKind;
pub(crate) use package::FieldInfo;
pub(crate) use package::Package;
pub(crate) use paths::Exit;
pub(crate) use paths::PathError;
pub(crate) use paths::Paths;
pub(crate) use paths::Walked;
pub(crate) use paths::exits_without;
pub(crate) use paths::has;
pub(crate) use paths::most;
pub(crate) use query::Spawn;
pub(crate) use query::SpawnKind;
pub(crate) use query::arguments;
pub(crate) use query::body;
pub(crate) use query::call_name;
pub(crate) use query::called_name;
pub(crate) use query::closures;
pub(crate) use query::in_case;
pub(crate) use query::loops_around;
pub(crate) use query::spawn_of;
pub(crate) use query::statement_of;
pub(crate) use query::statements;
pub(crate) use scope::Declaration;
pub(crate) use scope::DeclarationKind;
pub use texts::OpenSource;
pub use texts::Origin;
pub use texts::OwnPackages;
pub use texts::PackageKey;
pub use texts::PackageTexts;
pub use texts::SourceText;
pub use texts::SourceTexts;
pub(crate) use types::base_type;
pub(crate) use types::result_types;
pub(crate) use uses::Escape;
pub(crate) use uses::EscapeKind;
pub(crate) use uses::Make;
pub(crate) use uses::Uses;
pub(crate) use workspace::Arenas;
pub(crate) use workspace::Workspace;
