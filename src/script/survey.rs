//! What sources define, call and import, read off their syntax trees before they run.

use rhai::{AST, ASTNode, Expr, Stmt};

/// The names that matter to a [`crate::script::Host`].
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Functions without a receiver's type: these answer to every method call of their name.
    pub functions: Vec<(String, usize)>,
    /// Method calls, with the number of their arguments.
    pub methods: Vec<(String, usize)>,
    /// Modules imported by a literal path, and under which name.
    pub imports: Vec<(String, Option<String>)>,
}

impl Survey {
    pub(super) fn of(ast: &AST) -> Survey {
        let mut survey = Survey::default();
        for function in ast.iter_functions().filter(|function| function.this_type.is_none()) {
            survey.functions.push((function.name.to_owned(), function.params.len()));
        }
        ast.walk(&mut |path: &[ASTNode]| {
            match path.last() {
                Some(ASTNode::Expr(Expr::MethodCall(call, _))) => {
                    survey.methods.push((call.name.to_string(), call.args.len()));
                }
                Some(ASTNode::Stmt(Stmt::Import(import, _))) => {
                    if let Expr::StringConstant(path, _) = &import.0 {
                        let alias = Some(import.1.name.to_string()).filter(|alias| !alias.is_empty());
                        survey.imports.push((path.to_string(), alias));
                    }
                }
                _ => {}
            }
            true
        });
        survey
    }

    pub(super) fn extend(&mut self, other: Survey) {
        self.functions.extend(other.functions);
        self.methods.extend(other.methods);
    }
}
