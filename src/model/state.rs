//! The state of a goroutine in Go's words, and what it is blocked on in ours.

/// The number of a state in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// What a traceback's header says in its brackets, minutes and labels aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// Go's wait reason or status, in its own words: `chan receive`, `IO wait`, `running`.
    pub reason: String,
    /// `(leaked)`: proven by the last leak collection.
    pub leaked: bool,
    /// `(scan)`: the collector was scanning its stack.
    pub scan: bool,
    /// `(durable)`: idle inside a test bubble.
    pub durable: bool,
    /// The test bubble (`synctest bubble N`, in Go 1.24 `synctest group N`), if any.
    pub bubble: Option<u64>,
    /// `locked to thread`.
    pub locked: bool,
}

impl State {
    /// Go's words for it.
    pub fn words(&self) -> String {
        if self.durable { format!("{} (durable)", self.reason) } else { self.reason.clone() }
    }
}

/// What a goroutine is blocked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockedOn {
    /// `ch <- v`.
    ChannelSend,
    /// `ch <- v` on a nil channel: for ever.
    NilChannelSend,
    /// `<-ch`, also ranging over a channel.
    ChannelReceive,
    /// `<-ch` on a nil channel: for ever.
    NilChannelReceive,
    /// `select` with cases.
    Select,
    /// `select {}`: for ever.
    EmptySelect,
    /// `sync.Mutex.Lock`.
    Lock,
    /// `sync.RWMutex`, reader or writer.
    RwLock,
    /// `sync.WaitGroup.Wait`.
    WaitGroup,
    /// `sync.Cond.Wait`.
    Condition,
    /// A semaphore of the runtime that the frames do not tell apart.
    Semaphore,
    /// The other side of an `iter.Pull`.
    Coroutine,
    /// `time.Sleep`.
    Sleep,
    /// The network poller: sockets, and pipes and terminals in poll mode.
    Network,
    /// A system call, or C code.
    Syscall,
    /// Another goroutine of a test bubble (`testing/synctest`).
    TestBubble,
    /// The runtime's own affairs: collection, stopping the world.
    Runtime,
    /// Not blocked: running or runnable.
    Nothing,
}

impl BlockedOn {
    /// Each class once.
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

    /// The words for people and for JSON.
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
