//! Flags that contradict each other.

use super::endpoint::{Upstream, is_plain_path};
use super::flags::{Gateway, GatewayFlags};
use crate::domain::PublicUrl;

/// Flags that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlanError {
    #[error(
        "--upstream is a directory beside other addresses: name one directory or servers alone"
    )]
    SeveralUpstreams,
    #[error("only nginx and Caddy serve a directory: name the address of a server as --upstream")]
    Directory,
    #[error("a site with https requires --certificate and, except for HAProxy, --certificate-key")]
    Certificate,
    #[error(
        "the path of a certificate or key may have letters, digits and the characters /._- alone"
    )]
    Path,
    #[error(
        "--site and --public-url have different schemes, so that browsers would not send the cookie to both: set the same"
    )]
    Scheme,
    #[error(
        "--site and --public-url have different hosts: set --cookie-domain to a domain that contains \
         both, such as example.com, or browsers would not send the cookie to the site"
    )]
    CookieDomain,
    #[error("Envoy listens once: give --site and --public-url the same port")]
    Port,
    #[error("an audience may have letters, digits and the characters ._:/- alone")]
    Audience,
    #[error("--fragment is for nginx and Caddy alone")]
    Fragment,
}

/// Checks the flags of a configuration, for the public URL of the service.
///
/// # Errors
///
/// [`PlanError`].
pub(super) fn check(flags: &GatewayFlags, public_url: &PublicUrl) -> Result<(), PlanError> {
    let GatewayFlags { gateway, site, .. } = flags;
    let is_directory = |upstream: &Upstream| matches!(upstream, Upstream::Directory(_));
    if flags.upstream.iter().any(is_directory) {
        if flags.upstream.len() > 1 {
            return Err(PlanError::SeveralUpstreams);
        }
        if !matches!(gateway, Gateway::Nginx | Gateway::Caddy) {
            return Err(PlanError::Directory);
        }
    }
    let (certificate, key) = (&flags.certificate, &flags.certificate_key);
    let is_complete = match gateway {
        Gateway::Nginx | Gateway::Envoy => certificate.is_some() && key.is_some(),
        Gateway::Haproxy => certificate.is_some(),
        // They get one by themselves.
        Gateway::Caddy | Gateway::Traefik => certificate.is_some() == key.is_some(),
        Gateway::HaproxyLua => true,
    };
    if !is_complete && (site.is_https() || public_url.is_https() || certificate.is_some()) {
        return Err(PlanError::Certificate);
    }
    if [certificate, key]
        .into_iter()
        .flatten()
        .any(|path| !is_plain_path(&path.display().to_string()))
    {
        return Err(PlanError::Path);
    }
    if site.is_https() != public_url.is_https() {
        return Err(PlanError::Scheme);
    }
    let contains_both = match &flags.cookie_domain {
        Some(domain) => domain.contains(site.host()) && domain.contains(public_url.host()),
        None => site.host() == public_url.host(),
    };
    if !contains_both {
        return Err(PlanError::CookieDomain);
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    if flags.assertion.as_ref().is_some_and(|name| name.is_empty() || !name.chars().all(is_plain)) {
        return Err(PlanError::Audience);
    }
    if flags.fragment && !matches!(gateway, Gateway::Nginx | Gateway::Caddy) {
        return Err(PlanError::Fragment);
    }
    Ok(())
}
