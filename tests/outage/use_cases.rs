//! Every use case that needs the database, one after the other.

use serde_json::Value;

use super::support::{PAUSE, Service, client};

/// The response to a request, which is made again where the machine is too busy to hash: that says
/// nothing about the database.
pub(crate) async fn responded(request: reqwest::RequestBuilder) -> (u16, Value) {
    loop {
        let response = request.try_clone().unwrap().send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap_or_default();
        if !body["message"].as_str().unwrap_or_default().starts_with("Too many logins") {
            return (status, body);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A user who does everything once.
pub(crate) struct User<'a> {
    service: &'a Service,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) token: String,
    refresh_token: String,
}

/// The path of a request, and its status.
pub(crate) type Step = (&'static str, u16);

/// What everything once gives where nothing is in the way.
pub(crate) const ALL_WELL: [Step; 8] = [
    ("/register", 201),
    ("/login", 200),
    ("/get-user", 200),
    ("/token", 200),
    ("/change-password", 200),
    ("/sessions", 200),
    ("/logout", 204),
    ("/account", 204),
];

impl<'a> User<'a> {
    pub(crate) fn new(service: &'a Service, email: impl Into<String>) -> Self {
        let (token, refresh_token) = (String::new(), String::new());
        let password = "correct horse battery".to_owned();
        Self { service, email: email.into(), password, token, refresh_token }
    }

    /// Everything once; `before` is called before each request.
    pub(crate) async fn do_everything(&mut self, mut before: impl AsyncFnMut(&str)) -> Vec<Step> {
        let mut steps = Vec::new();
        for (path, _) in ALL_WELL {
            before(path).await;
            steps.push((path, self.step(path).await));
        }
        steps
    }

    /// One request, and its status; what it gives replaces what was given before.
    pub(crate) async fn step(&mut self, path: &'static str) -> u16 {
        let url = self.service.url(path);
        let (email, password) = (self.email.as_str(), self.password.as_str());
        let new_password = format!("{password}!");
        let client = client();
        let request = match path {
            "/register" | "/login" => {
                client.post(url).form(&[("email", email), ("password", password)])
            }
            "/token" => client
                .post(url)
                .form(&[("grant_type", "refresh_token"), ("refresh_token", &*self.refresh_token)]),
            "/change-password" => client
                .post(url)
                .bearer_auth(&self.token)
                .form(&[("current_password", password), ("new_password", &*new_password)]),
            "/logout" => client.post(url).bearer_auth(&self.token),
            "/account" => {
                // Its session has been ended.
                let _ = Box::pin(self.step("/login")).await;
                let password = [("password", &*self.password)];
                client.delete(url).bearer_auth(&self.token).form(&password)
            }
            _ => client.get(url).bearer_auth(&self.token),
        };
        let (status, body) = responded(request).await;
        for name in ["token", "access_token"] {
            if let Some(given) = body[name].as_str() {
                given.clone_into(&mut self.token);
            }
        }
        if let Some(given) = body["refresh_token"].as_str() {
            given.clone_into(&mut self.refresh_token);
        }
        if (path, status) == ("/change-password", 200) {
            self.password = new_password;
        }
        status
    }
}
