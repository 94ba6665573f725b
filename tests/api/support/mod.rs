//! A service on a free port, with a clock that is turned and hashes that cost little.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use countersign::accounts::{AccountOptions, Administrator};
use countersign::app::App;
use countersign::auth::Secret;
use countersign::clock::{Clock, ManualClock};
use countersign::config::{Config, Database, DatabaseOptions, HttpOptions, ServerOptions};
use countersign::domain::UserId;
use countersign::keys::SharedKeySet;
use countersign::oauth_clients::OAuthClients;
use countersign::pages::{PageOptions, Templates};
use countersign::password::{Cost, Engine, HashingOptions, PasswordPolicy};
use countersign::sessions::SessionOptions;
use countersign::store::UserChange;
use countersign::store::sql::SqlOptions;
use countersign::telemetry::{LogFormat, LogOptions};
use countersign::throttle::ThrottleOptions;
use countersign::token::TokenOptions;
use countersign::verification::EmailVerification;
use countersign::{http, server};
use reqwest::{RequestBuilder, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::databases::TestDatabase;

pub(crate) const EMAIL: &str = "user@email.com";
pub(crate) const PASSWORD: &str = "password";
pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";
/// The second in which every test begins.
pub(crate) const START: i64 = 1_800_000_000;
/// No answer takes this long; a test that waits for one fails instead of hanging.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// The demo, with a known secret.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) config: Config,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) app: App,
    pub(crate) client: reqwest::Client,
    pub(crate) shutdown: CancellationToken,
    pub(crate) served: JoinHandle<bool>,
    _stop: DropGuard,
}

pub(crate) fn config() -> Config {
    Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        admin_listen: None,
        public_url: None,
        demo: true,
        random_secret: false,
        key_file: None,
        exposed_files: Vec::new(),
        database: DatabaseOptions {
            database: Database::Memory,
            sql: SqlOptions::default(),
            migration_lock: true,
        },
        accounts: AccountOptions {
            open_registration: true,
            verification: EmailVerification::Off,
            login_codes: false,
            policy: PasswordPolicy::default(),
        },
        tokens: TokenOptions {
            keys: SharedKeySet::from_secret(&Secret::new(SECRET.into()).unwrap()),
            lifetime: Config::DEMO_LIFETIME,
            issuer: None,
            audience: None,
            claims: Vec::new(),
        },
        sessions: SessionOptions::default(),
        oauth_clients: OAuthClients::default(),
        hashing: HashingOptions {
            cost: Cost::new(64, 1, 1).unwrap(),
            engine: std::env::var("COUNTERSIGN_HASH_ENGINE")
                .map_or(Engine::best(), |name| name.parse().unwrap()),
            threads: NonZeroUsize::MIN,
            queue: 64,
            queue_timeout: TIMEOUT,
        },
        throttle: ThrottleOptions::default(),
        pages: PageOptions::with_templates(Templates::new(None).unwrap()),
        mail: None,
        http: HttpOptions {
            body_limit: 64 * 1024,
            body_timeout: TIMEOUT,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            ..HttpOptions::default()
        },
        server: ServerOptions {
            max_connections: 1000,
            connections_per_network: 1000,
            write_timeout: TIMEOUT,
            header_timeout: TIMEOUT,
            idle_timeout: TIMEOUT,
            shutdown_timeout: TIMEOUT,
            ..ServerOptions::default()
        },
        log: LogOptions { format: LogFormat::Text, level: tracing::Level::INFO },
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        let start = DateTime::<Utc>::from_timestamp(START, 0).unwrap();
        Self::start_by(config, Arc::new(ManualClock::starting_at(start))).await
    }

    /// The demo's user in this database.
    pub(crate) async fn on(database: &TestDatabase) -> Self {
        Self::on_with(database, |_| {}).await
    }

    pub(crate) async fn on_with(database: &TestDatabase, change: impl FnOnce(&mut Config)) -> Self {
        let database = Database::Sql(database.url.parse().unwrap());
        Self::start_with(|config| {
            config.database.database = database;
            change(config);
        })
        .await
    }

    /// Another instance on the same database, with the same secret and the same clock.
    pub(crate) async fn beside(&self) -> Self {
        let config = Config { demo: false, ..self.config.clone() };
        Self::start_by(config, Arc::clone(&self.clock)).await
    }

    async fn start_by(config: Config, clock: Arc<ManualClock>) -> Self {
        let app = App::new(&config, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        let listener = server::listen(config.listen).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(server::serve(
            listener,
            http::service(app.clone()),
            config.server.clone(),
            shutdown.clone().cancelled_owned(),
        ));
        let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
        let stop = shutdown.clone().drop_guard();
        Self { address, config, clock, app, client, shutdown, served, _stop: stop }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path))
    }

    pub(crate) fn patch(&self, path: &str) -> RequestBuilder {
        self.client.patch(self.url(path))
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(self.url(path))
    }

    /// `POST /token` with this refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> TestResponse {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        TestResponse::of(self.post("/token").form(&form)).await
    }

    /// A new session of the demo's user.
    pub(crate) async fn session(&self) -> Session {
        Session::of(&self.login(EMAIL, PASSWORD).await, "token")
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> TestResponse {
        let form = [("email", email), ("password", password)];
        TestResponse::of(self.post("/login").form(&form)).await
    }

    /// The token of the demo's user.
    pub(crate) async fn token(&self) -> String {
        self.login(EMAIL, PASSWORD).await.json()["token"].as_str().unwrap().to_owned()
    }

    /// `GET /get-user` with this `Authorization` header.
    pub(crate) async fn get_user(&self, authorization: &str) -> TestResponse {
        TestResponse::of(self.get("/get-user").header("authorization", authorization)).await
    }

    /// Disables or enables a user as an operator.
    pub(crate) async fn set_disabled(&self, user: UserId, disabled: bool) {
        let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
        self.change(user, change).await;
    }

    /// Changes a user as an operator.
    pub(crate) async fn change(&self, user: UserId, change: UserChange) {
        let changed = self.app.accounts.update(user, &change, &Administrator::operator()).await;
        changed.unwrap().unwrap();
    }

    /// Deletes a user as an operator; whether it existed.
    pub(crate) async fn delete_user(&self, user: UserId) -> bool {
        self.app.accounts.delete(user, &Administrator::operator()).await.unwrap()
    }

    pub(crate) fn advance_clock(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends these bytes on a connection of their own, and reads until the service closes it.
    pub(crate) async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        read_to_end(&mut stream).await
    }
}

pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset ends the answer too.
    let _ = timeout(TIMEOUT, stream.read_to_end(&mut answer)).await.expect("closed in time");
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a client holds of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Session {
    /// The tokens in an answer, where the access token is called `access`.
    pub(crate) fn of(answer: &TestResponse, access: &str) -> Self {
        let members = answer.json();
        let text = |name: &str| {
            members[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer:?}")).to_owned()
        };
        Self { access: text(access), refresh: text("refresh_token") }
    }

    /// The tokens that a refresh gave.
    pub(crate) fn refreshed(answer: &TestResponse) -> Self {
        Self::of(answer, "access_token")
    }
}

/// Runs each test on each kind of store, on a service of its own: `on_every_store!(tests)`, or
/// `on_every_store!(with change; tests)`, which changes the configuration.
macro_rules! on_every_store {
    ($($test:ident),+ $(,)?) => {
        on_every_store!(with |_| {}; $($test),+);
    };
    (with $change:expr; $($test:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $test() {
                    let app = crate::support::TestApp::start_with($change).await;
                    super::$test(&app).await;
                }
            )+
        }

        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = crate::databases::sqlite();
                    let app = crate::support::TestApp::on_with(&database, $change).await;
                    super::$test(&app).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(database) = crate::databases::postgres().await else { return };
                    let app = crate::support::TestApp::on_with(&database, $change).await;
                    super::$test(&app).await;
                    database.remove().await;
                }
            )+
        }
    };
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl TestResponse {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn read(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The parts that the contract names.
    pub(crate) fn contract(&self) -> (u16, &str, &str) {
        (self.status, &self.body, self.header("www-authenticate"))
    }
}

pub(crate) const WRONG_CREDENTIALS: (u16, &str, &str) =
    (400, r#"{"message": "Wrong credentials"}"#, "");
pub(crate) const TOKEN_IS_INVALID: (u16, &str, &str) =
    (400, r#"{"message": "Token is invalid"}"#, r#"Bearer error="invalid_token""#);
pub(crate) const AUTH_REQUIRED: (u16, &str, &str) =
    (401, r#"{"message": "Auth required"}"#, "Bearer");
pub(crate) const DEMO_USER: (u16, &str, &str) =
    (200, r#"{"user": "User id=1: <user@email.com, is_admin=False>"}"#, "");
