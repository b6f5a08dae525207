//! Compact containers for the words of `model`. They know nothing of Go.
//!
//! A profile of a sick service has tens of thousands of stacks and many times as many strings, and touching a new page of memory costs
//! as much as some 10,000 instructions. So values are **interned**: each distinct string ([`StringInterner`]), slice ([`SliceInterner`]) or
//! small value ([`Interner`]) is stored once and referred to by a `u32` id; [`HashIndex`] finds the id of a value. Stacks are stored as
//! **varint**-encoded location ids ([`StackArena`]), if possible in place, in the buffer that the profile was inflated into
//! ([`InflateBuffer`]). Go sorts samples by stack, so a stack usually shares a long prefix with the previous one (**front
//! coding**): [`PrefixCursor`] visits only the suffix that differs. [`TransitionMap`] holds the edges of the tries that are built on top.
//!
//! **Invariant:** nothing here knows what a stack, a frame or a label means.

mod inflate_buffer;
mod interner;
mod prefix_cursor;
mod stack_arena;
mod transitions;
pub mod varint;

pub(crate) use inflate_buffer::InflateBuffer;
pub(crate) use interner::HashIndex;
pub(crate) use interner::Interner;
pub(crate) use interner::SliceInterner;
pub(crate) use interner::StringInterner;
pub(crate) use prefix_cursor::PrefixCursor;
pub(crate) use prefix_cursor::split_common_prefix;
pub(crate) use stack_arena::StackArena;
pub(crate) use stack_arena::StackArenaView;
pub(crate) use transitions::TransitionMap;
