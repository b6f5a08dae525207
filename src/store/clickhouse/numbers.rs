//! Names to numbers, by which candidates know services and versions.

use std::collections::HashMap;

/// Names to numbers, in the order in which they are asked for.
#[derive(Default)]
pub(super) struct Numbers {
    by_name: HashMap<String, i64>,
}

impl Numbers {
    pub(super) fn of(&mut self, name: &str) -> i64 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let number = self.by_name.len() as i64;
        self.by_name.insert(name.to_owned(), number);
        number
    }
}
