// Made by `LEAKSCOPE_WRITE=1 cargo test --test it made::`. Do not edit.

/// SHA-256 of the script of the page, in base64.
pub(super) const SCRIPT: &str = "pN4QHDaKGlRVAlT+pl/HqLfN52ABMyB4i8xuIqPHDtg=";

/// SHA-256 of the script of the page of a fleet, in base64.
#[cfg(feature = "fleet")]
pub(super) const FLEET_SCRIPT: &str = "KT6m3GaKVZ/7wG9/974ySCZP6pb9MoEbkcFwnc/jDcg=";

/// SHA-256 of the style of the page, in base64.
pub(super) const STYLE: &str = "7bhsB5Ji+8xq/sDC3P2BNcd+n17x8TpvwPklViZh6Jc=";
