//! The sentences about files that a PBX does not take.

use crate::bindings::Unfit;
use crate::catalog::FileFormat;
use crate::diag::words::{Hinted, say};
use crate::kit::wav::{self, Flaw, Wav};
use crate::script::Wording;

/// The words for a file that is not what is wanted, with the line that makes one of it.
pub(super) fn unfit(path: &str, wanted: FileFormat, why: &Unfit) -> Wording {
    let convert = || format!("`{}` makes one that fits", conversion(path, wanted));
    let must = format!("it must be {wanted}");
    match why {
        Unfit::Flaw(Flaw::Empty) => say(format!("`{path}` is empty: {must}")),
        Unfit::Flaw(Flaw::Other(None)) => say(format!("`{path}` is no WAV file: {must}")).hint(convert()),
        Unfit::Flaw(Flaw::Other(Some(kind))) => say(format!("`{path}` is {kind}: {must}")).hint(convert()),
        Unfit::Flaw(Flaw::Lacks(chunk)) => {
            say(format!("`{path}` is not a whole WAV file, its chunk `{}` is missing: {must}", chunk.trim()))
                .hint(convert())
        }
        Unfit::Wav(Wav { announced: 0, .. }) => say(format!("`{path}` has no audio in it: {must}")),
        Unfit::Wav(wav) => say(format!("`{path}` has {}: {must}", found(wav, wanted))).hint(convert()),
        Unfit::Large(most) => say(format!("`{path}` is larger than {} MB", most / 1_000_000))
            .hint("a PBX refuses far less than that: cut the audio"),
    }
}

/// In what a file differs from what is wanted.
fn found(wav: &Wav, wanted: FileFormat) -> String {
    let FileFormat::Wav { rate, bits, channels } = wanted;
    let mut parts = Vec::new();
    if wav.encoding != wav::PCM {
        let name = wav::encoding_name(wav.encoding);
        parts.push(name.map_or_else(|| format!("the encoding {:#06x}", wav.encoding), str::to_owned));
    }
    if wav.rate != rate {
        parts.push(format!("{} Hz", wav.rate));
    }
    if wav.bits != bits {
        parts.push(format!("{} bit", wav.bits));
    }
    if wav.channels != channels {
        parts.push(if wav.channels == 1 { "1 channel".to_owned() } else { format!("{} channels", wav.channels) });
    }
    if wav.there < wav.announced {
        parts.push(format!("{} of the {} bytes of audio that it announces", wav.there, wav.announced));
    }
    parts.join(", ")
}

fn conversion(path: &str, wanted: FileFormat) -> String {
    let FileFormat::Wav { rate, bits, channels } = wanted;
    let plain = path.chars().all(|c| c.is_alphanumeric() || "/._-+".contains(c)) && !path.starts_with('-');
    let input = if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) };
    // It does not write over what it reads.
    let output = if path.ends_with("out.wav") { "fixed.wav" } else { "out.wav" };
    format!("ffmpeg -i {input} -ac {channels} -ar {rate} -c:a pcm_s{bits}le {output}")
}
