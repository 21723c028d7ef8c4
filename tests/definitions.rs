//! `pbxsh definitions`: what editors are told is whole, and in the form that they read.

use std::path::PathBuf;

use pbxsh::catalog::{Catalog, Shape};
use pbxsh::show::definitions::is_name;
use pbxsh::show::reference;

use crate::common::{Ended, files, pbxsh};

/// One for each part of the language, and one for each module that comes with pbxsh.
fn names() -> Vec<String> {
    let parts = ["enums", "functions", "resources", "rhai", "types"].map(str::to_owned);
    let stem = |path: PathBuf| path.file_stem().map(|stem| format!("std-{}", stem.to_string_lossy()));
    let modules = files("stdlib", ".rhai").into_iter().filter_map(stem);
    let mut names: Vec<String> = parts.into_iter().chain(modules).map(|name| format!("{name}.d.rhai")).collect();
    names.sort_unstable();
    names
}

fn definitions(more: &[&str]) -> Ended {
    let mut line = vec!["definitions", "out"];
    line.extend(more);
    let ended = pbxsh(line).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    ended
}

fn read(ended: &Ended, name: &str) -> String {
    ended.read(&format!("out/{name}"))
}

#[test]
fn every_file_is_in_the_form_that_editors_read() {
    for more in [&[][..], &["--release", "20.0.5"]] {
        let ended = definitions(more);
        let mut told: Vec<&str> = ended.out.lines().map(|line| line.trim_start_matches("out/")).collect();
        told.sort_unstable();
        assert_eq!(told, names());
        for name in names() {
            let text = read(&ended, &name);
            if let Err((line, problem)) = Reader::of(&text).file() {
                panic!("{name}:{line}: {problem}: {:?}", text.lines().nth(line - 1));
            }
        }
    }
}

#[test]
fn nothing_is_missing() {
    let catalog = Catalog::builtin();
    let ended = definitions(&[]);
    let resources = read(&ended, "resources.d.rhai");
    for operation in catalog.operations() {
        let tag = catalog.resource(operation.resource).expect("its resource").tag;
        let start = format!("\nfn {}(resource: {tag}Resource", operation.name);
        assert!(resources.contains(&start), "{}", operation.full_name());
    }
    let (types, enums) = (read(&ended, "types.d.rhai"), read(&ended, "enums.d.rhai"));
    for ty in &catalog.types {
        match &ty.shape {
            Shape::Object { properties } => {
                let start = format!("\ntype {} = #{{\n", ty.name);
                let (_, rest) = types.split_once(&start).unwrap_or_else(|| panic!("{}", ty.name));
                let (body, _) = rest.split_once("};").expect("its end");
                for property in properties {
                    let there = body.contains(&format!("    {}: ", property.name));
                    assert!(
                        there || body.contains(&format!("    {:?}: ", property.name)),
                        "{}.{}",
                        ty.name,
                        property.name
                    );
                }
                assert!(types.contains(&format!("\nfn {0}(properties: Map) -> {0};\n", ty.name)), "{}", ty.name);
            }
            Shape::Enum { values, .. } => {
                let (_, rest) = enums.split_once(&format!("\nmodule {} {{\n", ty.name)).expect("the enum");
                let body = format!("{}\n", rest.split("\n}\n").next().expect("its values"));
                for value in values {
                    let name = value.alias.unwrap_or(value.value);
                    let there = body.contains(&format!("    const {name}: String;\n"));
                    assert!(
                        there || (!is_name(name) && body.contains(&format!("    // {name}\n"))),
                        "{}::{name}",
                        ty.name
                    );
                }
            }
        }
    }
    let functions = read(&ended, "functions.d.rhai");
    for doc in reference::docs().filter(|doc| !["Connection", "Enum"].contains(&doc.name)) {
        let start: String = doc.text.chars().take(30).collect();
        let reserved = format!("// fn {}(", reference::short(doc.name));
        assert!(functions.contains(&start) || functions.contains(&reserved), "{}", doc.name);
    }
    assert!(functions.contains("let pbx: Connection;") && functions.contains("let args: [String];"));
    let members = read(&ended, "std-members.d.rhai");
    assert!(
        members.contains("module \"std/members\";") && members.contains("/// Adds agents to a queue.\n"),
        "{members}"
    );
    assert!(members.contains("fn add_agents(pbx: ?, which: ?, numbers: ?) -> ?;") && !members.contains("fn change("));
}

#[test]
fn a_release_has_what_it_has() {
    let (all, old) = (definitions(&[]), definitions(&["--release", "20.0.5"]));
    let catalog = Catalog::builtin();
    let oldest = catalog.release("20.0.5").expect("a release");
    let text = read(&old, "resources.d.rhai");
    let there = text.lines().filter(|line| line.starts_with("fn ")).count();
    assert_eq!(there, catalog.operations().filter(|it| it.releases().contains(oldest)).count());
    // Twice the same is the same.
    let again = definitions(&[]);
    for name in names() {
        assert_eq!(read(&all, &name), read(&again, &name), "{name}");
    }
    assert!(!text.contains("since 20.0"), "one release need not tell which");
    assert!(pbxsh(["definitions", "out", "--release", "9"]).fails(2).contains("there is no release `9`"));
    assert!(pbxsh(["definitions", "a/b"]).file("a", "").fails(9).contains("`a/b`"));
}

/// Reads definition files by their grammar: enough of it to refuse what an editor would refuse.
struct Reader<'a> {
    /// Tokens with their lines; doc comments are tokens too.
    tokens: Vec<(&'a str, usize)>,
    at: usize,
}

type Read = Result<(), (usize, String)>;

impl<'a> Reader<'a> {
    fn of(text: &'a str) -> Reader<'a> {
        let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
        while let Some(first) = rest.chars().next() {
            let length = match first {
                _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '"' => 2 + rest[1..].find('"').unwrap_or(rest.len() - 2),
                c if c.is_ascii_alphanumeric() || c == '_' => {
                    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
                }
                _ if rest.starts_with("...") => 3,
                _ if rest.starts_with("->") || rest.starts_with("#{") => 2,
                c => c.len_utf8(),
            };
            let token = &rest[..length];
            let remark = token.starts_with("//") && !token.starts_with("///");
            if !first.is_whitespace() && !remark {
                tokens.push((token, line));
            }
            line += token.matches('\n').count();
            rest = &rest[length..];
        }
        Reader { tokens, at: 0 }
    }

    fn peek(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |(token, _)| token)
    }

    fn next(&mut self) -> &'a str {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn wrong<T>(&self, expected: &str) -> Result<T, (usize, String)> {
        let at = self.at.min(self.tokens.len().saturating_sub(1));
        Err((self.tokens[at].1, format!("{expected} expected, not {:?}", self.peek())))
    }

    fn expect(&mut self, token: &str) -> Read {
        if self.peek() != token {
            return self.wrong(&format!("{token:?}"));
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Read {
        // A parameter may be nameless.
        if !is_name(self.peek()) && self.peek() != "_" {
            return self.wrong("a name");
        }
        self.at += 1;
        Ok(())
    }

    fn docs(&mut self) {
        while self.peek().starts_with("///") {
            self.at += 1;
        }
    }

    fn file(&mut self) -> Read {
        self.docs();
        self.expect("module")?;
        if !self.peek().starts_with('"') && self.peek() != "static" {
            return self.wrong("what the module is called");
        }
        self.at += 1;
        self.expect(";")?;
        while !self.peek().is_empty() {
            self.item()?;
        }
        Ok(())
    }

    fn item(&mut self) -> Read {
        self.docs();
        match self.next() {
            "module" => {
                self.name()?;
                self.expect("{")?;
                while self.peek() != "}" {
                    if self.peek().is_empty() {
                        return self.wrong("the end of the module");
                    }
                    self.item()?;
                }
                self.at += 1;
                return Ok(());
            }
            "let" | "const" => {
                self.name()?;
                self.expect(":")?;
                self.ty()?;
            }
            "type" => {
                self.name()?;
                self.expect("=")?;
                self.ty()?;
            }
            "op" => {
                while self.peek() != "(" && !self.peek().is_empty() {
                    self.at += 1;
                }
                self.several("(", ")", Reader::ty)?;
                self.result()?;
            }
            "fn" => {
                if matches!(self.peek(), "get" | "set") && self.tokens.get(self.at + 1).is_some_and(|it| it.0 != "(") {
                    self.at += 1;
                }
                self.function_name()?;
                self.several("(", ")", |reader| {
                    if reader.peek() == "..." {
                        reader.at += 1;
                    }
                    reader.name()?;
                    reader.expect(":")?;
                    reader.ty()
                })?;
                self.result()?;
            }
            _ => {
                self.at -= 1;
                return self.wrong("a definition");
            }
        }
        self.expect(";")
    }

    /// The language's own functions may have names that nobody else may use.
    fn function_name(&mut self) -> Read {
        let own = ["print", "debug", "type_of", "Fn", "call", "curry", "is_def_fn", "is_def_var", "is_shared", "eval"];
        if own.contains(&self.peek()) {
            self.at += 1;
            return Ok(());
        }
        self.name()
    }

    fn result(&mut self) -> Read {
        if self.peek() == "->" {
            self.at += 1;
            self.ty()?;
        }
        Ok(())
    }

    /// What stands between brackets, with commas.
    fn several(&mut self, open: &str, close: &str, one: impl Fn(&mut Self) -> Read) -> Read {
        self.expect(open)?;
        while self.peek() != close {
            one(self)?;
            if self.peek() != close {
                self.expect(",")?;
            }
        }
        self.expect(close)
    }

    fn ty(&mut self) -> Read {
        match self.peek() {
            "?" => self.at += 1,
            "(" => self.several("(", ")", Reader::ty)?,
            "[" => self.several("[", "]", Reader::ty)?,
            "#{" => self.several("#{", "}", |reader| {
                reader.docs();
                if reader.peek().starts_with('"') {
                    reader.at += 1;
                } else {
                    reader.name()?;
                }
                reader.expect(":")?;
                reader.ty()
            })?,
            // The language's own name for a pointer to a function.
            "Fn" => self.at += 1,
            _ => {
                self.name()?;
                if self.peek() == "<" {
                    self.several("<", ">", Reader::ty)?;
                }
            }
        }
        Ok(())
    }
}
