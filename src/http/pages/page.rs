//! Rendering in the language of a request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Value, context};
use tracing::error;

use super::faults::Fault;
use super::form::{Form, FormError};
use super::site::Site;
use crate::domain::Timestamp;
use crate::http::device_cookie::with_cookie;
use crate::http::error::HttpError;
use crate::pages::{Language, Texts};
use crate::sessions::BrowserTokens;

/// The pages, in the language of a request.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) site: Arc<Site>,
    language: Language,
    query: String,
}

/// What the layout of a page needs beside the page itself.
#[derive(Default)]
pub(super) struct Layout<'a> {
    /// The heading, and the first part of the title.
    pub(super) title: &'a str,
    /// Whether there is a button to sign out.
    pub(super) is_signed_in: bool,
    /// What has been done.
    pub(super) notice: Option<&'a str>,
    /// The errors of a form.
    pub(super) errors: &'a [FormError],
}

impl<S> FromRequestParts<S> for Page
where
    Arc<Site>: FromRef<S>,
    S: Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let page = Self::new(Arc::from_ref(state), &parts.headers);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Self { query, ..page })
    }
}

impl Page {
    /// A page in the language that the headers of a request prefer.
    pub(super) fn new(site: Arc<Site>, headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = Language::negotiate(accepted.unwrap_or_default());
        Self { site, language, query: String::new() }
    }

    /// The texts of the language.
    pub(super) fn texts(&self) -> &Texts {
        self.site.options.templates.texts(self.language)
    }

    /// A text, with the name of the service for `{name}`.
    pub(super) fn text(&self, name: &str) -> String {
        self.texts().get(name).replace("{name}", &self.site.options.service_name)
    }

    /// The first parameter of this name in the query of the request.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// Renders a template, whose variables are those of `page`.
    pub(super) fn render(
        &self,
        status: StatusCode,
        template: &str,
        layout: &Layout<'_>,
        page: Value,
    ) -> Response {
        let common = context! {
            lang => self.language.tag(),
            t => Value::from(Serde(self.texts())),
            service_name => &self.site.options.service_name,
            style => &self.site.stylesheet.version,
            title => layout.title,
            signed_in => layout.is_signed_in,
            notice => layout.notice,
            errors => Value::from(Serde(layout.errors)),
        };
        match self.site.options.templates.render(template, context! { ..common, ..page }) {
            Ok(html) => {
                let html_type = HeaderValue::from_static("text/html; charset=utf-8");
                (status, [(CONTENT_TYPE, html_type)], html).into_response()
            }
            Err(error) => {
                error!(%error, template, "cannot render a page");
                HttpError::Internal.into_response()
            }
        }
    }

    /// Renders a form whose title is the text `title`, with the lead `{title}_lead` where there is one.
    pub(super) fn render_form(
        &self,
        title: &str,
        button: &str,
        action: &str,
        form: Form,
        fault: Option<&Fault>,
    ) -> Response {
        let form = match fault {
            Some(fault) => form.with_error(fault.field, fault.sentence(self.texts())),
            None => form,
        };
        let heading = self.text(title);
        let layout = Layout {
            title: &heading,
            is_signed_in: form.is_signed_in,
            errors: &form.errors,
            ..Layout::default()
        };
        let variables = context! {
            lead => self.texts().find(&format!("{title}_lead")),
            action,
            button => self.text(button),
            fields => Value::from(Serde(&form.fields)),
            hidden => Value::from(Serde(&form.hidden)),
        };
        let status = fault.map_or(StatusCode::OK, |fault| fault.status);
        let response = self.render(status, "form.html", &layout, variables);
        match fault {
            Some(fault) => fault.respond(response),
            None => response,
        }
    }

    /// Rejects requests for a page that sends mails where none are sent.
    ///
    /// # Errors
    ///
    /// [`HttpError::NotFound`].
    pub(super) fn require_mails(&self) -> Result<(), HttpError> {
        if self.site.sends_mails { Ok(()) } else { Err(HttpError::NotFound) }
    }

    /// The hint of a field for a new password.
    pub(super) fn password_hint(&self) -> String {
        self.text("password_hint").replace("{number}", &self.site.min_password_length.to_string())
    }

    /// Leads there with the cookies of a new session.
    pub(super) fn signed_in(&self, tokens: &BrowserTokens, location: &str) -> Response {
        let mut response = with_cookie(tokens.device.as_deref(), redirect(location));
        if let Some(cookie) = self.site.cookie.set(&tokens.cookie, tokens.max_age) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// Leads there without a session.
    pub(super) fn signed_out(&self, location: &str) -> Response {
        let mut response = redirect(location);
        if let Some(cookie) = self.site.cookie.delete() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// The URL that `next` names, if a sign-in may lead there.
    pub(super) fn destination(&self, next: Option<&str>) -> Option<String> {
        let destination = self.site.options.redirect_origins.parse(next?)?;
        Some(destination.to_string())
    }
}

/// Leads to a URL by a `GET`.
pub(super) fn redirect(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(_) => HttpError::Internal.into_response(),
    }
}

/// A path with the parameter `next`, where there is one.
pub(super) fn with_next(path: &str, next: Option<&str>) -> String {
    format!("{path}{}", next_query(next))
}

/// The query with the parameter `next`; empty where there is none.
pub(super) fn next_query(next: Option<&str>) -> String {
    let encoded = next.map(|next| form_urlencoded::byte_serialize(next.as_bytes()).collect());
    encoded.map(|next: String| format!("?next={next}")).unwrap_or_default()
}

/// A time for people, such as `2026-11-27 04:00 UTC`.
pub(super) fn shown_time(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time} UTC"),
        _ => text,
    }
}
