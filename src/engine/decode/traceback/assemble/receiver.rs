//! What the receiver of a call is good for.

/// What the receiver of a call may say of a lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ReceiverIs {
    /// Nothing: it has none, or it is a frame that everything waits in.
    Nothing,
    /// Nothing, in the runtime: the caller's arguments are of interest.
    Runtime,
    /// The lock: it is a method of package `sync`.
    Lock,
    /// The object that has the lock.
    Owner,
}

impl ReceiverIs {
    pub(super) fn of(name: &str) -> Self {
        if name.starts_with("runtime.") {
            return ReceiverIs::Runtime;
        }
        if name.starts_with("sync.(*") || name.starts_with("internal/sync.(*") {
            // A `sync.Once` has a lock inside, like an object of the program.
            return if name.starts_with("sync.(*Once).") { ReceiverIs::Owner } else { ReceiverIs::Lock };
        }
        const PASSED_THROUGH: [&str; 8] =
            ["internal/", "net.", "net/", "bufio.", "io.", "os.", "crypto/", "testing."];
        let has_owner = name.contains(".(*") && !PASSED_THROUGH.iter().any(|it| name.starts_with(it));
        if has_owner { ReceiverIs::Owner } else { ReceiverIs::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers() {
        let check = |name: &str, expected: ReceiverIs| assert!(ReceiverIs::of(name) == expected, "{name}");
        check("sync.(*Mutex).lockSlow", ReceiverIs::Lock);
        check("internal/sync.(*Mutex).Lock", ReceiverIs::Lock);
        check("sync.(*Once).doSlow", ReceiverIs::Owner);
        check("github.com/a/mysync.(*Mutex).Lock", ReceiverIs::Owner);
        check("main.(*cache).Put", ReceiverIs::Owner);
        check("database/sql.(*DB).conn", ReceiverIs::Owner);
        check("net/http.(*conn).serve", ReceiverIs::Nothing);
        check("main.run", ReceiverIs::Nothing);
        check("runtime.gopark", ReceiverIs::Runtime);
    }
}
