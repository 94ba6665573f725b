//! The admin listener.

use std::net::TcpListener;

use super::{Monitored, SECRET, Service, countersign};
use crate::support::run;

#[tokio::test]
async fn admin_listener_has_metrics_and_probes_and_nothing_else() {
    let monitored = Monitored::start(&mut countersign(&["serve"])).await;
    for (path, status) in
        [("/metrics", 200), ("/healthz", 200), ("/readyz", 200), ("/get-user", 404), ("/", 404)]
    {
        assert_eq!(monitored.get(path).await.0, status, "{path}");
    }
    // The public listener has none.
    assert_eq!(monitored.service.get("/metrics", "").await.0, 404);
    let (status, log) = monitored.service.stop();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains(r#""route":"/metrics""#), "{log}");
}

#[test]
fn admin_listener_is_off_in_the_demo_and_where_it_is_turned_off() {
    for arguments in [&["serve"][..], &["serve", "--admin-listen", "off"]] {
        let mut command = countersign(arguments);
        command.env_remove("COUNTERSIGN_ADMIN_LISTEN").env("COUNTERSIGN_SECRET", SECRET);
        let (status, log) = Service::start(&mut command).stop();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(!log.contains("metrics at"), "{log}");
    }
}

#[test]
fn port_in_use_is_rejected_and_the_flag_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (exit, _, stderr) = run(&mut countersign(&["serve", "--admin-listen", &address]));
    assert_eq!(exit, 8, "{stderr}");
    let expected = format!("cannot listen on {address} for metrics and probes: another process");
    assert!(stderr.contains(&expected), "{stderr}");
    assert!(stderr.contains("--admin-listen off"), "{stderr}");
}

/// A connection that sends nothing does not delay a shutdown.
#[tokio::test]
async fn open_scrape_connection_does_not_delay_the_shutdown() {
    let monitored = Monitored::start(&mut countersign(&["serve"])).await;
    assert_eq!(monitored.get("/metrics").await.0, 200);
    let _idle = std::net::TcpStream::connect(&monitored.admin).unwrap();
    let (status, log) = monitored.service.stop();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("shut down") && !log.contains("timeout expired"), "{log}");
}
