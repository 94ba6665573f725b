//! schemathesis, which generates requests from the OpenAPI document and holds the responses to it.

use std::path::Path;

use crate::support::is_here;
use crate::{CLIENT, printed, python, serve, to_loopback};

#[test]
fn schemathesis_finds_no_response_that_differs_from_the_document() {
    if !is_here("schemathesis", &mut python("import schemathesis")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clients = folder.path().join("clients").to_str().unwrap().to_owned();
    let mut add = crate::support::countersign(&["oauth-client", "add", CLIENT, "--admin"]);
    add.args(["--oauth-clients", &clients]);
    let secret = printed(add, &[]);
    let flags = ["--oauth-clients", &clients, "--throttle", "off", "--login-codes"];
    let service = serve(&flags);
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let program = "from schemathesis.cli import schemathesis; schemathesis()";
    let mut command = to_loopback(python(program));
    command
        .env("SERVICE_URL", service.url(""))
        .env("CLIENT_ID", CLIENT)
        .env("CLIENT_SECRET", secret)
        .env("SCHEMATHESIS_HOOKS", here.join("schemathesis.py"));
    command.current_dir(folder.path()).arg("--config-file").arg(here.join("schemathesis.toml"));
    printed(command, &["run", "--url", &service.url(""), &service.url("/openapi.json")]);
}
