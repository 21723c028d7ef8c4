//! Files that go to a PBX, in a field of a multipart form. They stay on the disk until the line takes them.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use reqwest::Body;
use reqwest::multipart::{Form, Part};

use crate::client::error::ClientError;

/// As much as is held of a file at once.
const PIECE: u64 = 64 * 1024;

/// A line that takes less than this in a second is taken for dead.
const SLOWEST: u64 = 16 * 1024;

/// What is known of a file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub field: &'static str,
    pub media_type: &'static str,
    /// Under which the PBX is to know it.
    pub name: String,
    /// As whoever sends it named it.
    pub path: String,
    pub length: u64,
}

type Told = dyn Fn(u64) + Send + Sync;

/// An open file on its way out. Clones are the same file; each request reads it from the start.
#[derive(Clone)]
pub struct Upload {
    pub(crate) about: Sent,
    /// Read and moved in one step, so that the end of an attempt that was given up cannot disturb the next one.
    file: Arc<Mutex<File>>,
    /// Why it could not be read to its end.
    trouble: Arc<Mutex<Option<String>>>,
    told: Option<Arc<Told>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upload").field(&self.about).finish()
    }
}

impl PartialEq for Upload {
    fn eq(&self, other: &Upload) -> bool {
        self.about == other.about && Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Upload {
    #[must_use]
    pub fn new(file: File, about: Sent) -> Upload {
        Upload { about, file: Arc::new(Mutex::new(file)), trouble: Arc::default(), told: None }
    }

    /// The same, telling how many bytes the line has taken.
    #[must_use]
    pub fn telling(self, told: impl Fn(u64) + Send + Sync + 'static) -> Upload {
        Upload { told: Some(Arc::new(told)), ..self }
    }

    /// In bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.about.length
    }

    /// How much longer than other requests it may take.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.about.length / SLOWEST)
    }

    /// The form with the file in it; its length is known.
    pub(crate) fn form(&self) -> Result<Form, ClientError> {
        let upload = self.clone();
        let pieces = stream::unfold((upload, 0), |(upload, place)| async move {
            let left = upload.about.length.saturating_sub(place);
            if left == 0 {
                return None;
            }
            let reader = upload.clone();
            let read = tokio::task::spawn_blocking(move || reader.piece(place, left.min(PIECE))).await;
            let piece = read.map_err(io::Error::other).flatten();
            let next = match &piece {
                Ok(piece) => place + piece.len() as u64,
                Err(error) => {
                    *upload.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                    upload.about.length
                }
            };
            if let Some(told) = &upload.told {
                told(next);
            }
            Some((piece, (upload, next)))
        });
        let Sent { field, media_type, name, length, .. } = &self.about;
        let part = Part::stream_with_length(Body::wrap_stream(pieces), *length).file_name(name.clone());
        let part = part.mime_str(media_type).map_err(|error| self.broken(error.to_string()))?;
        Ok(Form::new().part(*field, part))
    }

    fn piece(&self, place: u64, length: u64) -> io::Result<Bytes> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        let mut piece = vec![0; usize::try_from(length).unwrap_or(0)];
        let short = |error: io::Error| match error.kind() {
            ErrorKind::UnexpectedEof => io::Error::other("it became shorter while it was sent"),
            _ => error,
        };
        file.read_exact(&mut piece).map_err(short)?;
        Ok(piece.into())
    }

    /// Why the file, and not the line, ended a request.
    pub(crate) fn take_trouble(&self) -> Option<ClientError> {
        let reason = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(self.broken(reason))
    }

    fn broken(&self, reason: String) -> ClientError {
        ClientError::File { path: self.about.path.clone(), reason }
    }
}
