//! The address of a client behind trusted reverse proxies.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::config::ForwardedHeader;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whether a peer is a trusted proxy.
pub(in crate::http) fn is_trusted(peer: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|proxies| proxies.contains(&peer.to_canonical()))
}

/// The address of the client, as the last trusted proxy has seen it.
///
/// Each proxy appends the address of its own client to the header that it uses. So the list is read from
/// its end, as long as the proxy that appended the entry is trusted; a client can forge the entries before.
/// The other header is not read: a proxy that does not know it passes on what the client has sent.
pub(super) fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    header: ForwardedHeader,
    trusted: &[IpNet],
) -> IpAddr {
    let (name, parse): (_, fn(&str) -> Option<IpAddr>) = match header {
        ForwardedHeader::XForwardedFor => (X_FORWARDED_FOR, parse_node),
        ForwardedHeader::Forwarded => (FORWARDED, parse_element),
    };
    let mut address = peer.to_canonical();
    let lists = headers.get_all(name).iter().rev();
    // As bytes: one that is not ASCII must not hide the entries after it. Nor may a quotation mark that
    // is not closed; one that contains a comma has no address.
    let hops = lists.flat_map(|list| list.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        match str::from_utf8(hop).ok().and_then(|hop| parse(hop.trim())) {
            Some(before) if is_trusted(address, trusted) => address = before.to_canonical(),
            _ => break,
        }
    }
    address
}

/// The address in the parameter `for` of an element of `Forwarded` (RFC 7239 section 4); `None` for an
/// obfuscated or unknown one (section 6.2, 6.3), and where there are several.
fn parse_element(element: &str) -> Option<IpAddr> {
    let mut nodes = element.split(';').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    });
    let (Some(node), None) = (nodes.next(), nodes.next()) else { return None };
    let quoted = node.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    parse_node(quoted.unwrap_or(node))
}

/// Parses an address, which some proxies write with a port, in brackets, or with a zone.
fn parse_node(node: &str) -> Option<IpAddr> {
    if let Some((address, rest)) = node.strip_prefix('[').and_then(|it| it.split_once(']')) {
        let is_port = |port: &str| port.parse::<u16>().is_ok();
        let is_end = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        return if is_end { parse_address(address) } else { None };
    }
    parse_address(node).or_else(|| node.parse().ok().map(|address: SocketAddr| address.ip()))
}

/// Parses an address; the zone of a link-local one (RFC 4007 section 11) is cut off.
fn parse_address(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => address.parse().ok().filter(IpAddr::is_ipv6),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn found(peer: &str, header: ForwardedHeader, lists: &[&[u8]]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fe80::/10".parse().unwrap()];
        let name = match header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => FORWARDED,
        };
        let headers =
            lists.iter().map(|list| (name.clone(), HeaderValue::from_bytes(list).unwrap()));
        client_address(peer.parse().unwrap(), &headers.collect(), header, &trusted).to_string()
    }

    #[rstest]
    #[case::direct("192.0.2.1", &[], "192.0.2.1")]
    #[case::untrusted_peer("192.0.2.1", &["203.0.113.9"], "192.0.2.1")]
    #[case::one_proxy("10.0.0.1", &["203.0.113.9"], "203.0.113.9")]
    #[case::two_proxies("10.0.0.1", &["203.0.113.9, 10.0.0.2"], "203.0.113.9")]
    #[case::two_headers("10.0.0.1", &["203.0.113.9", "10.0.0.2"], "203.0.113.9")]
    #[case::forged_by_the_client("10.0.0.1", &["198.51.100.7, 203.0.113.9"], "203.0.113.9")]
    #[case::utf8("10.0.0.1", &["\u{e9}, 203.0.113.9"], "203.0.113.9")]
    #[case::proxies_alone("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    #[case::unknown("10.0.0.1", &["203.0.113.9, unknown"], "10.0.0.1")]
    #[case::with_a_port("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9")]
    #[case::in_brackets("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case::in_brackets_with_a_port("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case::mapped_peer("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1")]
    #[case::mapped_hop("10.0.0.1", &["203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9")]
    #[case::zone("10.0.0.1", &["203.0.113.9, fe80::1%eth0"], "203.0.113.9")]
    #[case::zone_in_brackets("10.0.0.1", &["203.0.113.9, [fe80::1%25eth0]:80"], "203.0.113.9")]
    #[case::zone_of_ipv4("10.0.0.1", &["203.0.113.9%eth0"], "10.0.0.1")]
    #[case::no_zone("10.0.0.1", &["fe80::1%"], "10.0.0.1")]
    #[case::no_port("10.0.0.1", &["[2001:db8::1]:x"], "10.0.0.1")]
    #[case::empty("10.0.0.1", &[""], "10.0.0.1")]
    fn x_forwarded_for_is_read_from_its_end_over_trusted_proxies(
        #[case] peer: &str,
        #[case] lists: &[&str],
        #[case] expected: &str,
    ) {
        let lists: Vec<_> = lists.iter().map(|list| list.as_bytes()).collect();
        assert_eq!(found(peer, ForwardedHeader::XForwardedFor, &lists), expected);
    }

    #[rstest]
    #[case::plain(&["for=203.0.113.9"], "203.0.113.9")]
    #[case::any_case(&["FOR=203.0.113.9;proto=https"], "203.0.113.9")]
    #[case::quoted(&["proto=https; for=\"203.0.113.9:4711\" ;by=10.0.0.1"], "203.0.113.9")]
    #[case::ipv6(&["for=\"[2001:db8::1]:4711\""], "2001:db8::1")]
    #[case::two_proxies(&["for=203.0.113.9, for=10.0.0.2"], "203.0.113.9")]
    #[case::two_headers(&["for=203.0.113.9", "for=10.0.0.2"], "203.0.113.9")]
    #[case::forged_by_the_client(&["for=198.51.100.7, for=203.0.113.9"], "203.0.113.9")]
    #[case::open_quotation_mark(&["for=\"198.51.100.7, for=203.0.113.9"], "203.0.113.9")]
    #[case::comma_in_quotation_marks(&["for=203.0.113.9;host=\"a,b\""], "10.0.0.1")]
    #[case::obfuscated(&["for=203.0.113.9, for=_hidden"], "10.0.0.1")]
    #[case::unknown(&["for=203.0.113.9, for=unknown"], "10.0.0.1")]
    #[case::twice(&["for=203.0.113.9;for=198.51.100.7"], "10.0.0.1")]
    #[case::none(&["proto=https"], "10.0.0.1")]
    #[case::x_forwarded_for(&["203.0.113.9"], "10.0.0.1")]
    fn forwarded_is_read_from_its_end_over_trusted_proxies(
        #[case] lists: &[&str],
        #[case] expected: &str,
    ) {
        let lists: Vec<_> = lists.iter().map(|list| list.as_bytes()).collect();
        assert_eq!(found("10.0.0.1", ForwardedHeader::Forwarded, &lists), expected);
        assert_eq!(found("192.0.2.1", ForwardedHeader::Forwarded, &lists), "192.0.2.1");
    }

    #[test]
    fn bytes_that_are_no_text_do_not_hide_the_address() {
        let list: &[u8] = b"\xe9, 203.0.113.9";
        assert_eq!(found("10.0.0.1", ForwardedHeader::XForwardedFor, &[list]), "203.0.113.9");
        let list: &[u8] = b"for=\"\xe9, for=203.0.113.9";
        assert_eq!(found("10.0.0.1", ForwardedHeader::Forwarded, &[list]), "203.0.113.9");
    }

    #[test]
    fn header_that_the_proxies_do_not_use_is_not_read() {
        let headers = HeaderMap::from_iter([
            (X_FORWARDED_FOR, HeaderValue::from_static("203.0.113.9")),
            (FORWARDED, HeaderValue::from_static("for=198.51.100.7")),
        ]);
        let (peer, trusted) = ("10.0.0.1".parse().unwrap(), ["10.0.0.0/8".parse().unwrap()]);
        for (header, expected) in [
            (ForwardedHeader::XForwardedFor, "203.0.113.9"),
            (ForwardedHeader::Forwarded, "198.51.100.7"),
        ] {
            let found = client_address(peer, &headers, header, &trusted);
            assert_eq!(found.to_string(), expected);
        }
    }

    proptest! {
        /// Whatever a client sends, it has the address that the proxy appends.
        #[test]
        fn client_cannot_choose_its_address(
            sent in proptest::collection::vec(prop_oneof![
                "[ -~\u{e9}]{0,40}",
                "(for=)?\"?(10\\.0\\.0\\.[0-9]|198\\.51\\.100\\.7)\"?[,;]? ?",
            ], 0..5),
            is_standard in any::<bool>(),
        ) {
            let (header, appended) = if is_standard {
                (ForwardedHeader::Forwarded, "for=203.0.113.9")
            } else {
                (ForwardedHeader::XForwardedFor, "203.0.113.9")
            };
            let sent = sent.concat();
            let list = if sent.is_empty() { appended.to_owned() } else { format!("{sent}, {appended}") };
            prop_assert_eq!(found("10.0.0.1", header, &[list.as_bytes()]), "203.0.113.9");
            prop_assert_eq!(found("192.0.2.1", header, &[list.as_bytes()]), "192.0.2.1");
        }
    }
}
