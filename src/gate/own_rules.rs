//! The rules that the gate adds to those of rule files.

/// Rules of findings that come from no rule of a file: those of the policy's limits, and growth for which no rule holds.
pub(super) const OWN_RULES: [&str; 6] =
    ["max-goroutines", "max-total-growth", "max-growth", "max-age", "over-baseline", GREW];

/// The rule of growth for which no other rule holds.
const GREW: &str = "grew";

/// Whether a finding comes from a limit of the policy and not from a rule.
pub fn is_limit(rule: &str) -> bool {
    OWN_RULES.contains(&rule) && rule != GREW
}
