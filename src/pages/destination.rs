//! Where a sign-in may lead.

use std::fmt;

use url::Url;

/// The longest destination that is parsed, in bytes.
const MAX_LENGTH: usize = 2048;

/// The origins of front ends, as browsers send them, such as `https://app.example.com`. A sign-in may
/// lead there, and they may get access tokens with the cookie.
#[derive(Clone, Debug, Default)]
pub struct RedirectOrigins(Vec<String>);

/// A URL that a sign-in may lead to: a path of this service, or a URL of an allowed origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination(String);

impl RedirectOrigins {
    /// These origins, which are as browsers send them.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// The origins.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Parses a destination; `None` where it is neither a path of this service nor a URL of one of the
    /// origins.
    ///
    /// It is parsed as browsers parse it (WHATWG URL), and the result is the parsed URL and never the
    /// text: `//evil.example`, `/\evil.example` and `https:evil.example` are URLs of other origins.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<Destination> {
        // Browsers ignore tabs and line breaks, and some also other control characters.
        let is_plain = !text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
        if !is_plain || text.len() > MAX_LENGTH {
            return None;
        }
        // Of no origin that can be allowed.
        let base = Url::parse("http://this-service.invalid/ui/").ok()?;
        let url = base.join(text).ok()?;
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        if url.origin() == base.origin() {
            // Neither `sign-in` nor the name of the base.
            let is_path = text.starts_with('/') && !text.starts_with("//");
            let path = &url[url::Position::BeforePath..];
            return (is_path && !path.starts_with("//")).then(|| Destination(path.to_owned()));
        }
        // A `blob:` URL has the origin of the page that has made it.
        let is_of_web = matches!(url.scheme(), "http" | "https");
        let origin = url.origin().ascii_serialization();
        let is_allowed = is_of_web && self.0.contains(&origin);
        is_allowed.then(|| Destination(url.into()))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        let allowed = ["https://app.example.com", "http://localhost:3000"];
        let origins = RedirectOrigins::new(allowed.map(str::to_owned).to_vec());
        origins.parse(text).map(|destination| destination.to_string())
    }

    #[rstest]
    #[case("/ui/account", "/ui/account")]
    #[case("/ui/account?a=b#c", "/ui/account?a=b#c")]
    #[case("/a/../b", "/b")]
    #[case("https://app.example.com", "https://app.example.com/")]
    #[case("https://APP.example.com:443/x?y=z", "https://app.example.com/x?y=z")]
    #[case("http://localhost:3000/callback", "http://localhost:3000/callback")]
    fn path_and_url_of_an_allowed_origin_are_destinations(#[case] text: &str, #[case] url: &str) {
        assert_eq!(parsed(text).as_deref(), Some(url));
    }

    #[rstest]
    #[case::empty("")]
    #[case::relative("account")]
    #[case::other_origin("https://evil.example")]
    #[case::other_scheme("http://app.example.com")]
    #[case::other_port("https://app.example.com:8443")]
    #[case::longer_host("https://app.example.com.evil.example")]
    #[case::suffix_of_the_host("https://evil-app.example.com")]
    #[case::user("https://app.example.com@evil.example")]
    #[case::user_of_an_allowed_host("https://evil.example@app.example.com/")]
    #[case::scheme_relative("//evil.example")]
    #[case::three_slashes("///evil.example")]
    #[case::backslash("/\\evil.example")]
    #[case::two_backslashes("\\\\evil.example")]
    #[case::backslash_in_the_url("https://app.example.com\\@evil.example")]
    #[case::no_slashes("https:evil.example")]
    #[case::one_slash("https:/evil.example")]
    #[case::tab("/\t/evil.example")]
    #[case::line_break("/\n/evil.example")]
    #[case::tab_in_the_scheme("java\tscript:alert(1)")]
    #[case::nul("/\0/evil.example")]
    #[case::leading_space(" //evil.example")]
    #[case::dots("/.//evil.example")]
    #[case::dots_up("/..//evil.example")]
    #[case::encoded_dots("/%2e//evil.example")]
    #[case::script("javascript:alert(1)")]
    #[case::data("data:text/html,x")]
    #[case::name_of_the_base("http://this-service.invalid/x")]
    #[case::scheme_relative_base("//this-service.invalid/x")]
    #[case::blob("blob:https://app.example.com/x")]
    fn anything_else_is_none(#[case] text: &str) {
        assert_eq!(parsed(text), None);
    }

    proptest! {
        /// What a browser makes of a destination, on a page of the service, has an allowed origin.
        #[test]
        fn destination_has_an_allowed_origin(text in "(https?:)?[/\\\\\t.@:a-z?#%]{0,24}") {
            if let Some(destination) = parsed(&text) {
                let page = Url::parse("https://login.example.com/ui/sign-in").unwrap();
                let origin = page.join(&destination).unwrap().origin().ascii_serialization();
                let allowed =
                    ["https://login.example.com", "https://app.example.com", "http://localhost:3000"];
                prop_assert!(allowed.contains(&&*origin), "{text:?} leads to {destination:?}");
            }
        }
    }
}
