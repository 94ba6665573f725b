//! The alert rules.

use std::collections::BTreeSet;

use super::prometheus::{assert_promtool, is_promtool_here};
use super::{Monitored, types};

const RULES: &str = include_str!("../../deploy/alerts.yml");
const TESTS: &str = include_str!("../../deploy/alerts.test.yml");

fn alerts() -> Vec<&'static str> {
    RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect()
}

#[test]
fn rules_are_valid_and_fire_when_they_should() {
    if !is_promtool_here() {
        return;
    }
    let deploy = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");
    assert_promtool(&["check", "rules", &format!("{deploy}/alerts.yml")]);
    assert_promtool(&["test", "rules", &format!("{deploy}/alerts.test.yml")]);
}

/// Once where it is silent, once where it fires.
#[test]
fn each_alert_has_a_test_of_both_sides() {
    assert!(alerts().len() > 10);
    for alert in alerts() {
        let cases = TESTS.split("alertname: ").skip(1);
        let cases = cases.filter(|case| case.lines().next() == Some(alert));
        let (silent, firing): (Vec<_>, Vec<_>) = cases
            .partition(|case| case.lines().nth(1).is_some_and(|it| it.trim() == "exp_alerts: []"));
        assert!(!silent.is_empty() && !firing.is_empty(), "{alert}");
    }
}

#[tokio::test]
async fn rules_name_only_metrics_that_exist() {
    let folder = tempfile::tempdir().unwrap();
    let monitored = Monitored::on_file(&folder).await;
    monitored.work(0).await;
    let (_, text) = monitored.get("/metrics").await;
    let real: BTreeSet<_> = types(&text).into_iter().map(|(name, _)| name).collect();
    let words = RULES.split(|c: char| !c.is_alphanumeric() && c != '_');
    let named: BTreeSet<_> = words
        .filter(|word| word.starts_with("countersign_") || word.starts_with("process_"))
        .map(|word| word.strip_suffix("_bucket").unwrap_or(word))
        .collect();
    assert!(named.len() > 10);
    assert!(named.is_subset(&real), "{:?}", named.difference(&real));
}
