//! Fills a store with users, and says what one of them takes: memory, and time to find.

use std::error::Error;
use std::fs;
use std::sync::Arc;

use clap::Parser;
use countersign::password::PasswordHash;
use countersign::store::memory::MemoryStore;
use countersign::store::sql::{SqlOptions, SqlStore};
use countersign::store::{NewUser, UserStore};
use countersign::user::{Email, UserId};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many are looked up, spread over all.
const LOOKED_UP: u32 = 20_000;
/// How often they are where several ask at once.
const TURNS: u32 = 50;
/// Of the form that new ones have.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                    $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// How many are added at once.
const BATCH: u32 = 1_000;

#[derive(Parser)]
struct Arguments {
    /// How many users.
    #[arg(long)]
    users: u32,
    /// An empty database; in memory when it is not given.
    #[arg(long)]
    database: Option<String>,
}

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Arguments { users, database } = Arguments::parse();
    let store: Arc<dyn UserStore> = match database {
        None => Arc::new(MemoryStore::new()),
        Some(url) => {
            let store = SqlStore::new(&url.parse()?, SqlOptions::default())?;
            store.migrate(true).await?;
            Arc::new(store)
        }
    };
    let before = resident()?;
    fill(&*store, users).await?;
    let bytes = resident()?.saturating_sub(before);

    let mut asked = Vec::new();
    for number in 0..LOOKED_UP {
        // Neighbours are far from each other.
        let number = number.wrapping_mul(7_919) % users;
        asked.push((UserId(i64::from(number) + 1), email(number)?));
    }
    let start = Instant::now();
    for (_, email) in &asked {
        store.by_email(email).await?.ok_or("a user is missing")?;
    }
    let by_email = start.elapsed() / LOOKED_UP;
    let start = Instant::now();
    for (id, _) in &asked {
        store.recent(*id).await?.ok_or("a user is missing")?;
    }
    let by_id = start.elapsed() / LOOKED_UP;
    let asked = Arc::new(asked);
    let alone = together(&store, &asked, 1).await?;
    let on_all_cores = together(&store, &asked, Handle::current().metrics().num_workers()).await?;
    let report = serde_json::json!({
        "users": users,
        "bytes_a_user": bytes / u64::from(users),
        "by_email_us": by_email.as_secs_f64() * 1e6,
        "by_id_us": by_id.as_secs_f64() * 1e6,
        "by_id_on_all_cores": on_all_cores / alone,
    });
    serde_json::to_writer(std::io::stdout(), &report)?;
    Ok(())
}

/// How many users a second so many tasks find together.
async fn together(
    store: &Arc<dyn UserStore>,
    asked: &Arc<Vec<(UserId, Email)>>,
    tasks: usize,
) -> Result<f64, Failure> {
    let mut running = JoinSet::new();
    let start = Instant::now();
    for _ in 0..tasks {
        let (store, asked) = (Arc::clone(store), Arc::clone(asked));
        running.spawn(async move {
            for _ in 0..TURNS {
                for (id, _) in asked.iter() {
                    store.recent(*id).await?.ok_or("a user is missing")?;
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let found = f64::from(LOOKED_UP) * f64::from(TURNS) * f64::from(u32::try_from(tasks)?);
    Ok(found / start.elapsed().as_secs_f64())
}

async fn fill(store: &dyn UserStore, users: u32) -> Result<(), Failure> {
    for first in (0..users).step_by(BATCH as usize) {
        let mut batch = Vec::new();
        for number in first..users.min(first + BATCH) {
            batch.push(NewUser {
                email: email(number)?,
                password_hash: PasswordHash::parse(HASH)?,
                is_admin: false,
                disabled: false,
                created_at: 0,
            });
        }
        store.insert_many(batch).await?;
    }
    Ok(())
}

fn email(number: u32) -> Result<Email, Failure> {
    Ok(Email::parse(&format!("user-{number}@example.com"))?)
}

/// The bytes of this process that are in memory.
fn resident() -> Result<u64, Failure> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split_whitespace().nth(1).ok_or("no resident pages")?.parse()?;
    Ok(pages * 4096)
}
