//! What a WAV file says of itself. Only its heads are read; written here because what is wrong with a file that is none, or
//! none that fits, is the answer that is wanted.

use std::io::{self, Read, Seek, SeekFrom};

/// Audio without compression.
pub const PCM: u16 = 1;
/// The encoding stands at the end of the chunk.
const EXTENSIBLE: u16 = 0xFFFE;
/// What follows the encoding there.
const GUID: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// More chunks than any program writes.
const CHUNKS: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wav {
    /// The number of the encoding; [`PCM`] is 1.
    pub encoding: u16,
    pub channels: u16,
    pub rate: u32,
    pub bits: u16,
    /// How many bytes of audio it announces, and how many are there.
    pub announced: u64,
    pub there: u64,
}

/// Why it is no WAV file, or not a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Empty,
    /// It is something else; what, where that is known.
    Other(Option<&'static str>),
    /// There is no chunk of this name in it, or not all of it.
    Lacks(&'static str),
}

/// Reads a file of `length` bytes.
pub fn read(file: &mut (impl Read + Seek), length: u64) -> io::Result<Result<Wav, Flaw>> {
    let mut head = [0; 12];
    let count = fill(file, 0, &mut head)?;
    if count == 0 {
        return Ok(Err(Flaw::Empty));
    }
    if !head.starts_with(b"RIFF") || &head[8..] != b"WAVE" {
        return Ok(Err(Flaw::Other(kind(&head[..count]))));
    }
    let (mut format, mut place) = (None, head.len() as u64);
    for _ in 0..CHUNKS {
        let mut chunk = [0; 8];
        if fill(file, place, &mut chunk)? < chunk.len() {
            break;
        }
        let size = u64::from(long(&chunk, 4));
        place += chunk.len() as u64;
        match &chunk[..4] {
            b"fmt " => {
                let mut facts = [0; 40];
                let count = fill(file, place, &mut facts)?.min(usize::try_from(size).unwrap_or(usize::MAX));
                if count < 16 {
                    return Ok(Err(Flaw::Lacks("fmt ")));
                }
                format = Some((encoding(&facts[..count]), short(&facts, 2), long(&facts, 4), short(&facts, 14)));
            }
            // Whatever stands behind it says nothing about it.
            b"data" => {
                let Some((encoding, channels, rate, bits)) = format else { return Ok(Err(Flaw::Lacks("fmt "))) };
                let there = length.saturating_sub(place).min(size);
                return Ok(Ok(Wav { encoding, channels, rate, bits, announced: size, there }));
            }
            _ => {}
        }
        // Chunks begin at even places.
        place = place.saturating_add(size + size % 2);
    }
    Ok(Err(Flaw::Lacks(if format.is_some() { "data" } else { "fmt " })))
}

fn encoding(facts: &[u8]) -> u16 {
    match short(facts, 0) {
        EXTENSIBLE if facts.get(26..40) == Some(&GUID) => short(facts, 24),
        encoding => encoding,
    }
}

/// The name of an encoding, where it has one that people know.
#[must_use]
pub fn encoding_name(encoding: u16) -> Option<&'static str> {
    Some(match encoding {
        PCM => "PCM",
        2 | 0x11 => "ADPCM",
        3 => "floating-point numbers",
        6 => "A-law",
        7 => "µ-law",
        0x31 => "GSM",
        0x55 => "MP3",
        _ => return None,
    })
}

/// What a file is that is no WAV, by its first bytes.
fn kind(head: &[u8]) -> Option<&'static str> {
    let is = |mark: &[u8]| head.starts_with(mark);
    let at_4 = |mark: &[u8]| head.get(4..).is_some_and(|rest| rest.starts_with(mark));
    Some(match head {
        _ if is(b"ID3") || is(b"\xFF\xFB") || is(b"\xFF\xF3") || is(b"\xFF\xF2") => "MP3",
        _ if is(b"OggS") => "Ogg",
        _ if is(b"fLaC") => "FLAC",
        _ if is(b"#!AMR") => "AMR",
        _ if is(b"FORM") => "AIFF",
        _ if is(b"RF64") => "a WAV of more than 4 GB (RF64)",
        _ if is(b"\x1A\x45\xDF\xA3") => "WebM",
        _ if is(b"\xFF\xF1") || is(b"\xFF\xF9") => "AAC",
        _ if at_4(b"ftyp") => "MP4 or M4A",
        _ => return None,
    })
}

/// Reads from a place as much as is there.
fn fill(file: &mut (impl Read + Seek), place: u64, bytes: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(place))?;
    let mut count = 0;
    while count < bytes.len() {
        match file.read(&mut bytes[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

fn short(bytes: &[u8], place: usize) -> u16 {
    u16::from_le_bytes([bytes[place], bytes[place + 1]])
}

fn long(bytes: &[u8], place: usize) -> u32 {
    u32::from(short(bytes, place)) | u32::from(short(bytes, place + 2)) << 16
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Flaw, GUID, Wav, read};

    fn of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        for (name, content) in chunks {
            file.extend_from_slice(*name);
            file.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
            file.extend_from_slice(content);
            file.resize(file.len() + content.len() % 2, 0);
        }
        file
    }

    fn format(encoding: u16) -> Vec<u8> {
        let mut format = encoding.to_le_bytes().to_vec();
        format.extend([1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]);
        format
    }

    fn looked_at(file: &[u8]) -> Result<Wav, Flaw> {
        read(&mut Cursor::new(file), file.len() as u64).unwrap()
    }

    const RIGHT: Wav = Wav { encoding: 1, channels: 1, rate: 8000, bits: 16, announced: 6, there: 6 };

    #[test]
    fn the_format_may_stand_behind_other_chunks() {
        let audio = [0; 6];
        assert_eq!(looked_at(&of(&[(b"fmt ", &format(1)), (b"data", &audio)])), Ok(RIGHT));
        let between = of(&[(b"JUNK", b"odd"), (b"fmt ", &format(1)), (b"LIST", b"INFO"), (b"data", &audio)]);
        assert_eq!(looked_at(&between), Ok(RIGHT));
        let behind = of(&[(b"fmt ", &format(1)), (b"data", &audio), (b"LIST", b"INFO")]);
        assert_eq!(looked_at(&behind), Ok(RIGHT));
    }

    #[test]
    fn an_extensible_format_names_its_encoding_elsewhere() {
        let extensible = |encoding: u16, guid: &[u8]| {
            let mut format = format(0xFFFE);
            format.extend([22, 0, 16, 0, 4, 0, 0, 0]);
            format.extend(encoding.to_le_bytes());
            format.extend(guid);
            of(&[(b"fmt ", &format), (b"data", &[0; 6])])
        };
        assert_eq!(looked_at(&extensible(1, &GUID)), Ok(RIGHT));
        assert_eq!(looked_at(&extensible(3, &GUID)), Ok(Wav { encoding: 3, ..RIGHT }));
        assert_eq!(looked_at(&extensible(1, &[7; 14])), Ok(Wav { encoding: 0xFFFE, ..RIGHT }));
    }

    #[test]
    fn files_that_are_not_whole() {
        let whole = of(&[(b"fmt ", &format(1)), (b"data", &[0; 6])]);
        assert_eq!(looked_at(&whole[..whole.len() - 4]), Ok(Wav { there: 2, ..RIGHT }));
        for length in 0..whole.len() - 6 {
            let expected = match length {
                0 => Flaw::Empty,
                1..12 => Flaw::Other(None),
                12..36 => Flaw::Lacks("fmt "),
                _ => Flaw::Lacks("data"),
            };
            assert_eq!(looked_at(&whole[..length]), Err(expected), "{length}");
        }
        assert_eq!(looked_at(&of(&[(b"data", &[0; 6]), (b"fmt ", &format(1))])), Err(Flaw::Lacks("fmt ")));
        assert_eq!(looked_at(&of(&[(b"fmt ", &[0; 4]), (b"data", &[0; 6])])), Err(Flaw::Lacks("fmt ")));
        assert_eq!(looked_at(&of(&[(b"fmt ", &format(1))])), Err(Flaw::Lacks("data")));
        let mut endless = of(&[(b"fmt ", &format(1)), (b"data", &[0; 6])]);
        endless[40..44].fill(0xFF);
        assert_eq!(looked_at(&endless), Ok(Wav { announced: u64::from(u32::MAX), ..RIGHT }));
    }

    #[test]
    fn what_it_is_instead() {
        for (bytes, kind) in [
            (&b"ID3\x04\0\0\0\0\0\0\0\0"[..], Some("MP3")),
            (b"\xFF\xFB\x90\x64\0\0", Some("MP3")),
            (b"OggS\0\x02", Some("Ogg")),
            (b"\0\0\0\x20ftypM4A ", Some("MP4 or M4A")),
            (b"hello", None),
            (b"RIFF\0\0\0\0AVI LIST", None),
        ] {
            assert_eq!(looked_at(bytes), Err(Flaw::Other(kind)), "{bytes:?}");
        }
    }
}
