// Made by `LEAKSCOPE_WRITE=1 cargo test --test it made::`. Do not edit.

/// SHA-256 of the script of the page, in base64.
pub(super) const SCRIPT: &str = "A0ljLKh38pDNuzZY3GdildHGyGLSPENiSPznhiOj288=";

/// SHA-256 of the style of the page, in base64.
pub(super) const STYLE: &str = "DkKlSjAs7xaLe0rUYVvtXD4MUCCVLen6CTVHz6iwx5g=";
