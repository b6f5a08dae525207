//! What the arguments of calls say: a traceback prints them as numbers.

use std::num::NonZeroU64;

use super::FunctionId;

/// The arguments on the stacks of a row, as far as they say who holds a lock and what a goroutine was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The receivers of methods on the stacks of the first goroutines of the row, each goroutine's leaf first.
    pub receivers: Vec<Receiver>,
    /// How many goroutines `receivers` covers: at most [`Arguments::MAX_GOROUTINES`].
    pub goroutines: usize,
    /// The arguments of the innermost function outside of the runtime.
    pub innermost: Passed,
}

impl Arguments {
    /// Receivers are kept of this many goroutines of a row: the goroutine that holds a lock is in a row with few.
    pub const MAX_GOROUTINES: usize = 16;

    /// Adds the receivers of another goroutine; they are dropped if there are enough.
    pub fn add(&mut self, receivers: impl IntoIterator<Item = Receiver>) {
        if self.goroutines < Self::MAX_GOROUTINES {
            self.receivers.extend(receivers);
            self.goroutines += 1;
        }
    }

    /// Adds those of another row of the same stack, with their functions translated.
    pub fn append(&mut self, other: &Arguments, function: impl Fn(FunctionId) -> FunctionId) {
        if self.innermost == Passed::Hidden {
            self.innermost = other.innermost;
        }
        for one in other.receivers.chunk_by(|a, b| a.goroutine == b.goroutine) {
            self.add(one.iter().map(|it| Receiver { function: function(it.function), ..*it }));
        }
        // The others have no method on their stacks.
        let all = self.goroutines.max(other.goroutines);
        self.goroutines = all.min(Self::MAX_GOROUTINES);
    }
}

/// The receiver of a method on the stack of one goroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// The id of the goroutine.
    pub goroutine: u64,
    /// The method.
    pub function: FunctionId,
    /// The address of its receiver.
    pub address: NonZeroU64,
}

/// What a function was called with, as far as a traceback prints it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passed {
    /// Not printed: the call is inlined, or its arguments are cut.
    #[default]
    Hidden,
    /// No arguments. A closure has none either for what it captures.
    Nothing,
    /// Arguments without an interface that is still in use.
    Values,
    /// Among them an interface that is still in use, such as a `context.Context`.
    Interface,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_of_few_goroutines() {
        let of = |goroutine: u64| {
            NonZeroU64::new(0xc0).map(|address| Receiver { goroutine, function: FunctionId(1), address })
        };
        let mut some = Arguments::default();
        (0..10).for_each(|goroutine| some.add(of(goroutine)));
        some.add(None);
        assert_eq!((some.goroutines, some.receivers.len()), (11, 10));
        let mut all = some.clone();
        all.append(&some, |_| FunctionId(7));
        assert_eq!(all.goroutines, Arguments::MAX_GOROUTINES);
        assert_eq!(all.receivers.last().map(|it| it.function), Some(FunctionId(7)));
    }
}
