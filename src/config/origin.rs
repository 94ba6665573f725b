//! Origins as browsers send them (CORS).

use http::HeaderValue;
use url::{Origin, Url};

/// An origin such as `https://app.example.com`, normalized to what browsers send: no default port, no
/// trailing slash, the host in lower case and in ASCII. Or `*`.
pub(super) fn origin(text: &str) -> Result<HeaderValue, String> {
    let text = text.trim();
    if text == "*" {
        return Ok(HeaderValue::from_static("*"));
    }
    let origin = Url::parse(text).ok().and_then(|url| serialized(&url));
    origin.and_then(|origin| origin.parse().ok()).ok_or_else(|| {
        "expected an origin of scheme, host and port, such as https://app.example.com or \
         http://localhost:3000, without a path, a user or a * in the host; or * alone for all \
         (null, which any page can send, is not allowed)"
            .to_owned()
    })
}

fn serialized(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|host| !host.is_empty() && !host.contains('*'))?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let has_more =
        !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
    if has_user || has_more || url.scheme() == "file" {
        return None;
    }
    match url.origin() {
        origin @ Origin::Tuple(..) => Some(origin.ascii_serialization()),
        // An app or a browser extension, such as capacitor://localhost.
        Origin::Opaque(_) => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{}://{host}{port}", url.scheme()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_normalized_to_what_a_browser_sends() {
        for (given, sent) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:80/", "http://app.example.com"),
            ("https://app.example.com:80", "https://app.example.com:80"),
            (" HTTPS://App.Example.COM:8443 ", "https://app.example.com:8443"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[0:0::1]:3000", "http://[::1]:3000"),
            ("http://127.1:3000", "http://127.0.0.1:3000"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop"),
            ("*", "*"),
        ] {
            assert_eq!(origin(given).unwrap(), sent, "{given}");
        }
    }

    #[test]
    fn origin_that_no_browser_sends_is_rejected() {
        for text in [
            "",
            "null",
            "app.example.com",
            "localhost:3000",
            "//app.example.com",
            "https://",
            "https://a.example/x",
            "https://a.example/?x",
            "https://a.example#x",
            "https://bob:hunter2@a.example",
            "https://*.example.com",
            "https://*",
            "https://a.example:99999",
            "https://a b.example",
            "file:///index.html",
            "data:text/html,x",
            "https://a.example https://b.example",
        ] {
            let reason = origin(text).unwrap_err();
            assert!(reason.contains("expected an origin") && !reason.contains("hunter2"), "{text}");
        }
    }
}
