//! Fields of a form: urlencoded or multipart.

use std::collections::BTreeMap;

use crate::sandbox::address;

/// One field of a multipart form.
pub(super) struct Part<'a> {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) content: &'a [u8],
}

/// The text fields of a form, whichever way it is written.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Option<BTreeMap<String, String>> {
    if let Some(parts) = parts(content_type, body) {
        let text = |part: &Part<'_>| String::from_utf8(part.content.to_vec()).ok();
        return Some(parts.iter().filter_map(|part| Some((part.name.clone(), text(part)?))).collect());
    }
    let pairs = address::query(std::str::from_utf8(body).ok()?).ok()?;
    Some(pairs.into_iter().collect())
}

/// The parts of a multipart form; none where it is not one.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = attribute(parameters, "boundary")?;
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = after(body, delimiter.as_bytes())?;
    while !rest.starts_with(b"--") {
        let end = find(rest, format!("\r\n{delimiter}").as_bytes())?;
        let (part, following) = rest.split_at(end);
        rest = after(following, delimiter.as_bytes())?;
        let split = find(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&part[..split]).ok()?;
        let Some(name) = attribute(head, "name") else { continue };
        found.push(Part { name, filename: attribute(head, "filename"), content: &part[split + 4..] });
    }
    Some(found)
}

/// `name="value"` or `name=value`, in a header.
fn attribute(header: &str, name: &str) -> Option<String> {
    let wanted = format!("{name}=");
    let part = header.split([';', '\r', '\n']).map(str::trim).find(|part| part.starts_with(&wanted))?;
    Some(part[wanted.len()..].trim_matches('"').to_owned())
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn after<'a>(text: &'a [u8], part: &[u8]) -> Option<&'a [u8]> {
    find(text, part).map(|place| &text[place + part.len()..])
}
