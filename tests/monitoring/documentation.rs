//! The table of docs/monitoring.md, against the real metrics.

use std::collections::BTreeSet;

use super::{Monitored, types};

/// Names and types of the table of docs/monitoring.md.
fn documented() -> BTreeSet<(String, String)> {
    let page = include_str!("../../docs/monitoring.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|row| {
        let (name, rest) = row.split_once("` | ")?;
        let (kind, _) = rest.split_once(" |")?;
        Some((name.to_owned(), kind.to_owned()))
    });
    let is_metric =
        |(_, kind): &(String, String)| matches!(kind.as_str(), "counter" | "gauge" | "histogram");
    rows.filter(is_metric).collect()
}

#[tokio::test]
async fn table_has_every_metric_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let monitored = Monitored::on_file(&folder).await;
    monitored.work(0).await;
    let (_, text) = monitored.get("/metrics").await;
    let real: BTreeSet<_> =
        types(&text).into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    assert!(real.len() > 20);
    assert_eq!(documented(), real);
}
