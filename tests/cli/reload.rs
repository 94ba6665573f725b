//! What SIGHUP reloads, and what it leaves as it is.

use std::fs;
use std::path::Path;

use super::support::{SECRET, Service, client, countersign, run, until};

/// A service whose configuration file, templates and OAuth clients are in the folder.
struct Reloading {
    folder: tempfile::TempDir,
    service: Service,
}

impl Reloading {
    fn start(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["pages", "mails"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        add_client(folder.path(), "first");
        fs::write(folder.path().join("countersign.toml"), text).unwrap();
        let mut command = countersign(&["serve", "--config", "countersign.toml"]);
        let service = Service::start(command.current_dir(folder.path()));
        Self { folder, service }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Sends SIGHUP; the log of what it did.
    async fn reload(&self) -> String {
        let before = self.service.log_so_far().len();
        self.service.signal("HUP");
        let log = || self.service.log_so_far().split_off(before);
        until("it has reloaded", async || log().contains("reloaded")).await;
        log()
    }

    async fn page(&self, path: &str) -> String {
        client().get(self.service.url(path)).send().await.unwrap().text().await.unwrap()
    }

    /// The status of an introspection by a client with this secret.
    async fn introspect(&self, id: &str, secret: &str) -> u16 {
        let request = client().post(self.service.url("/introspect")).basic_auth(id, Some(secret));
        request.form(&[("token", "x")]).send().await.unwrap().status().as_u16()
    }
}

/// Adds an OAuth client; its secret.
fn add_client(folder: &Path, id: &str) -> String {
    let mut add = countersign(&["oauth-client", "add", id, "--oauth-clients", "clients"]);
    let (exit, stdout, stderr) = run(add.current_dir(folder));
    assert_eq!(exit, 0, "{stderr}");
    stdout.trim().to_owned()
}

const TEXT: &str = "oauth-clients = 'clients'\npage-templates = 'pages'\nmail-templates = 'mails'\n\
                    log-format = 'json'\ntoken-ttl = '1h'\n";

#[tokio::test]
async fn sighup_reloads_clients_templates_appearance_and_log_level() {
    let reloading = Reloading::start(&format!("{TEXT}log-level = 'info'\n"));
    let token = reloading.service.token().await;
    let secret = add_client(reloading.folder.path(), "second");
    assert_eq!(reloading.introspect("second", &secret).await, 401);
    assert!(!reloading.service.log_so_far().contains("\"DEBUG\""));
    reloading.write("pages/en.toml", "sign_in = 'Step aboard'\n");
    reloading.write("mails/en.toml", "[reset-password]\nsubject = 'Forgot it?'\ntext = 'x'\n");
    let text =
        format!("{TEXT}log-level = 'debug'\nservice-name = 'Harbor'\npage-accent = '#aa0033'\n");
    reloading.write("countersign.toml", &text);
    let log = reloading.reload().await;
    for part in
        ["the log level", "the OAuth clients", "the appearance of the pages", "the texts of mails"]
    {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(!log.contains("ERROR") && !log.contains("restart"), "{log}");
    assert_eq!(reloading.introspect("second", &secret).await, 200);
    let page = reloading.page("/ui/sign-in").await;
    assert!(page.contains("Step aboard") && page.contains("Harbor"), "{page}");
    assert!(reloading.page("/ui/style.css").await.contains("#aa0033"));
    let form = [("email", "user@email.com")];
    client().post(reloading.service.url("/forgot-password")).form(&form).send().await.unwrap();
    until("the mail has the new text", async || {
        reloading.page("/ui/inbox").await.contains("Forgot it?")
    })
    .await;
    assert_eq!(reloading.service.get("/get-user", "x.y.z").await.0, 400);
    until("the reason is logged", async || reloading.service.log_so_far().contains("\"DEBUG\""))
        .await;
    assert_eq!(reloading.service.get("/get-user", &token).await.0, 200);
    reloading.write("countersign.toml", &format!("{TEXT}log-level = 'error'\n"));
    reloading.service.signal("HUP");
    until("requests are no longer logged", async || {
        let before = reloading.service.log_so_far().len();
        reloading.page("/ui/sign-in").await;
        reloading.page("/ui/sign-in").await;
        reloading.service.log_so_far().len() == before
    })
    .await;
}

/// A client whose file is no longer named must not go on.
#[tokio::test]
async fn removed_key_of_the_oauth_clients_removes_the_clients() {
    let reloading = Reloading::start(TEXT);
    let secret = add_client(reloading.folder.path(), "second");
    reloading.reload().await;
    assert_eq!(reloading.introspect("second", &secret).await, 200);
    reloading.write("countersign.toml", &TEXT.replace("oauth-clients", "#"));
    assert!(reloading.reload().await.contains("the OAuth clients"));
    assert_eq!(reloading.introspect("second", &secret).await, 401);
    reloading.write("countersign.toml", TEXT);
    reloading.reload().await;
    assert_eq!(reloading.introspect("second", &secret).await, 200);
}

/// A fault in one leaves the old one, and the others are reloaded.
#[tokio::test]
async fn fault_in_one_file_leaves_it_as_it_is_and_reloads_the_others() {
    let files = [
        ("clients", "hunter2", "cannot use the OAuth client file clients: line 1"),
        ("pages/sign-in.html", "{% if %}", "cannot use the page templates pages: sign-in.html"),
        ("mails/mail.txt", "{{", "cannot use the mail templates"),
    ];
    for (faulty, text, sentence) in files {
        let reloading = Reloading::start(TEXT);
        let secret = add_client(reloading.folder.path(), "second");
        reloading.reload().await;
        let third = add_client(reloading.folder.path(), "third");
        reloading.write("pages/en.toml", "sign_in = 'Step aboard'\n");
        reloading.write(faulty, text);
        let log = reloading.reload().await;
        assert!(log.contains("\"ERROR\"") && log.contains(sentence), "{faulty}: {log}");
        assert!(!log.contains("hunter2"), "{log}");
        assert_eq!(reloading.introspect("second", &secret).await, 200, "{faulty}");
        let is_reloaded = faulty != "clients";
        let status = if is_reloaded { 200 } else { 401 };
        assert_eq!(reloading.introspect("third", &third).await, status, "{faulty}");
        let page = reloading.page("/ui/sign-in").await;
        assert!(page.contains("<form"), "{page}");
        assert_eq!(page.contains("Step aboard"), !faulty.starts_with("pages"), "{faulty}");
    }
}

#[tokio::test]
async fn faulty_configuration_file_leaves_the_settings_and_reloads_the_files() {
    let reloading = Reloading::start(&format!("{TEXT}service-name = 'Harbor'\n"));
    let secret = add_client(reloading.folder.path(), "second");
    for (text, sentence) in [
        ("service_name = 'Quay'", "countersign.toml:1: service_name: unknown key"),
        ("service-name = 'Quay'\nlog-level = 'loud'", "countersign.toml:2: log-level: expected"),
        ("service-name = ", "countersign.toml:1: invalid TOML"),
    ] {
        reloading.write("countersign.toml", text);
        let log = reloading.reload().await;
        assert!(log.contains("\"ERROR\"") && log.contains(sentence), "{log}");
        assert!(log.contains("the settings stay as they are"), "{log}");
        assert!(reloading.page("/ui/sign-in").await.contains("Harbor"));
        assert_eq!(reloading.introspect("second", &secret).await, 200);
    }
    fs::remove_file(reloading.folder.path().join("countersign.toml")).unwrap();
    assert!(reloading.reload().await.contains("cannot read the configuration file"));
    assert!(reloading.page("/ui/sign-in").await.contains("Harbor"));
}

#[tokio::test]
async fn changed_options_that_require_a_restart_are_named() {
    let reloading = Reloading::start(TEXT);
    let text = TEXT.replace("1h", "2h") + "session-ttl = '9days'\nlog-level = 'debug'\n";
    reloading.write("countersign.toml", &(text + &format!("secret = '{SECRET}'\n")));
    // As long as the service has the values of its start.
    for _ in 0..2 {
        let log = reloading.reload().await;
        let sentence =
            "options that have changed and require a restart: secret, token-ttl, session-ttl";
        assert!(log.contains(sentence) && !log.contains(SECRET), "{log}");
    }
    let tokens: serde_json::Value = {
        let form = [("email", "user@email.com"), ("password", "password")];
        let request = client().post(reloading.service.url("/login")).form(&form);
        request.send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(tokens["expires_in"], 3600);
    reloading.write("countersign.toml", TEXT);
    assert!(!reloading.reload().await.contains("restart"));
}

/// Requests are served while the configuration changes all the time.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_the_service_reloads() {
    let reloading = Reloading::start(TEXT);
    let token = reloading.service.token().await;
    for number in 0..30 {
        reloading.write("countersign.toml", &format!("{TEXT}service-name = 'Harbor {number}'\n"));
        reloading.service.signal("HUP");
        let (page, user) =
            tokio::join!(reloading.page("/ui/sign-in"), reloading.service.get("/get-user", &token));
        assert!(page.contains("<form") && user.0 == 200, "{page} {user:?}");
    }
    until("the last name is shown", async || {
        reloading.page("/ui/sign-in").await.contains("Harbor 29")
    })
    .await;
}
