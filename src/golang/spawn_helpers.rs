//! Functions that run a `go` statement on behalf of their caller.

/// The helpers, sorted. The name of the closure that they start still contains the caller.
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
    HELPERS.binary_search(&canonical).is_ok() || canonical.starts_with("context.(*afterFuncCtx).")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_sorted_and_found() {
        assert!(HELPERS.is_sorted());
        assert!(is_spawn_helper("sync.(*WaitGroup).Go"));
        assert!(!is_spawn_helper("main.main"));
    }
}
