//! The URL of the keys, and one fetch from it.

use std::net::IpAddr;
use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::fetch_error::FetchError;
use crate::verification_keys::VerificationKeys;

/// The URL of a JWK Set, such as `https://auth.example.com/.well-known/jwks.json`.
///
/// A fetch has a timeout of 5 seconds and a limit of 64 KiB, and follows no redirects.
#[derive(Clone, Debug)]
pub struct JwksSource {
    url: Url,
    client: Client,
    timeout: Duration,
}

/// Errors of a [`JwksSource`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksSourceError {
    /// Not a URL, or of another scheme.
    #[error("not a URL with https:// or http://")]
    Url,
    /// `http` to a host other than this one.
    #[error(
        "keys fetched over plain http can be replaced in transit: use https or a loopback address"
    )]
    PlainHttp,
    /// Credentials in the URL, which is logged.
    #[error("the URL contains a user name or a password")]
    Credentials,
    /// The TLS client cannot be built, for example without root certificates.
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] reqwest::Error),
}

/// The result of a fetch.
pub(super) struct Fetched {
    pub(super) keys: VerificationKeys,
    /// The time for which the keys may be cached.
    pub(super) ttl: Duration,
}

/// The timeout of a fetch, from the name resolution to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum length of a response in bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// The TTL of a response without `max-age`, in seconds.
const DEFAULT_TTL: u32 = 300;
/// The least and the most TTL, in seconds: not so short that every request fetches, nor so long that
/// a withdrawn key remains in use.
const TTL_RANGE: (u32, u32) = (60, 3600);

impl JwksSource {
    /// A URL with `https`, or with `http` to a loopback address or `localhost`.
    ///
    /// # Errors
    ///
    /// [`JwksSourceError`].
    pub fn new(url: &str) -> Result<Self, JwksSourceError> {
        let source = Self::over_plain_http(url)?;
        if source.url.scheme() == "https" || is_loopback(&source.url) {
            Ok(source)
        } else {
            Err(JwksSourceError::PlainHttp)
        }
    }

    /// Any URL with `https` or `http`. Over `http`, an attacker in the network can replace the keys
    /// and so forge tokens: use it in a trusted network, or one encrypted by other means.
    ///
    /// ```
    /// use countersign_auth::JwksSource;
    ///
    /// let url = "http://countersign:8080/.well-known/jwks.json";
    /// assert!(JwksSource::new(url).is_err());
    /// assert!(JwksSource::over_plain_http(url).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// [`JwksSourceError`].
    pub fn over_plain_http(url: &str) -> Result<Self, JwksSourceError> {
        let url = Url::parse(url).map_err(|_| JwksSourceError::Url)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(JwksSourceError::Url);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(JwksSourceError::Credentials);
        }
        let mut client = Client::builder()
            .redirect(Policy::none())
            // Minutes pass between two fetches.
            .pool_max_idle_per_host(0);
        if url.scheme() == "http" {
            // A proxy from the environment could replace the keys.
            client = client.no_proxy();
        }
        let client = client.build().map_err(JwksSourceError::Tls)?;
        Ok(Self { url, client, timeout: TIMEOUT })
    }

    /// The URL for the log: without its query, which may be secret.
    pub(super) fn name(&self) -> &str {
        let url = self.url.as_str();
        url.split(['?', '#']).next().unwrap_or(url)
    }

    /// Fetches the keys once.
    ///
    /// # Errors
    ///
    /// [`FetchError`].
    pub(super) async fn fetch(&self) -> Result<Fetched, FetchError> {
        let request = self.client.get(self.url.clone()).timeout(self.timeout);
        let request = request.header(ACCEPT, "application/jwk-set+json, application/json");
        let mut response = request.send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let ttl = ttl(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_LENGTH {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { keys: VerificationKeys::from_jwk_set(&body)?, ttl })
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// `max-age` (RFC 9111 section 5.2.2.1), within bounds.
fn ttl(headers: &HeaderMap) -> Duration {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let seconds = lines.flat_map(|line| line.split(',')).find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let is_max_age = name.trim().eq_ignore_ascii_case("max-age");
        is_max_age.then(|| value.trim().trim_matches('"').parse::<u32>().ok())?
    });
    let (least, most) = TTL_RANGE;
    Duration::from_secs(seconds.unwrap_or(DEFAULT_TTL).clamp(least, most).into())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    #[rstest]
    #[case("https://auth.example.com/.well-known/jwks.json")]
    #[case("HTTPS://192.0.2.1:8443/keys?tenant=1")]
    #[case("http://127.0.0.1:8080/.well-known/jwks.json")]
    #[case("http://127.255.0.1/")]
    #[case("http://[::1]:8080/")]
    #[case("http://LOCALHOST:8080/")]
    fn https_and_loopback_urls_are_accepted(#[case] url: &str) {
        assert!(JwksSource::new(url).is_ok());
    }

    #[rstest]
    #[case("http://auth.example.com/.well-known/jwks.json")]
    #[case("http://192.0.2.1/")]
    #[case("http://0.0.0.0/")]
    #[case("http://localhost.example.com/")]
    #[case("http://127.0.0.1.example.com/")]
    #[case("http://[::2]/")]
    fn plain_http_to_other_hosts_is_an_option(#[case] url: &str) {
        assert!(matches!(JwksSource::new(url), Err(JwksSourceError::PlainHttp)));
        assert!(JwksSource::over_plain_http(url).is_ok());
    }

    #[rstest]
    #[case("")]
    #[case("auth.example.com")]
    #[case("/etc/keys.json")]
    #[case("file:///etc/keys.json")]
    #[case("ftp://auth.example.com/keys.json")]
    #[case("https://")]
    fn other_urls_are_rejected(#[case] url: &str) {
        assert!(matches!(JwksSource::over_plain_http(url), Err(JwksSourceError::Url)));
    }

    #[test]
    fn url_in_the_log_has_no_secrets() {
        for url in ["https://user@auth.example.com/", "https://:hunter2@auth.example.com/"] {
            let error = JwksSource::new(url).unwrap_err();
            assert!(matches!(error, JwksSourceError::Credentials));
            assert!(!error.to_string().contains("hunter2"));
        }
        let source = JwksSource::new("https://auth.example.com/keys?key=hunter2#hunter2").unwrap();
        assert_eq!(source.name(), "https://auth.example.com/keys");
    }

    #[rstest]
    #[case::no_response("")]
    #[case::half_a_head("HTTP/1.1 200 OK\r\n")]
    #[case::half_a_body("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")]
    #[tokio::test]
    async fn incomplete_response_times_out(#[case] response: &str) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let source = JwksSource::new(&url).unwrap();
        assert_eq!(source.timeout, Duration::from_secs(5));
        let source = JwksSource { timeout: Duration::from_millis(50), ..source };
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
            stream.write_all(response.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        };
        let fetched = timeout(Duration::from_secs(20), async {
            tokio::select! {
                fetched = source.fetch() => fetched.map(|_| ()),
                () = server => Ok(()),
            }
        });
        let error = fetched.await.expect("timeout").unwrap_err().to_string();
        assert!(error.contains("timeout"), "{error}");
    }

    #[rstest]
    #[case(&[], 300)]
    #[case(&["public, max-age=600"], 600)]
    #[case(&["Public", "MAX-AGE=\"600\", must-revalidate"], 600)]
    #[case(&["max-age=0"], 60)]
    #[case(&["max-age=4294967295"], 3600)]
    #[case(&["max-age=600, max-age=60"], 600)]
    #[case(&["s-maxage=600"], 300)]
    #[case(&["max-age"], 300)]
    #[case(&["max-age=-1"], 300)]
    #[case(&["max-age=99999999999999999999"], 300)]
    fn ttl_is_max_age_from_a_minute_to_an_hour(#[case] lines: &[&str], #[case] seconds: u64) {
        let line = |line: &&str| (CACHE_CONTROL, HeaderValue::from_str(line).unwrap());
        assert_eq!(ttl(&lines.iter().map(line).collect()), Duration::from_secs(seconds));
    }
}
