//! One fact about a wait in a library.

use crate::model::BlockedOn;

use super::version::Versions;

/// Where a goroutine of a library waits, for which object, and what ends the wait. All names are canonical and full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LibraryFact {
    /// The path of the module.
    pub(crate) module: &'static str,
    /// The function with which the goroutine starts; `None` if the library waits in a goroutine of its caller.
    pub(crate) entry: Option<String>,
    /// The function of the library that waits.
    pub(crate) waits_in: String,
    /// What it waits for.
    pub(crate) wait: BlockedOn,
    /// The exported types whose objects the goroutine works for, as `github.com/fsnotify/fsnotify.Watcher`.
    pub(crate) objects: Vec<String>,
    /// The exported functions that make such an object.
    pub(crate) constructors: Vec<String>,
    /// The exported methods that start the goroutine.
    pub(crate) starts: Vec<String>,
    /// The exported functions and methods that end the wait.
    pub(crate) ends: Vec<String>,
    /// Exported functions whose caller ends it through a parameter, and its name: `(a.b/c.(*T).Run, "ctx")`.
    pub(crate) given: Vec<(String, &'static str)>,
    /// The causes if such goroutines become more and more, from the vocabulary of the rules.
    pub(crate) means: Vec<&'static str>,
    /// What happens in the source when the wait ends, the operations separated by `; `: `close of done; call of cancel`. Empty if
    /// the sources show that nothing ends it.
    pub(crate) how: &'static str,
    /// The versions of the module whose sources were read, separated by spaces, the oldest first.
    pub(crate) read_in: &'static str,
    /// The versions of the module that it holds for.
    pub(crate) versions: Versions,
}
