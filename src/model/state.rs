//! The state of a goroutine in Go's words, and what it is blocked on.

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

/// What a goroutine is blocked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockedOn {
    /// `ch <- v`.
    ChannelSend,
    /// `ch <- v` on a nil channel: forever.
    NilChannelSend,
    /// `<-ch`, also a `range` over a channel.
    ChannelReceive,
    /// `<-ch` on a nil channel: forever.
    NilChannelReceive,
    /// `select` with cases.
    Select,
    /// `select {}`: forever.
    EmptySelect,
    /// `sync.Mutex.Lock`.
    Lock,
    /// `sync.RWMutex`, reader or writer.
    RwLock,
    /// `sync.WaitGroup.Wait`.
    WaitGroup,
    /// `sync.Cond.Wait`.
    Condition,
    /// A semaphore of the runtime; the frames do not show which `sync` type uses it.
    Semaphore,
    /// The other side of an `iter.Pull`.
    Coroutine,
    /// `time.Sleep`.
    Sleep,
    /// The network poller: sockets, and pipes and terminals in poll mode.
    Network,
    /// A system call, or C code.
    Syscall,
    /// Another goroutine of its test bubble (`testing/synctest`).
    TestBubble,
    /// Internal work of the runtime, such as garbage collection.
    Runtime,
    /// Not blocked: running or runnable.
    Nothing,
}

impl BlockedOn {
    /// All values.
    pub const ALL: [BlockedOn; 18] = [
        BlockedOn::ChannelSend,
        BlockedOn::NilChannelSend,
        BlockedOn::ChannelReceive,
        BlockedOn::NilChannelReceive,
        BlockedOn::Select,
        BlockedOn::EmptySelect,
        BlockedOn::Lock,
        BlockedOn::RwLock,
        BlockedOn::WaitGroup,
        BlockedOn::Condition,
        BlockedOn::Semaphore,
        BlockedOn::Coroutine,
        BlockedOn::Sleep,
        BlockedOn::Network,
        BlockedOn::Syscall,
        BlockedOn::TestBubble,
        BlockedOn::Runtime,
        BlockedOn::Nothing,
    ];

    /// The words in reports and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            BlockedOn::ChannelSend => "channel send",
            BlockedOn::NilChannelSend => "channel send (nil channel)",
            BlockedOn::ChannelReceive => "channel receive",
            BlockedOn::NilChannelReceive => "channel receive (nil channel)",
            BlockedOn::Select => "select",
            BlockedOn::EmptySelect => "select (no cases)",
            BlockedOn::Lock => "lock",
            BlockedOn::RwLock => "rwlock",
            BlockedOn::WaitGroup => "wait group",
            BlockedOn::Condition => "condition",
            BlockedOn::Semaphore => "semaphore",
            BlockedOn::Coroutine => "coroutine",
            BlockedOn::Sleep => "sleep",
            BlockedOn::Network => "network",
            BlockedOn::Syscall => "syscall",
            BlockedOn::TestBubble => "test bubble",
            BlockedOn::Runtime => "runtime",
            BlockedOn::Nothing => "nothing",
        }
    }
}
