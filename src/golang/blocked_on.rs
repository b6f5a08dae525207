//! What a goroutine is blocked on: stated by a traceback's header, else inferred from the leaf frames.
//!
//! Sources: `runtime/runtime2.go`, `waitReasonStrings`, of Go 1.18 to 1.27; leaf frames as captured from those versions.

use crate::model::BlockedOn;
use crate::model::Fact;

use super::library::waits_in;

/// Go's wait reasons and statuses. What is not here is a reason that we do not know.
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
    REASONS.get(found).map(|(_, class)| *class)
}

/// What a header's words mean whatever the frames are; `None` where these have to tell as well, and for words that we do not
/// know.
pub fn stated_by_words(reason: &str) -> Option<Fact<BlockedOn>> {
    meaning(reason).filter(|class| *class != BlockedOn::Semaphore).map(Fact::stated)
}

/// What a header's words mean. `semacquire` stands for locks (to Go 1.19), wait groups (to 1.23) and conditions (to
/// 1.8): the frames, leaf first, tell; they are given as for [`inferred`]. `None` for words that we do not know.
pub fn stated<'a>(
    reason: &str,
    frames: impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone,
) -> Option<Fact<BlockedOn>> {
    match meaning(reason) {
        Some(BlockedOn::Semaphore) => {
            let told = inferred(frames, false).map_or(BlockedOn::Semaphore, |fact| fact.value);
            Some(Fact::stated(told))
        }
        Some(class) => Some(Fact::stated(class)),
        // `(leaked)` may replace the reason, `waiting` never had one: the frames may know.
        None if matches!(reason, "leaked" | "waiting" | "") => {
            inferred(frames.clone(), false).or_else(|| in_library(frames).map(Fact::inferred))
        }
        None => None,
    }
}

/// What a frame at the leaf says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// This and nothing else.
    Is(BlockedOn),
    /// A mutex, or an older Go's read-write lock.
    Mutex,
    /// A wait group, or an older Go's locks.
    Semaphore,
    /// Plumbing that says nothing yet.
    Silent,
    /// A function that is no plumbing and blocks in this way only, where the form hides how.
    Library(BlockedOn),
}

/// Functions at the leaf that say what a goroutine is blocked on. The specific stand further out than the general, so
/// the first that is not silent decides.
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

/// What the frames, leaf first, tell: what [`leaf`] says of each, and its name. `shows_runtime` says whether the form shows
/// the runtime's frames: only then does a user's frame at the leaf mean that the goroutine runs.
pub fn inferred<'a>(
    frames: impl Iterator<Item = (Option<Leaf>, &'a str)> + Clone,
    shows_runtime: bool,
) -> Option<Fact<BlockedOn>> {
    let mut rest = frames.clone();
    let mut parked = false;
    while let Some((said, _)) = rest.next() {
        let name_of = |frame: Option<(Option<Leaf>, &'a str)>| frame.map_or("", |(_, name)| name);
        match said {
            Some(Leaf::Is(class)) => return Some(Fact::inferred(class)),
            Some(Leaf::Mutex) => {
                // Before Go 1.20 a read-write lock took the same way, without a mutex between.
                let direct = name_of(rest.clone().next()).starts_with("sync.(*RWMutex).");
                return Some(Fact::inferred(if direct { BlockedOn::RwLock } else { BlockedOn::Lock }));
            }
            Some(Leaf::Semaphore) => {
                let next = name_of(rest.clone().next());
                let class = if next.starts_with("sync.(*WaitGroup).") {
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
                return Some(Fact::inferred(class));
            }
            Some(Leaf::Silent) => parked = true,
            Some(Leaf::Library(_)) | None => break,
        }
    }
    // The runtime parked it for a reason that no frame names: a guess would be worse than nothing.
    (shows_runtime && !parked).then(|| frames.clone().next().map(|_| Fact::inferred(BlockedOn::Nothing)))?
}

/// What the innermost frame that is no plumbing tells, if it is one of a library that blocks in one way only. It is asked
/// where nothing else tells: such a function may have been another in the library's past. Not where the goroutine is seen to
/// run. Frames are given as for [`inferred`].
pub fn in_library<'a>(mut frames: impl Iterator<Item = (Option<Leaf>, &'a str)>) -> Option<BlockedOn> {
    match frames.find(|(said, _)| *said != Some(Leaf::Silent))? {
        (Some(Leaf::Library(class)), _) => Some(class),
        _ => None,
    }
}

/// What a function says where it stands at the leaf, only plumbing before it; `None` for one that says nothing.
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
    let frame_visibility = name.starts_with("runtime.") || name.starts_with("internal/runtime/");
    if frame_visibility { Some(Leaf::Silent) } else { waits_in(name).map(Leaf::Library) }
}

/// `LEAVES` in the order of names, so that it can be written by subject.
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
