//! Facts as trees of lines: each line remembers which releases brought it.

use std::fmt::Write;

use crate::catalog::text::{FactsError, Line, lines};

/// A line, the releases that brought it, and the lines below it.
#[derive(Default)]
pub(super) struct Node {
    pub(super) line: String,
    pub(super) releases: u32,
    pub(super) children: Vec<Node>,
    /// Where the release being read last added a line: new lines keep their neighbours.
    cursor: usize,
    current: usize,
}

impl Node {
    /// The tree that a text was printed from.
    pub(super) fn read(text: &str) -> Result<Node, FactsError> {
        let mut root = Node::default();
        let mut releases: Vec<&str> = Vec::new();
        for line in lines(text) {
            if line.word == "releases" {
                releases = line.rest.split(' ').collect();
                root.releases = every(releases.len());
                continue;
            }
            let mut above = &mut root;
            for _ in 0..line.depth {
                above = above.children.last_mut().ok_or_else(|| line.wrong("a line below none"))?;
            }
            let releases = line.set(&releases, above.releases)?;
            above.children.push(Node { line: line.text.to_owned(), releases, ..Node::default() });
        }
        Ok(root)
    }

    /// Lays the text of one release over the others, as release number `at`. A line of `known` that says the same in other words
    /// goes before it.
    pub(super) fn lay(
        &mut self,
        text: &str,
        at: usize,
        mut known: impl FnMut(&mut Node, &Line) -> Option<String>,
    ) -> Result<(), FactsError> {
        self.mark(at);
        let (mut path, mut skipped): (Vec<usize>, Option<usize>) = (Vec::new(), None);
        for line in lines(text).filter(|line| line.word != "releases") {
            if skipped.is_some_and(|depth| line.depth > depth) {
                continue;
            }
            path.truncate(line.depth);
            if path.len() < line.depth {
                return Err(line.wrong("a line below none"));
            }
            let above = path.iter().fold(&mut *self, |node, place| &mut node.children[*place]);
            let Some(own) = known(above, &line) else {
                skipped = Some(line.depth);
                continue;
            };
            skipped = None;
            above.add(own);
            path.push(above.cursor - 1);
        }
        Ok(())
    }

    /// Changes the sets of all lines.
    pub(super) fn each(&mut self, change: &mut impl FnMut(&mut Node)) {
        change(self);
        self.children.iter_mut().for_each(|child| child.each(change));
    }

    /// Has a resource or an operation the releases of what stands below it, and none of its own?
    pub(super) fn is_frame(&self) -> bool {
        self.line.starts_with("resource ") || self.line.starts_with("op ")
    }

    /// Begins the lines that release number `at` brings.
    pub(super) fn mark(&mut self, at: usize) -> &mut Node {
        self.releases |= 1 << at;
        self.current = at;
        self.cursor = 0;
        self
    }

    pub(super) fn add(&mut self, line: String) -> &mut Node {
        // Most lines stand where they stood in the release before.
        let here = self.children.get(self.cursor).is_some_and(|child| child.line == line).then_some(self.cursor);
        let known = || self.children.iter().position(|child| child.line == line);
        let place = match here.or_else(known) {
            Some(place) => place,
            None => {
                let place = self.cursor.min(self.children.len());
                self.children.insert(place, Node { line, ..Node::default() });
                place
            }
        };
        self.cursor = place + 1;
        let at = self.current;
        self.children[place].mark(at)
    }

    /// Sorts what has no order of its own, by name and then by release, so that the text depends on the facts alone.
    pub(super) fn sort(&mut self) {
        let word = self.line.split(' ').next().unwrap_or_default();
        match word {
            // By the name alone: two shapes of one property stand together, the older first.
            "" | "resource" | "object" => {
                // A keyword stands before all names but those of properties.
                let before = usize::from(word != "object");
                let name = |line: &str| line.split(' ').nth(before).unwrap_or_default().to_owned();
                self.children.sort_by_key(|child| (name(&child.line), child.releases.trailing_zeros()));
            }
            "op" => self.children.sort_by_key(|child| child.releases.trailing_zeros()),
            // The parameters of a call and the values of an enum have 3CX's order.
            _ => return,
        }
        self.children.iter_mut().for_each(Node::sort);
    }
}

/// So many releases.
pub(super) fn every(count: usize) -> u32 {
    (1u32 << count) - 1
}

pub(super) fn print(root: &Node, releases: &[&str]) -> String {
    let mut out = format!("releases {}\n", releases.join(" "));
    let all = every(releases.len());
    for child in &root.children {
        out.push('\n');
        print_node(child, all, 0, releases, &mut out);
    }
    out
}

fn print_node(node: &Node, above: u32, depth: usize, releases: &[&str], out: &mut String) {
    // A resource and an operation have the releases of their variants and need none of their own.
    let frame = if node.is_frame() { above } else { node.releases };
    let set = if frame == above { String::new() } else { format!(" @{}", ranges(node.releases, releases)) };
    let _ = writeln!(out, "{:depth$}{}{set}", "", node.line, depth = depth * 2);
    for child in &node.children {
        print_node(child, frame, depth + 1, releases, out);
    }
}

fn ranges(set: u32, releases: &[&str]) -> String {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < releases.len() {
        if set & (1 << at) == 0 {
            at += 1;
            continue;
        }
        let first = at;
        while at + 1 < releases.len() && set & (1 << (at + 1)) != 0 {
            at += 1;
        }
        parts.push(match (first == at, at + 1 == releases.len()) {
            // Open to the newest, so that the next release leaves the line alone.
            (_, true) => format!("{}-", releases[first]),
            (true, false) => releases[first].to_owned(),
            (false, false) => format!("{}-{}", releases[first], releases[at]),
        });
        at += 1;
    }
    parts.join(",")
}
