//! JSON objects whose fields are written in the order in which the code names them.

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap;

/// Makes an object: `object! { "name": value, "left out if None"?: option, }`.
macro_rules! object {
    (@fields) => { () };
    (@fields $name:literal: $value:expr, $($rest:tt)*) => { ($name, Some($value), object!(@fields $($rest)*)) };
    (@fields $name:literal?: $value:expr, $($rest:tt)*) => { ($name, $value, object!(@fields $($rest)*)) };
    ($($fields:tt)*) => { $crate::render::object::Object(object!(@fields $($fields)*)) };
}

pub(super) use object;

/// An object; `F` is a list in which each field holds the rest of the list.
pub(super) struct Object<F>(pub(super) F);

pub(super) trait Fields {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

impl Fields for () {
    fn write<M: SerializeMap>(&self, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<V: Serialize, F: Fields> Fields for (&str, Option<V>, F) {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let (name, value, rest) = self;
        if let Some(value) = value {
            map.serialize_entry(name, value)?;
        }
        rest.write(map)
    }
}

impl<F: Fields> Serialize for Object<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.write(&mut map)?;
        map.end()
    }
}
