//! Who opens a session, as far as it says.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

use crate::config::HttpOptions;
use crate::sessions::Client;

/// How much of a `User-Agent` is kept, in characters.
const LONGEST_USER_AGENT: usize = 256;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client of a request: its `User-Agent`, and its address.
pub(in crate::http) struct From(pub(in crate::http) Client);

impl<S> FromRequestParts<S> for From
where
    Arc<HttpOptions>: FromRef<S>,
    S: Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let options = Arc::<HttpOptions>::from_ref(state);
        let agent = parts.headers.get(USER_AGENT).map(HeaderValue::as_bytes);
        let user_agent = agent.map(String::from_utf8_lossy);
        let user_agent = user_agent.map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect());
        let peer = parts.extensions.get::<SocketAddr>();
        let address = peer.map(|peer| address(peer.ip(), &parts.headers, &options.trusted_proxies));
        Ok(Self(Client { user_agent, address: address.map(|address| address.to_string()) }))
    }
}

/// The address that the last trusted proxy on the way saw.
///
/// Each proxy adds the address of its own client to the end of `X-Forwarded-For`. So the list is read
/// from its end, for as long as the one who said so is trusted; what is before that, anybody can
/// have written.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    let lists = headers.get_all(X_FORWARDED_FOR).iter().rev();
    // Of what a client wrote, no byte may hide what comes after it.
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

/// An address, which some proxies write with a port or in brackets.
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
    #[case::nobody_may_say("192.0.2.1", &["203.0.113.9"], "192.0.2.1")]
    #[case::one_proxy("10.0.0.1", &["203.0.113.9"], "203.0.113.9")]
    #[case::two_proxies("10.0.0.1", &["203.0.113.9, 10.0.0.2"], "203.0.113.9")]
    #[case::two_headers("10.0.0.1", &["203.0.113.9", "10.0.0.2"], "203.0.113.9")]
    #[case::made_up_by_the_client("10.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9")]
    #[case::not_ascii("10.0.0.1", &["\u{e9}, 203.0.113.9"], "203.0.113.9")]
    #[case::proxies_alone("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    #[case::no_address("10.0.0.1", &["203.0.113.9, unknown"], "10.0.0.1")]
    #[case::with_a_port("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9")]
    #[case::in_brackets("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case::in_brackets_with_a_port("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case::mapped("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1")]
    fn the_address_is_the_one_that_a_trusted_proxy_saw(
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
