//! Parsers of the fields of password hashes.

use std::str::FromStr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of standard base64, with or without padding, and with passlib's `.` for `+`.
pub(super) fn bytes(base64: &str) -> Option<Vec<u8>> {
    BASE64.decode(base64.replace('.', "+")).ok()
}

/// The bytes of hexadecimal digits in any case.
pub(super) fn hex(digits: &str) -> Option<Vec<u8>> {
    hex::decode(digits).ok()
}

/// A decimal number without a sign.
pub(super) fn number<T: FromStr>(digits: &str) -> Option<T> {
    if digits.starts_with(|first: char| first.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

/// The names and numbers of a list such as `ln=15,r=8,p=1`.
pub(super) fn named_numbers(list: &str) -> Option<Vec<(&str, u32)>> {
    list.split(',').map(named_number).collect()
}

fn named_number(pair: &str) -> Option<(&str, u32)> {
    let (name, digits) = pair.split_once('=')?;
    Some((name, number(digits)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded_unpadded_or_passlibs() {
        for text in ["+/8=", "+/8", "./8", "./8="] {
            assert_eq!(bytes(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        for text in ["+/8==", "-_8", "+/9", "+ /8", "\n+/8"] {
            assert_eq!(bytes(text), None, "{text:?}");
        }
    }

    #[test]
    fn number_has_digits_only() {
        assert_eq!(number::<u8>("255"), Some(255));
        for text in ["", "256", "+1", "-1", " 1", "1 ", "0x1"] {
            assert_eq!(number::<u8>(text), None, "{text:?}");
        }
        assert_eq!(named_numbers("ln=15,r=8"), Some(vec![("ln", 15), ("r", 8)]));
        for text in ["", "ln", "ln=", "ln=15,", "ln=15,r=+8"] {
            assert_eq!(named_numbers(text), None, "{text:?}");
        }
    }
}
