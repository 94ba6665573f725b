//! What the templates are filled with.

use std::path::Path;

use serde::Serialize;
use url::Host;

use super::check::{PlanError, check};
use super::endpoint::{Endpoint, Upstream, is_loopback};
use super::flags::{Gateway, GatewayFlags};
use super::listener::Listener;
use crate::domain::PublicUrl;
use crate::pages::session_cookie_name;

/// What the upstream gets.
const IDENTITY: [&str; 5] =
    ["Remote-User", "Remote-Email", "X-Auth-User-Id", "X-Auth-Admin", "X-Auth-Email-Verified"];
const ASSERTION: &str = "X-Auth-Assertion";
/// What an upstream may take from gateways of other systems.
const FOREIGN: [&str; 2] = ["Remote-Name", "Remote-Groups"];
/// What Envoy passes on to the service beside host, method and path.
const PASSED_ON: [&str; 8] = [
    "authorization",
    "cookie",
    "accept",
    "origin",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-websocket-version",
    "x-forwarded-proto",
];

/// The variables of the templates.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the conditions of the templates")]
pub(super) struct Plan {
    site: String,
    public_url: String,
    #[serde(flatten)]
    listener: Listener,
    /// Where the service itself is reached; `None` where the site has its pages, or it is reached directly.
    sign_in: Option<Listener>,
    /// Whether that is the listener of the site.
    sign_in_here: bool,
    /// Whether the pages of the service are those of the site under `/ui/`.
    own_sign_in: bool,
    unless_sign_in: &'static str,
    and_no_sign_in: &'static str,
    certificate: Option<String>,
    key: Option<String>,
    cookie: &'static str,
    services: Vec<Endpoint>,
    service_endpoints: Vec<HostAndPort>,
    upstreams: Vec<Endpoint>,
    upstream_endpoints: Vec<HostAndPort>,
    directory: Option<String>,
    upstream_name: String,
    /// Path and query of the verification.
    verify: String,
    /// The same with a query, also an empty one, in place of that of the request.
    verify_without_query: String,
    /// The same with a parameter for path and query of the request at its end.
    verify_with_original: String,
    rejection: &'static str,
    assertion: bool,
    identity: Vec<&'static str>,
    removed: Vec<&'static str>,
    /// The spellings of each of these.
    spoofed: Vec<Vec<String>>,
    passed_on: [&'static str; 8],
    socket: String,
    serve_flags: String,
    fragment: bool,
}

#[derive(Debug, Serialize)]
struct HostAndPort {
    host: String,
    port: u16,
}

impl Plan {
    /// The plan of these flags.
    ///
    /// # Errors
    ///
    /// [`PlanError`].
    pub(super) fn new(flags: &GatewayFlags) -> Result<Self, PlanError> {
        let site = &flags.site;
        let public_url = flags.public_url.as_ref().unwrap_or(site);
        check(flags, public_url)?;
        let listener = Listener::new(site);
        let own_sign_in = public_url == site;
        let sign_in = (!own_sign_in && !is_direct(public_url, &flags.service))
            .then(|| Listener::new(public_url));
        let sign_in_here = sign_in.as_ref().is_some_and(|it| it.bind == listener.bind);
        let has_sign_in = own_sign_in || sign_in_here;
        if flags.gateway == Gateway::Envoy && sign_in.is_some() && !sign_in_here {
            return Err(PlanError::Port);
        }
        let directory = flags.upstream.iter().find_map(|upstream| match upstream {
            Upstream::Directory(path) => Some(path.clone()),
            Upstream::Server(_) => None,
        });
        let upstreams: Vec<_> = flags.upstream.iter().filter_map(server).collect();
        let upstream_name = match &directory {
            Some(path) => format!("the pages in {path}"),
            None => upstreams.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        };
        let query = query(flags);
        let verify = match &*query {
            "" => "/verify".to_owned(),
            query => format!("/verify?{query}"),
        };
        let separator = if query.is_empty() { "" } else { "&" };
        let assertion = flags.assertion.as_ref().map(|_| ASSERTION);
        let removed = IDENTITY.into_iter().chain([ASSERTION]).chain(FOREIGN);
        let spoofed = removed.clone().map(spellings).collect();
        Ok(Self {
            unless_sign_in: if has_sign_in { " unless is_sign_in" } else { "" },
            and_no_sign_in: if has_sign_in { " !is_sign_in" } else { "" },
            sign_in,
            sign_in_here,
            own_sign_in,
            certificate: flags.certificate.as_deref().map(shown),
            key: flags.certificate_key.as_deref().map(shown),
            cookie: session_cookie_name(flags.cookie_domain.as_ref(), site.is_https()),
            service_endpoints: flags.service.iter().map(HostAndPort::of).collect(),
            services: flags.service.clone(),
            upstream_endpoints: upstreams.iter().map(HostAndPort::of).collect(),
            upstreams,
            directory,
            upstream_name,
            verify,
            verify_without_query: format!("/verify?{query}"),
            verify_with_original: format!("/verify?{query}{separator}original="),
            // With a question mark nginx drops the query of the request.
            rejection: "/verify?",
            assertion: assertion.is_some(),
            identity: IDENTITY.into_iter().chain(assertion).collect(),
            removed: removed.collect(),
            spoofed,
            passed_on: PASSED_ON,
            // The names are those of the whole machine.
            socket: format!("abns@countersign-{}", listener.port),
            serve_flags: serve_flags(flags, public_url),
            fragment: flags.fragment,
            listener,
            site: site.to_string(),
            public_url: public_url.to_string(),
        })
    }
}

/// Whether browsers reach the service without the gateway, as in the demo.
fn is_direct(public_url: &PublicUrl, services: &[Endpoint]) -> bool {
    let is_loopback = Host::parse(public_url.host()).is_ok_and(|host| is_loopback(&host));
    let port = public_url.port();
    is_loopback && services.iter().any(|service| service.is_loopback() && service.port == port)
}

fn server(upstream: &Upstream) -> Option<Endpoint> {
    match upstream {
        Upstream::Server(endpoint) => Some(endpoint.clone()),
        Upstream::Directory(_) => None,
    }
}

fn query(flags: &GatewayFlags) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for requirement in &flags.require {
        query.append_pair("require", requirement.name());
    }
    if let Some(audience) = &flags.assertion {
        query.append_pair("assertion", audience);
    }
    query.finish()
}

/// The spellings of a header that an upstream with CGI, WSGI or PHP takes for it, without regard to case.
fn spellings(name: &str) -> Vec<String> {
    let mut spellings = vec![String::new()];
    for c in name.chars() {
        let signs: &[char] = if c == '-' { &['-', '_', '.'] } else { &[c] };
        let longer =
            spellings.iter().flat_map(|text| signs.iter().map(move |sign| format!("{text}{sign}")));
        spellings = longer.collect();
    }
    spellings
}

fn serve_flags(flags: &GatewayFlags, public_url: &PublicUrl) -> String {
    let is_local = flags.service.iter().all(Endpoint::is_loopback);
    let proxies = if is_local { "127.0.0.1" } else { "ADDRESS-OF-THIS-GATEWAY" };
    let domain = flags.cookie_domain.as_ref();
    let origin = Some(&flags.site).filter(|site| *site != public_url);
    let audience = flags.assertion.as_ref();
    let flags = [
        Some(format!("--public-url {public_url}")),
        domain.map(|domain| format!("--cookie-domain {domain}")),
        origin.map(|origin| format!("--redirect-origins {origin}")),
        audience.map(|audience| format!("--assertion-audiences {audience}")),
        Some(format!("--trusted-proxies {proxies}")),
    ];
    flags.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

impl HostAndPort {
    fn of(endpoint: &Endpoint) -> Self {
        Self { host: endpoint.bare_host(), port: endpoint.port }
    }
}
