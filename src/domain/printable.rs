//! Untrusted text, escaped for a terminal.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Whether a character is invisible, or changes the order of others: controls, format characters, line
/// separators, default ignorable code points (variation selectors, fillers), the blank Braille pattern,
/// and code points without a character.
pub(super) fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_none = matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    let is_ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
    is_none || is_ignorable || c == '\u{2800}'
}

/// The text with invisible characters escaped (`\u{1b}`), as one line for a terminal.
pub(crate) fn printable(text: &str) -> impl Display + '_ {
    Printable(text)
}

struct Printable<'a>(&'a str);

impl Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            c if is_invisible(c) => c.escape_unicode().fmt(f),
            c => f.write_char(c),
        })
    }
}

/// Writes a value as a line of JSON, with invisible characters escaped (`\u001b`).
pub(crate) fn write_json_line(mut output: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut output, Escaping))?;
    output.write_all(b"\n")
}

struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        output: &mut W,
        mut text: &str,
    ) -> io::Result<()> {
        while let Some((at, c)) = text.char_indices().find(|(_, c)| is_invisible(*c)) {
            let (visible, rest) = text.split_at(at);
            output.write_all(visible.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(output, "\\u{unit:04x}")?;
            }
            text = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        output.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_escaped_in_json() {
        let text = "a\u{1b}[2J\u{9b}\u{7f}\n\"\\ संपर्क \u{202e}\u{e0041}";
        let mut line = Vec::new();
        write_json_line(&mut line, &text).unwrap();
        let line = String::from_utf8(line).unwrap();
        let expected = "\"a\\u001b[2J\\u009b\\u007f\\n\\\"\\\\ संपर्क \\u202e\\udb40\\udc41\"\n";
        assert_eq!(line, expected);
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    #[test]
    fn only_invisible_characters_are_escaped() {
        for (text, expected) in [
            ("o'neil+\"x\"@example.com", "o'neil+\"x\"@example.com"),
            ("संपर्क ΝΊΚΟΣ ß é 漢字", "संपर्क ΝΊΚΟΣ ß é 漢字"),
            ("a\u{1b}[2J\u{9b}31m\u{7f}", "a\\u{1b}[2J\\u{9b}31m\\u{7f}"),
            ("a\r\nb", "a\\r\\nb"),
            ("a\u{202e}b\u{200b}\u{3164}", "a\\u{202e}b\\u{200b}\\u{3164}"),
        ] {
            assert_eq!(printable(text).to_string(), expected);
        }
    }
}
