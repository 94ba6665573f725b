//! What `countersign serve` reads again at SIGHUP.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use super::service_manager;
use crate::app::App;
use crate::config::{Config, ConfigError, EffectiveOption, Environment, Parsed, ServeFlags};
use crate::telemetry::LogLevel;

/// The settings of `serve`.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) flags: ServeFlags,
    pub(super) environment: Environment,
    effective: Vec<EffectiveOption>,
}

impl Settings {
    pub(super) fn new(flags: ServeFlags, parsed: &Parsed) -> Self {
        Self { flags, environment: parsed.environment.clone(), effective: parsed.effective() }
    }
}

/// Reads the settings again.
pub(super) type Read = dyn Fn() -> Result<Settings, Vec<ConfigError>> + Send;

/// Replaces what needs no restart: OAuth clients, templates and appearance of the pages, templates of
/// mails, and the log level. The key file has a task of its own.
pub(super) struct Reload {
    /// The settings at the start.
    started: Settings,
    /// Those at the last reload without an error in them.
    current: Settings,
    read: Box<Read>,
    level: LogLevel,
}

impl Reload {
    pub(super) fn new(started: Settings, read: Box<Read>, level: LogLevel) -> Self {
        Self { current: started.clone(), started, read, level }
    }

    /// Reloads at each notification, without end.
    pub(super) async fn run(mut self, app: App, demo: bool, requested: Arc<Notify>) {
        loop {
            requested.notified().await;
            let app = app.clone();
            // The file system may block.
            let reloaded = spawn_blocking(move || {
                self.reload(&app, demo);
                service_manager::notify_ready();
                self
            });
            match reloaded.await {
                Ok(same) => self = same,
                Err(_) => return,
            }
        }
    }

    /// An error is logged, and leaves what it is about as it is.
    fn reload(&mut self, app: &App, demo: bool) {
        match (self.read)() {
            Ok(mut settings) => {
                // That of the service manager, where it has opened the socket.
                settings.flags.listen = self.started.flags.listen;
                self.current = settings;
            }
            Err(errors) => {
                log_errors(&errors);
                error!("the settings stay as they are; the files that they name are read again");
            }
        }
        let Settings { flags, environment, .. } = &self.current;
        if let Err(mut errors) = Config::new(flags, environment) {
            // The task of the key file logs its errors.
            if flags.signing.keys == self.started.flags.signing.keys {
                errors.retain(|error| !error.is_of_key_file());
            }
            log_errors(&errors);
        }
        let mut reloaded = Vec::new();
        if self.level.replace(flags.log.level) {
            reloaded.push("the log level");
        }
        // The errors of the following are among those that were logged.
        if let Ok(clients) = Config::oauth_clients(flags) {
            app.clients.store(Arc::new(clients));
            reloaded.push("the OAuth clients");
        }
        let public_url = app.public_url.as_ref();
        if let Ok(pages) = flags.pages.options(&flags.mail.service_name, public_url) {
            let pages = app.pages.load().with_appearance_of(pages);
            app.pages.store(Arc::new(pages));
            reloaded.push("the appearance of the pages");
        }
        if let Ok(Some(mail)) = flags.mail.options(demo, public_url) {
            match app.composer.reload(mail) {
                Ok(()) => reloaded.push("the texts of mails"),
                Err(reason) => {
                    error!(%reason, "cannot use the mail templates; the texts stay as they are");
                }
            }
        }
        self.warn_of_restart();
        let reloaded = reloaded.join(", ");
        info!("reloaded {reloaded}");
    }

    /// Names the options that have another value than at the start, and that are not reloaded.
    fn warn_of_restart(&self) {
        let both = self.started.effective.iter().zip(&self.current.effective);
        let changed = both.filter(|(old, new)| !old.option.is_reloaded && !old.is_unchanged(new));
        let keys: Vec<&str> = changed.map(|(old, _)| &*old.option.key).collect();
        if !keys.is_empty() {
            let keys = keys.join(", ");
            warn!("options that have changed and require a restart: {keys}");
        }
    }
}

fn log_errors(errors: &[ConfigError]) {
    for reason in errors {
        error!(%reason, "cannot reload");
    }
}
