//! The hosted pages, and the sessions of browsers.

mod account;
mod browser_sessions;
mod csrf;
mod destinations;
mod escaping;
mod forms;
mod inbox;
mod links;
mod negotiation;
mod token;

use std::collections::BTreeMap;

use reqwest::redirect::Policy;

use crate::support::{EMAIL, PASSWORD, TIMEOUT, TestApp, TestResponse};

/// The cookie of a session, where the public URL is unknown.
pub(crate) const COOKIE: &str = "__Host-countersign_session";

/// A browser: it keeps its cookies, and follows no redirect.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    client: reqwest::Client,
    pub(crate) user_agent: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn of(app: &'a TestApp) -> Self {
        let builder = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        let client = builder.timeout(TIMEOUT).build().unwrap();
        let user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0".to_owned();
        Self { app, client, user_agent, cookies: BTreeMap::new() }
    }

    /// A browser in which the demo's user is signed in.
    pub(crate) async fn signed_in(app: &'a TestApp) -> Self {
        let mut browser = Self::of(app);
        assert_eq!(browser.sign_in(EMAIL, PASSWORD).await.status, 303);
        browser
    }

    pub(crate) async fn sign_in(&mut self, email: &str, password: &str) -> TestResponse {
        self.post("/ui/sign-in", &[("email", email), ("password", password)]).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> TestResponse {
        let request = self.client.get(self.app.url(path));
        self.send(request.header("accept", "text/html,*/*;q=0.8")).await
    }

    /// Submits a form of a page of the service.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> TestResponse {
        let request = self.client.post(self.app.url(path)).form(form);
        let origin = format!("http://{}", self.app.address);
        self.send(request.header("origin", origin).header("sec-fetch-site", "same-origin")).await
    }

    /// Submits a form with these headers in place of those of a page of the service.
    pub(crate) async fn post_from(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> TestResponse {
        let mut request = self.client.post(self.app.url(path)).form(form);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> TestResponse {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("user-agent", &self.user_agent);
        let response = TestResponse::of(request.header("cookie", cookies.join("; "))).await;
        for cookie in response.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    pub(crate) fn cookie(&self) -> String {
        self.cookies[COOKIE].clone()
    }

    /// Whether the cookie is that of an active session.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        self.get("/ui/account").await.status == 200
    }
}

/// The `Set-Cookie` of a session in a response.
pub(crate) fn set_cookie<'a>(response: &'a TestResponse, name: &str) -> Option<&'a str> {
    let cookies = response.headers.get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    cookies.find(|cookie| cookie.starts_with(&format!("{name}=")))
}
