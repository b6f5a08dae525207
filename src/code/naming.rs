//! What an expression names.

use super::function::Function;
use super::object::Object;
use super::package::Package;
use super::query::base_type;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

impl<'a> Package<'a> {
    /// What an expression names.
    pub(crate) fn object(&self, function: &'a Function<'a>, expression: Node<'a>) -> Object<'a> {
        if let Some(known) = self.objects.borrow().get(&expression) {
            return *known;
        }
        let object = self.find_object(function, expression);
        self.objects.borrow_mut().insert(expression, object);
        object
    }

    fn find_object(&self, function: &'a Function<'a>, expression: Node<'a>) -> Object<'a> {
        let mut expression = expression;
        loop {
            let inner = match (expression.kind(), expression.operator()) {
                (Kind::ParenthesizedExpression | Kind::LiteralElement, _) => expression.nth(0),
                (Kind::UnaryExpression, Operator::Address | Operator::Times) => {
                    expression.child(Field::Operand)
                }
                _ => None,
            };
            match inner {
                Some(inner) => expression = inner,
                None => break,
            }
        }
        let text = expression.text();
        match expression.kind() {
            Kind::Identifier => match self.lookup(function, text, expression.start()) {
                Some(local) => Object::Local { file: function.file.path(), at: local.at.start(), name: text },
                None if self.variable(text).is_some() => Object::PackageVariable(text),
                None => Object::Expression(text),
            },
            Kind::SelectorExpression => {
                let (Some(operand), Some(field)) =
                    (expression.child(Field::Operand), expression.child(Field::Selected))
                else {
                    return Object::Expression(text);
                };
                self.selected(function, operand, field.text()).unwrap_or(Object::Expression(text))
            }
            _ => Object::Expression(text),
        }
    }

    fn selected(&self, function: &'a Function<'a>, operand: Node<'a>, name: &'a str) -> Option<Object<'a>> {
        if operand.kind() == Kind::Identifier
            && self.variable(operand.text()).is_none()
            && let Some(import) = function.file.import(operand.text())
            && self.lookup(function, operand.text(), operand.start()).is_none()
        {
            return Some(Object::Extern { import, name });
        }
        if let Some(owner) = self.type_of(function, operand) {
            let promoted = self.field(owner, name).map(|it| it.owner);
            return Some(Object::Field { owner: promoted.unwrap_or(owner), name });
        }
        let mut owners = self.fields_named(name).map(|it| it.owner);
        match (owners.next(), owners.next()) {
            (Some(owner), None) if !name.starts_with(char::is_uppercase) => {
                Some(Object::Field { owner, name })
            }
            (Some(_), Some(_)) => Some(Object::AnyField(name)),
            _ => None,
        }
    }

    /// Whether a type embeds `sync.Mutex` or `sync.RWMutex`, itself or through another.
    pub(crate) fn embeds_lock(&self, owner: &str) -> bool {
        self.embeds_lock_within(owner, 3)
    }

    fn embeds_lock_within(&self, owner: &str, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let bases =
            self.fields_of(owner).filter(|it| it.is_embedded).filter_map(|it| it.type_.and_then(base_type));
        bases
            .into_iter()
            .any(|base| matches!(base, "sync.Mutex" | "sync.RWMutex") || self.embeds_lock_within(base, depth))
    }
}
