//! The token in the `Authorization` header.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// What the `Authorization` header of a request holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bearer<'a> {
    /// Nothing, or a scheme without a token.
    Absent,
    Token(&'a str),
    /// A token without a scheme.
    Bare(&'a str),
    /// Credentials of another scheme.
    OtherScheme,
    /// Neither.
    Malformed,
}

/// Reads `Bearer <token>` (RFC 6750 section 2.1, the scheme in any case) or `<token>` alone.
///
/// Several headers are malformed, whatever they say: two readers could pick different ones.
pub(super) fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (values.next(), values.next());
    let Some(value) = value else {
        return Bearer::Absent;
    };
    let bytes = value.as_bytes();
    // All bytes at once: `[u8]::is_ascii` takes those at the end one by one.
    let is_ascii = bytes.iter().fold(0, |all, byte| all | byte).is_ascii();
    // Of what is ASCII, a header value holds visible characters, spaces and tabs alone.
    let (true, Ok(text), None) = (is_ascii, str::from_utf8(bytes), more) else {
        return Bearer::Malformed;
    };
    let (first, rest) = first_word(text);
    let (second, rest) = first_word(rest);
    let is_bearer = first.eq_ignore_ascii_case("bearer");
    match (first, second, rest) {
        ("", ..) => Bearer::Absent,
        (_, "", _) if is_bearer => Bearer::Absent,
        (token, "", _) => Bearer::Bare(token),
        _ if !is_bearer => Bearer::OtherScheme,
        (_, token, "") => Bearer::Token(token),
        _ => Bearer::Malformed,
    }
}

/// The first word, and what comes after the blanks behind it. A token is long, and looked through for
/// each request.
fn first_word(text: &str) -> (&str, &str) {
    let text = without_blanks(text);
    let end = memchr::memchr2(b' ', b'\t', text.as_bytes()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, without_blanks(rest))
}

fn without_blanks(text: &str) -> &str {
    let blanks = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |text: &&str| HeaderValue::from_bytes(text.as_bytes()).unwrap();
        values.iter().map(|text| (AUTHORIZATION, value(text))).collect()
    }

    #[rstest]
    #[case("Bearer abc.def.ghi")]
    #[case("bearer abc.def.ghi")]
    #[case("BEARER   abc.def.ghi")]
    #[case("Bearer\tabc.def.ghi ")]
    fn a_token_comes_with_the_scheme(#[case] value: &str) {
        assert_eq!(bearer(&headers(&[value])), Bearer::Token("abc.def.ghi"));
    }

    #[test]
    fn or_bare() {
        assert_eq!(bearer(&headers(&["abc.def.ghi"])), Bearer::Bare("abc.def.ghi"));
    }

    #[rstest]
    #[case("Basic dXNlcjpwYXNzd29yZA==")]
    #[case("Digest username=\"user\", realm=\"x\"")]
    #[case("Bearers abc.def.ghi")]
    fn other_schemes_are_told_apart(#[case] value: &str) {
        assert_eq!(bearer(&headers(&[value])), Bearer::OtherScheme);
    }

    #[rstest]
    #[case(&[])]
    #[case(&[""])]
    #[case(&["  "])]
    #[case(&["Bearer"])]
    #[case(&["bearer "])]
    fn no_token_is_absent(#[case] values: &[&str]) {
        assert_eq!(bearer(&headers(values)), Bearer::Absent);
    }

    #[rstest]
    #[case::two_tokens(&["Bearer abc def"])]
    #[case::not_ascii(&["Bearer é"])]
    #[case::twice(&["Bearer abc", "Bearer abc"])]
    #[case::empty_and_more(&["", "Bearer abc"])]
    fn everything_else_is_present_and_wrong(#[case] values: &[&str]) {
        assert_eq!(bearer(&headers(values)), Bearer::Malformed);
    }
}
