//! Who holds a lock: goroutines that wait for one are joined with the goroutine that is inside a method of the same object.
//!
//! A traceback prints the address of the lock and the receivers of methods. Where it prints none, the spawn site and the types of
//! receivers are all there is. What is found is probable and never certain: being inside a method is not holding its lock.

use std::collections::HashMap;
use std::collections::HashSet;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::model::Arguments;
use crate::model::BlockedOn;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Receiver;

use super::context::DiagnosisContext;
use super::context::RowView;
use super::held_by::HeldBy;
use super::held_by::Holder;
use super::held_by::Locks;
use super::methods::method;
use super::methods::methods;
use super::methods::waits_in_a_method;

/// The lock is inside of an object with at most this many bytes.
const MAX_OBJECT: u64 = 1 << 16;

type Map<K, V> = HashMap<K, V, RandomState>;

/// Who holds the locks that the rows wait for. Work is linear in goroutines, except for the rows that wait for locks: each is compared with
/// all rows and the receivers of one object.
pub(super) fn locks<'c>(context: &'c DiagnosisContext<'_>) -> &'c Locks {
    context.locks.get_or_init(|| find(context))
}

fn find(context: &DiagnosisContext<'_>) -> Locks {
    let waiting: Vec<usize> = (0..context.rows.len()).filter(|row| waits(&context.rows[*row])).collect();
    let mut locks = Locks::unknown(context.rows.len());
    if waiting.is_empty() {
        return locks;
    }
    let mut wanted: Map<u64, u64> = Map::default();
    for row in &waiting {
        locks.set_address(*row, lock_address(&context.rows[*row], &mut wanted));
    }
    let inside = Inside::new(context);
    for row in waiting {
        let found = match locks.address(row) {
            Some(address) => {
                let lock = WantedLock { address, row, wanted: &wanted };
                match owner(&context.rows[row], address).or_else(|| inside.owner(context, &lock)) {
                    Some(owner) => by_address(context, &lock, owner, &inside),
                    None => by_type(context, row, Some(&lock)),
                }
            }
            None => by_type(context, row, None),
        };
        let found = if found == HeldBy::Unknown { by_spawner(context, row) } else { found };
        locks.set_held_by(row, found);
    }
    locks.add_waiters_for_themselves();
    locks
}

fn waits(row_view: &RowView<'_>) -> bool {
    let for_lock = matches!(row_view.blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock));
    for_lock && row_view.row.count() > 0
}

/// The lock that most goroutines of a row wait for. Notes for each goroutine which one it is.
fn lock_address(row_view: &RowView<'_>, wanted: &mut Map<u64, u64>) -> Option<u64> {
    let mut waiters: Map<u64, usize> = Map::default();
    for goroutine in row_view.row.facts.goroutines() {
        let Some(lock) = goroutine.waits_for.map(NonZeroU64::get) else { continue };
        wanted.insert(goroutine.id, lock);
        *waiters.entry(lock).or_default() += 1;
    }
    waiters
        .into_iter()
        .max_by_key(|(lock, waiters)| (*waiters, std::cmp::Reverse(*lock)))
        .map(|(lock, _)| lock)
}

fn receivers<'a>(row_view: &RowView<'a>) -> &'a [Receiver] {
    row_view.row.facts.arguments().map_or(&[], |it: &Arguments| it.receivers.as_slice())
}

/// The innermost method of a row's stack whose receiver contains the lock.
fn owner(row_view: &RowView<'_>, lock: u64) -> Option<Receiver> {
    let waiters: HashSet<u64, RandomState> = row_view
        .row
        .facts
        .goroutines()
        .iter()
        .filter(|it| it.waits_for.map(NonZeroU64::get) == Some(lock))
        .map(|it| it.id)
        .collect();
    let contains = |it: &&Receiver| {
        waiters.contains(&it.goroutine) && (0..MAX_OBJECT).contains(&lock.wrapping_sub(it.address.get()))
    };
    receivers(row_view).iter().find(contains).copied()
}

/// The lock that most goroutines of a row wait for, and which lock every waiting goroutine wants.
struct WantedLock<'w> {
    address: u64,
    row: usize,
    wanted: &'w Map<u64, u64>,
}

impl WantedLock<'_> {
    fn is_wanted_by(&self, goroutine: u64) -> bool {
        self.wanted.get(&goroutine) == Some(&self.address)
    }

    fn is_in(&self, receiver: &Receiver) -> bool {
        (0..MAX_OBJECT).contains(&self.address.wrapping_sub(receiver.address.get()))
    }

    /// How many goroutines of its row wait for it.
    fn waiters(&self, context: &DiagnosisContext<'_>) -> usize {
        let all = context.rows[self.row].row.facts.goroutines().iter();
        all.filter(|it| self.is_wanted_by(it.id)).count()
    }
}

/// The methods that goroutines are inside of, as row and receiver, by the address of the receiver.
struct Inside(Vec<(usize, Receiver)>);

impl Inside {
    fn new(context: &DiagnosisContext<'_>) -> Self {
        let current = context.rows.iter().enumerate().filter(|(_, it)| it.row.count() > 0);
        let mut all: Vec<(usize, Receiver)> =
            current.flat_map(|(row, it)| receivers(it).iter().map(move |it| (row, *it))).collect();
        // The sort is stable, so that one goroutine's methods stay in the order of its stack.
        all.sort_by_key(|(_, it)| it.address);
        Inside(all)
    }

    fn object(&self, address: NonZeroU64) -> &[(usize, Receiver)] {
        let from = self.0.partition_point(|(_, it)| it.address < address);
        let to = self.0.partition_point(|(_, it)| it.address <= address);
        self.0.get(from..to).unwrap_or_default()
    }

    /// The nearest object below the lock that some goroutine is inside of: of the waiting method's type, or so near that the lock is
    /// one of its first fields. For where the waiting method's own receiver is not printed, because it is not in use any more.
    fn owner(&self, context: &DiagnosisContext<'_>, lock: &WantedLock<'_>) -> Option<Receiver> {
        let name = |it: &Receiver| context.names().function_name(it.function);
        let waiting = methods(&context.rows[lock.row]);
        let kind = waiting.first().map(|(kind, _)| *kind);
        // The receiver of the waiting method is known, and the lock is not in it.
        let known = receivers(&context.rows[lock.row]).first().map(name);
        if known.is_some_and(|name| method(name) == waiting.first().copied()) {
            return None;
        }
        let end = self.0.partition_point(|(_, it)| it.address.get() <= lock.address);
        let below = self.0.get(..end).unwrap_or_default().iter().rev().map(|(_, it)| it);
        let mut near = below.take_while(|it| lock.is_in(it));
        near.find(|it| {
            let is_same_kind = method(name(it)).map(|(kind, _)| kind) == kind;
            is_same_kind || lock.address - it.address.get() < MAX_FIRST_FIELDS
        })
        .copied()
    }
}

/// A lock at most this far behind the start of an object is one of its first fields, whatever the object's type.
const MAX_FIRST_FIELDS: u64 = 64;

fn by_address(
    context: &DiagnosisContext<'_>,
    lock: &WantedLock<'_>,
    owner: Receiver,
    inside: &Inside,
) -> HeldBy {
    let object = inside.object(owner.address);
    let others = || object.iter().filter(|(_, it)| !lock.is_wanted_by(it.goroutine));
    // Of several methods of one goroutine the innermost counts.
    let best = others()
        .rev()
        .map(|(row, it)| (rank(context, *row, it.function, lock), *row, it))
        .filter(|(rank, ..)| *rank > 0)
        .max_by_key(|(rank, row, it)| (*rank, std::cmp::Reverse((*row, it.goroutine))));
    let twice = |it: &&(usize, Receiver)| {
        it.0 == lock.row && lock.is_wanted_by(it.1.goroutine) && it.1.function != owner.function
    };
    let outer = object.iter().find(twice).map(|(_, it)| it.function);
    // At most one goroutine can hold it: if several have passed the outer method, that one does not lock.
    let itself = outer.filter(|_| lock.waiters(context) == 1);
    let other = |row, it: &Receiver| {
        HeldBy::Other(Holder { row, function: it.function, goroutine: Some(it.goroutine) })
    };
    let kind = method(context.names().function_name(owner.function)).map(|(kind, _)| kind);
    match (best, itself) {
        (Some((rank, row, it)), _) if rank > RANK_OF_SELECT => other(row, it),
        (_, Some(function)) => HeldBy::Itself(function),
        (Some((_, row, it)), None) => other(row, it),
        (None, None) if others().count() == 0 && outer.is_none() => nobody(context, lock, kind),
        (None, None) => HeldBy::Unknown,
    }
}

const RANK_OF_SELECT: u8 = 2;

/// How likely a goroutine holds the lock of an object inside of whose method it is; 0: it most likely does not.
fn rank(context: &DiagnosisContext<'_>, row: usize, function: FunctionId, lock: &WantedLock<'_>) -> u8 {
    let row_view = &context.rows[row];
    // A loop that waits for work holds no lock meanwhile.
    let is_loop = row_view.entry == Some(context.names().function_name(function))
        && row_view.function.is_some_and(|frame| frame.function == function);
    match row_view.blocked_on {
        // Waiting for the condition releases its lock.
        Some(BlockedOn::Condition) | None => 0,
        Some(BlockedOn::Select | BlockedOn::Network | BlockedOn::ChannelReceive | BlockedOn::EmptySelect)
            if is_loop =>
        {
            0
        }
        Some(BlockedOn::Select | BlockedOn::EmptySelect | BlockedOn::Runtime | BlockedOn::TestBubble) => {
            RANK_OF_SELECT
        }
        Some(
            BlockedOn::Nothing
            | BlockedOn::Sleep
            | BlockedOn::Network
            | BlockedOn::Syscall
            | BlockedOn::Coroutine,
        ) => 3,
        Some(BlockedOn::ChannelReceive | BlockedOn::NilChannelReceive | BlockedOn::Semaphore) => 4,
        Some(BlockedOn::Lock | BlockedOn::RwLock) => 5,
        Some(BlockedOn::ChannelSend | BlockedOn::NilChannelSend) => 6,
        Some(BlockedOn::WaitGroup) if starts_waiters(context, function, lock) => 8,
        Some(BlockedOn::WaitGroup) => 7,
    }
}

/// Whether goroutines that a function started wait for the lock.
fn starts_waiters(context: &DiagnosisContext<'_>, function: FunctionId, lock: &WantedLock<'_>) -> bool {
    let is_child = |it: &&RowView<'_>| it.spawn == Some(function) && waits(it);
    let mut children = context.current_rows().filter(is_child);
    children.any(|it| it.row.facts.goroutines().iter().any(|it| lock.is_wanted_by(it.id)))
}

/// Nobody, if the profile shows the whole process, and all goroutines inside of methods of the type wait for the lock or are known to
/// be inside of other objects.
fn nobody(context: &DiagnosisContext<'_>, lock: &WantedLock<'_>, kind: Option<&str>) -> HeldBy {
    let Some(kind) = kind.filter(|_| context.shows_whole_process()) else { return HeldBy::Unknown };
    let is_of_kind = |name: &str| name.strip_prefix(kind).is_some_and(|rest| rest.starts_with(')'));
    let is_covered = |it: &RowView<'_>| {
        let (count, goroutines) = (it.row.count(), it.row.facts.goroutines());
        let inside = it.names().filter(|name| is_of_kind(name)).count() as i128;
        let all_wait =
            || goroutines.len() as i128 >= count && goroutines.iter().all(|it| lock.is_wanted_by(it.id));
        let elsewhere = || {
            let mut methods = receivers(it).iter();
            let other =
                |it: &&Receiver| is_of_kind(context.names().function_name(it.function)) && !lock.is_in(it);
            methods.by_ref().filter(other).count() as i128
        };
        inside == 0 || all_wait() || elsewhere() >= inside * count
    };
    if context.current_rows().all(is_covered) { HeldBy::Nobody } else { HeldBy::Unknown }
}

/// The goroutine that started the waiters and waits for them.
fn by_spawner(context: &DiagnosisContext<'_>, row: usize) -> HeldBy {
    let Some(spawn) = context.rows[row].spawn else { return HeldBy::Unknown };
    let waits_for_them =
        |it: &RowView<'_>| it.row.count() > 0 && it.blocked_on == Some(BlockedOn::WaitGroup) && it.has(spawn);
    match context.rows.iter().position(waits_for_them) {
        Some(row) => HeldBy::Other(Holder { row, function: spawn, goroutine: None }),
        None => HeldBy::Unknown,
    }
}

/// Where the object is not known: a goroutine that is stuck inside a method of the type that the waiters' method belongs to, or the
/// waiter itself inside of two.
fn by_type(context: &DiagnosisContext<'_>, row: usize, lock: Option<&WantedLock<'_>>) -> HeldBy {
    let waiting = methods(&context.rows[row]);
    let Some((kind, name)) = waiting.first().copied() else { return HeldBy::Unknown };
    let function = |frame: Frame| context.names().function_name(frame.function);
    let is_of_kind = |it: &str| method(it).is_some_and(|(it, _)| it == kind);
    // A receiver that is printed and does not contain the lock is another object.
    let is_other = |it: &RowView<'_>| {
        let mut known =
            receivers(it).iter().filter(|it| is_of_kind(context.names().function_name(it.function)));
        lock.is_some_and(|lock| known.any(|it| !lock.is_in(it)))
    };
    if is_other(&context.rows[row]) {
        return HeldBy::Unknown;
    }
    let holds = |it: &RowView<'_>| {
        let is_stuck = match it.blocked_on {
            Some(BlockedOn::ChannelSend | BlockedOn::WaitGroup) => true,
            Some(BlockedOn::ChannelReceive) => it.entry != it.function.map(function),
            _ => false,
        };
        let mut frames = it.frames().filter(|frame| is_of_kind(function(*frame)));
        frames.next().filter(|_| is_stuck && it.row.count() > 0 && !is_other(it)).map(|frame| frame.function)
    };
    if let Some((row, function)) =
        context.rows.iter().enumerate().find_map(|(row, it)| Some((row, holds(it)?)))
    {
        return HeldBy::Other(Holder { row, function, goroutine: None });
    }
    let Some(lock) = lock.filter(|lock| lock.waiters(context) == 1) else {
        return lock.map_or(HeldBy::Unknown, |lock| nobody(context, lock, Some(kind)));
    };
    let outer = context.rows[row].frames().find(|frame| {
        let it = method(function(*frame));
        it.is_some_and(|(other, method)| other == kind && method != name)
    });
    match outer.filter(|_| waits_in_a_method(&context.rows[row])) {
        Some(outer) => HeldBy::Itself(outer.function),
        None => nobody(context, lock, Some(kind)),
    }
}
