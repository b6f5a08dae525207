//! A call of a function with plain arguments, for a test: what its parameters take decides them.
//!
//! Only functions whose parameters are all plain get a call: contexts, texts, numbers, flags, slices and functions of such, and what a
//! handler of HTTP takes. A method needs an object, which nobody but the user can make.

use std::collections::BTreeSet;
use std::fmt;

use super::file::File;
use crate::golang::closure_parent;
use crate::syntax::Field;
use crate::syntax::GoParser;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A call that a test can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleCall {
    /// The call: `priceOf(ctx, "a")`. Its context, if it has one, is called `ctx`.
    pub text: String,
    /// The import paths that it needs, sorted; all are of the standard library.
    pub imports: Vec<&'static str>,
}

/// Why there is no such call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoExampleCall {
    /// No file at hand declares the function.
    NotFound,
    /// It is a method; the text is the type of its receiver.
    Method(String),
    /// It has type parameters.
    Generic,
    /// It is `main`, `init` or a test.
    NotCallable,
    /// A parameter has a type that needs a value of the user's; the text is the type.
    Parameter(String),
}

impl fmt::Display for NoExampleCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoExampleCall::NotFound => f.write_str("no file of its package declares it"),
            NoExampleCall::Method(receiver) => {
                write!(f, "it is a method of {receiver}, which needs an object")
            }
            NoExampleCall::Generic => f.write_str("it has type parameters"),
            NoExampleCall::NotCallable => f.write_str("no test can call it"),
            NoExampleCall::Parameter(type_) => write!(f, "its parameter of type {type_} needs a value"),
        }
    }
}

/// A call of a function of a package, or of the function that a closure is written in. `files` are the texts of the package's files, and
/// `function` its name without the package: `priceOf`, `(*Pool).run`, `serve.func1`.
pub fn example_call(files: &[String], function: &str) -> Result<ExampleCall, NoExampleCall> {
    let outer = std::iter::successors(Some(function), |name| closure_parent(name)).last().unwrap_or(function);
    if let Some(receiver) = outer.rsplit_once('.').map(|(receiver, _)| receiver) {
        return Err(NoExampleCall::Method(receiver.trim_matches(['(', ')']).to_owned()));
    }
    if matches!(outer, "main" | "init") || outer.starts_with("init.") {
        return Err(NoExampleCall::NotCallable);
    }
    let mut parser = GoParser::new();
    for text in files {
        let Some(tree) = parser.parse(String::new(), text.clone()) else { continue };
        let file = File::new(&tree);
        let functions = tree.root().children().filter(|it| it.kind() == Kind::FunctionDeclaration);
        let mut named = functions.filter(|it| it.child(Field::Name).is_some_and(|name| name.text() == outer));
        if let Some(found) = named.next() {
            return call(&file, found, outer);
        }
    }
    Err(NoExampleCall::NotFound)
}

/// The name in the package clause of a file; `None` without one.
pub fn package_name(text: &str) -> Option<String> {
    let tree = GoParser::new().parse(String::new(), text.to_owned())?;
    Some(File::new(&tree).package_name.to_owned()).filter(|it| !it.is_empty())
}

fn call(file: &File<'_>, function: Node<'_>, name: &str) -> Result<ExampleCall, NoExampleCall> {
    if function.child(Field::TypeParameters).is_some() {
        return Err(NoExampleCall::Generic);
    }
    let mut imports = BTreeSet::new();
    let mut arguments = Vec::new();
    for parameter in function.child(Field::Parameters).into_iter().flat_map(Node::children) {
        // A variadic parameter needs no argument.
        if parameter.kind() != Kind::ParameterDeclaration {
            continue;
        }
        let Some(type_) = parameter.child(Field::Type) else { continue };
        let argument = value(file, type_, MAX_DEPTH, &mut imports);
        let argument = argument.ok_or_else(|| NoExampleCall::Parameter(type_.text().to_owned()))?;
        let names = parameter.children_of(Field::Name).count().max(1);
        arguments.extend(std::iter::repeat_n(argument, names));
    }
    let text = format!("{name}({})", arguments.join(", "));
    Ok(ExampleCall { text, imports: imports.into_iter().collect() })
}

/// Bound of types inside types.
const MAX_DEPTH: u32 = 4;

/// A value of a type; `None` if only the user can make one.
fn value(
    file: &File<'_>,
    type_: Node<'_>,
    depth: u32,
    imports: &mut BTreeSet<&'static str>,
) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match type_.kind() {
        Kind::TypeIdentifier => basic(type_.text()).map(str::to_owned),
        Kind::InterfaceType => type_.children().next().is_none().then(|| "nil".to_owned()),
        Kind::QualifiedType => qualified(file, type_, false, imports).map(str::to_owned),
        Kind::PointerType => {
            let target = type_.nth(0).filter(|it| it.kind() == Kind::QualifiedType)?;
            qualified(file, target, true, imports).map(str::to_owned)
        }
        Kind::SliceType => {
            let element = type_.child(Field::Element)?;
            // Three, so that a function that takes the first of several answers leaves some behind.
            let value = value(file, element, depth, imports)?;
            is_plain(element).then(|| format!("[]{}{{{value}, {value}, {value}}}", element.text()))
        }
        Kind::FunctionType => function_value(file, type_, depth, imports),
        _ => None,
    }
}

/// A function that returns plain values at once.
fn function_value(
    file: &File<'_>,
    type_: Node<'_>,
    depth: u32,
    imports: &mut BTreeSet<&'static str>,
) -> Option<String> {
    let parameters = type_.child(Field::Parameters)?;
    let types_of = |list: Node<'_>| list.walk().all(|it| is_plain_part(it));
    if !types_of(parameters) {
        return None;
    }
    let mut results = Vec::new();
    match type_.child(Field::Result) {
        None => {}
        Some(list) if list.kind() == Kind::ParameterList => {
            for parameter in list.children().filter(|it| it.kind() == Kind::ParameterDeclaration) {
                let type_ = parameter.child(Field::Type)?;
                let value = value(file, type_, depth, imports).filter(|_| is_plain(type_))?;
                let names = parameter.children_of(Field::Name).count().max(1);
                results.extend(std::iter::repeat_n(value, names));
            }
        }
        Some(result) => {
            results.push(value(file, result, depth, imports).filter(|_| is_plain(result))?);
        }
    }
    let body = if results.is_empty() { String::new() } else { format!(" return {} ", results.join(", ")) };
    Some(format!("{} {{{body}}}", type_.text()))
}

/// Whether the text of a type means the same in another file: it names no other package and no type of the user's.
fn is_plain(type_: Node<'_>) -> bool {
    type_.walk().all(is_plain_part)
}

fn is_plain_part(part: Node<'_>) -> bool {
    match part.kind() {
        Kind::TypeIdentifier => basic(part.text()).is_some(),
        Kind::QualifiedType | Kind::StructType | Kind::InterfaceType => false,
        _ => true,
    }
}

/// A value of one of Go's own types.
fn basic(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "\"a\"",
        "bool" => "true",
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32" | "uint64"
        | "uintptr" | "byte" | "rune" | "float32" | "float64" | "complex64" | "complex128" => "3",
        "error" | "any" => "nil",
        _ => return None,
    })
}

/// A value of a type of the standard library, and the package that it needs.
fn qualified(
    file: &File<'_>,
    type_: Node<'_>,
    is_pointer: bool,
    imports: &mut BTreeSet<&'static str>,
) -> Option<&'static str> {
    let package = file.import(type_.child(Field::Package)?.text())?;
    let name = type_.child(Field::Name)?.text();
    let (value, import) = match (package, name, is_pointer) {
        ("context", "Context", false) => ("ctx", ""),
        ("time", "Duration", false) => ("3", ""),
        ("time", "Time", false) => ("time.Now()", "time"),
        ("io", "Reader", false) => ("strings.NewReader(\"a\")", "strings"),
        ("io", "Writer", false) => ("io.Discard", "io"),
        ("net/http", "ResponseWriter", false) => ("httptest.NewRecorder()", "net/http/httptest"),
        ("net/http", "Request", true) => ("httptest.NewRequest(\"GET\", \"/\", nil)", "net/http/httptest"),
        _ => return None,
    };
    imports.extend(Some(import).filter(|it| !it.is_empty()));
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_parameters_get_plain_arguments() {
        let check = |function: &str, expected: Result<&str, &str>| {
            let text = format!(
                "package p\nimport (\"context\"; \"time\"; \"net/http\"; web \"net/http\"; \"os\")\n{function} {{}}\n"
            );
            let call = example_call(&[text], "f.func1.2");
            let call = call.map(|it| it.text).map_err(|it| it.to_string());
            assert_eq!(call.as_deref().map_err(String::as_str), expected, "{function}");
        };
        check("func f()", Ok("f()"));
        check("func f(ctx context.Context, a, b string, n int)", Ok("f(ctx, \"a\", \"a\", 3)"));
        check("func f(d time.Duration, ok bool, more ...int)", Ok("f(3, true)"));
        check("func f(urls []string)", Ok("f([]string{\"a\", \"a\", \"a\"})"));
        check("func f(do func() error)", Ok("f(func() error { return nil })"));
        check(
            "func f(do func(string) (n int, err error))",
            Ok("f(func(string) (n int, err error) { return 3, nil })"),
        );
        check(
            "func f(w http.ResponseWriter, r *web.Request)",
            Ok("f(httptest.NewRecorder(), httptest.NewRequest(\"GET\", \"/\", nil))"),
        );
        check("func f(c chan int)", Err("its parameter of type chan int needs a value"));
        check("func f(o *os.File)", Err("its parameter of type *os.File needs a value"));
        check("func f(do func(*os.File))", Err("its parameter of type func(*os.File) needs a value"));
        check("func f[T any](t T)", Err("it has type parameters"));
        check("func g()", Err("no file of its package declares it"));
        check("func (t *T) f()", Err("no file of its package declares it"));
        assert_eq!(example_call(&[], "(*T).f.func1"), Err(NoExampleCall::Method("*T".to_owned())));
        assert_eq!(example_call(&[], "main.func1"), Err(NoExampleCall::NotCallable));
    }
}
