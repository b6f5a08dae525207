// Made by `LEAKSCOPE_WRITE=1 cargo test --test it made::`. Do not edit.

/// SHA-256 of the script of the page, in base64.
pub(super) const SCRIPT: &str = "OkOhOv3HxtFRrQjXi+UBekQJF5yCFbR0wxQY+EmRcXE=";

/// SHA-256 of the style of the page, in base64.
pub(super) const STYLE: &str = "QWxuXfclAQwYryI9s3MyOwVpLxksO1A4h7CSDqVzxz8=";
