//! What is printed: configurations that no other test runs, and the errors of flags.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use rstest::rstest;
use serde_json::Value;

use crate::gateway::{Kind, folder};
use crate::support::{countersign, is_here, run};

/// Of all that a configuration may contain.
const FLAGS: [&str; 18] = [
    "--site",
    "https://wiki.example.com",
    "--public-url",
    "https://login.example.com",
    "--cookie-domain",
    "example.com",
    "--service",
    "10.0.0.1:8080,10.0.0.2:8080",
    "--upstream",
    "10.0.1.1:3000,10.0.1.2:3000",
    "--require",
    "admin,verified-email",
    "--assertion",
    "wiki",
    "--certificate",
    "cert.pem",
    "--certificate-key",
    "key.pem",
];

/// Printed YAML as JSON.
fn yaml(name: &str, flags: &[&str]) -> Option<Value> {
    let python = std::env::var("COUNTERSIGN_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !is_here("PyYAML", Command::new(&python).args(["-c", "import yaml"])) {
        return None;
    }
    let (code, printed, stderr) = run(countersign(&["gateway", name]).args(flags));
    assert_eq!(code, 0, "{stderr}");
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
    let mut parser = Command::new(python);
    parser.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut parser = parser.spawn().unwrap();
    parser.stdin.take().unwrap().write_all(printed.as_bytes()).unwrap();
    let output = parser.wait_with_output().unwrap();
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Traefik has no check of a configuration.
#[test]
fn traefik_removes_spoofed_headers_before_the_verification() {
    let Some(printed) = yaml("traefik", &FLAGS) else { return };
    let http = &printed["http"];
    let middlewares = serde_json::json!(["remove-identity", "countersign"]);
    assert_eq!(http["routers"]["upstream"]["middlewares"], middlewares);
    let auth = &http["middlewares"]["countersign"]["forwardAuth"];
    let address = "http://10.0.0.1:8080/verify?require=admin&require=verified-email&assertion=wiki";
    assert_eq!(auth["address"], address);
    assert_eq!(auth["trustForwardHeader"], false);
    let removed = &http["middlewares"]["remove-identity"]["headers"]["customRequestHeaders"];
    let removed = removed.as_object().unwrap();
    for name in auth["authResponseHeaders"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert_eq!(removed[name], "");
        assert_eq!(removed[&name.replace('-', "_")], "");
        assert_eq!(removed[&name.replace('-', ".")], "");
    }
    assert_eq!(http["routers"]["countersign"]["rule"], "Host(`login.example.com`)");
    assert_eq!(
        http["services"]["upstream"]["loadBalancer"]["servers"].as_array().unwrap().len(),
        2
    );
}

/// TLS and a host of the service's own, which the other tests do not have.
#[rstest]
fn configuration_with_every_flag_is_valid(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Envoy)] kind: Kind,
    #[values("login", "own")] sign_in: &str,
) {
    if !kind.is_here() || !is_here("OpenSSL", Command::new("openssl").arg("version")) {
        return;
    }
    let folder = folder();
    let mut certificate = Command::new("openssl");
    certificate.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    certificate.args([
        "-nodes",
        "-subj",
        "/CN=example.com",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]);
    assert_eq!(run(certificate.current_dir(folder.path())).0, 0);
    let mut flags = FLAGS;
    let both = folder.path().join("both.pem");
    if kind == Kind::Haproxy {
        let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        fs::write(&both, file("cert.pem") + &file("key.pem")).unwrap();
        flags[15] = both.to_str().unwrap();
    }
    if sign_in == "own" {
        flags[3] = flags[1];
    }
    kind.configure(folder.path(), &flags);
    let (code, stdout, stderr) = run(&mut kind.command(folder.path(), true));
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[rstest]
#[case(Kind::Nginx, "nginx.conf", "events {}\nhttp { include site; }\n")]
#[case(Kind::Caddy, "Caddyfile", "{\n\tadmin off\n}\nimport site\n")]
fn fragment_belongs_into_a_configuration_with_other_sites(
    #[case] kind: Kind,
    #[case] file: &str,
    #[case] whole: &str,
) {
    if !kind.is_here() {
        return;
    }
    let folder = folder();
    kind.configure(folder.path(), &["--upstream", "127.0.0.1:3000", "--fragment"]);
    let file = folder.path().join(file);
    fs::rename(&file, folder.path().join("site")).unwrap();
    fs::write(&file, whole).unwrap();
    let (code, stdout, stderr) = run(&mut kind.command(folder.path(), true));
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
fn configuration_of_the_compose_file_is_the_printed_one() {
    let site = ["--site", "http://localhost:8000", "--service", "countersign:8080"];
    let mut printed = countersign(&["gateway", "nginx", "--fragment", "--upstream", "/srv/site"]);
    let (code, printed, stderr) = run(printed.args(site));
    assert_eq!(code, 0, "{stderr}");
    // The port of a container is that of its network.
    let expected = printed.replace("listen 127.0.0.1:8000;", "listen 8000;");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/compose/nginx.conf");
    assert_eq!(fs::read_to_string(file).unwrap(), expected);
}

#[rstest]
#[case(&["nginx"], "--upstream")]
#[case(&["nginx", "--upstream", "/srv/a b"], "expected a path")]
#[case(&["nginx", "--upstream", "/srv,a:1"], "name one directory or servers alone")]
#[case(&["haproxy", "--upstream", "/srv"], "only nginx and Caddy serve a directory")]
#[case(&["nginx", "--upstream", "a:1", "--site", "https://a.example"], "requires --certificate")]
#[case(&["nginx", "--upstream", "a:1", "--public-url", "http://a.example"], "set --cookie-domain")]
#[case(&["caddy", "--upstream", "a:1", "--public-url", "https://localhost:8081"], "different schemes")]
#[case(&["caddy", "--upstream", "a:1", "--assertion", "a b"], "an audience may have")]
#[case(&["haproxy", "--upstream", "a:1", "--fragment"], "--fragment is for nginx and Caddy")]
#[case(&["caddy", "--upstream", "a:1", "--service", "a;b:1"], "expected host and port")]
fn flags_that_give_no_configuration_are_rejected(#[case] flags: &[&str], #[case] message: &str) {
    let (code, stdout, stderr) = run(countersign(&["gateway"]).args(flags));
    assert_eq!((code, &*stdout), (2, ""), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
}
