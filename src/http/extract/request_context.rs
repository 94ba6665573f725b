//! The context of a request, made once per request and passed to every use case.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use crate::config::HttpOptions;
use crate::domain::{ClientId, ClientInfo, RequestContext};
use crate::http::device_cookie;
use crate::sessions::Caller;
use crate::telemetry::RequestScope;

/// How much of `User-Agent` is stored, in characters.
const MAX_USER_AGENT: usize = 256;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Takes the acting user from the [`Caller`] in the extensions, and the OAuth client from the [`ClientId`]
/// there: a handler that takes an OAuth client takes it before the context.
impl<S> FromRequestParts<S> for RequestContext
where
    Arc<HttpOptions>: FromRef<S>,
    S: Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let options = Arc::<HttpOptions>::from_ref(state);
        Ok(Self {
            client: client_info(parts, &options.trusted_proxies),
            request_id: RequestScope::with_current(RequestScope::id),
            oauth_client: parts.extensions.get::<ClientId>().cloned(),
            device_token: device_cookie::presented(&parts.headers),
            acting_user: parts.extensions.get::<Caller>().map(|caller| caller.user.id),
        })
    }
}

fn client_info(parts: &Parts, trusted_proxies: &[IpNet]) -> ClientInfo {
    let user_agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes);
    let user_agent = user_agent.map(String::from_utf8_lossy);
    let peer = parts.extensions.get::<SocketAddr>();
    ClientInfo {
        user_agent: user_agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        address: peer.map(|peer| address(peer.ip(), &parts.headers, trusted_proxies)),
    }
}

/// The address of the client, as the last trusted proxy has seen it.
///
/// Each proxy appends the address of its own client to `X-Forwarded-For`. So the list is read from its
/// end, as long as the proxy that appended the entry is trusted; a client can forge the entries before.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    let lists = headers.get_all(X_FORWARDED_FOR).iter().rev();
    // As bytes: one that is not ASCII must not hide the entries after it.
    let hops = lists.flat_map(|list| list.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        let is_trusted = trusted.iter().any(|proxies| proxies.contains(&address));
        match str::from_utf8(hop).ok().and_then(|hop| parse(hop.trim())) {
            Some(before) if is_trusted => address = before.to_canonical(),
            _ => break,
        }
    }
    address
}

/// Parses an address, which some proxies write with a port or in brackets.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::direct("192.0.2.1", &[], "192.0.2.1")]
    #[case::untrusted_peer("192.0.2.1", &["203.0.113.9"], "192.0.2.1")]
    #[case::one_proxy("10.0.0.1", &["203.0.113.9"], "203.0.113.9")]
    #[case::two_proxies("10.0.0.1", &["203.0.113.9, 10.0.0.2"], "203.0.113.9")]
    #[case::two_headers("10.0.0.1", &["203.0.113.9", "10.0.0.2"], "203.0.113.9")]
    #[case::forged_by_the_client("10.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9")]
    #[case::not_ascii("10.0.0.1", &["\u{e9}, 203.0.113.9"], "203.0.113.9")]
    #[case::proxies_alone("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    #[case::no_address("10.0.0.1", &["203.0.113.9, unknown"], "10.0.0.1")]
    #[case::with_a_port("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9")]
    #[case::in_brackets("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case::in_brackets_with_a_port("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case::mapped("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1")]
    fn address_is_that_seen_by_the_last_trusted_proxy(
        #[case] peer: &str,
        #[case] forwarded: &[&str],
        #[case] expected: &str,
    ) {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let headers = forwarded
            .iter()
            .map(|list| (X_FORWARDED_FOR, HeaderValue::from_bytes(list.as_bytes()).unwrap()));
        let found = address(peer.parse().unwrap(), &headers.collect(), &trusted);
        assert_eq!(found.to_string(), expected);
    }
}
