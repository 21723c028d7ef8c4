//! A script and its modules call their own functions, each of them, whatever those of others are called.
//!
//! The engine keeps what a call resolves to in one table for a script and all of its modules: once `helper()` of one module has
//! been called, `helper()` in another one, or in the script itself, can be the same function. So the functions of a source, and
//! its calls of them, get names while it is read that nobody else has; beside them they keep the names that others know.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use rhai::{AST, Engine, Module, ParseError, Position, Scope, ScriptFuncDef, Shared, Token};

enum Reading {
    /// What else is read is nobody's business.
    Nothing,
    /// The tokens of a module, in their order.
    Tokens(Vec<(Token, Position)>),
    /// New names for what stands at these places.
    Names(HashMap<Position, String>),
}

thread_local! {
    static READING: RefCell<Reading> = const { RefCell::new(Reading::Nothing) };
}

const MARK: &str = "__of_source_";

// The engine calls this part of its interface volatile; the version is pinned.
#[allow(deprecated)]
pub(super) fn register(engine: &mut Engine) {
    engine.on_parse_token(|token, position, _| {
        READING.with_borrow_mut(|reading| match reading {
            Reading::Nothing => token,
            Reading::Tokens(tokens) => {
                tokens.push((token.clone(), position));
                token
            }
            Reading::Names(names) => match names.remove(&position) {
                Some(name) => Token::Identifier(Box::new(name.into())),
                None => token,
            },
        })
    });
}

/// The name that a person gave a function.
pub(super) fn given(name: &str) -> &str {
    name.split(MARK).next().unwrap_or(name)
}

/// Compiles a source; `number` tells it from the others.
pub(super) fn compile(engine: &Engine, scope: &Scope, text: &str, number: usize) -> Result<AST, ParseError> {
    let (tree, reading) = read(engine, scope, text, Reading::Tokens(Vec::new()));
    let (tree, Reading::Tokens(tokens)) = (tree?, reading) else {
        return read(engine, scope, text, Reading::Nothing).0;
    };
    let found = Found::of(&tokens);
    if found.names.is_empty() {
        return Ok(tree);
    }
    let name = |(position, name): (&Position, &String)| (*position, format!("{name}{MARK}{number}"));
    let tree = read(engine, scope, text, Reading::Names(found.names.iter().map(name).collect())).0?;
    let mut functions = Module::new();
    for (.., function) in tree.shared_lib().iter_script_fn_info() {
        functions.set_script_fn(function.clone());
        let known = given(&function.name).to_owned();
        if known != *function.name && (function.access.is_public() || found.elsewhere.contains(&known)) {
            functions.set_script_fn(ScriptFuncDef { name: known.into(), ..ScriptFuncDef::clone(function) });
        }
    }
    let tree = AST::new(tree.statements().to_vec(), Shared::new(functions));
    Ok(tree)
}

fn read(engine: &Engine, scope: &Scope, text: &str, reading: Reading) -> (Result<AST, ParseError>, Reading) {
    READING.set(reading);
    let tree = engine.compile_with_scope(scope, text);
    (tree, READING.replace(Reading::Nothing))
}

/// What of the tokens of a module names its own functions.
#[derive(Default)]
struct Found {
    /// Where they are defined or called by their names alone.
    names: HashMap<Position, String>,
    /// Names that stand elsewhere, too: `x.helper()`, `Fn("helper")`.
    elsewhere: HashSet<String>,
}

impl Found {
    fn of(tokens: &[(Token, Position)]) -> Found {
        let before = |at: usize| at.checked_sub(1).map(|at| &tokens[at].0);
        let is_definition = |at: usize| matches!(before(at), Some(Token::Fn));
        let identifiers = || {
            let name = |(at, (token, position)): (usize, &(Token, Position))| match token {
                Token::Identifier(name) => Some((at, name.to_string(), *position)),
                _ => None,
            };
            tokens.iter().enumerate().filter_map(name)
        };
        let defined: HashSet<(String, usize)> = identifiers()
            .filter(|(at, ..)| is_definition(*at))
            .filter_map(|(at, name, _)| Some((name, count(&tokens[at + 1..])?)))
            .collect();
        // A name alone can stand for the function, and the engine looks for one of just that name.
        let is_key = |at: usize| matches!(tokens.get(at + 1), Some((Token::Colon, _)));
        let bare: HashSet<String> = identifiers()
            .filter(|(at, ..)| count(&tokens[at + 1..]).is_none() && !is_key(*at))
            .filter(|(at, ..)| !matches!(before(*at), Some(Token::Period | Token::Elvis | Token::DoubleColon)))
            .map(|(_, name, _)| name)
            .collect();
        let mut found = Found::default();
        for (at, name, position) in identifiers().filter(|(_, name, _)| !bare.contains(name)) {
            let alone = !matches!(before(at), Some(Token::Period | Token::Elvis | Token::DoubleColon));
            match count(&tokens[at + 1..]).filter(|_| alone) {
                Some(count) if defined.contains(&(name.clone(), count)) => drop(found.names.insert(position, name)),
                _ => drop(found.elsewhere.insert(name)),
            }
        }
        for (token, _) in tokens {
            if let Token::StringConstant(text) = token {
                found.elsewhere.insert(text.to_string());
            }
        }
        found
    }
}

/// How many arguments or parameters stand between the brackets that begin here, if some do.
fn count(tokens: &[(Token, Position)]) -> Option<usize> {
    match tokens.first()?.0 {
        Token::Unit => return Some(0),
        Token::LeftParen => {}
        _ => return None,
    }
    let (mut depth, mut commas, mut closure, mut last) = (1_usize, 0, false, &tokens[0].0);
    for (token, _) in &tokens[1..] {
        match token {
            Token::LeftParen | Token::LeftBracket | Token::LeftBrace | Token::MapStart | Token::QuestionBracket => {
                depth += 1
            }
            Token::RightParen | Token::RightBracket | Token::RightBrace => {
                depth -= 1;
                if depth == 0 {
                    // A comma may stand behind the last one.
                    return Some(match last {
                        Token::LeftParen if commas == 0 => 0,
                        Token::Comma => commas,
                        _ => commas + 1,
                    });
                }
            }
            // The commas between the bars of a closure are its own.
            Token::Pipe => closure = !closure && begins_value(last),
            Token::Comma if depth == 1 && !closure => commas += 1,
            _ => {}
        }
        last = token;
    }
    None
}

/// Can a value begin behind this token, so that a bar there begins a closure?
fn begins_value(last: &Token) -> bool {
    let ends_value = matches!(
        last,
        Token::RightParen | Token::RightBracket | Token::RightBrace | Token::Unit | Token::Identifier(_)
    );
    !ends_value && !last.is_literal()
}

#[cfg(test)]
mod tests {
    use rhai::{Engine, Scope};

    use super::{compile, given, register};

    /// The names of all functions of a module.
    fn names(text: &str) -> Vec<String> {
        let mut engine = Engine::new();
        register(&mut engine);
        let tree = compile(&engine, &Scope::new(), text, 7).unwrap();
        let mut names: Vec<String> = tree.iter_functions().map(|function| function.name.to_owned()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn functions_have_names_of_their_own_and_those_that_others_know() {
        assert_eq!(names("fn a(x) { b(x) } private fn b(x) { x }"), ["a", "a__of_source_7", "b__of_source_7"]);
        assert_eq!(names("private fn b(x) { x } print([1].map(b));"), ["b"]);
        assert_eq!(names("private fn b(x) { x } print(Fn(\"b\")); print(#{ b: b(1) });"), ["b", "b__of_source_7"]);
        assert_eq!(names("private fn b(x) { x } print(`${b(1)} ${b(1, 2)}`);"), ["b", "b__of_source_7"]);
        assert_eq!(names("fn User.b() { 1 } print(1);"), ["b"]);
        assert_eq!(names("print(1);"), [""; 0]);
        assert_eq!(given("find__of_source_12"), "find");
    }

    #[test]
    fn calls_with_another_number_of_arguments_are_of_something_else() {
        let mut engine = Engine::new();
        register(&mut engine);
        engine.register_fn("twice", |x: i64| x * 2);
        let text = "private fn twice(f, x) { f.call(x, x) } twice(|a, b| a + b, twice(3)) + twice(|| 1 | 2, 3,).type_of().len()";
        let tree = compile(&engine, &Scope::new(), text, 1).unwrap();
        assert!(engine.eval_ast::<i64>(&tree).is_err());
        let text = "private fn twice(f, x) { f.call(x, x) } twice(|a, b| a + b, twice(3))";
        let tree = compile(&engine, &Scope::new(), text, 1).unwrap();
        assert_eq!(engine.eval_ast::<i64>(&tree).unwrap(), 12);
        assert!(compile(&engine, &Scope::new(), "fn a( { }", 1).is_err());
    }
}
