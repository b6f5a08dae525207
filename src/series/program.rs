//! Whether the first and the last snapshot are from the same program.

use crate::golang::Owner;
use crate::model::FunctionId;
use crate::stacks::SymbolTable;

use super::Column;
use super::Row;

/// A sentence, if the first and the last snapshot have too few functions of their own code in common; otherwise `None`.
pub(super) fn other_program(rows: &[Row], columns: &[Column], symbols: &SymbolTable) -> Option<String> {
    let (first, last) = (columns.first()?, columns.last()?);
    if columns.len() < 2 {
        return None;
    }
    // For each function, whether a stack of the column has it and the user or a library owns it.
    let own_functions = |column: usize| {
        let mut own = vec![false; symbols.symbols.functions_len()];
        let present = rows.iter().filter(|row| row.counts.get(column).is_some_and(|count| *count != 0));
        for frame in present.flat_map(|row| row.stack.frames(symbols)) {
            own[frame.function.0 as usize] = true;
        }
        for (function, is_own) in (0u32..).map(FunctionId).zip(&mut own) {
            *is_own &= matches!(symbols.owner(function), Owner::User | Owner::Dependency);
        }
        own
    };
    let (before, after) = (own_functions(0), own_functions(columns.len() - 1));
    let count = |own: &[bool]| own.iter().filter(|is_own| **is_own).count();
    let fewer = count(&before).min(count(&after));
    let common = before.iter().zip(&after).filter(|(before, after)| **before && **after).count();
    // A deployment may rename the program's file; most functions are still the same.
    let is_renamed = matches!((&first.program, &last.program), (Some(a), Some(b)) if a != b);
    let is_other = fewer > 0 && (common == 0 || (is_renamed && common * 2 <= fewer));
    is_other.then(|| {
        let (a, b) = (&first.origin, &last.origin);
        format!(
            "{a} and {b} have {common} of {fewer} functions in common: they look like two different programs"
        )
    })
}
