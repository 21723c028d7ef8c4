//! Fields of a form: urlencoded or multipart.

use std::collections::BTreeMap;

use crate::sandbox::address;

/// A multipart form that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// One field of a multipart form.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) content: &'a [u8],
}

/// The text fields of a form, whichever way it is written.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Option<BTreeMap<String, String>> {
    if is_multipart(content_type) {
        let parts = parts(content_type, body).ok()?;
        let text = |part: &Part<'_>| String::from_utf8(part.content.to_vec()).ok();
        return Some(parts.iter().filter_map(|part| Some((part.name.clone(), text(part)?))).collect());
    }
    let pairs = address::query(std::str::from_utf8(body).ok()?).ok()?;
    Some(pairs.into_iter().collect())
}

pub(super) fn is_multipart(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// The parts of a multipart form.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, Malformed> {
    let boundary = attribute(content_type, "boundary").filter(|boundary| (1..=70).contains(&boundary.len()));
    let delimiter = format!("--{}", boundary.ok_or(Malformed("the boundary is missing"))?);
    let next = format!("\r\n{delimiter}");
    let mut rest = body.strip_prefix(delimiter.as_bytes()).ok_or(Malformed("it does not begin with its boundary"))?;
    let mut found = Vec::new();
    // Behind the last part nothing counts.
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n").ok_or(Malformed("a boundary is not the end of its line"))?;
        let end = find(part, next.as_bytes()).ok_or(Malformed("it ends before its last boundary"))?;
        rest = &part[end + next.len()..];
        let part = &part[..end];
        let split = find(part, b"\r\n\r\n").ok_or(Malformed("a part has no end of its head"))?;
        let head = std::str::from_utf8(&part[..split]).map_err(|_| Malformed("the head of a part is no text"))?;
        let is_disposition = |line: &&str| line.to_ascii_lowercase().starts_with("content-disposition: form-data");
        let disposition = head.split("\r\n").find(is_disposition).ok_or(Malformed("a part has no disposition"))?;
        let name = attribute(disposition, "name").ok_or(Malformed("a part has no name"))?;
        found.push(Part { name, filename: attribute(disposition, "filename"), content: &part[split + 4..] });
    }
    Ok(found)
}

/// `name="value"` or `name=value`, behind a semicolon of a header.
fn attribute(header: &str, name: &str) -> Option<String> {
    let (mut quoted, mut escaped) = (false, false);
    let mut pieces = header.split(|c: char| {
        let ends = c == ';' && !quoted;
        (quoted, escaped) = (quoted ^ (c == '"' && !escaped), quoted && !escaped && c == '\\');
        ends
    });
    let value = pieces.find_map(|piece| {
        let (known, value) = piece.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })?;
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else { return Some(value) };
    Some(inner.replace("\\\"", "\"").replace("\\\\", "\\"))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
