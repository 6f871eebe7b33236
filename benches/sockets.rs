//! A broadcast to 100,000 simulated sockets: `cargo bench -p benches --bench sockets`.
//!
//! Connection rows in a table on loopback, `fanout` as processes under a Runtime API, as many as run side by side by default, and a
//! management endpoint that takes so many posts a second and answers 429 to the rest, and to one in a hundred besides.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use benches::packages::root;
use benches::{figure, timed_async};
use serde_json::{Value, json};
use testkit::broadcast;
use testkit::cloud::Told;
use testkit::lambda::Function;
use testkit::site::Site;

const SOCKETS: usize = 100_000;
const SHARDS: u32 = 16;
/// Invocations side by side, and posts a second of all of them: the template's defaults.
const CONCURRENCY: usize = 4;
const POSTS_PER_S: u64 = 1_000;
/// What the account takes a second, REST calls and other stacks included: the smaller ceiling of a region (API Gateway quotas, 2026).
const CEILING_PER_S: f64 = 2_500.0;
/// As the template says.
const TIMEOUT: Duration = Duration::from_mins(2);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let site = Site::open(SHARDS).await;
    let ((), span) = timed_async(site.connect(SOCKETS)).await;
    figure(&format!("rows of {SOCKETS} sockets, stored"), span.as_secs_f64(), "s");
    site.deliver([broadcast("everyone", "Maintenance at six")]).await;
    let gateway = Gateway::new();
    let rule = Arc::clone(&gateway);
    site.cloud.sockets_answer(move |_| rule.answer());

    let launch = site.launch(&benches::packages::find(&["fanout"])("fanout")).timeout(TIMEOUT);
    let launch = launch.with("BELFRY_FANOUT_POSTS_PER_S", POSTS_PER_S.to_string());
    let launch = launch.with("BELFRY_FANOUT_CONCURRENCY", CONCURRENCY.to_string());
    let queue = Mutex::new((0..SHARDS).map(|shard| json!({"job": "fanout", "channel": "everyone", "n": 1, "shard": shard})).collect());
    let mut functions = Vec::new();
    for _ in 0..CONCURRENCY {
        functions.push(launch.start().await);
    }
    let workers = functions.iter().map(|function| work(&site, function, &queue));
    let (invocations, span) = timed_async(futures::future::join_all(workers)).await;

    let mut times: HashMap<String, u64> = HashMap::new();
    for post in site.cloud.posts() {
        *times.entry(post.connection).or_default() += 1;
    }
    let posts: u64 = times.values().sum();
    let (tried, refused) = (gateway.tried.load(Ordering::SeqCst), gateway.refused.load(Ordering::SeqCst));
    let peak = functions.iter().filter_map(Function::peak_kib).max().expect("Linux");
    figure("broadcast to all of them", span.as_secs_f64(), "s");
    figure("posts kept", as_f64(posts) / span.as_secs_f64(), "posts/s");
    figure("sockets reached", as_f64(times.len() as u64), "sockets");
    figure("posts that a socket got twice", as_f64(posts - times.len() as u64), "posts");
    figure("posts answered 429 and tried again", 100.0 * as_f64(refused) / as_f64(tried), "%");
    figure("invocations", as_f64(invocations.iter().sum()), "invocations");
    figure("peak memory of an invocation", as_f64(peak) / 1_024.0, "MiB");
    assert_eq!(times.len(), SOCKETS, "some were not reached");
}

/// Takes jobs until none is left: what is handed on goes to the end of the queue. Gives how many invocations it took.
async fn work(site: &Site, function: &Function, queue: &Mutex<VecDeque<Value>>) -> u64 {
    let mut invocations = 0;
    loop {
        let job = locked(queue).pop_front();
        let Some(job) = job else { return invocations };
        let event = json!({"Records": [record(&job)]}).to_string();
        let answer = function.invoke(event.as_bytes()).patient(TIMEOUT).returned().await.expect("an answer");
        assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
        let handed_on = site.cloud.sent();
        locked(queue).extend(handed_on.iter().filter_map(|sent| serde_json::from_str(&sent.body).ok()));
        invocations += 1;
    }
}

fn record(job: &Value) -> Value {
    let text = std::fs::read_to_string(root().join("events/fanout-job.json")).expect("an event");
    let mut event: Value = serde_json::from_str(&text).expect("JSON");
    event["Records"][0]["body"] = json!(job.to_string());
    event["Records"][0].take()
}

/// API Gateway's limit: so many a second, and as many at once after a rest; one in a hundred is refused besides.
struct Gateway {
    bucket: Mutex<(f64, Instant)>,
    tried: AtomicU64,
    refused: AtomicU64,
}

impl Gateway {
    #[expect(clippy::disallowed_methods, reason = "a benchmark goes by real time")]
    fn new() -> Arc<Self> {
        Arc::new(Self { bucket: Mutex::new((CEILING_PER_S, Instant::now())), tried: AtomicU64::new(0), refused: AtomicU64::new(0) })
    }

    #[expect(clippy::disallowed_methods, reason = "a benchmark goes by real time")]
    fn answer(&self) -> Told {
        let number = self.tried.fetch_add(1, Ordering::SeqCst);
        let mut bucket = locked(&self.bucket);
        let now = Instant::now();
        let refilled = bucket.0 + now.duration_since(bucket.1).as_secs_f64() * CEILING_PER_S;
        *bucket = (refilled.min(CEILING_PER_S), now);
        if bucket.0 < 1.0 || number % 100 == 99 {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Told::Throttled;
        }
        bucket.0 -= 1.0;
        Told::Taken
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
