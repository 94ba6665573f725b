//! A system without a folder for temporary files, as a container with a read-only root is.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use super::support::{countersign, is_here, run};
use super::wrapped;

const HASH: &str = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";

/// Runs a command where nothing can be written to but the folder of the database.
const READ_ONLY: &str = r#"
set -e
mount -t tmpfs none /mnt
mkdir /mnt/folder
mount --bind "$1" /mnt/folder
touch /mnt/countersign
mount --bind "$2" /mnt/countersign
for folder in /tmp /var/tmp /usr/tmp; do
    test ! -d $folder || mount -t tmpfs -o ro none $folder
done
mount -o remount,ro /mnt
cd /proc
shift 2
exec /mnt/countersign "$@"
"#;

/// `count` users, whose addresses are spread over all of the index.
fn users(name: &str, count: u32) -> String {
    let mut rows = "email,password_hash\n".to_owned();
    for number in 0..count {
        let spread = number.wrapping_mul(2_654_435_761);
        writeln!(rows, "{spread:08x}-{name}@example.com,{HASH}").unwrap();
    }
    rows
}

#[test]
fn import_beside_many_users_needs_no_folder_for_temporary_files() {
    let unshare = ["--map-root-user", "--mount"];
    if !is_here("unshare", Command::new("unshare").args(unshare).arg("true")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let import = |file: &str, rows: &str, outer: &dyn Fn(Command) -> Command| {
        fs::write(folder.path().join(file), rows).unwrap();
        let command = countersign(&["user", "import"]);
        let (code, _, said) = run(&mut outer(command));
        assert_eq!(code, 0, "{said}");
    };
    let database = |command: &mut Command, at: &str| {
        command.env("COUNTERSIGN_DATABASE_URL", format!("sqlite:{at}/users.db"));
    };
    let outside = folder.path().to_str().unwrap();
    import("many.csv", &users("many", 20_000), &|mut command| {
        command.arg(folder.path().join("many.csv"));
        database(&mut command, outside);
        command
    });
    import("more.csv", &users("more", 2_000), &|mut command| {
        command.arg("/mnt/folder/more.csv");
        database(&mut command, "/mnt/folder");
        command.env_remove("TMPDIR").env_remove("SQLITE_TMPDIR");
        let mut outer = Command::new("unshare");
        outer.args(unshare).args(["sh", "-c", READ_ONLY, "sh", outside]);
        outer.arg(command.get_program());
        wrapped(&command, outer)
    });
}
