//! Handshakes that come at once, with a handler that takes its time.

use std::sync::{Arc, Mutex};

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use futures::FutureExt as _;
use inbox::moment::Moment;
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use super::*;
use crate::ports::{Clock, Entropy};
use crate::sockets::{Hall, router};

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Moment {
        Moment::from_seconds(1_800_000_000)
    }
}

impl Entropy for Fixed {
    fn u64(&self) -> u64 {
        700
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xff);
    }
}

fn handshake() -> Request<Body> {
    let request = Request::get("/ws").header("connection", "upgrade").header("upgrade", "websocket");
    request.header("sec-websocket-version", "13").header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==").body(Body::empty()).unwrap()
}

/// Handshakes of a server with this many places, each answered when it is let go on.
fn slow(most: usize) -> (Sockets, Arc<Mutex<Vec<oneshot::Sender<i64>>>>) {
    let asked = Arc::<Mutex<Vec<_>>>::default();
    let waiting = Arc::clone(&asked);
    let handler = move |_| {
        let (answer, answered) = oneshot::channel();
        waiting.lock().unwrap().push(answer);
        async move {
            let mut answer = ApiGatewayProxyResponse::default();
            answer.status_code = answered.await.unwrap_or(503);
            answer
        }
        .boxed()
    };
    let (hall, clock, entropy) = (Hall::default(), Arc::new(Fixed), Arc::new(Fixed));
    (Sockets { hall, handler: Arc::new(handler), most, keys: Arc::new([]), clock, entropy }, asked)
}

#[tokio::test(start_paused = true)]
async fn of_many_that_come_at_once_no_more_are_asked_than_have_a_place() {
    let (sockets, asked) = slow(3);
    let router = router(sockets);
    let mut burst: Vec<_> = (0..10).map(|_| tokio::spawn(router.clone().oneshot(handshake()))).collect();
    // Time is paused: it moves once nobody else has anything to do.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(asked.lock().unwrap().len(), 3);
    for late in burst.drain(3..) {
        assert_eq!(late.await.unwrap().unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_is_given_back_by_who_is_refused_who_leaves_and_who_never_comes() {
    let (sockets, asked) = slow(1);
    let router = router(sockets.clone());
    let first = tokio::spawn(router.clone().oneshot(handshake()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    asked.lock().unwrap().remove(0).send(401).unwrap();
    assert_eq!(first.await.unwrap().unwrap().status(), StatusCode::UNAUTHORIZED);

    let second = tokio::spawn(router.clone().oneshot(handshake()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    second.abort();
    assert!(second.await.is_err());

    asked.lock().unwrap().clear();
    let third = tokio::spawn(router.oneshot(handshake()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    asked.lock().unwrap().remove(0).send(200).unwrap();
    // No connection is behind this request, so that nothing becomes of the socket that it may open.
    assert_eq!(third.await.unwrap().unwrap().status(), StatusCode::SWITCHING_PROTOCOLS);
    asked.lock().unwrap().clear();
    tokio::time::sleep(2 * UPGRADE_WAIT).await;
    assert!(sockets.hall.take_place(1).is_some());
}
