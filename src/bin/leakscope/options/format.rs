//! Output formats by name.

use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use leakscope::render::FORMATS;
use leakscope::render::Format;

/// Parses the name of a format.
pub(crate) fn format() -> impl TypedValueParser<Value = Format> {
    let names = FORMATS.map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(names).map(|name| Format::named(&name).expect("the names are those of FORMATS"))
}
