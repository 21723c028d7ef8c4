//! Answers that are files: a report, a recording, a script. They stay on the wire until somebody wants them.

use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::Response;
use tempfile::NamedTempFile;

use crate::client::error::ClientError;
use crate::client::wire::{Wire, header};

/// An answer whose body is not read yet. Dropping it ends the transfer.
pub struct Download {
    wire: Arc<Wire>,
    url: String,
    response: Response,
    /// A piece that had to be read to tell the kind of the answer.
    first: Option<Bytes>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("url", &self.url).field("content_type", &self.content_type()).finish()
    }
}

impl Download {
    pub(crate) fn new(wire: Arc<Wire>, url: String, response: Response, first: Option<Bytes>) -> Download {
        Download { wire, url, response, first }
    }

    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        header(&self.response, "content-type")
    }

    /// The name that the PBX suggests, without any folder.
    #[must_use]
    pub fn file_name(&self) -> Option<String> {
        file_name(&header(&self.response, "content-disposition")?)
    }

    /// In bytes, if the PBX says it.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        let rest = self.response.content_length()?;
        // What was read already is no longer counted.
        Some(rest + self.first.as_ref().map_or(0, |first| first.len() as u64))
    }

    /// The next bytes, as they come; `None` at the end. An answer that breaks off is [`ClientError::Cut`].
    pub fn next_piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.wire.wait_for_piece(&self.url, &mut self.response),
        }
    }

    pub fn read_all(mut self) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next_piece()? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// As text, without a byte order mark; what is no UTF-8 becomes `U+FFFD`.
    pub fn text(self) -> Result<String, ClientError> {
        let bytes = self.read_all()?;
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Writes it to `path` and tells how many bytes. The file appears, or is replaced, when it is complete.
    pub fn save(self, path: &Path) -> Result<u64, ClientError> {
        self.save_with(path, |_| ())
    }

    /// [`Download::save`], telling `progress` how many bytes have come so far.
    pub fn save_with(mut self, path: &Path, mut progress: impl FnMut(u64)) -> Result<u64, ClientError> {
        let failed = |reason: &dyn fmt::Display| ClientError::File {
            path: path.display().to_string(),
            reason: reason.to_string(),
        };
        // Through a symbolic link, so that the link stays one.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&target) {
            Ok(known) if known.is_dir() => return Err(failed(&"is a directory")),
            Ok(known) if !known.is_file() => {
                // A pipe or a device: there is nothing to put in its place.
                let mut file = File::options().write(true).open(&target).map_err(|error| failed(&error))?;
                return self.copy(&mut file, &mut progress, &failed);
            }
            _ => {}
        }
        let mut file = beside(&target).map_err(|error| failed(&error))?;
        let length = self.copy(file.as_file_mut(), &mut progress, &failed)?;
        file.persist(&target).map_err(|error| failed(&error.error))?;
        Ok(length)
    }

    fn copy(
        &mut self,
        file: &mut File,
        progress: &mut impl FnMut(u64),
        failed: &impl Fn(&dyn fmt::Display) -> ClientError,
    ) -> Result<u64, ClientError> {
        let mut length = 0;
        while let Some(piece) = self.next_piece()? {
            file.write_all(&piece).map_err(|error| failed(&error))?;
            length += piece.len() as u64;
            progress(length);
        }
        file.flush().map_err(|error| failed(&error))?;
        Ok(length)
    }
}

/// A file in the folder of `target` that is gone again unless it is kept. It gets the permissions that the target has,
/// or that any new file gets.
fn beside(target: &Path) -> std::io::Result<NamedTempFile> {
    let folder = match target.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pbxsh-").suffix(".part");
    let permissions = fs::metadata(target).ok().map(|known| known.permissions());
    if let Some(permissions) = permissions.or_else(new_file) {
        builder.permissions(permissions);
    }
    builder.tempfile_in(folder)
}

#[cfg(unix)]
fn new_file() -> Option<Permissions> {
    // The user's mask takes its part away.
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file() -> Option<Permissions> {
    None
}

/// The file name of a `Content-Disposition`: the encoded form before the plain one, and never a way out of a folder.
fn file_name(disposition: &str) -> Option<String> {
    let mut plain = None;
    let mut encoded = None;
    for part in parts(disposition) {
        let Some((name, value)) = part.split_once('=') else { continue };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "filename" => plain = plain.or_else(|| Some(unquoted(value))),
            "filename*" => encoded = encoded.or_else(|| decoded(value)),
            _ => {}
        }
    }
    let harmless = |name: String| {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let clean: String = last.chars().filter(|part| !part.is_control()).collect();
        let clean = clean.trim();
        (!clean.is_empty() && clean != "." && clean != "..").then(|| clean.to_owned())
    };
    encoded.and_then(harmless).or_else(|| plain.and_then(harmless))
}

/// Cut at semicolons outside of quotes.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let mut out = String::new();
    let mut parts = inner.chars();
    while let Some(part) = parts.next() {
        match part {
            '"' => break,
            // Only a quote and a backslash are ever escaped on purpose; a path of Windows is not.
            '\\' => match parts.next() {
                Some(next @ ('"' | '\\')) => out.push(next),
                Some(next) => out.extend(['\\', next]),
                None => {}
            },
            _ => out.push(part),
        }
    }
    out
}

/// `UTF-8'en'na%C3%AFve.csv`.
fn decoded(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_from_headers() {
        let cases = [
            ("attachment; filename=chats.csv", Some("chats.csv")),
            ("attachment; filename=\"my chats; all.csv\"", Some("my chats; all.csv")),
            ("attachment; filename=\"say \\\"hi\\\".csv\"", Some("say \"hi\".csv")),
            ("attachment; filename=plain.csv; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.csv", Some("naïve €.csv")),
            ("attachment; FileName*=iso-8859-1'en'%A3.csv", Some("£.csv")),
            ("attachment; filename*=utf-16''x; filename=plain.csv", Some("plain.csv")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"C:\\dir\\file.wav\"", Some("file.wav")),
            ("attachment; filename*=UTF-8''..%2F..", None),
            ("attachment; filename=\"..\"", None),
            ("attachment; filename=\"\"", None),
            ("attachment; filename=\"open", Some("open")),
            ("inline", None),
            ("", None),
        ];
        for (disposition, expected) in cases {
            assert_eq!(file_name(disposition).as_deref(), expected, "{disposition}");
        }
    }
}
