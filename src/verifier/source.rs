//! Where the keys are, and one fetch from there.

use std::net::IpAddr;
use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderMap, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::fetch_error::FetchError;
use crate::token::PublicKeySet;

/// The URL of a JWK Set, such as `https://auth.example.com/.well-known/jwks.json`.
///
/// A fetch takes 5 seconds and 64 KiB at most, and follows no redirect: whoever is asked answers, or
/// nobody does.
#[derive(Clone, Debug)]
pub struct JwksSource {
    url: Url,
    client: Client,
    timeout: Duration,
}

/// Why a URL cannot be one of keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JwksSourceError {
    /// No URL, or not one of a web server.
    #[error("it is not a URL that begins with https:// or http://")]
    Url,
    /// `http`, and not to this machine.
    #[error(
        "keys that come over plain http can be exchanged on the way, and then anybody is let in: \
         use https, or a loopback address"
    )]
    PlainHttp,
    /// A password, which would stand in the log.
    #[error("it has a user name or a password in it")]
    Credentials,
    /// The TLS of this machine cannot be used; there are no root certificates, perhaps.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[source] reqwest::Error),
}

/// What a fetch brought.
pub(super) struct Fetched {
    pub(super) keys: PublicKeySet,
    /// For how many seconds they are fresh.
    pub(super) lifetime: i64,
}

/// How long a fetch may take, from the look-up of the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// For how many seconds an answer is fresh that does not say so.
const LIFETIME: i64 = 300;
/// The bounds of what one may say.
const LIFETIMES: (i64, i64) = (60, 3600);

impl JwksSource {
    /// A URL with `https`, or with `http` to a loopback address or `localhost`.
    ///
    /// # Errors
    ///
    /// [`JwksSourceError`] says what is wrong.
    pub fn new(url: &str) -> Result<Self, JwksSourceError> {
        let source = Self::over_plain_http(url)?;
        if source.url.scheme() == "https" || is_loopback(&source.url) {
            Ok(source)
        } else {
            Err(JwksSourceError::PlainHttp)
        }
    }

    /// Any URL with `https` or `http`. Over `http`, whoever is on the way decides whose tokens are
    /// good: use it inside of a network that is trusted in whole, or encrypted by other means.
    ///
    /// ```
    /// use countersign::JwksSource;
    ///
    /// let url = "http://countersign:8080/.well-known/jwks.json";
    /// assert!(JwksSource::new(url).is_err());
    /// assert!(JwksSource::over_plain_http(url).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// [`JwksSourceError`] says what is wrong.
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
            // Minutes lie between two fetches.
            .pool_max_idle_per_host(0);
        if url.scheme() == "http" {
            // A proxy of the environment would be on the way.
            client = client.no_proxy();
        }
        let client = client.build().map_err(JwksSourceError::Tls)?;
        Ok(Self { url, client, timeout: TIMEOUT })
    }

    /// The URL for the log: without its query, in which there may be a key of its own.
    pub(super) fn name(&self) -> &str {
        let url = self.url.as_str();
        url.split(['?', '#']).next().unwrap_or(url)
    }

    /// Asks once.
    ///
    /// # Errors
    ///
    /// [`FetchError`] says why there are no keys.
    pub(super) async fn fetch(&self) -> Result<Fetched, FetchError> {
        let request = self.client.get(self.url.clone()).timeout(self.timeout);
        let request = request.header(ACCEPT, "application/jwk-set+json, application/json");
        let mut response = request.send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let lifetime = lifetime(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LONGEST {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { keys: PublicKeySet::from_json(&body)?, lifetime })
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// `max-age` (RFC 9111 section 5.2.2.1), within bounds: not so short that every request asks, and
/// not so long that a key that was withdrawn lives on.
fn lifetime(headers: &HeaderMap) -> i64 {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    let seconds = lines.flat_map(|line| line.split(',')).find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let is_max_age = name.trim().eq_ignore_ascii_case("max-age");
        is_max_age.then(|| value.trim().trim_matches('"').parse::<u32>().ok())?
    });
    let (least, most) = LIFETIMES;
    seconds.map_or(LIFETIME, i64::from).clamp(least, most)
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
    fn keys_come_over_https_or_from_this_machine(#[case] url: &str) {
        assert!(JwksSource::new(url).is_ok());
    }

    #[rstest]
    #[case("http://auth.example.com/.well-known/jwks.json")]
    #[case("http://192.0.2.1/")]
    #[case("http://0.0.0.0/")]
    #[case("http://localhost.example.com/")]
    #[case("http://127.0.0.1.example.com/")]
    #[case("http://[::2]/")]
    fn plain_http_to_others_has_to_be_asked_for(#[case] url: &str) {
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
    fn what_is_no_url_of_a_web_server_is_refused(#[case] url: &str) {
        assert!(matches!(JwksSource::over_plain_http(url), Err(JwksSourceError::Url)));
    }

    #[test]
    fn no_password_stands_in_the_log() {
        for url in ["https://user@auth.example.com/", "https://:hunter2@auth.example.com/"] {
            let error = JwksSource::new(url).unwrap_err();
            assert!(matches!(error, JwksSourceError::Credentials));
            assert!(!error.to_string().contains("hunter2"));
        }
        let source = JwksSource::new("https://auth.example.com/keys?key=hunter2#hunter2").unwrap();
        assert_eq!(source.name(), "https://auth.example.com/keys");
    }

    #[rstest]
    #[case::no_answer("")]
    #[case::half_a_head("HTTP/1.1 200 OK\r\n")]
    #[case::half_a_body("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")]
    #[tokio::test]
    async fn a_server_that_does_not_answer_in_time_is_given_up(#[case] answer: &str) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let source = JwksSource::new(&url).unwrap();
        assert_eq!(source.timeout, Duration::from_secs(5));
        let source = JwksSource { timeout: Duration::from_millis(50), ..source };
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        };
        let fetched = timeout(Duration::from_secs(20), async {
            tokio::select! {
                fetched = source.fetch() => fetched.map(|_| ()),
                () = server => Ok(()),
            }
        });
        let error = fetched.await.expect("given up").unwrap_err().to_string();
        assert!(error.contains("it took too long"), "{error}");
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
    fn max_age_counts_from_a_minute_to_an_hour(#[case] lines: &[&str], #[case] seconds: i64) {
        let line = |line: &&str| (CACHE_CONTROL, HeaderValue::from_str(line).unwrap());
        assert_eq!(lifetime(&lines.iter().map(line).collect()), seconds);
    }
}
