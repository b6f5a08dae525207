//! The variables that expressions name.

/// A variable that an expression names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Object<'a> {
    /// A local variable or parameter.
    Local {
        /// The path of its file.
        file: &'a str,
        /// The byte offset of its declaration.
        at: u32,
        /// Its name.
        name: &'a str,
    },
    /// A variable of the package.
    PackageVariable(&'a str),
    /// A field of a type, in all objects of that type.
    Field {
        /// The type.
        owner: &'a str,
        /// The name of the field.
        name: &'a str,
    },
    /// A field whose type is not known: one of several types has it.
    AnyField(&'a str),
    /// A lock that a type embeds.
    Embedded(&'a str),
    /// A name of another package.
    Extern {
        /// Its import path.
        import: &'a str,
        /// The name.
        name: &'a str,
    },
    /// Another expression, by its text.
    Expression(&'a str),
}

impl<'a> Object<'a> {
    /// As a sentence has it: `mu`, `Store.mu`.
    pub(crate) fn label(self) -> String {
        match self {
            Object::Local { name, .. } | Object::PackageVariable(name) | Object::AnyField(name) => {
                name.to_owned()
            }
            Object::Field { owner, name } => format!("{owner}.{name}"),
            Object::Embedded(owner) => owner.to_owned(),
            Object::Extern { import, name } => format!("{import}.{name}"),
            Object::Expression(text) => text.to_owned(),
        }
    }

    /// The name of its variable or field.
    pub(crate) fn name(self) -> &'a str {
        match self {
            Object::Local { name, .. }
            | Object::PackageVariable(name)
            | Object::AnyField(name)
            | Object::Field { name, .. }
            | Object::Embedded(name)
            | Object::Extern { name, .. }
            | Object::Expression(name) => name,
        }
    }
}
