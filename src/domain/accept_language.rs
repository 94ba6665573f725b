//! The languages that a client prefers.

/// The maximum number of languages that are taken from a header.
const MAX_LANGUAGES: usize = 8;

/// The languages of an `Accept-Language` header (RFC 9110 section 12.5.4) in the order of preference, as
/// lower-case primary subtags such as `de` (RFC 5646 section 2.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptLanguage(Vec<String>);

impl AcceptLanguage {
    /// Parses the value of the header; malformed parts are skipped.
    #[must_use]
    pub fn parse(value: &str) -> Self {
        let mut ranges: Vec<(u16, String)> = value.split(',').filter_map(range).collect();
        // Stable: ranges of the same weight keep their order.
        ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        let mut languages: Vec<String> = Vec::new();
        for (_, language) in ranges {
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        languages.truncate(MAX_LANGUAGES);
        Self(languages)
    }

    /// The first language for which `is_available` holds.
    pub fn choose(&self, is_available: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|language| is_available(language))
    }
}

/// The weight in thousandths, and the primary subtag. `None` for `*` and for a weight of 0.
fn range(text: &str) -> Option<(u16, String)> {
    let (tag, parameter) = match text.split_once(';') {
        Some((tag, parameter)) => (tag, Some(parameter.trim())),
        None => (text, None),
    };
    let weight = match parameter {
        Some(parameter) => weight(parameter.strip_prefix(['q', 'Q'])?.strip_prefix('=')?)?,
        None => 1000,
    };
    let language = tag.trim().split('-').next()?.to_ascii_lowercase();
    let is_subtag =
        (2..=8).contains(&language.len()) && language.bytes().all(|it| it.is_ascii_lowercase());
    (is_subtag && weight > 0).then_some((weight, language))
}

/// A `qvalue` (RFC 9110 section 12.4.2) in thousandths.
fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = decimals.len() <= 3 && decimals.bytes().all(|it| it.is_ascii_digit());
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" if is_number => Some(thousandths),
        "1" if is_number && thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn languages_are_ordered_by_weight() {
        for (value, expected) in [
            ("", &[] as &[&str]),
            ("*", &[]),
            ("de", &["de"]),
            ("de-AT, en;q=0.5", &["de", "en"]),
            ("en;q=0.5,de-AT;q=0.9 , fr", &["fr", "de", "en"]),
            ("en, en-GB;q=0.9", &["en"]),
            ("EN-us;Q=1.000", &["en"]),
            ("de;q=0, en;q=0.001", &["en"]),
            ("de;q=NaN, fr;q=1.5, it;q=-1, es;q=0.1234, en;q=0.1", &["en"]),
            ("i-klingon, x, d\u{e9}, 12, en", &["en"]),
        ] {
            assert_eq!(AcceptLanguage::parse(value).0, expected, "{value}");
        }
        let many = (b'a'..=b'z').map(|it| format!("{0}{0}", char::from(it))).collect::<Vec<_>>();
        assert_eq!(AcceptLanguage::parse(&many.join(",")).0, many[..MAX_LANGUAGES]);
    }

    #[test]
    fn first_available_language_is_chosen() {
        let accepted = AcceptLanguage::parse("fr, de;q=0.5");
        assert_eq!(accepted.choose(|it| ["en", "de"].contains(&it)), Some("de"));
        assert_eq!(accepted.choose(|it| it == "en"), None);
    }

    proptest! {
        #[test]
        fn arbitrary_text_does_not_panic(value in "\\PC{0,200}") {
            let _ = AcceptLanguage::parse(&value);
        }
    }
}
