//! Responses that take the same time whether there is an account or not.

use std::time::Duration;

use tokio::time::sleep;

/// The minimum duration of a request that may send a mail: longer than the transaction that stores it.
const MINIMUM: Duration = Duration::from_millis(250);

/// The result of `work`, a quarter of a second after the call at the earliest: an observer does not see
/// how long it has taken, unless that is longer.
pub(crate) async fn paced<T>(work: impl Future<Output = T>) -> T {
    futures_util::future::join(work, sleep(MINIMUM)).await.0
}
