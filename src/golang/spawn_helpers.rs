//! Functions that run a `go` statement on behalf of their caller.

/// The helpers. The name of the closure that they start still contains the caller.
const HELPERS: [&str; 6] = [
    "context.AfterFunc",
    "golang.org/x/sync/errgroup.(*Group).Go",
    "golang.org/x/sync/errgroup.(*Group).TryGo",
    "k8s.io/apimachinery/pkg/util/wait.(*Group).Start",
    "sync.(*WaitGroup).Go",
    "time.goFunc",
];

/// Whether a function starts goroutines for its caller (`sync.(*WaitGroup).Go`, errgroup, timers).
pub fn is_spawn_helper(canonical: &str) -> bool {
    HELPERS.contains(&canonical) || canonical.starts_with("context.(*afterFuncCtx).")
}
