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
    // `to_str` lets visible ASCII, spaces and tabs pass.
    let (Ok(text), None) = (value.to_str(), more) else {
        return Bearer::Malformed;
    };
    let mut words = text.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Bearer::Absent,
        (Some(scheme), None, _) if scheme.eq_ignore_ascii_case("bearer") => Bearer::Absent,
        (Some(token), None, _) => Bearer::Bare(token),
        (Some(scheme), ..) if !scheme.eq_ignore_ascii_case("bearer") => Bearer::OtherScheme,
        (_, Some(token), None) => Bearer::Token(token),
        _ => Bearer::Malformed,
    }
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
