//! Options, stylesheet, cookie and headers of all pages.

use axum::http::HeaderValue;

use super::session_cookie::SessionCookie;
use crate::app::App;
use crate::domain::PublicUrl;
use crate::pages::{PageOptions, Stylesheet};

/// What all pages share.
#[derive(Debug)]
pub(in crate::http) struct Site {
    pub(super) options: PageOptions,
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

impl Site {
    /// The pages of a service.
    pub(in crate::http) fn new(app: &App) -> Self {
        let (options, public_url) = ((*app.pages).clone(), app.public_url.clone());
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
