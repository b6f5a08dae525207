//! Places in bytes, half as large as they may be: large tables have one for each entry.

/// Places, numbered in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// How far each place lies behind the base before it.
    behind: Vec<u32>,
    /// Bases, and before which place each stands; none where all places are small.
    bases: Vec<(usize, usize)>,
}

impl Places {
    /// None yet, with room for so many.
    pub(crate) fn with_capacity(places: usize) -> Self {
        Places { behind: Vec::with_capacity(places), bases: Vec::new() }
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, places: usize) {
        self.behind.reserve(places);
    }

    /// Takes in a place.
    #[inline]
    pub(crate) fn push(&mut self, place: usize) {
        match u32::try_from(place) {
            Ok(place) if self.bases.is_empty() => self.behind.push(place),
            _ => self.push_far(place),
        }
    }

    #[cold]
    fn push_far(&mut self, place: usize) {
        let base = self.bases.last().map_or(0, |(_, base)| *base);
        let behind = place.checked_sub(base).and_then(|behind| u32::try_from(behind).ok());
        if behind.is_none() {
            self.bases.push((self.behind.len(), place));
        }
        self.behind.push(behind.unwrap_or(0));
    }

    /// A place; `None` for a number that is not there.
    #[inline]
    pub(crate) fn get(&self, number: usize) -> Option<usize> {
        let behind = *self.behind.get(number)? as usize;
        Some(if self.bases.is_empty() { behind } else { self.base(number) + behind })
    }

    #[cold]
    fn base(&self, number: usize) -> usize {
        let before = self.bases.partition_point(|(from, _)| *from <= number);
        before.checked_sub(1).and_then(|at| self.bases.get(at)).map_or(0, |(_, base)| *base)
    }

    /// How many there are; their numbers are `0..len`.
    pub(crate) fn len(&self) -> usize {
        self.behind.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_any_size() {
        let (far, end) = (u32::MAX as usize + 5, usize::MAX);
        let all = [3, 1, u32::MAX as usize, far, far + 1, 7, end, 0, 2];
        let mut places = Places::default();
        all.into_iter().for_each(|place| places.push(place));
        assert!((0..places.len()).map(|number| places.get(number)).eq(all.map(Some)));
        assert_eq!(places.get(all.len()), None);
    }
}
