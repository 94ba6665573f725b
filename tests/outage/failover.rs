//! PostgreSQL with a synchronous standby that takes the primary's place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::support::postgres::Server;
use super::support::{PAUSE, Service, client, until};
use super::use_cases::responded;
use super::{PASSWORD, assert_readiness, serve};

/// After the promotion everything works again within this time.
const HEALED: Duration = Duration::from_secs(5);

/// A URL with both servers.
fn url(first: &Server, second: &Server) -> String {
    let (first, second) = (first.port, second.port);
    format!(
        "postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres\
         ?target_session_attrs=read-write"
    )
}

/// What one user was told, in the order in which they were told.
#[derive(Default)]
struct Acknowledged {
    email: String,
    registered: bool,
    /// The passwords that may be the current one: a change without a response leaves two.
    passwords: Vec<String>,
    /// Access tokens of sessions that were ended.
    ended: Vec<String>,
    /// Access tokens of sessions that go on.
    active: Vec<String>,
}

impl Acknowledged {
    /// Registers, changes passwords, logs in and logs out until `stop`; remembers what was
    /// acknowledged.
    async fn act(
        mut self,
        service: Arc<str>,
        stop: Arc<AtomicBool>,
        ended: Arc<AtomicUsize>,
    ) -> Self {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            round += 1;
            if !self.registered {
                self.register(&service).await;
            } else if round % 3 == 0 {
                self.change_password(&service, round).await;
            } else if round % 3 == 1 {
                self.log_in(&service).await;
            } else {
                self.log_out(&service).await;
                ended.fetch_add(self.ended.len(), Ordering::Relaxed);
            }
        }
        self
    }

    async fn register(&mut self, service: &str) {
        let form = [("email", &*self.email), ("password", PASSWORD)];
        match post(service, "/register", None, &form).await {
            Some((200 | 201, body)) => {
                self.registered = true;
                self.active.push(token(&body));
                self.passwords = vec![PASSWORD.to_owned()];
            }
            // The one before had no response.
            Some((409, _)) => {
                self.registered = true;
                self.passwords = vec![PASSWORD.to_owned()];
            }
            _ => tokio::time::sleep(PAUSE).await,
        }
    }

    async fn change_password(&mut self, service: &str, round: usize) {
        let Some(session) = self.active.pop() else { return };
        let current = self.passwords[0].clone();
        let new = format!("another horse battery {round}");
        let form = [("current_password", &*current), ("new_password", &*new)];
        let changed = post(service, "/change-password", Some(&session), &form).await;
        if let Some((200, body)) = changed {
            self.passwords = vec![new];
            self.ended.append(&mut self.active);
            self.ended.push(session);
            self.active.push(token(&body));
        } else {
            // Unknown: a login shows it.
            self.passwords.push(new);
            self.active.clear();
        }
    }

    async fn log_in(&mut self, service: &str) {
        for password in self.passwords.clone() {
            let form = [("email", &*self.email), ("password", &*password)];
            match post(service, "/login", None, &form).await {
                Some((200, body)) => {
                    self.passwords = vec![password];
                    self.active.push(token(&body));
                    return;
                }
                Some((400, _)) => {}
                _ => return tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn log_out(&mut self, service: &str) {
        let Some(session) = self.active.pop() else { return };
        if let Some((204, _)) = post(service, "/logout", Some(&session), &[]).await {
            self.ended.push(session);
        }
    }

    /// Everything that was acknowledged is so.
    async fn assert_stored(&self, service: &Service) {
        let email = &self.email;
        if !self.registered {
            return;
        }
        let mut logins = Vec::new();
        for password in &self.passwords {
            let form = [("email", email), ("password", password)];
            let request = client().post(service.url("/login")).form(&form);
            logins.push(responded(request).await.0);
        }
        assert!(logins.contains(&200), "{email} cannot log in: {logins:?}");
        for token in &self.active {
            assert_eq!(service.get("/get-user", token).await.0, 200, "a session of {email}");
        }
        for token in &self.ended {
            assert_eq!(service.get("/get-user", token).await.0, 400, "an ended one of {email}");
        }
    }
}

async fn post(
    service: &str,
    path: &str,
    token: Option<&str>,
    form: &[(&str, &str)],
) -> Option<(u16, Value)> {
    let mut request = client().post(format!("http://{service}{path}")).form(form);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.json().await.unwrap_or_default()))
}

fn token(body: &Value) -> String {
    body["token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// How far the users have come who act.
struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// Waits until more sessions have been ended.
    async fn continues(&self) {
        let before = self.0.load(Ordering::Relaxed);
        until("users act", async || self.0.load(Ordering::Relaxed) > before + 30).await;
    }
}

/// Users who act while `change` is made, and all that they were told.
async fn acting<T>(
    service: &Service,
    change: impl AsyncFnOnce(Progress) -> T,
) -> (T, Vec<Acknowledged>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let address: Arc<str> = service.address.as_str().into();
    let mut users = JoinSet::new();
    for number in 0..6 {
        let email = format!("user{number}@example.com");
        let user = Acknowledged { email, ..Acknowledged::default() };
        users.spawn(user.act(Arc::clone(&address), Arc::clone(&stop), Arc::clone(&ended)));
    }
    let changed = change(Progress(ended)).await;
    stop.store(true, Ordering::Relaxed);
    (changed, users.join_all().await)
}

/// Registers a new user with every connection at once.
async fn assert_every_connection_writes(service: &Service, round: &str) {
    let mut writes = JoinSet::new();
    for number in 0..15 {
        let form =
            [("email", format!("{round}{number}@example.com")), ("password", PASSWORD.to_owned())];
        let request = client().post(service.url("/register")).form(&form);
        writes.spawn(async move { responded(request).await.0 });
    }
    let statuses = writes.join_all().await;
    assert!(statuses.iter().all(|status| *status == 201 || *status == 200), "{statuses:?}");
}

async fn becomes_ready_in_time(service: &Service) {
    let promoted = Instant::now();
    until("ready", async || service.get("/readyz", "").await.0 == 200).await;
    assert!(promoted.elapsed() < HEALED, "{:?}", promoted.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_primary_and_promoted_standby_lose_nothing_acknowledged() {
    let Some(primary) = Server::start() else { return };
    let standby = primary.standby().await;
    let service = Service::start(&mut serve(&url(&primary, &standby)));
    let ((), users) = acting(&service, async |progress: Progress| {
        progress.continues().await;
        assert_readiness(&service, 200).await;
        primary.kill();
        // The standby answers, and takes no writes.
        until("unready", async || service.get("/readyz", "").await.0 == 503).await;
        assert_eq!(service.post("/register", "meanwhile@example.com", PASSWORD).await, Some(503));
        standby.promote();
        becomes_ready_in_time(&service).await;
        assert_every_connection_writes(&service, "promoted").await;
        progress.continues().await;
    })
    .await;
    assert!(users.iter().any(|user| user.ended.len() > 2), "they had time to act");
    for user in &users {
        user.assert_stored(&service).await;
    }
    assert_eq!(service.stop().0.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn demoted_primary_is_left_for_the_promoted_standby() {
    let Some(primary) = Server::start() else { return };
    let standby = primary.standby().await;
    let service = Service::start(&mut serve(&url(&primary, &standby)));
    let ((), users) = acting(&service, async |progress: Progress| {
        progress.continues().await;
        primary.shut_down();
        until("unready", async || service.get("/readyz", "").await.0 == 503).await;
        // The first server of the URL is there again, and takes no writes.
        primary.follow(&standby);
        assert_readiness(&service, 503).await;
        assert_eq!(service.post("/register", "meanwhile@example.com", PASSWORD).await, Some(503));
        standby.promote();
        becomes_ready_in_time(&service).await;
        assert_every_connection_writes(&service, "demoted").await;
    })
    .await;
    for user in &users {
        user.assert_stored(&service).await;
    }
}

/// A service that starts meanwhile finds the one that takes writes.
#[tokio::test(flavor = "multi_thread")]
async fn standby_that_is_named_first_is_passed_over() {
    let Some(primary) = Server::start() else { return };
    let standby = primary.standby().await;
    let service = Service::start(&mut serve(&url(&standby, &primary)));
    assert_readiness(&service, 200).await;
    assert_every_connection_writes(&service, "first").await;
}

/// Also where one name, such as that of a proxy, stands for whichever is the primary.
#[tokio::test(flavor = "multi_thread")]
async fn read_only_database_is_unready_and_heals_at_once_on_every_connection() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    assert_every_connection_writes(&service, "before").await;
    let read_only = "ALTER SYSTEM SET default_transaction_read_only = on; ";
    for statement in [read_only, "ALTER DATABASE postgres SET default_transaction_read_only = on; "]
    {
        for half in statement.split("; ") {
            if !half.is_empty() {
                server.execute(half).await;
            }
        }
        server.execute("SELECT pg_reload_conf()").await;
        // Those that are opened now keep it.
        server.terminate_backends().await;
        until("unready", async || service.get("/readyz", "").await.0 == 503).await;
        for _ in 0..15 {
            let written = service.post("/register", "meanwhile@example.com", PASSWORD).await;
            assert_eq!(written, Some(503));
        }
        let mut connection = server.connect().await;
        for back in [
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "ALTER DATABASE postgres RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        ] {
            sqlx::raw_sql(back).execute(&mut connection).await.unwrap();
        }
        becomes_ready_in_time(&service).await;
        let round = if statement == read_only { "system" } else { "database" };
        assert_every_connection_writes(&service, round).await;
    }
}
