//! Literals in the path of a URL: `'Europe%2FBerlin'`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A path is cut at slashes and a function call at commas and parentheses before anything is decoded, so only what can
/// neither cut nor be changed on the way stays as it is. The quotes stay bare because they are the literal's frame, the
/// colon because times are readable with it.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'\'').remove(b':');

/// A literal of [`crate::odata::literal`] as it stands in a path.
#[must_use]
pub fn in_path(literal: &str) -> String {
    utf8_percent_encode(literal, PATH).to_string()
}

#[cfg(test)]
mod tests {
    use super::in_path;

    #[test]
    fn only_the_frame_stays_bare() {
        let cases = [
            ("12", "12"),
            ("-5", "-5"),
            ("'Europe/Berlin'", "'Europe%2FBerlin'"),
            ("'O''Brien'", "'O''Brien'"),
            ("'50% off, (new)?#a=b&c+d'", "'50%25%20off%2C%20%28new%29%3F%23a%3Db%26c%2Bd'"),
            ("'ü\n\\'", "'%C3%BC%0A%5C'"),
            ("2025-03-01T08:00:00+02:00", "2025-03-01T08:00:00%2B02:00"),
            ("''", "''"),
        ];
        for (literal, expected) in cases {
            assert_eq!(in_path(literal), expected);
        }
    }
}
