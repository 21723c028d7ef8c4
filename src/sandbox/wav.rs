//! Is it audio that a PBX plays? It looks at the file with eyes of its own, not with those of the client.

use crate::catalog::FileFormat;

const PCM: u16 = 1;
/// The format stands at the end of its chunk.
const EXTENSIBLE: u16 = 0xFFFE;

/// Is it a whole file of this format?
pub(super) fn fits(file: &[u8], format: FileFormat) -> bool {
    let FileFormat::Wav { rate, bits, channels } = format;
    is_pcm(file, rate, bits, channels).unwrap_or(false)
}

fn is_pcm(file: &[u8], rate: u32, bits: u16, channels: u16) -> Option<bool> {
    let chunks = file.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let format = chunk(chunks, b"fmt ")?;
    let tag = match short(format, 0)? {
        EXTENSIBLE => short(format, 24)?,
        tag => tag,
    };
    let said = (tag, short(format, 2)?, long(format, 4)?, short(format, 14)?);
    Some(said == (PCM, channels, rate, bits) && !chunk(chunks, b"data")?.is_empty())
}

/// What is in a chunk, if all of it is there. Chunks begin at even places.
fn chunk<'a>(mut chunks: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    loop {
        let length = usize::try_from(long(chunks, 4)?).ok()?;
        let content = chunks.get(8..)?.get(..length);
        if chunks.starts_with(name) {
            return content;
        }
        chunks = chunks.get(8 + content?.len() + length % 2..)?;
    }
}

fn short(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(place..place + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}
