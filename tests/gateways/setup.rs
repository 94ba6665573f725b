//! A service, a gateway and an upstream.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::gateway::{Alter, Gateway, Kind, free_port};
use crate::support::{Service, TIMEOUT, countersign};
use crate::upstream::Upstream;

/// How often another process may take the port before the gateway binds it.
const ATTEMPTS: usize = 10;

pub(crate) struct Setup {
    pub(crate) service: Service,
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
    pub(crate) client: Client,
}

/// A response, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Setup {
    /// `None` where the gateway is not here.
    pub(crate) async fn start(kind: Kind) -> Option<Self> {
        Self::start_with(kind, &[], &[]).await
    }

    /// With more flags of `serve` and of `gateway`.
    pub(crate) async fn start_with(kind: Kind, serve: &[&str], gateway: &[&str]) -> Option<Self> {
        Self::start_altered(kind, serve, gateway, &|_, _| ()).await
    }

    /// With another configuration than the one that is printed.
    pub(crate) async fn start_altered(
        kind: Kind,
        serve: &[&str],
        gateway: &[&str],
        alter: &Alter,
    ) -> Option<Self> {
        if !kind.is_here() {
            return None;
        }
        let upstream = Upstream::start().await;
        for _ in 0..ATTEMPTS {
            let port = free_port();
            let site = format!("http://localhost:{port}");
            let flags = ["serve", "--trusted-proxies", "127.0.0.1", "--token-ttl", "15m"];
            let mut command = countersign(&flags);
            if !serve.contains(&"--public-url") {
                command.args(["--public-url", &site]);
            }
            let service = Service::start(command.args(serve));
            let addresses =
                ["--service", &service.address, "--upstream", &upstream.address.to_string()]
                    .map(str::to_owned);
            let flags: Vec<&str> =
                addresses.iter().map(String::as_str).chain(gateway.iter().copied()).collect();
            if let Some(gateway) = Gateway::start_altered(kind, port, &flags, alter) {
                return Some(Self { service, gateway, upstream, client: client() });
            }
        }
        panic!("every port was taken");
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.gateway.url(path))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }
}

/// A client that follows no redirect.
pub(crate) fn client() -> Client {
    let builder = Client::builder().no_proxy().redirect(Policy::none());
    builder.timeout(TIMEOUT).build().unwrap()
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What the upstream has received.
    pub(crate) fn received(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The values of a header that the upstream has received.
    pub(crate) fn received_header(&self, name: &str) -> Vec<String> {
        let pairs: Vec<(String, String)> =
            serde_json::from_value(self.received()["headers"].clone()).unwrap();
        let values = pairs.into_iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value).collect()
    }
}

/// A request with a header whose name may have unusual characters.
pub(crate) fn with(request: RequestBuilder, name: &str, value: &str) -> RequestBuilder {
    let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
    request.header(name, HeaderValue::from_str(value).unwrap())
}
