//! The heap of the process, where it is glibc's: what a program that is all ours may do so that it asks the system seldom.

use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// Whether the process is ours.
static OURS: AtomicBool = AtomicBool::new(false);

/// Lets glibc keep up to 8 MiB that were freed, and make room for 6 at once, here and in each thread that works for the caller
/// later. It is for a program of its own, before anything else: it is a matter of the whole process. Other allocators take no
/// notice of it.
///
/// glibc gives large blocks back to the system at once, and asks for them again, until it saw one of this size come and go
/// (`mallopt(3)`, on `M_MMAP_THRESHOLD`). Nothing is written to the blocks, so the system lays no memory under them.
pub fn take_over() {
    OURS.store(true, Ordering::Relaxed);
    drop(block(4 << 20));
    make_room();
}

/// Makes room for this thread at once, if the process is ours: glibc asks the system for more with each block that finds none,
/// and the system holds all threads meanwhile.
pub(crate) fn make_room() {
    if OURS.load(Ordering::Relaxed) {
        // Each is below what `take_over` showed, or it would come from the system and go back to it.
        drop([block(3 << 20), block(3 << 20)]);
    }
}

/// A block of so many bytes; an empty one where the system has no room for it.
fn block(size: usize) -> Vec<u8> {
    let mut block = Vec::new();
    let _ = black_box(&mut block).try_reserve_exact(size);
    block
}
