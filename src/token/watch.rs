//! Reading the keys again when their file changes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info, warn};

use super::file::KeyFile;
use super::key::Key;
use super::ring::KeyRing;

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Looks at `file` once a second, for ever, and keeps `ring` as the file says.
///
/// Its bytes are compared, and neither its time nor its inode, so that a file that was written over,
/// one that was renamed into its place and a link that points elsewhere are all the same. Where it
/// is gone or broken, the keys stay as they are, and the log says so once. Each notification of
/// `reload` has it looked at immediately, and the log says what is in it even if nothing changed.
pub async fn watch(mut file: KeyFile, ring: KeyRing, reload: Arc<Notify>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = reload.notified() => file.forget(),
        }
        let ring = ring.clone();
        // A file may be on a disk that does not answer.
        let looked = spawn_blocking(move || {
            look(&mut file, &ring);
            file
        });
        match looked.await {
            Ok(same) => file = same,
            Err(_) => return,
        }
    }
}

/// Says in the log which key signs and which others verify, and whether their file is safe.
pub fn announce(file: &KeyFile, ring: &KeyRing) {
    let keys = ring.current();
    let signing = keys.signing();
    let others: Vec<&str> = keys.iter().skip(1).map(Key::id).collect();
    let file_name = file.path().display();
    info!(
        signs = signing.id(),
        algorithm = %signing.algorithm(),
        ?others,
        "the keys are those of {file_name}"
    );
    if file.is_exposed() {
        warn!("others than its owner may read or write the key file {file_name}: chmod 600");
    }
}

fn look(file: &mut KeyFile, ring: &KeyRing) {
    match file.look(ring) {
        None => {}
        Some(Ok(())) => announce(file, ring),
        Some(Err(reason)) => {
            let path = file.path().display();
            error!(%reason, "the key file {path} cannot be used; the keys stay as they were");
        }
    }
}
