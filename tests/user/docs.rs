//! The commands of docs/importing.md, run as shown and in one shell. What exports users elsewhere is
//! replaced by functions that write what it would.

use std::fs;
use std::process::Command;

use super::support::{countersign, is_here, run};
use super::{BCRYPT, DJANGO, PASSLIB, rows};

const IMPORTING: &str = include_str!("../../docs/importing.md");

#[test]
fn commands_of_the_page_import_users_from_each_system() {
    if !is_here("jq", Command::new("jq").arg("--version")) {
        return;
    }
    let mut blocks = Vec::new();
    let mut lines = IMPORTING.lines();
    while let Some(line) = lines.next() {
        if line == "```sh" {
            blocks.extend(lines.by_ref().take_while(|line| *line != "```"));
        }
    }
    let elsewhere = format!(
        r#"
        psql() {{
            case "$3" in
                *auth_user*) printf 'id,email,password,is_active\n1,a@django.com,%s,t\n' '{DJANGO}' > auth_user.csv;;
                *auth.users*) printf 'email,encrypted_password,banned_until\na@supabase.com,%s,infinity\n' '{BCRYPT}' > users.csv;;
                *'"user"'*) printf 'email,hashed_password\na@fastapi.com,%s\n' '{PASSLIB}' > user.csv;;
                *'from users'*) printf 'email,password_hash\na@flask.com,%s\n' '{BCRYPT}' > users.csv;;
                *) false;;
            esac
        }}
        firebase() {{
            printf '{{"users":[{{"email":"a@firebase.com","salt":"42xEC+ixf3L2lw==","passwordHash":"%s"}}]}}' \
                F6lgfOnU/kcEi9x32N6c79LU6iccneFQkXDzzrDmUGcbs8vJC99GAmD/IIkuzM8a9V6tYl1HhLbWTkgc/cOBQg== > users.json
        }}
        DJANGO_DATABASE=d SUPABASE_DATABASE=s FASTAPI_DATABASE=f FLASK_DATABASE=l FIREBASE_PROJECT=p
        "#,
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("users.csv"),
        format!("email,password_hash\na@ours.com,{BCRYPT}\n"),
    )
    .unwrap();
    let key =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    fs::write(folder.path().join("signer-key"), key).unwrap();
    let ours = countersign(&[]);
    let program = ours.get_program().to_str().unwrap();
    let script = format!(
        "set -euo pipefail\ncountersign() {{ '{program}' \"$@\"; }}\n{elsewhere}\n{}\n\
         countersign user export",
        blocks.join("\n")
    );
    let mut command = Command::new("bash");
    for (name, _) in ours.get_envs().filter(|(_, value)| value.is_none()) {
        command.env_remove(name);
    }
    let (code, stdout, stderr) = run(command.args(["-c", &script]).current_dir(folder.path()));
    assert_eq!(code, 0, "{stdout}\n{stderr}");
    let exported: String =
        stdout.lines().filter(|line| line.starts_with('{')).collect::<Vec<_>>().join("\n");
    let addresses: Vec<_> = rows(&exported).iter().map(|row| row["email"].to_string()).collect();
    let systems = ["ours", "django", "supabase", "fastapi", "flask", "firebase"];
    assert_eq!(addresses, systems.map(|name| format!("\"a@{name}.com\"")));
}
