//! Enums whose values have words in reports and in JSON.

/// Defines an enum with a word for each value: `Value = "word",`.
macro_rules! enum_with_words {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$value_meta:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$value_meta])* $value,)*
        }

        impl $name {
            /// All values.
            pub const ALL: &[$name] = &[$($name::$value),*];

            /// The word in reports and in JSON.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$value => $word,)*
                }
            }
        }
    };
}

pub(super) use enum_with_words;
