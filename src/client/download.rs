//! Answers that are files: a report, a recording, a script. They stay on the wire until somebody wants them.
//!
//! One that breaks off is continued where the PBX can do that and says which version it was, else begun anew: pieces of two
//! versions would make a file that never existed.

use std::fmt;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::Response;

use crate::catalog::Effect;
use crate::client::answer::{foreign, header, kind, too_long};
use crate::client::error::ClientError;
use crate::client::request::Request;
use crate::client::retry::{Attempts, Repeat, Trouble};
use crate::client::runtime::wait;
use crate::client::wire::{Call, Wire};
use crate::disk;

/// The longest text that is held in memory; a file may have any length.
const MOST_TEXT: usize = 256 << 20;

/// An answer whose body is not read yet. Dropping it ends the transfer.
pub struct Download {
    wire: Arc<Wire>,
    url: String,
    response: Response,
    /// A piece that had to be read to tell the kind of the answer.
    first: Option<Bytes>,
    length: Option<u64>,
    /// How many bytes have been given out.
    place: u64,
    /// What to ask for again, where that can do no harm.
    again: Option<(Request, Effect)>,
    attempts: Attempts,
    /// It was continued, and nothing has come since.
    continued: bool,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("url", &self.url).field("content_type", &self.content_type()).finish()
    }
}

/// What comes next of a download.
enum Step {
    Piece(Bytes),
    /// It begins again: what came before does not count.
    Anew,
    End,
}

impl Download {
    pub(crate) fn new(
        wire: Arc<Wire>,
        url: String,
        response: Response,
        first: Option<Bytes>,
        again: Option<(Request, Effect)>,
    ) -> Download {
        // What was read already is no longer counted.
        let length = response.content_length().map(|rest| rest + first.as_ref().map_or(0, |first| first.len() as u64));
        let attempts = Attempts::new(&wire.settings);
        Download { wire, url, response, first, length, place: 0, again, attempts, continued: false }
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
        self.length
    }

    async fn step(&mut self) -> Result<Step, ClientError> {
        let piece = match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.wire.piece(&self.url, &mut self.response).await,
        };
        match piece {
            Ok(Some(piece)) => {
                // Only what gets further counts: else a PBX that always breaks off would be asked for ever.
                if std::mem::take(&mut self.continued) {
                    self.attempts.succeeded();
                }
                self.place += piece.len() as u64;
                Ok(Step::Piece(piece))
            }
            Ok(None) => match self.length {
                Some(length) if length != self.place => {
                    let reason = format!("{} of {length} bytes came", self.place);
                    self.recover(ClientError::Cut { url: self.url.clone(), reason }).await
                }
                _ => Ok(Step::End),
            },
            Err(error) => self.recover(error).await,
        }
    }

    /// Asks again for what is missing, or for everything.
    async fn recover(&mut self, error: ClientError) -> Result<Step, ClientError> {
        let Some((request, effect)) = self.again.clone() else { return Err(error) };
        let mut trouble = Trouble::Line(error);
        loop {
            self.attempts.again(Repeat::Harmless, trouble).await?;
            let version = self.version();
            let (sent, shown) = (AtomicBool::new(false), true);
            let rest = version.as_deref().filter(|_| self.place > 0).map(|version| (self.place, version));
            let call = Call { request: &request, effect, sent: &sent, shown, rest };
            let mut answered = match self.wire.authorized(&call).await {
                Ok(answered) => answered,
                Err(next) => {
                    trouble = next;
                    continue;
                }
            };
            let url = self.url.clone();
            trouble = match answered.response.status().as_u16() {
                206 if rest.is_some() && self.continues(&answered.response, version.as_deref()) => {
                    self.continued = true;
                    self.response = self.wire.heard(&call, answered);
                    return Box::pin(self.step()).await;
                }
                200 if self.is_alike(&answered.response) => {
                    self.response = self.wire.heard(&call, answered);
                    (self.place, self.length) = (0, self.response.content_length());
                    return Ok(Step::Anew);
                }
                200 => {
                    // A page, or an error that is none: anything but the file.
                    let kind = header(&answered.response, "content-type");
                    let body = self.wire.beginning(&url, &mut answered.response).await.unwrap_or_default();
                    self.wire.heard(&call, answered);
                    foreign(url, 200, kind, &body, None).into()
                }
                status @ (206 | 412 | 416) => {
                    self.wire.heard(&call, answered);
                    // It has become another file: next time all of it.
                    self.place = 0;
                    ClientError::Cut { url, reason: format!("{status} for the rest") }.into()
                }
                status if status >= 400 => {
                    let (error, _) = self.wire.refusal(&request, &url, &mut answered.response).await;
                    self.wire.heard(&call, answered);
                    error.into()
                }
                _ => {
                    let error = self.wire.elsewhere(&url, &answered.response);
                    self.wire.heard(&call, answered);
                    error.into()
                }
            };
        }
    }

    /// Which version of the file it is, where its bytes can be counted on. A compressed answer has no length of its own.
    fn version(&self) -> Option<String> {
        self.length?;
        let etag = header(&self.response, "etag").filter(|tag| !tag.starts_with("W/"));
        etag.or_else(|| header(&self.response, "last-modified"))
    }

    /// Is it the same sort of file?
    fn is_alike(&self, response: &Response) -> bool {
        let [old, new] = [&self.response, response].map(|response| header(response, "content-type"));
        old.as_deref().map(kind) == new.as_deref().map(kind)
    }

    /// Does an answer go on exactly where the last one broke off, with the same version? `bytes 200-1023/1024`
    fn continues(&self, response: &Response, version: Option<&str>) -> bool {
        let named = if version.is_some_and(|version| version.starts_with('"')) { "etag" } else { "last-modified" };
        if header(response, named).is_some_and(|found| Some(found.as_str()) != version) {
            return false;
        }
        let range = header(response, "content-range").unwrap_or_default();
        let Some((start, length)) = range.strip_prefix("bytes ").and_then(|range| range.split_once('-')) else {
            return false;
        };
        let length = length.split_once('/').and_then(|(_, length)| length.parse::<u64>().ok());
        start.trim().parse() == Ok(self.place) && length.is_none_or(|length| Some(length) == self.length)
    }

    /// The next step, for those who do not live in the runtime.
    fn next(&mut self) -> Result<Step, ClientError> {
        let interrupt = self.wire.settings.interrupt.clone();
        wait(&interrupt, self.step())
    }

    /// All of it. An answer that breaks off is [`ClientError::Cut`].
    pub fn read_all(self) -> Result<Vec<u8>, ClientError> {
        self.read_all_with(|_| ())
    }

    /// [`Download::read_all`], telling `progress` how many bytes have come so far.
    pub fn read_all_with(mut self, progress: impl Fn(u64)) -> Result<Vec<u8>, ClientError> {
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                Step::Piece(piece) if bytes.len() + piece.len() > MOST_TEXT => {
                    let reason = too_long(MOST_TEXT, "text, which a file can take");
                    return Err(ClientError::Malformed { url: self.url, reason });
                }
                Step::Piece(piece) => bytes.extend_from_slice(&piece),
                Step::Anew => bytes.clear(),
                Step::End => return Ok(bytes),
            }
            progress(self.place);
        }
    }

    /// As text, without a byte order mark; what is no UTF-8 becomes `U+FFFD`.
    pub fn text(self) -> Result<String, ClientError> {
        Ok(text(&self.read_all()?))
    }

    /// The same, if it is no longer than `most` bytes; of what is longer the rest is not fetched.
    pub fn text_up_to(mut self, most: usize) -> Result<Option<String>, ClientError> {
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                Step::Piece(piece) => bytes.extend_from_slice(&piece),
                Step::Anew => bytes.clear(),
                Step::End => return Ok(Some(text(&bytes))),
            }
            if bytes.len() > most {
                return Ok(None);
            }
        }
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
                // A pipe or a device: there is nothing to put in its place, and nothing to take back.
                let mut file = File::options().write(true).open(&target).map_err(|error| failed(&error))?;
                self.again = None;
                return self.copy(&mut file, &mut progress, &failed);
            }
            _ => {}
        }
        // One that is replaced hands on who may read it.
        let permissions = fs::metadata(&target).ok().map(|known| known.permissions()).or_else(disk::shared);
        let mut file = disk::beside(&target, permissions.as_ref()).map_err(|error| failed(&error))?;
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
        loop {
            match self.next()? {
                Step::Piece(piece) => file.write_all(&piece).map_err(|error| failed(&error))?,
                Step::Anew => file.set_len(0).and_then(|()| file.rewind()).map_err(|error| failed(&error))?,
                Step::End => break,
            }
            progress(self.place);
        }
        file.flush().map_err(|error| failed(&error))?;
        Ok(self.place)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned()
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
