use super::*;
use crate::server::activity::InFlight;

struct Admitted {
    closing: CancellationToken,
    place: Place,
}

fn registry(max: usize) -> Arc<Registry> {
    Registry::new(&ServerOptions {
        max_connections: max,
        connections_per_network: max,
        trusted_proxies: Arc::new(["10.0.0.1/32".parse().unwrap()]),
        ..ServerOptions::default()
    })
}

/// An idle connection.
fn idle(registry: &Arc<Registry>, address: &str) -> Option<Admitted> {
    let closing = CancellationToken::new();
    let place = registry.admit(address.parse().unwrap(), &closing)?;
    Some(Admitted { closing, place })
}

/// A connection with a complete request, which cannot be closed in favour of another one.
fn working(registry: &Arc<Registry>, address: &str) -> Option<(InFlight, Place)> {
    let place = registry.admit(address.parse().unwrap(), &CancellationToken::new())?;
    Some((place.activity.begin(), place))
}

#[tokio::test]
async fn last_places_are_for_networks_without_a_connection() {
    // Two of them.
    let registry = registry(128);
    let of_one: Vec<_> = (0..128).map_while(|_| working(&registry, "192.0.2.1")).collect();
    assert_eq!(of_one.len(), 126);
    let second = working(&registry, "192.0.2.2").expect("the first of the last places");
    assert!(working(&registry, "192.0.2.2").is_none());
    let third = working(&registry, "192.0.2.3").expect("the second one");
    assert!(working(&registry, "192.0.2.4").is_none());
    drop((of_one, second, third));
}

#[tokio::test]
async fn connections_of_trusted_proxies_are_closed_last() {
    let registry = registry(2);
    let of_proxy = idle(&registry, "10.0.0.1").unwrap();
    let of_client = idle(&registry, "192.0.2.1").unwrap();
    // Although that of the proxy is idle for longer.
    let next = idle(&registry, "192.0.2.2").unwrap();
    assert!(of_client.closing.is_cancelled() && !of_proxy.closing.is_cancelled());
    // If there is no other one, it is closed all the same.
    let request = next.place.activity.begin();
    let _last = idle(&registry, "192.0.2.3").unwrap();
    assert!(of_proxy.closing.is_cancelled() && !next.closing.is_cancelled());
    drop(request);
}
