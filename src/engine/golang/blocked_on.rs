//! What a goroutine is blocked on: stated by a traceback's header, else inferred from the leaf frames.
//!
//! Sources: `waitReasonStrings` in `runtime/runtime2.go` of Go 1.18 to 1.27; leaf frames as captured from these versions.

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxBuildHasher;

use crate::model::BlockedOn;
use crate::model::Fact;

use super::library::waits_in;

/// Go's wait reasons and statuses by their meaning, separated by `|`.
const REASONS: [(BlockedOn, &str); 18] = [
    (
        BlockedOn::Runtime,
        "GC assist marking|GC assist wait|GC mark termination|GC scavenge wait|GC sweep wait|\
         GC weak to strong wait|GC worker (active)|GC worker (idle)|GOMAXPROCS updater (idle)|\
         cleanup wait|debug call|dumping heap|finalizer wait|flushing proc caches|force gc (idle)|\
         garbage collection|garbage collection scan|page trace flush|panicwait|stopping the world|\
         timer goroutine (idle)|trace goroutine status|trace proc status|trace reader (blocked)|\
         update GOMAXPROCS (idle)|wait for GC cycle",
    ),
    (BlockedOn::Network, "IO wait"),
    (BlockedOn::ChannelReceive, "chan receive|chan receive (synctest)"),
    (BlockedOn::NilChannelReceive, "chan receive (nil chan)"),
    (BlockedOn::ChannelSend, "chan send|chan send (synctest)"),
    (BlockedOn::NilChannelSend, "chan send (nil chan)"),
    (BlockedOn::Nothing, "copystack|preempted|runnable|running"),
    (BlockedOn::Coroutine, "coroutine"),
    (BlockedOn::Select, "select|select (synctest)"),
    (BlockedOn::EmptySelect, "select (no cases)"),
    (BlockedOn::Semaphore, "semacquire"),
    (BlockedOn::Sleep, "sleep"),
    (BlockedOn::Condition, "sync.Cond.Wait"),
    (BlockedOn::Lock, "sync.Mutex.Lock"),
    (BlockedOn::RwLock, "sync.RWMutex.Lock|sync.RWMutex.RLock"),
    (BlockedOn::WaitGroup, "sync.WaitGroup.Wait"),
    (BlockedOn::TestBubble, "synctest.Run|synctest.Wait"),
    (BlockedOn::Syscall, "syscall|waiting for cgo callback"),
];

fn meaning(reason: &str) -> Option<BlockedOn> {
    static BY_REASON: LazyLock<ByName<BlockedOn>> = LazyLock::new(|| by_name(&REASONS, '|'));
    BY_REASON.get(reason).copied()
}

/// All of Go's words for a wait, of all its versions.
pub fn reasons(blocked_on: BlockedOn) -> impl Iterator<Item = &'static str> {
    REASONS.iter().filter(move |(it, _)| *it == blocked_on).flat_map(|(_, reasons)| reasons.split('|'))
}

type ByName<T> = HashMap<&'static str, T, FxBuildHasher>;

fn by_name<T: Copy>(table: &'static [(T, &str)], separator: char) -> ByName<T> {
    table.iter().flat_map(|(it, names)| names.split(separator).map(move |name| (name, *it))).collect()
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

/// Functions at the leaf by what they say of the wait. The first frame that is not [`Leaf::Silent`] decides.
const LEAVES: [(Leaf, &str); 15] = [
    (
        Leaf::Is(BlockedOn::Network),
        "internal/poll.runtime_pollWait net.runtime_pollWait runtime.netpollblock",
    ),
    (Leaf::Mutex, "internal/sync.runtime_SemacquireMutex sync.runtime_SemacquireMutex"),
    (
        Leaf::Is(BlockedOn::Syscall),
        "os.(*Process).pidfdWait os/signal.signal_recv runtime.cgocall runtime.notetsleepg \
         syscall.RawSyscall syscall.RawSyscall6 syscall.Syscall syscall.Syscall6 syscall.Syscall9 \
         syscall.SyscallN syscall.rawVforkSyscall syscall.syscall syscall.syscall6",
    ),
    (
        Leaf::Is(BlockedOn::Nothing),
        "runtime.Gosched runtime.asyncPreempt runtime.asyncPreempt2 runtime.goroutineProfileWithLabels",
    ),
    (Leaf::Is(BlockedOn::EmptySelect), "runtime.block"),
    (
        Leaf::Is(BlockedOn::Runtime),
        "runtime.bgscavenge runtime.bgsweep runtime.gcAssistAlloc runtime.gcParkAssist",
    ),
    (Leaf::Is(BlockedOn::ChannelReceive), "runtime.chanrecv runtime.chanrecv1 runtime.chanrecv2"),
    (Leaf::Is(BlockedOn::ChannelSend), "runtime.chansend runtime.chansend1"),
    (Leaf::Is(BlockedOn::Coroutine), "runtime.coroswitch runtime.coroswitch_m"),
    (Leaf::Is(BlockedOn::Select), "runtime.selectgo"),
    (Leaf::Is(BlockedOn::Sleep), "runtime.timeSleep time.Sleep"),
    (Leaf::Semaphore, "sync.runtime_Semacquire"),
    (Leaf::Is(BlockedOn::RwLock), "sync.runtime_SemacquireRWMutex sync.runtime_SemacquireRWMutexR"),
    (Leaf::Is(BlockedOn::WaitGroup), "sync.runtime_SemacquireWaitGroup"),
    (Leaf::Is(BlockedOn::Condition), "sync.runtime_Syncsemacquire sync.runtime_notifyListWait"),
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
        let caller_has = |nth: usize, receiver: &str| {
            rest.clone().nth(nth).is_some_and(|(_, name)| name.starts_with(receiver))
        };
        let blocked_on = match said {
            Some(Leaf::Is(blocked_on)) => blocked_on,
            // Before Go 1.20, a read-write lock called the same function, without a mutex in between.
            Some(Leaf::Mutex | Leaf::Semaphore) if caller_has(0, "sync.(*RWMutex).") => BlockedOn::RwLock,
            Some(Leaf::Mutex) => BlockedOn::Lock,
            Some(Leaf::Semaphore) if caller_has(0, "sync.(*WaitGroup).") => BlockedOn::WaitGroup,
            Some(Leaf::Semaphore) if caller_has(0, "sync.(*Cond).") => BlockedOn::Condition,
            Some(Leaf::Semaphore) if !caller_has(0, "sync.(*Mutex).") => BlockedOn::Semaphore,
            Some(Leaf::Semaphore) if caller_has(1, "sync.(*RWMutex).") => BlockedOn::RwLock,
            Some(Leaf::Semaphore) => BlockedOn::Lock,
            Some(Leaf::Silent) => {
                parked = true;
                continue;
            }
            Some(Leaf::Library(_)) | None => break,
        };
        return Some(Fact::inferred(blocked_on));
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
    static BY_NAME: LazyLock<ByName<Leaf>> = LazyLock::new(|| by_name(&LEAVES, ' '));
    const SYSCALLS: [&str; 3] = ["internal/runtime/syscall", "runtime/internal/syscall", "internal/syscall/"];
    if let Some(leaf) = BY_NAME.get(name) {
        return Some(*leaf);
    }
    if SYSCALLS.iter().any(|prefix| name.starts_with(prefix)) || name.contains("._Cfunc_") {
        return Some(Leaf::Is(BlockedOn::Syscall));
    }
    let is_runtime = name.starts_with("runtime.") || name.starts_with("internal/runtime/");
    if is_runtime { Some(Leaf::Silent) } else { waits_in(name).map(Leaf::Library) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(frames: &str) -> impl Iterator<Item = (Option<Leaf>, &str)> + Clone {
        frames.split(" < ").map(|name| (leaf(name), name))
    }

    fn check(frames: &str, expected: &str) {
        let fact = inferred(leaves(frames), true);
        // Frames further out than those that decide make no difference.
        let decide = frames_that_decide(leaves(frames));
        assert_eq!(inferred(leaves(frames).take(decide), true), fact, "{frames}");
        assert_eq!(words(fact), expected, "{frames}");
    }

    fn words(fact: Option<Fact<BlockedOn>>) -> &'static str {
        fact.map_or("-", |fact| fact.value.as_str())
    }

    #[test]
    fn leaf_frames() {
        check("runtime.gopark < runtime.chansend < runtime.chansend1 < main.f", "channel send");
        check("runtime.gopark < runtime.chanrecv < runtime.chanrecv2 < main.f", "channel receive");
        check("runtime.gopark < runtime.selectgo < main.f", "select");
        check("runtime.gopark < runtime.block < main.f", "select (no cases)");
        check("runtime.semacquire1 < sync.runtime_SemacquireMutex < sync.(*Mutex).lockSlow", "lock");
        check(
            "internal/sync.runtime_SemacquireMutex < internal/sync.(*Mutex).Lock < sync.(*RWMutex).Lock",
            "lock",
        );
        check("runtime.semacquire1 < sync.runtime_SemacquireMutex < sync.(*RWMutex).RLock", "rwlock");
        check("sync.runtime_SemacquireRWMutexR < sync.(*RWMutex).RLock", "rwlock");
        check("sync.runtime_Semacquire < sync.(*WaitGroup).Wait < main.f", "wait group");
        check("sync.runtime_Semacquire < sync.(*RWMutex).Lock < main.f", "rwlock");
        check("sync.runtime_Semacquire < sync.(*Mutex).Lock < sync.(*RWMutex).Lock", "rwlock");
        check("sync.runtime_Semacquire < sync.(*Mutex).Lock < main.f", "lock");
        check("sync.runtime_SemacquireWaitGroup < sync.(*WaitGroup).Wait", "wait group");
        check("runtime.goparkunlock < sync.runtime_notifyListWait < sync.(*Cond).Wait", "condition");
        check("runtime.netpollblock < internal/poll.runtime_pollWait", "network");
        check("runtime.gopark < time.Sleep < main.f", "sleep");
        check("internal/runtime/syscall.Syscall6 < syscall.RawSyscall6 < main.f", "syscall");
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
            assert_eq!(words(inferred(leaves(frames), false)), expected, "{frames}");
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
            assert_eq!(words(stated(reason, leaves(frames))), expected, "{reason}");
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
