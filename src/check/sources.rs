//! The files that are checked: the given ones and what they import, each once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use crate::check::finding::{Fact, Finding};
use crate::script::native::Position;
use crate::script::tree::{Expr, Mark, Stmt, Tree};
use crate::script::{Failure, Session, Source};

#[derive(Default)]
pub(super) struct Sources {
    pub(super) units: Vec<Unit>,
    places: HashMap<String, usize>,
    /// Names in front of `::` that mean something without an import.
    namespaces: HashSet<String>,
}

/// A file, and what it imports.
pub(super) struct Unit {
    pub(super) source: Source,
    pub(super) tree: Result<Tree, Failure>,
    pub(super) imports: Vec<Import>,
    /// The aliases of imports whose paths are made when they run.
    pub(super) open: Vec<String>,
}

/// `import "lib/naming" as naming;`
pub(super) struct Import {
    pub(super) path: String,
    pub(super) at: Position,
    pub(super) alias: Option<(String, Position)>,
    /// The place of the module among the units, or why there is none.
    pub(super) module: Result<usize, String>,
    /// Carried out whenever its file is: it does not stand in a function or in a block.
    always: bool,
}

impl Import {
    pub(super) fn is_as(&self, name: &str) -> bool {
        self.alias.as_ref().is_some_and(|(alias, _)| alias == name)
    }
}

impl Unit {
    /// Modules that come with the program are not the user's to mend.
    pub(super) fn is_bundled(&self) -> bool {
        self.source.name.starts_with("std/")
    }

    /// What is wrong with the file before anybody looks into it.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let tree = match &self.tree {
            Ok(tree) => tree,
            Err(failure) => {
                return vec![Finding { place: failure.place.clone(), fact: Fact::Failure(failure.clone()) }];
            }
        };
        let bad = self.imports.iter().filter_map(|import| {
            let problem = import.module.as_ref().err()?.clone();
            let fact = Fact::BadImport { path: import.path.clone(), problem };
            Some(Finding { fact, place: tree.place(Mark::Word(import.at)) })
        });
        bad.collect()
    }
}

impl Sources {
    pub(super) fn read(session: &mut Session, given: &[Source]) -> Sources {
        let mut sources = Sources::default();
        for source in given {
            sources.add(session, source);
        }
        let mut next = 0;
        while next < sources.units.len() {
            sources.follow(session, next);
            next += 1;
        }
        sources.circles();
        // Asked only where the engine missed one.
        let undeclared = sources.all_trees().filter(|tree| tree.undeclared.is_some());
        let roots: HashSet<String> = undeclared.flat_map(Tree::namespaces).collect();
        sources.namespaces = roots.into_iter().filter(|root| session.has_namespace(root)).collect();
        sources
    }

    pub(super) fn is_namespace(&self, name: &str) -> bool {
        self.namespaces.contains(name)
    }

    /// The trees of what a file sees and of what sees it: the modules that it imports, and those that its importers do.
    pub(super) fn around(&self, place: usize) -> impl Iterator<Item = &Tree> {
        let mut seen = self.follow_all(place, |one, other| self.imports(other, one));
        for importer in seen.clone() {
            seen.extend(self.follow_all(importer, |one, other| self.imports(one, other)));
        }
        seen.into_iter().filter_map(|place| self.units[place].tree.as_ref().ok())
    }

    fn imports(&self, importer: usize, module: usize) -> bool {
        self.units[importer].imports.iter().any(|import| import.module == Ok(module))
    }

    /// What can be reached from a file, with itself.
    fn follow_all(&self, place: usize, leads: impl Fn(usize, usize) -> bool) -> BTreeSet<usize> {
        let mut seen = BTreeSet::from([place]);
        let mut waiting = vec![place];
        while let Some(one) = waiting.pop() {
            let next = (0..self.units.len()).filter(|other| leads(one, *other));
            waiting.extend(next.filter(|other| seen.insert(*other)));
        }
        seen
    }

    fn all_trees(&self) -> impl Iterator<Item = &Tree> {
        self.units.iter().filter_map(|unit| unit.tree.as_ref().ok())
    }

    /// Is something taken out of the imports of another module under this name?
    pub(super) fn is_passed_on(&self, alias: &str) -> bool {
        let way = format!("::{alias}::");
        self.all_trees().any(|tree| tree.source.text.contains(&way))
    }

    fn add(&mut self, session: &mut Session, source: &Source) -> usize {
        // One file can be reached by several names.
        let name = Path::new(&source.name).canonicalize().ok();
        let name = name.map_or_else(|| source.name.clone(), |path| path.display().to_string());
        if let Some(place) = self.places.get(&name) {
            return *place;
        }
        let tree = session.read(source);
        let (imports, open) = tree.as_ref().map(imports).unwrap_or_default();
        self.units.push(Unit { source: source.clone(), tree, imports, open });
        self.places.insert(name, self.units.len() - 1);
        self.units.len() - 1
    }

    fn follow(&mut self, session: &mut Session, place: usize) {
        for at in 0..self.units[place].imports.len() {
            let unit = &self.units[place];
            let found = session.find_module(&unit.source.name, &unit.imports[at].path);
            let module = found.map(|source| self.add(session, &source));
            self.units[place].imports[at].module = module;
        }
    }

    /// An import that leads back to a file which is still being imported fails when it is reached.
    fn circles(&mut self) {
        let always: Vec<Vec<usize>> = self
            .units
            .iter()
            .map(|unit| {
                let imports = unit.imports.iter().filter(|import| import.always);
                imports.filter_map(|import| import.module.as_ref().ok().copied()).collect()
            })
            .collect();
        for place in 0..self.units.len() {
            for at in 0..self.units[place].imports.len() {
                let import = &self.units[place].imports[at];
                let Ok(module) = import.module else { continue };
                let Some(way) = way(&always, module, place).filter(|_| import.always) else { continue };
                let names = std::iter::once(place).chain(way).map(|unit| self.units[unit].source.name.as_str());
                let problem = format!("it imports itself: {}", names.collect::<Vec<_>>().join(" → "));
                self.units[place].imports[at].module = Err(problem);
            }
        }
    }
}

/// The way from one unit to another along the imports, both ends included.
fn way(imports: &[Vec<usize>], from: usize, to: usize) -> Option<Vec<usize>> {
    let mut before: HashMap<usize, usize> = HashMap::new();
    let mut waiting = std::collections::VecDeque::from([from]);
    while let Some(unit) = waiting.pop_front() {
        if unit == to {
            let mut way = vec![to];
            while let Some(previous) =
                way.last().and_then(|unit| before.get(unit)).filter(|_| way.last() != Some(&from))
            {
                way.push(*previous);
            }
            way.reverse();
            return Some(way);
        }
        for next in &imports[unit] {
            if *next != from && !before.contains_key(next) {
                before.insert(*next, unit);
                waiting.push_back(*next);
            }
        }
    }
    None
}

/// The imports of a source, and the aliases of those without a literal path.
fn imports(tree: &Tree) -> (Vec<Import>, Vec<String>) {
    let (mut found, mut open): (Vec<Import>, Vec<String>) = (Vec::new(), Vec::new());
    let top = tree.statements().iter();
    top.for_each(|statement| found.extend(import(statement, true)));
    tree.each_statement(|statement| match (import(statement, false), statement) {
        (Some(one), _) if found.iter().all(|known| known.at != one.at) => found.push(one),
        (None, Stmt::Import(import, _)) => open.push(import.1.name.to_string()),
        _ => {}
    });
    found.sort_by_key(|import| import.at);
    (found, open)
}

fn import(statement: &Stmt, always: bool) -> Option<Import> {
    let Stmt::Import(import, _) = statement else { return None };
    let Expr::StringConstant(path, at) = &import.0 else { return None };
    let alias = Some(&import.1).filter(|alias| !alias.name.is_empty());
    Some(Import {
        path: path.to_string(),
        at: *at,
        alias: alias.map(|alias| (alias.name.to_string(), alias.pos)),
        module: Err(String::new()),
        always,
    })
}
