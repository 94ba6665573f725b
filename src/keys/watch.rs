//! Reloading the key file when it changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info, warn};

use super::key_file::KeyFile;
use super::shared::SharedKeySet;
use super::signing_key::SigningKey;

/// The interval between two reads of the file.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reloads `keys` from `file` once a second, without end.
///
/// A change is detected by the content, not by time or inode, so that a file that is overwritten, one
/// that is renamed into its place and a changed symlink are the same. While the file is missing or
/// invalid the key set stays unchanged, and one error is logged. A notification of `reload` makes it
/// read immediately, and the key set is logged even if nothing changed.
pub async fn watch(mut file: KeyFile, keys: SharedKeySet, reload: Arc<Notify>) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = reload.notified() => file.invalidate(),
        }
        let keys = keys.clone();
        // The file system may block.
        let reloaded = spawn_blocking(move || {
            reload_and_log(&mut file, &keys);
            file
        });
        match reloaded.await {
            Ok(same) => file = same,
            Err(_) => return,
        }
    }
}

/// Logs the `kid` of the signing key and of the others, and whether other users can access the file.
pub fn log_key_set(file: &KeyFile, keys: &SharedKeySet) {
    let set = keys.current();
    let signing = set.signing_key();
    let others: Vec<&str> = set.iter().skip(1).map(SigningKey::kid).collect();
    let path = file.path().display();
    info!(
        signs = signing.kid(),
        algorithm = %signing.algorithm(),
        ?others,
        "using the key set of {path}"
    );
    if file.is_exposed() {
        warn!("others than its owner may read or write the key file {path}: chmod 600");
    }
}

fn reload_and_log(file: &mut KeyFile, keys: &SharedKeySet) {
    match file.reload(keys) {
        None => {}
        Some(Ok(())) => log_key_set(file, keys),
        Some(Err(reason)) => {
            let path = file.path().display();
            error!(%reason, "cannot use the key file {path}; the key set stays unchanged");
        }
    }
}
