//! The state of a goroutine in Go's words, and what it is blocked on.

use crate::text::words;

/// The index of a state in its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// The state in the brackets of a traceback's header, without minutes and labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// Go's wait reason or status, in its own words: `chan receive`, `IO wait`, `running`.
    pub reason: String,
    /// `(leaked)`: the last leak detection of the garbage collector proved it.
    pub leaked: bool,
    /// `(scan)`: the garbage collector was scanning its stack.
    pub scan: bool,
    /// `(durable)`: durably blocked inside a test bubble (`testing/synctest`).
    pub durable: bool,
    /// The test bubble (`synctest bubble N`, in Go 1.24 `synctest group N`); `None` outside of one.
    pub bubble: Option<u64>,
    /// `locked to thread`: it called `runtime.LockOSThread`.
    pub locked: bool,
}

impl State {
    /// The reason, and whether it is durable, in Go's words.
    pub fn words(&self) -> String {
        if self.durable { format!("{} (durable)", self.reason) } else { self.reason.clone() }
    }
}

words! {
    /// What a goroutine is blocked on.
    pub enum BlockedOn {
        /// `ch <- v`.
        ChannelSend = "channel send",
        /// `ch <- v` on a nil channel: forever.
        NilChannelSend = "channel send (nil channel)",
        /// `<-ch`, also a `range` over a channel.
        ChannelReceive = "channel receive",
        /// `<-ch` on a nil channel: forever.
        NilChannelReceive = "channel receive (nil channel)",
        /// `select` with cases.
        Select = "select",
        /// `select {}`: forever.
        EmptySelect = "select (no cases)",
        /// `sync.Mutex.Lock`.
        Lock = "lock",
        /// `sync.RWMutex`, reader or writer.
        RwLock = "rwlock",
        /// `sync.WaitGroup.Wait`.
        WaitGroup = "wait group",
        /// `sync.Cond.Wait`.
        Condition = "condition",
        /// A semaphore of the runtime; the frames do not show which `sync` type uses it.
        Semaphore = "semaphore",
        /// The other side of an `iter.Pull`.
        Coroutine = "coroutine",
        /// `time.Sleep`.
        Sleep = "sleep",
        /// The network poller: sockets, and pipes and terminals in poll mode.
        Network = "network",
        /// A system call, or C code.
        Syscall = "syscall",
        /// Another goroutine of its test bubble (`testing/synctest`).
        TestBubble = "test bubble",
        /// Internal work of the runtime, such as garbage collection.
        Runtime = "runtime",
        /// Not blocked: running or runnable.
        Nothing = "nothing",
    }
}
