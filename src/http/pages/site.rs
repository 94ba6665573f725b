//! Options, stylesheet, cookie and headers of all pages.

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use url::{Position, Url};

use super::page::{redirect, with_next};
use super::session_cookie::SessionCookie;
use crate::app::App;
use crate::domain::PublicUrl;
use crate::pages::{PageOptions, RedirectOrigins, Stylesheet};

/// The built-in logo.
const LOGO: &[u8] = include_bytes!("../../pages/templates/logo.svg");

/// What all pages share.
#[derive(Debug)]
pub(in crate::http) struct Site {
    pub(super) options: Arc<PageOptions>,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) stylesheet: Stylesheet,
    pub(super) cookie: SessionCookie,
    /// The value of `Content-Security-Policy`.
    pub(super) policy: HeaderValue,
    /// The minimum length of new passwords.
    pub(super) min_password_length: usize,
    /// Whether mails are sent.
    pub(super) sends_mails: bool,
    /// Whether mails are kept in memory.
    pub(super) has_inbox: bool,
}

/// The [`Site`] of a service, which follows its options. A cheap handle.
#[derive(Clone)]
pub(in crate::http) struct CurrentSite {
    app: Arc<App>,
    site: Arc<ArcSwap<Site>>,
}

impl CurrentSite {
    /// The site of a service.
    pub(in crate::http) fn new(app: Arc<App>) -> Self {
        let site = Site::new(&app, app.pages.load_full());
        Self { app, site: Arc::new(ArcSwap::from_pointee(site)) }
    }

    /// The site with the current options.
    pub(in crate::http) fn get(&self) -> Arc<Site> {
        let (options, site) = (self.app.pages.load_full(), self.site.load_full());
        if Arc::ptr_eq(&options, &site.options) {
            return site;
        }
        let site = Arc::new(Site::new(&self.app, options));
        self.site.store(Arc::clone(&site));
        site
    }
}

impl Site {
    fn new(app: &App, options: Arc<PageOptions>) -> Self {
        let public_url = app.public_url.clone();
        let stylesheet = Stylesheet::new(options.templates.style(), options.accent);
        let is_plain = public_url.as_ref().is_some_and(|url| !url.is_https());
        let cookie = SessionCookie::new(options.cookie_domain.as_ref(), !is_plain);
        let policy = policy(&options);
        Self {
            options,
            public_url,
            stylesheet,
            cookie,
            policy,
            min_password_length: app.min_password_length,
            sends_mails: app.delivery.is_some(),
            has_inbox: app.inbox.is_some(),
        }
    }

    /// The origins of front ends.
    pub(in crate::http) fn redirect_origins(&self) -> &RedirectOrigins {
        &self.options.redirect_origins
    }

    /// The value of the session cookie of a request, unverified; `None` where there are no pages.
    pub(in crate::http) fn presented_cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        if self.is_enabled() { self.cookie.presented(headers) } else { None }
    }

    /// Leads to the sign-in page, and from there to this page, or at least to its origin, if a sign-in
    /// may lead there. `None` where there are no pages, or their URL is unknown.
    pub(in crate::http) fn sign_in(&self, page: &Url) -> Option<Response> {
        let public_url = self.public_url.as_ref().filter(|_| self.is_enabled())?.to_string();
        let is_own = page.origin().ascii_serialization() == public_url;
        let text = if is_own { &page[Position::BeforePath..] } else { page.as_str() };
        let origins = &self.options.redirect_origins;
        let next = origins.parse(text).or_else(|| origins.parse(page.join("/").ok()?.as_str()));
        let next = next.map(|next| next.to_string());
        Some(redirect(&with_next(&format!("{public_url}/ui/sign-in"), next.as_deref())))
    }

    /// The media type and the bytes of the logo.
    pub(in crate::http) fn logo(&self) -> (&'static str, Vec<u8>) {
        match &self.options.logo {
            Some(logo) => (logo.media_type, logo.bytes.to_vec()),
            None => ("image/svg+xml", LOGO.to_vec()),
        }
    }

    /// The style of all pages.
    pub(in crate::http) fn style(&self) -> &str {
        &self.stylesheet.text
    }

    /// Whether there are pages.
    pub(in crate::http) fn is_enabled(&self) -> bool {
        self.options.enabled
    }
}

/// Nothing inline and nothing from elsewhere. Browsers apply `form-action` to the redirect of a form,
/// too: a sign-in may lead to the origins of front ends.
fn policy(options: &PageOptions) -> HeaderValue {
    const REST: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
                        frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    let origins = options.redirect_origins.iter();
    let policy = origins.fold(REST.to_owned(), |policy, origin| policy + " " + origin);
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(REST))
}
