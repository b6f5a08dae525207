//! What a goroutine is blocked on: stated by a traceback's header, else inferred from the leaf frames.
//!
//! Sources: `waitReasonStrings` in `runtime/runtime2.go` of Go 1.18 to 1.27; leaf frames as captured from these versions.

use crate::model::BlockedOn;
use crate::model::Fact;

use super::library::waits_in;

/// Go's wait reasons and statuses, sorted.
const REASONS: [(&str, BlockedOn); 52] = [
    ("GC assist marking", BlockedOn::Runtime),
    ("GC assist wait", BlockedOn::Runtime),
    ("GC mark termination", BlockedOn::Runtime),
    ("GC scavenge wait", BlockedOn::Runtime),
    ("GC sweep wait", BlockedOn::Runtime),
    ("GC weak to strong wait", BlockedOn::Runtime),
    ("GC worker (active)", BlockedOn::Runtime),
    ("GC worker (idle)", BlockedOn::Runtime),
    ("GOMAXPROCS updater (idle)", BlockedOn::Runtime),
    ("IO wait", BlockedOn::Network),
    ("chan receive", BlockedOn::ChannelReceive),
    ("chan receive (nil chan)", BlockedOn::NilChannelReceive),
    ("chan receive (synctest)", BlockedOn::ChannelReceive),
    ("chan send", BlockedOn::ChannelSend),
    ("chan send (nil chan)", BlockedOn::NilChannelSend),
    ("chan send (synctest)", BlockedOn::ChannelSend),
    ("cleanup wait", BlockedOn::Runtime),
    ("copystack", BlockedOn::Nothing),
    ("coroutine", BlockedOn::Coroutine),
    ("debug call", BlockedOn::Runtime),
    ("dumping heap", BlockedOn::Runtime),
    ("finalizer wait", BlockedOn::Runtime),
    ("flushing proc caches", BlockedOn::Runtime),
    ("force gc (idle)", BlockedOn::Runtime),
    ("garbage collection", BlockedOn::Runtime),
    ("garbage collection scan", BlockedOn::Runtime),
    ("page trace flush", BlockedOn::Runtime),
    ("panicwait", BlockedOn::Runtime),
    ("preempted", BlockedOn::Nothing),
    ("runnable", BlockedOn::Nothing),
    ("running", BlockedOn::Nothing),
    ("select", BlockedOn::Select),
    ("select (no cases)", BlockedOn::EmptySelect),
    ("select (synctest)", BlockedOn::Select),
    ("semacquire", BlockedOn::Semaphore),
    ("sleep", BlockedOn::Sleep),
    ("stopping the world", BlockedOn::Runtime),
    ("sync.Cond.Wait", BlockedOn::Condition),
    ("sync.Mutex.Lock", BlockedOn::Lock),
    ("sync.RWMutex.Lock", BlockedOn::RwLock),
    ("sync.RWMutex.RLock", BlockedOn::RwLock),
    ("sync.WaitGroup.Wait", BlockedOn::WaitGroup),
    ("synctest.Run", BlockedOn::TestBubble),
    ("synctest.Wait", BlockedOn::TestBubble),
    ("syscall", BlockedOn::Syscall),
    ("timer goroutine (idle)", BlockedOn::Runtime),
    ("trace goroutine status", BlockedOn::Runtime),
    ("trace proc status", BlockedOn::Runtime),
    ("trace reader (blocked)", BlockedOn::Runtime),
    ("update GOMAXPROCS (idle)", BlockedOn::Runtime),
    ("wait for GC cycle", BlockedOn::Runtime),
    ("waiting for cgo callback", BlockedOn::Syscall),
];

fn meaning(reason: &str) -> Option<BlockedOn> {
    let found = REASONS.binary_search_by_key(&reason, |(words, _)| words).ok()?;
    REASONS.get(found).map(|(_, blocked_on)| *blocked_on)
}

/// What the reason in a header says, with any frames; `None` if the frames are needed too, and for an unknown reason.
pub fn stated_by_words(reason: &str) -> Option<Fact<BlockedOn>> {
    meaning(reason).filter(|it| *it != BlockedOn::Semaphore).map(Fact::stated)
}

/// What the reason in a header says. `semacquire` means a lock (up to Go 1.19), a wait group (up to 1.23) or a condition (up to 1.8),
/// which the frames distinguish; for these see [`inferred`]. `None` for an unknown reason.
pub fn stated<'a>(
    reason: &str,
    frames: impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone,
) -> Option<Fact<BlockedOn>> {
    match meaning(reason) {
        Some(BlockedOn::Semaphore) => {
            let by_frames = inferred(frames, false).map(|fact| fact.value);
            Some(Fact::stated(by_frames.unwrap_or(BlockedOn::Semaphore)))
        }
        Some(blocked_on) => Some(Fact::stated(blocked_on)),
        // `(leaked)` may replace the reason, and `waiting` never had one.
        None if matches!(reason, "leaked" | "waiting" | "") => {
            inferred(frames.clone(), false).or_else(|| in_library(frames).map(Fact::inferred))
        }
        None => None,
    }
}

/// What a frame says of the wait if only [`Leaf::Silent`] frames are further in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Exactly this.
    Is(BlockedOn),
    /// A mutex or, before Go 1.20, a read-write lock.
    Mutex,
    /// A wait group or, in older versions of Go, a lock or a condition.
    Semaphore,
    /// Nothing yet: a frame of the runtime that several kinds of waits have.
    Silent,
    /// A library function that blocks only in this way. It counts if the form hides the frames further in.
    Library(BlockedOn),
}

/// Functions at the leaf that say what a goroutine is blocked on. The first frame that is not [`Leaf::Silent`] decides.
const LEAVES: [(&str, Leaf); 43] = [
    ("internal/poll.runtime_pollWait", Leaf::Is(BlockedOn::Network)),
    ("internal/sync.runtime_SemacquireMutex", Leaf::Mutex),
    ("net.runtime_pollWait", Leaf::Is(BlockedOn::Network)),
    ("os.(*Process).pidfdWait", Leaf::Is(BlockedOn::Syscall)),
    ("os/signal.signal_recv", Leaf::Is(BlockedOn::Syscall)),
    ("runtime.Gosched", Leaf::Is(BlockedOn::Nothing)),
    ("runtime.asyncPreempt", Leaf::Is(BlockedOn::Nothing)),
    ("runtime.asyncPreempt2", Leaf::Is(BlockedOn::Nothing)),
    ("runtime.block", Leaf::Is(BlockedOn::EmptySelect)),
    ("runtime.bgscavenge", Leaf::Is(BlockedOn::Runtime)),
    ("runtime.bgsweep", Leaf::Is(BlockedOn::Runtime)),
    ("runtime.cgocall", Leaf::Is(BlockedOn::Syscall)),
    ("runtime.chanrecv", Leaf::Is(BlockedOn::ChannelReceive)),
    ("runtime.chanrecv1", Leaf::Is(BlockedOn::ChannelReceive)),
    ("runtime.chanrecv2", Leaf::Is(BlockedOn::ChannelReceive)),
    ("runtime.chansend", Leaf::Is(BlockedOn::ChannelSend)),
    ("runtime.chansend1", Leaf::Is(BlockedOn::ChannelSend)),
    ("runtime.coroswitch", Leaf::Is(BlockedOn::Coroutine)),
    ("runtime.coroswitch_m", Leaf::Is(BlockedOn::Coroutine)),
    ("runtime.gcAssistAlloc", Leaf::Is(BlockedOn::Runtime)),
    ("runtime.gcParkAssist", Leaf::Is(BlockedOn::Runtime)),
    ("runtime.goroutineProfileWithLabels", Leaf::Is(BlockedOn::Nothing)),
    ("runtime.netpollblock", Leaf::Is(BlockedOn::Network)),
    ("runtime.notetsleepg", Leaf::Is(BlockedOn::Syscall)),
    ("runtime.selectgo", Leaf::Is(BlockedOn::Select)),
    ("runtime.timeSleep", Leaf::Is(BlockedOn::Sleep)),
    ("sync.runtime_Semacquire", Leaf::Semaphore),
    ("sync.runtime_SemacquireMutex", Leaf::Mutex),
    ("sync.runtime_SemacquireRWMutex", Leaf::Is(BlockedOn::RwLock)),
    ("sync.runtime_SemacquireRWMutexR", Leaf::Is(BlockedOn::RwLock)),
    ("sync.runtime_SemacquireWaitGroup", Leaf::Is(BlockedOn::WaitGroup)),
    ("sync.runtime_Syncsemacquire", Leaf::Is(BlockedOn::Condition)),
    ("sync.runtime_notifyListWait", Leaf::Is(BlockedOn::Condition)),
    ("syscall.RawSyscall", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.RawSyscall6", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.Syscall", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.Syscall6", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.Syscall9", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.SyscallN", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.rawVforkSyscall", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.syscall", Leaf::Is(BlockedOn::Syscall)),
    ("syscall.syscall6", Leaf::Is(BlockedOn::Syscall)),
    ("time.Sleep", Leaf::Is(BlockedOn::Sleep)),
];

/// What the frames say. Each is given, leaf first, as what [`leaf`] says of it and its name. `shows_runtime` is whether the form shows the
/// runtime's frames: only then does another frame at the leaf mean that the goroutine runs.
pub fn inferred<'a>(
    frames: impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone,
    shows_runtime: bool,
) -> Option<Fact<BlockedOn>> {
    let mut rest = frames.clone();
    let mut parked = false;
    while let Some((said, _)) = rest.next() {
        let name_of = |frame: Option<(Option<Leaf>, &'a str)>| frame.map_or("", |(_, name)| name);
        match said {
            Some(Leaf::Is(blocked_on)) => return Some(Fact::inferred(blocked_on)),
            Some(Leaf::Mutex) => {
                // Before Go 1.20, a read-write lock called the same function, without a mutex in between.
                let direct = name_of(rest.clone().next()).starts_with("sync.(*RWMutex).");
                return Some(Fact::inferred(if direct { BlockedOn::RwLock } else { BlockedOn::Lock }));
            }
            Some(Leaf::Semaphore) => {
                let next = name_of(rest.clone().next());
                let blocked_on = if next.starts_with("sync.(*WaitGroup).") {
                    BlockedOn::WaitGroup
                } else if next.starts_with("sync.(*RWMutex).") {
                    BlockedOn::RwLock
                } else if next.starts_with("sync.(*Mutex).") {
                    let writer = name_of(rest.clone().nth(1)).starts_with("sync.(*RWMutex).");
                    if writer { BlockedOn::RwLock } else { BlockedOn::Lock }
                } else if next.starts_with("sync.(*Cond).") {
                    BlockedOn::Condition
                } else {
                    BlockedOn::Semaphore
                };
                return Some(Fact::inferred(blocked_on));
            }
            Some(Leaf::Silent) => parked = true,
            Some(Leaf::Library(_)) | None => break,
        }
    }
    // If the runtime parked it for a reason that no frame names, nothing is inferred.
    (shows_runtime && !parked).then(|| frames.clone().next().map(|_| Fact::inferred(BlockedOn::Nothing)))?
}

/// What the innermost frame that is not silent says, if it is a library function that blocks only in one way. Ask this last: in
/// an older version of the library, the function may have blocked in another way. `None` if the goroutine is seen to run. For the frames
/// see [`inferred`].
pub fn in_library<'a>(mut frames: impl Iterator<Item = (Option<Leaf>, &'a str)>) -> Option<BlockedOn> {
    match frames.find(|(said, _)| *said != Some(Leaf::Silent))? {
        (Some(Leaf::Library(blocked_on)), _) => Some(blocked_on),
        _ => None,
    }
}

/// How many frames, counted from the leaf, decide what [`inferred`] and [`in_library`] return. With fewer frames than that, it
/// is one more than there are.
pub(crate) fn frames_that_decide<'a>(mut frames: impl Iterator<Item = (Option<Leaf>, &'a str)>) -> usize {
    let mut silent = 0;
    loop {
        match frames.next() {
            Some((Some(Leaf::Silent), _)) => silent += 1,
            // Of these the callers are read as well.
            Some((Some(Leaf::Mutex), _)) => return silent + 2,
            Some((Some(Leaf::Semaphore), _)) => return silent + 3,
            Some((Some(Leaf::Is(_) | Leaf::Library(_)) | None, _)) | None => return silent + 1,
        }
    }
}

/// What a function says of the wait as the leaf; `None` if it says nothing and is not of the runtime.
pub fn leaf(name: &str) -> Option<Leaf> {
    if let Ok(at) = LEAVES_SORTED.binary_search_by_key(&name, |(known, _)| known) {
        return LEAVES_SORTED.get(at).map(|(_, leaf)| *leaf);
    }
    let syscall = ["internal/runtime/syscall", "runtime/internal/syscall", "internal/syscall/"];
    if syscall.iter().any(|prefix| name.starts_with(prefix)) {
        return Some(Leaf::Is(BlockedOn::Syscall));
    }
    if name.contains("._Cfunc_") {
        return Some(Leaf::Is(BlockedOn::Syscall));
    }
    let is_runtime = name.starts_with("runtime.") || name.starts_with("internal/runtime/");
    if is_runtime { Some(Leaf::Silent) } else { waits_in(name).map(Leaf::Library) }
}

/// [`LEAVES`], sorted by name.
static LEAVES_SORTED: std::sync::LazyLock<Vec<(&str, Leaf)>> = std::sync::LazyLock::new(|| {
    let mut leaves = LEAVES.to_vec();
    leaves.sort_unstable_by_key(|(name, _)| *name);
    leaves
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_sorted() {
        assert!(REASONS.is_sorted_by_key(|(words, _)| words));
    }

    fn leaves(frames: &str) -> impl Iterator<Item = (Option<Leaf>, &str)> + Clone {
        frames.split(" < ").map(|name| (leaf(name), name))
    }

    fn check(frames: &str, expected: &str) {
        let fact = inferred(leaves(frames), true);
        // Frames further out than those that decide make no difference.
        let decide = frames_that_decide(leaves(frames));
        assert_eq!(inferred(leaves(frames).take(decide), true), fact, "{frames}");
        assert_eq!(fact.map_or("-", |fact| fact.value.as_str()), expected, "{frames}");
    }

    #[test]
    fn leaf_frames() {
        check("runtime.gopark < runtime.chansend < runtime.chansend1 < main.f", "channel send");
        check("runtime.gopark < runtime.chanrecv < runtime.chanrecv2 < main.f", "channel receive");
        check("runtime.gopark < runtime.selectgo < main.f", "select");
        check("runtime.gopark < runtime.block < main.f", "select (no cases)");
        check(
            "runtime.gopark < runtime.goparkunlock < runtime.semacquire1 < sync.runtime_SemacquireMutex < sync.(*Mutex).lockSlow < sync.(*Mutex).Lock < main.f",
            "lock",
        );
        check(
            "runtime.semacquire1 < internal/sync.runtime_SemacquireMutex < internal/sync.(*Mutex).lockSlow < internal/sync.(*Mutex).Lock < sync.(*RWMutex).Lock",
            "lock",
        );
        check(
            "runtime.semacquire1 < sync.runtime_SemacquireMutex < sync.(*RWMutex).RLock < main.f",
            "rwlock",
        );
        check("runtime.semacquire1 < sync.runtime_SemacquireRWMutexR < sync.(*RWMutex).RLock", "rwlock");
        check(
            "runtime.semacquire1 < sync.runtime_Semacquire < sync.(*WaitGroup).Wait < main.f",
            "wait group",
        );
        check(
            "runtime.semacquire1 < sync.runtime_SemacquireWaitGroup < sync.(*WaitGroup).Wait",
            "wait group",
        );
        check(
            "runtime.gopark < runtime.goparkunlock < sync.runtime_notifyListWait < sync.(*Cond).Wait",
            "condition",
        );
        check(
            "runtime.gopark < runtime.netpollblock < internal/poll.runtime_pollWait < internal/poll.(*pollDesc).wait",
            "network",
        );
        check("runtime.gopark < time.Sleep < main.f", "sleep");
        check(
            "internal/runtime/syscall.Syscall6 < syscall.RawSyscall6 < syscall.Syscall < main.f",
            "syscall",
        );
        check("runtime.cgocall < main._Cfunc_wait < main.f", "syscall");
        check("runtime.coroswitch < iter.Pull[...].func2", "coroutine");
        check("main.spin < main.main", "nothing");
        check("runtime.asyncPreempt2 < runtime.asyncPreempt < main.spin", "nothing");
        check("runtime.gopark < main.odd", "-");
        check("runtime.gopark < io.(*pipe).read < main.f", "-");
    }

    #[test]
    fn forms_without_runtime_frames_stay_silent() {
        let check = |frames: &str, expected: &str| {
            let fact = inferred(leaves(frames), false);
            assert_eq!(fact.map_or("-", |fact| fact.value.as_str()), expected, "{frames}");
        };
        check("main.f < main.main", "-");
        check("sync.runtime_Semacquire < sync.(*WaitGroup).Wait < main.f", "wait group");
        check("internal/poll.runtime_pollWait < internal/poll.(*FD).Read", "network");
        check("time.Sleep < main.f", "sleep");
        check("io.(*pipe).read < io.(*PipeReader).Read < main.f", "-");
    }

    #[test]
    fn libraries() {
        let check = |frames: &str, expected: Option<BlockedOn>| {
            assert_eq!(in_library(leaves(frames)), expected, "{frames}");
            let decide = frames_that_decide(leaves(frames));
            assert_eq!(in_library(leaves(frames).take(decide)), expected, "{frames}");
        };
        check("io.(*pipe).read < io.(*PipeReader).Read < main.f", Some(BlockedOn::Select));
        check("runtime.gopark < io.(*pipe).read < main.f", Some(BlockedOn::Select));
        check("time.Sleep < io.(*pipe).read", None);
        check("main.f < io.(*pipe).read", None);
        check("", None);
    }

    #[test]
    fn headers() {
        let check = |reason: &str, frames: &str, expected: &str| {
            let fact = stated(reason, leaves(frames));
            assert_eq!(fact.map_or("-", |fact| fact.value.as_str()), expected, "{reason}");
        };
        check("chan receive", "main.f", "channel receive");
        check("chan send (nil chan)", "main.f", "channel send (nil channel)");
        check("semacquire", "sync.runtime_Semacquire < sync.(*WaitGroup).Wait", "wait group");
        check("semacquire", "sync.runtime_notifyListWait < sync.(*Cond).Wait", "condition");
        check("semacquire", "main.f", "semaphore");
        check("semacquire", "io.(*pipe).write < main.f", "semaphore");
        check("leaked", "time.Sleep < main.f", "sleep");
        check("leaked", "io.(*pipe).read < main.f", "select");
        check("a reason of the future", "time.Sleep < main.f", "-");
    }
}
