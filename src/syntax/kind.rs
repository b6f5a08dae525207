//! The kinds of nodes, and the roles that a child has in its parent.

/// An enum whose variants have a name in the grammar.
macro_rules! named {
    ($(#[$meta:meta])* $enum:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum $enum {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
            /// Any other.
            Other,
        }

        impl $enum {
            /// The variant of a name in the grammar; `Other` for a name that nothing asks for.
            pub(super) fn of(name: &str) -> Self {
                match name {
                    $($name => $enum::$variant,)*
                    _ => $enum::Other,
                }
            }
        }
    };
}

named! {
    /// What a node is, in the words of the grammar of tree-sitter-go.
    Kind {
        ArgumentList = "argument_list",
        ArrayType = "array_type",
        AssignmentStatement = "assignment_statement",
        BinaryExpression = "binary_expression",
        BlankIdentifier = "blank_identifier",
        Block = "block",
        BreakStatement = "break_statement",
        CallExpression = "call_expression",
        ChannelType = "channel_type",
        CommunicationCase = "communication_case",
        CompositeLiteral = "composite_literal",
        ConstDeclaration = "const_declaration",
        ConstSpec = "const_spec",
        ContinueStatement = "continue_statement",
        DecStatement = "dec_statement",
        DefaultCase = "default_case",
        DeferStatement = "defer_statement",
        Dot = "dot",
        Error = "ERROR",
        ExpressionCase = "expression_case",
        ExpressionList = "expression_list",
        ExpressionStatement = "expression_statement",
        ExpressionSwitchStatement = "expression_switch_statement",
        FallthroughStatement = "fallthrough_statement",
        False = "false",
        FieldDeclaration = "field_declaration",
        FieldDeclarationList = "field_declaration_list",
        FieldIdentifier = "field_identifier",
        ForClause = "for_clause",
        ForStatement = "for_statement",
        FuncLiteral = "func_literal",
        FunctionDeclaration = "function_declaration",
        FunctionType = "function_type",
        GenericType = "generic_type",
        GoStatement = "go_statement",
        GotoStatement = "goto_statement",
        Identifier = "identifier",
        IfStatement = "if_statement",
        ImportDeclaration = "import_declaration",
        ImportSpec = "import_spec",
        IncStatement = "inc_statement",
        IndexExpression = "index_expression",
        IntLiteral = "int_literal",
        InterfaceType = "interface_type",
        InterpretedStringLiteral = "interpreted_string_literal",
        KeyedElement = "keyed_element",
        LabelName = "label_name",
        LabeledStatement = "labeled_statement",
        LiteralElement = "literal_element",
        LiteralValue = "literal_value",
        MapType = "map_type",
        MethodDeclaration = "method_declaration",
        MethodElem = "method_elem",
        Nil = "nil",
        PackageClause = "package_clause",
        PackageIdentifier = "package_identifier",
        ParameterDeclaration = "parameter_declaration",
        ParameterList = "parameter_list",
        ParenthesizedExpression = "parenthesized_expression",
        ParenthesizedType = "parenthesized_type",
        PointerType = "pointer_type",
        QualifiedType = "qualified_type",
        RangeClause = "range_clause",
        RawStringLiteral = "raw_string_literal",
        ReceiveStatement = "receive_statement",
        ReturnStatement = "return_statement",
        SelectStatement = "select_statement",
        SelectorExpression = "selector_expression",
        SendStatement = "send_statement",
        ShortVarDeclaration = "short_var_declaration",
        SliceExpression = "slice_expression",
        SliceType = "slice_type",
        SourceFile = "source_file",
        StatementList = "statement_list",
        StructType = "struct_type",
        True = "true",
        TypeAlias = "type_alias",
        TypeArguments = "type_arguments",
        TypeAssertionExpression = "type_assertion_expression",
        TypeCase = "type_case",
        TypeConversionExpression = "type_conversion_expression",
        TypeDeclaration = "type_declaration",
        TypeIdentifier = "type_identifier",
        TypeInstantiationExpression = "type_instantiation_expression",
        TypeParameterList = "type_parameter_list",
        TypeSpec = "type_spec",
        TypeSwitchStatement = "type_switch_statement",
        UnaryExpression = "unary_expression",
        VarDeclaration = "var_declaration",
        VarSpec = "var_spec",
        VarSpecList = "var_spec_list",
        VariadicArgument = "variadic_argument",
        VariadicParameterDeclaration = "variadic_parameter_declaration",
    }
}

named! {
    /// The role of a child in its parent.
    Field {
        Alias = "alias",
        Alternative = "alternative",
        Arguments = "arguments",
        Body = "body",
        Channel = "channel",
        Communication = "communication",
        Condition = "condition",
        Consequence = "consequence",
        Element = "element",
        Function = "function",
        Selected = "field",
        Index = "index",
        Initializer = "initializer",
        Key = "key",
        Label = "label",
        Left = "left",
        Name = "name",
        Operand = "operand",
        Package = "package",
        Parameters = "parameters",
        Path = "path",
        Receiver = "receiver",
        Result = "result",
        Right = "right",
        Type = "type",
        TypeArguments = "type_arguments",
        TypeParameters = "type_parameters",
        Update = "update",
        Value = "value",
    }
}

named! {
    /// The operator of an expression, or the token that makes a statement what it is.
    Operator {
        Address = "&",
        Add = "+",
        AddAssign = "+=",
        And = "&&",
        Assign = "=",
        Define = ":=",
        Divide = "/",
        Equal = "==",
        Greater = ">",
        GreaterEqual = ">=",
        Less = "<",
        LessEqual = "<=",
        Not = "!",
        NotEqual = "!=",
        Or = "||",
        Receive = "<-",
        Subtract = "-",
        SubtractAssign = "-=",
        Times = "*",
    }
}

impl Kind {
    /// Whether it is a function: declared, a method, or a literal (closure).
    pub(crate) fn is_function(self) -> bool {
        matches!(self, Kind::FunctionDeclaration | Kind::MethodDeclaration | Kind::FuncLiteral)
    }

    /// Whether it opens a scope for names.
    pub(crate) fn is_scope(self) -> bool {
        self.is_function()
            || matches!(
                self,
                Kind::Block
                    | Kind::ForStatement
                    | Kind::IfStatement
                    | Kind::ExpressionSwitchStatement
                    | Kind::TypeSwitchStatement
                    | Kind::SelectStatement
                    | Kind::CommunicationCase
                    | Kind::ExpressionCase
                    | Kind::DefaultCase
                    | Kind::TypeCase
            )
    }
}
