// Made by `LEAKSCOPE_WRITE=1 cargo test --test it made::`. Do not edit.

/// SHA-256 of the script of the page, in base64.
pub(super) const SCRIPT: &str = "xAYzYtXTTfbNUw8RyYVwb578tNomYfze5Y/Fbvfeqeo=";

/// SHA-256 of the style of the page, in base64.
pub(super) const STYLE: &str = "53AjFXgcZSRdV6wQsT22csH//1aapZa0siRm7XCJFvk=";
