//! `// pbxsh: allow CODE, CODE`: silences findings on its own line and on the one below.

use crate::bindings::nearest;
use crate::check::finding::{CODES, Fact, Finding};
use crate::code::Code;
use crate::script::tree::Tree;

const REMARK: &str = "pbxsh: allow ";

/// One code that is allowed, and the line of the remark.
struct Allowed {
    code: Code,
    line: usize,
}

/// Takes away what the source allows, and tells about codes that do not exist.
pub(super) fn silence(tree: &Tree, findings: Vec<Finding>) -> Vec<Finding> {
    let (allowed, mut unknown) = remarks(tree);
    let silent = |finding: &Finding| {
        let Some(place) = &finding.place else { return false };
        let here = |remark: &Allowed| remark.line == place.line || remark.line + 1 == place.line;
        let code = finding.code();
        allowed.iter().any(|remark| here(remark) && remark.code == code)
    };
    unknown.extend(findings.into_iter().filter(|finding| !silent(finding)));
    unknown
}

fn remarks(tree: &Tree) -> (Vec<Allowed>, Vec<Finding>) {
    let text = &*tree.source.text;
    let (mut allowed, mut unknown) = (Vec::new(), Vec::new());
    for (found, _) in text.match_indices(REMARK) {
        let start = text[..found].rfind('\n').map_or(0, |at| at + 1);
        let is_remark = text[start..found].trim_end().ends_with("//") && !tree.is_code(found);
        if !is_remark {
            continue;
        }
        let line = tree.line_and_column(found).0;
        let mut at = found + REMARK.len();
        let rest = text[at..].lines().next().unwrap_or_default();
        for piece in rest.split_inclusive([',', ' ']) {
            let code = piece.trim_end_matches([',', ' ', '\r']);
            if let Some((code, _)) = CODES.iter().find(|(known, _)| known.name() == code) {
                allowed.push(Allowed { code: *code, line });
            } else if !code.is_empty() {
                let nearest = nearest(code, CODES.iter().map(|(known, _)| known.name()));
                let place = Some(tree.stretch(at, at + code.len()));
                unknown.push(Finding { fact: Fact::UnknownCode { code: code.to_owned(), nearest }, place });
            }
            at += piece.len();
        }
    }
    (allowed, unknown)
}
