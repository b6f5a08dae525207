//! The part of JSON Schema that our two schemas use. A validator for all of it, jsonschema, brings 34 crates, a tenth of
//! the time of a fresh test run. A keyword that is not known here is a panic: nothing is left unchecked in silence.

use regex_lite::Regex;
use serde_json::Map;
use serde_json::Value;

pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn new(schema: Value) -> Self {
        Self(schema)
    }

    /// What is wrong with a document, with the place of each fault; empty if nothing is.
    pub(crate) fn faults(&self, document: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(&self.0, document, "", &mut faults);
        faults
    }

    fn holds(&self, schema: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults.is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Value::Object(rules) = schema else {
            if schema != &Value::Bool(true) {
                faults.push(format!("{at}: not allowed"));
            }
            return;
        };
        for (keyword, rule) in rules {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "definitions" | "title" | "description" | "default" => true,
                "$ref" => {
                    let pointer =
                        rule.as_str().and_then(|it| it.strip_prefix('#')).expect("a local reference");
                    let target = self.0.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is missing"));
                    self.check(target, value, at, faults);
                    true
                }
                "type" => {
                    let names = rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice);
                    names.iter().any(|name| is_of_type(value, name))
                }
                "enum" => list(rule).contains(value),
                "const" => rule == value,
                "anyOf" => list(rule).iter().any(|it| self.holds(it, value)),
                "oneOf" => list(rule).iter().filter(|it| self.holds(it, value)).count() == 1,
                "minimum" => value.as_f64().is_none_or(|it| it >= number(rule)),
                "maximum" => value.as_f64().is_none_or(|it| it <= number(rule)),
                "pattern" => value.as_str().is_none_or(|it| {
                    Regex::new(rule.as_str().expect("a pattern")).expect("the pattern is valid").is_match(it)
                }),
                "format" => value.as_str().is_none_or(|it| has_format(it, rule)),
                "minItems" => value.as_array().is_none_or(|it| it.len() as f64 >= number(rule)),
                "uniqueItems" => value.as_array().is_none_or(|items| {
                    rule != &Value::Bool(true) || (1..items.len()).all(|n| !items[..n].contains(&items[n]))
                }),
                "items" => {
                    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}/{number}"), faults);
                    }
                    true
                }
                "required" => {
                    let object = value.as_object();
                    let names = list(rule).iter().map(|name| name.as_str().expect("a name"));
                    let missing = names.filter(|name| object.is_some_and(|it| !it.contains_key(*name)));
                    faults.extend(missing.map(|name| format!("{at}: {name} is missing")));
                    true
                }
                "properties" => {
                    for (name, schema) in object(rule) {
                        if let Some(value) = value.get(name) {
                            self.check(schema, value, &format!("{at}/{name}"), faults);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = rules.get("properties").map(object);
                    for (name, value) in value.as_object().into_iter().flatten() {
                        if known.is_none_or(|it| !it.contains_key(name)) {
                            self.check(rule, value, &format!("{at}/{name}"), faults);
                        }
                    }
                    true
                }
                other => panic!("{at}: the keyword {other} is not known here"),
            };
            if !holds {
                faults.push(format!("{at}: {value} breaks {keyword} {rule}"));
            }
        }
    }
}

fn list(rule: &Value) -> &Vec<Value> {
    rule.as_array().expect("the keyword has a list")
}

fn object(rule: &Value) -> &Map<String, Value> {
    rule.as_object().expect("the keyword has an object")
}

fn number(rule: &Value) -> f64 {
    rule.as_f64().expect("the keyword has a number")
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("a type has a name") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|it| it.fract() == 0.0),
        other => panic!("the type {other} is not known here"),
    }
}

fn has_format(text: &str, format: &Value) -> bool {
    let is_reference = || text.bytes().all(|it| it.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&it));
    match format.as_str().expect("a format has a name") {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "uri-reference" => is_reference(),
        "uri" => {
            let scheme = text.split_once(':').map(|(scheme, _)| scheme);
            is_reference() && scheme.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()))
        }
        other => panic!("the format {other} is not known here"),
    }
}

#[test]
fn each_keyword_refuses() {
    let check = |schema: &str, good: &str, bad: &str| {
        let of = |text: &str| serde_json::from_str(text).expect("a test's JSON");
        let schema = Schema::new(of(schema));
        assert_eq!(schema.faults(&of(good)), [""; 0], "{good}");
        assert_ne!(schema.faults(&of(bad)), [""; 0], "{bad}");
    };
    check(r##"{"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}"##, "null", "1");
    check(r#"{"type": ["string", "integer"]}"#, "1.0", "1.5");
    check(r#"{"type": "number"}"#, "1.5", "\"1.5\"");
    check(r#"{"type": "boolean"}"#, "true", "null");
    check(r#"{"enum": [1, "a"]}"#, "\"a\"", "2");
    check(r#"{"const": 1}"#, "1", "2");
    check(r#"{"anyOf": [{"const": 1}, {"const": 2}]}"#, "2", "3");
    check(r#"{"oneOf": [{"minimum": 1}, {"maximum": 2}]}"#, "3", "1.5");
    check(r#"{"pattern": "^a+$"}"#, "\"aa\"", "\"ab\"");
    check(r#"{"format": "date-time"}"#, "\"2026-11-24T10:00:00Z\"", "\"2026-11-24\"");
    check(r#"{"format": "uri"}"#, "\"https://go.dev/x\"", "\"/x\"");
    check(r#"{"format": "uri-reference"}"#, "\"a/b.go\"", "\"a b.go\"");
    check(r#"{"minItems": 1, "uniqueItems": true}"#, "[1, 2]", "[]");
    check(r#"{"uniqueItems": true}"#, "[1, 2]", "[1, 2, 1]");
    check(r#"{"items": {"type": "array"}}"#, "[[], []]", "[[], {}]");
    check(r#"{"required": ["a"]}"#, r#"{"a": 1}"#, r#"{"b": 1}"#);
    check(r#"{"properties": {"a": {"type": "object"}}}"#, r#"{"a": {}}"#, r#"{"a": 1}"#);
    check(r#"{"properties": {"a": true}, "additionalProperties": false}"#, r#"{"a": 1}"#, r#"{"b": 1}"#);
}
