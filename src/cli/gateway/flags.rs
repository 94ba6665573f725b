//! The flags of `countersign gateway`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::endpoint::{Endpoint, Upstream};
use crate::domain::{PublicUrl, UserRequirement};
use crate::pages::CookieDomain;

/// A reverse proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Gateway {
    /// nginx, with `auth_request`
    Nginx,
    /// Caddy, with `forward_auth`
    Caddy,
    /// HAProxy, with a Lua action
    Haproxy,
    /// The Lua action, in a file beside HAProxy's
    HaproxyLua,
    /// Traefik, with `ForwardAuth`
    Traefik,
    /// Envoy, with `ext_authz`
    Envoy,
}

/// The flags of `countersign gateway`.
#[derive(Args, Debug)]
pub(in crate::cli) struct GatewayFlags {
    /// The reverse proxy
    #[arg(value_enum)]
    pub(super) gateway: Gateway,

    /// URL under which browsers reach the protected site
    #[arg(long, value_name = "URL", default_value = "http://localhost:8081", value_parser = PublicUrl::parse)]
    pub(super) site: PublicUrl,

    /// What is protected: the addresses of a server, separated by commas, or the absolute path of a
    /// directory with static pages (nginx and Caddy)
    #[arg(
        long, value_name = "HOST:PORT", value_delimiter = ',', value_parser = Upstream::parse,
        required_if_eq_any([
            ("gateway", "nginx"), ("gateway", "caddy"), ("gateway", "haproxy"), ("gateway", "traefik"),
            ("gateway", "envoy"),
        ])
    )]
    pub(super) upstream: Vec<Upstream>,

    /// Addresses of the instances of countersign, separated by commas
    #[arg(
        long, value_name = "HOST:PORT", value_delimiter = ',', default_value = "127.0.0.1:8080",
        value_parser = Endpoint::parse
    )]
    pub(super) service: Vec<Endpoint>,

    /// URL under which browsers reach the sign-in page of countersign [default: that of the site, under /ui/]
    #[arg(
        long, env = "COUNTERSIGN_PUBLIC_URL", value_name = "URL", value_parser = PublicUrl::parse
    )]
    pub(super) public_url: Option<PublicUrl>,

    /// Domain of the session cookie, where site and public URL have different hosts
    #[arg(
        long, env = "COUNTERSIGN_COOKIE_DOMAIN", value_name = "DOMAIN",
        value_parser = CookieDomain::parse
    )]
    pub(super) cookie_domain: Option<CookieDomain>,

    /// What users need beside a session, separated by commas
    #[arg(
        long, value_name = "REQUIREMENT", value_delimiter = ',', value_parser = requirement_parser()
    )]
    pub(super) require: Vec<UserRequirement>,

    /// Audience of the signed assertion that the upstream gets, one of `serve --assertion-audiences`
    #[arg(long, value_name = "NAME")]
    pub(super) assertion: Option<String>,

    /// Certificate of the site, in PEM; HAProxy wants the key in the same file. Caddy gets one by itself
    #[arg(long, value_name = "FILE")]
    pub(super) certificate: Option<PathBuf>,

    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(super) certificate_key: Option<PathBuf>,

    /// Print what belongs into a configuration with other sites: inside of nginx's http block, or for a
    /// Caddy that is a service
    #[arg(long)]
    pub(super) fragment: bool,
}

fn requirement_parser() -> impl TypedValueParser<Value = UserRequirement> {
    let names = UserRequirement::ALL.iter().map(|requirement| requirement.name());
    PossibleValuesParser::new(names).try_map(|name| {
        UserRequirement::parse(&name).ok_or_else(|| format!("unknown requirement {name}"))
    })
}
