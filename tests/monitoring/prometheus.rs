//! A real Prometheus, and its promtool.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Monitored, countersign};
use crate::support::{Running, client, is_here, until};

pub(crate) fn is_promtool_here() -> bool {
    is_here("promtool (package prometheus)", Command::new("promtool").arg("--version"))
}

/// A Prometheus that scrapes a service every 200 ms.
pub(crate) struct Prometheus {
    _process: Running,
    address: String,
}

impl Prometheus {
    pub(crate) async fn start(folder: &Path, target: &str) -> Self {
        let configuration = format!(
            "global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\n\
             scrape_configs: [{{job_name: countersign, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        std::fs::write(folder.join("prometheus.yml"), configuration).unwrap();
        // It has no way to say which free port it took.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = Command::new("prometheus");
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null()).args(["--config.file=prometheus.yml"]);
        command.args(["--storage.tsdb.path=data", &format!("--web.listen-address={address}")]);
        let prometheus = Self { _process: Running(command.spawn().unwrap()), address };
        until("Prometheus", async || prometheus.ask("up").await.is_some()).await;
        prometheus
    }

    /// The result of a query, such as `[{"metric": …, "value": …}]`; `None` while it does not respond.
    async fn ask(&self, query: &str) -> Option<Value> {
        let url = format!("http://{}/api/v1/query", self.address);
        let url = url::Url::parse_with_params(&url, [("query", query)]).unwrap();
        let request = client().get(url);
        let response: Value = request.send().await.ok()?.json().await.ok()?;
        assert_eq!(response["status"], "success", "{query}: {response}");
        Some(response["data"]["result"].clone())
    }

    /// Whether a query returns a number now.
    pub(crate) async fn has_data(&self, query: &str) -> bool {
        let results = self.ask(query).await.unwrap_or_default();
        let values = results.as_array().into_iter().flatten();
        values.into_iter().any(|result| result["value"][1].as_str().is_some_and(|it| it != "NaN"))
    }
}

/// promtool with this standard input; what it prints where it finds a fault.
fn promtool(arguments: &[&str], input: &str) -> Result<(), String> {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8(printed).unwrap();
    if output.status.success() { Ok(()) } else { Err(printed) }
}

pub(crate) fn assert_promtool(arguments: &[&str]) {
    promtool(arguments, "").unwrap();
}

#[tokio::test]
async fn promtool_finds_no_fault_in_the_metrics() {
    if !is_promtool_here() {
        return;
    }
    let monitored = Monitored::start(&mut countersign(&["serve"])).await;
    monitored.work(0).await;
    let (_, text) = monitored.get("/metrics").await;
    promtool(&["check", "metrics"], &text).unwrap();
    // It does find them.
    let faulty = text.replace("countersign_logins_total", "countersign_logins");
    assert!(promtool(&["check", "metrics"], &faulty).is_err());
}
