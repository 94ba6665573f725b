//! Fills a store with users, and says what one of them takes: memory, and time to find.

use std::error::Error;
use std::fs;
use std::sync::Arc;

use clap::Parser;
use countersign::clock::{Clock, ManualClock, SystemClock};
use countersign::domain::{Email, Metadata, Timestamp, UserId};
use countersign::password::PasswordHash;
use countersign::store::memory::MemoryStore;
use countersign::store::sql::{SqlOptions, SqlStore};
use countersign::store::{Effects, NewUser, Store};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How often all are looked up where one takes less than a microsecond.
const TURNS: u32 = 50;
/// How many are looked up, at most, where the cache is to hold them all.
const KEPT: u32 = 1_000;
/// Of the form that new ones have.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                    $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// How many are added at once.
const BATCH: u32 = 10_000;

#[derive(Parser)]
struct Arguments {
    /// How many users.
    #[arg(long)]
    users: u32,
    /// An empty database; in memory when it is not given.
    #[arg(long)]
    database: Option<String>,
    /// How many users are looked up, spread over all.
    #[arg(long, default_value_t = 20_000)]
    look_ups: u32,
}

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Arguments { users, database, look_ups } = Arguments::parse();
    // The clock stands still, so that nothing in the cache gets too old.
    let clock = Arc::new(ManualClock::starting_at(SystemClock.now()));
    let is_cached = database.is_some();
    let store: Arc<dyn Store> = match database {
        None => Arc::new(MemoryStore::new()),
        Some(url) => {
            let store = SqlStore::new(&url.parse()?, SqlOptions::default(), clock)?;
            store.migrate(true).await?;
            Arc::new(store)
        }
    };
    let before = resident()?;
    fill(&*store, users).await?;
    let bytes = resident()?.saturating_sub(before);

    let mut asked = Vec::new();
    for number in 0..look_ups {
        // Neighbours are far from each other.
        let number = number.wrapping_mul(7_919) % users;
        asked.push((UserId(i64::from(number) + 1), email(number)?));
    }
    find_all(&*store, &asked).await?;
    // By now a database has read what it is asked for.
    let by_email = find_all(&*store, &asked).await?;
    let mut report = serde_json::json!({
        "users": users,
        "bytes_a_user": bytes / u64::from(users),
        "by_email_us": by_email,
    });
    if is_cached {
        asked.truncate(KEPT.min(users) as usize);
        let asked = Arc::new(asked);
        // Each user is looked up for the first time.
        report["miss_us"] = (1e6 / together(&store, &asked, 1, 1).await?).into();
        report["hit_us"] = (1e6 / together(&store, &asked, 1, TURNS).await?).into();
    } else {
        let asked = Arc::new(asked);
        let cores = Handle::current().metrics().num_workers();
        let alone = together(&store, &asked, 1, TURNS).await?;
        let on_all_cores = together(&store, &asked, cores, TURNS).await?;
        report["by_id_on_all_cores"] = (on_all_cores / alone).into();
    }
    serde_json::to_writer(std::io::stdout(), &report)?;
    Ok(())
}

/// How many microseconds it takes to find one by e-mail.
async fn find_all(store: &dyn Store, asked: &[(UserId, Email)]) -> Result<f64, Failure> {
    let start = Instant::now();
    for (_, email) in asked {
        store.by_email(email).await?.ok_or("a user is missing")?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(asked.len())?))
}

/// How many users a second so many tasks find together, each of them all users so many times.
async fn together(
    store: &Arc<dyn Store>,
    asked: &Arc<Vec<(UserId, Email)>>,
    tasks: usize,
    turns: u32,
) -> Result<f64, Failure> {
    let mut running = JoinSet::new();
    let start = Instant::now();
    for _ in 0..tasks {
        let (store, asked) = (Arc::clone(store), Arc::clone(asked));
        running.spawn(async move {
            for _ in 0..turns {
                for (id, _) in asked.iter() {
                    // As the service does.
                    let status = match store.cached(*id, None) {
                        Some(status) => status,
                        None => store.resolve(*id, None).await?,
                    };
                    status.ok_or("a user is missing")?;
                }
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let found = f64::from(u32::try_from(asked.len() * tasks)?) * f64::from(turns);
    Ok(found / start.elapsed().as_secs_f64())
}

async fn fill(store: &dyn Store, users: u32) -> Result<(), Failure> {
    for first in (0..users).step_by(BATCH as usize) {
        let mut batch = Vec::new();
        for number in first..users.min(first + BATCH) {
            batch.push(NewUser {
                email_verified: false,
                email: email(number)?,
                password_hash: PasswordHash::parse(HASH)?,
                is_admin: false,
                disabled: false,
                metadata: Metadata::default(),
                created_at: Timestamp::UNIX_EPOCH,
            });
        }
        store.insert_many(batch, &|_| Some(Effects::none())).await?;
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
