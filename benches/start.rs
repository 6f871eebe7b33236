//! Start to ready on an existing data file: `cargo bench -p benches --bench start`.

use benches::process::{serve_if_asked, start};
use benches::{figure, timed};

const STARTS: usize = 20;

fn main() {
    serve_if_asked();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path());
    for number in 0..1_000 {
        server.post("/api/notifications", &format!(r#"{{"userId":"u{}","title":"Number {number}"}}"#, number % 20));
    }
    drop(server);
    let mut spans: Vec<f64> = (0..STARTS).map(|_| timed(|| start(folder.path())).1.as_secs_f64() * 1e3).collect();
    spans.sort_by(f64::total_cmp);
    figure("start to ready on an existing file, median", spans[STARTS / 2], "ms");
    figure("start to ready on an existing file, slowest of 20", spans[STARTS - 1], "ms");
}
