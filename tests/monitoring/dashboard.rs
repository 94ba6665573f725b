//! The dashboard, by a real Prometheus that scrapes a service under load.

use serde_json::Value;

use super::Monitored;
use super::prometheus::{Prometheus, is_promtool_here};
use crate::support::until;

/// The queries of the dashboard, with values in place of Grafana's variables.
fn queries() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(include_str!("../../deploy/grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries = targets.map(|target| target["expr"].as_str().unwrap());
    queries
        .map(|query| query.replace("$__rate_interval", "5m").replace("$instance", ".*"))
        .collect()
}

#[tokio::test]
async fn every_query_returns_data() {
    if !is_promtool_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let monitored = Monitored::on_file(&folder).await;
    let prometheus = Prometheus::start(folder.path(), &monitored.admin).await;
    let queries = queries();
    assert!(queries.len() > 15);
    let mut number = 0;
    for query in queries {
        assert!(!query.contains('$'), "{query}");
        until(&query, async || {
            monitored.work(number).await;
            number += 1;
            prometheus.has_data(&query).await
        })
        .await;
    }
}
