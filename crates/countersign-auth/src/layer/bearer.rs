//! The `Authorization` header.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use memchr::memchr2;

/// The content of a request's `Authorization` header, for services that read it themselves.
///
/// ```
/// use countersign_auth::Bearer;
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
///
/// let value = HeaderValue::from_static("Bearer abc.def.ghi");
/// let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
/// assert_eq!(Bearer::of(&headers), Bearer::Token("abc.def.ghi"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// No header, an empty one, or a scheme without a token.
    Absent,
    /// `Bearer <token>`.
    Token(&'a str),
    /// A token without a scheme.
    Bare(&'a str),
    /// Credentials of another scheme.
    OtherScheme,
    /// Anything else.
    Malformed,
}

impl<'a> Bearer<'a> {
    /// Parses `Bearer <token>` (RFC 6750 section 2.1, the scheme in any case) or `<token>` alone.
    ///
    /// Several headers are malformed in any case: two parsers might choose different ones.
    #[must_use]
    pub fn of(headers: &'a HeaderMap) -> Self {
        bearer(headers)
    }
}

fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), next) = (values.next(), values.next()) else {
        return Bearer::Absent;
    };
    let bytes = value.as_bytes();
    let (Ok(text), None) = (str::from_utf8(bytes), next) else { return Bearer::Malformed };
    if !bytes.is_ascii() {
        return Bearer::Malformed;
    }
    // The usual case: the search is vectorized, which splitting into words is not.
    if let Some(token) = text.strip_prefix("Bearer ")
        && !token.is_empty()
        && memchr2(b' ', b'\t', token.as_bytes()).is_none()
    {
        return Bearer::Token(token);
    }
    let mut words = text.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Bearer::Absent,
        (Some(first), None, _) if is_bearer(first) => Bearer::Absent,
        (Some(token), None, _) => Bearer::Bare(token),
        (Some(first), ..) if !is_bearer(first) => Bearer::OtherScheme,
        (_, Some(token), None) => Bearer::Token(token),
        _ => Bearer::Malformed,
    }
}

fn is_bearer(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("bearer")
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
    fn scheme_is_case_insensitive(#[case] value: &str) {
        assert_eq!(bearer(&headers(&[value])), Bearer::Token("abc.def.ghi"));
    }

    #[test]
    fn token_without_scheme_is_bare() {
        assert_eq!(bearer(&headers(&["abc.def.ghi"])), Bearer::Bare("abc.def.ghi"));
    }

    #[rstest]
    #[case("Basic dXNlcjpwYXNzd29yZA==")]
    #[case("Digest username=\"user\", realm=\"x\"")]
    #[case("Bearers abc.def.ghi")]
    fn other_scheme_is_recognized(#[case] value: &str) {
        assert_eq!(bearer(&headers(&[value])), Bearer::OtherScheme);
    }

    #[rstest]
    #[case(&[])]
    #[case(&[""])]
    #[case(&["  "])]
    #[case(&["Bearer"])]
    #[case(&["bearer "])]
    fn header_without_token_is_absent(#[case] values: &[&str]) {
        assert_eq!(bearer(&headers(values)), Bearer::Absent);
    }

    #[rstest]
    #[case::two_tokens(&["Bearer abc def"])]
    #[case::not_ascii(&["Bearer é"])]
    #[case::twice(&["Bearer abc", "Bearer abc"])]
    #[case::empty_and_more(&["", "Bearer abc"])]
    fn anything_else_is_malformed(#[case] values: &[&str]) {
        assert_eq!(bearer(&headers(values)), Bearer::Malformed);
    }
}
