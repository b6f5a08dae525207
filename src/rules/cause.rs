//! What to change for a cause that is certain. A rule only suggests one, and its advice covers what else it could be.

/// Causes and what to change, ordered by cause.
pub(super) const ADVICE: &[(&str, &str)] = &[
    (
        "abandoned-sender",
        "give each send a way out: a channel buffer large enough for every sender, or a select with ctx.Done()",
    ),
    ("blocking-syscall", "use calls that the runtime can poll (os.File, net), or give the call a timeout"),
    ("busy-loop", "give the loop an exit condition, and something to wait for"),
    ("client-per-request", "make one client and share it, or close it on every path"),
    (
        "cond-never-signalled",
        "call Broadcast when the owner ends, and check a closed flag in the loop around Wait",
    ),
    (
        "deadlock-mutex",
        "unlock on every path, take locks in the same order everywhere, and lock nothing that a caller holds",
    ),
    ("exec-without-wait", "call Wait for every command that Start has started"),
    ("handler-outlived", "give the work the context of its request, and return when it is done"),
    ("http-client-without-timeout", "give the request a context with a deadline, or the client a Timeout"),
    ("iter-pull-without-stop", "add defer stop() right after iter.Pull"),
    ("lock-contention", "limit the number of goroutines, or move the slow work out of the lock"),
    ("lock-held-across-wait", "unlock before the wait, or give the wait an end"),
    ("missing-cancel", "call the cancel function on every path: defer cancel() where the context is made"),
    ("missing-close", "close it on every path, also on those that return an error: defer the close"),
    (
        "missing-waitgroup-done",
        "use wg.Go, or make defer wg.Done() the first line of every counted goroutine",
    ),
    ("nil-channel", "make the channel where its owner is made"),
    ("no-deadline-io", "set a deadline before each read and write"),
    ("no-receiver", "receive from the channel, or drop the send"),
    ("reader-writer-starvation", "never take a read lock twice on one path; unlock with defer"),
    (
        "receive-never-closed",
        "close the channel when its last sender ends, or wait in a select with ctx.Done()",
    ),
    ("select-without-done", "add a case that ends it: <-ctx.Done(), and cancel that context"),
    ("semaphore-never-released", "release the slot on every path: defer it right after the slot is taken"),
    ("signal-notify-without-stop", "call signal.Stop and close the channel, or use signal.NotifyContext"),
    ("sleep-loop", "limit the attempts, and wait with a timer in a select with ctx.Done()"),
    (
        "timer-callback-blocks",
        "do nothing in the callback that can block: send with a default case, or use another goroutine",
    ),
    (
        "unbounded-spawn",
        "limit them: a worker pool, errgroup.SetLimit, or a semaphore before the go statement",
    ),
    ("unclosed-body", "close the body on every path: defer resp.Body.Close() after the check of the error"),
    ("unclosed-db", "open it once and share it, or close it on every path"),
    ("unclosed-pipe", "close both ends of the pipe on every path"),
    ("unclosed-rows", "close the rows on every path: defer rows.Close() after the check of the error"),
    ("unclosed-watcher", "close the watcher on every path: defer its Close right after it is made"),
    ("unstopped-ticker", "give the loop an exit: select on the ticker and on ctx.Done(), and defer t.Stop()"),
    ("wait-inside-counted", "call Wait outside of the goroutines that the group counts"),
];

/// What to change if this is the cause for certain, in one line; `None` if nothing can be said.
pub(crate) fn advice_for(cause: &str) -> Option<&'static str> {
    let at = ADVICE.binary_search_by_key(&cause, |(cause, _)| cause).ok()?;
    ADVICE.get(at).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_found() {
        assert!(ADVICE.is_sorted());
        for (cause, advice) in ADVICE {
            assert_eq!(advice_for(cause), Some(*advice));
        }
        assert_eq!(advice_for("library-bug"), None);
        assert_eq!(advice_for(""), None);
    }
}
