//! Requests that may come twice, and tickets that may be used once.

use std::time::Duration;

use service::{Begun, Error, Refusal, TicketHolder};
use testkit::{World, notify, reader};

use crate::common::{SECOND, titles};

const BODY: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

/// Case 73.
#[tokio::test(start_paused = true)]
async fn an_idempotency_key_is_one_request_of_one_caller_for_a_day() {
    let mut w = World::new(100).await;
    let other = w.process();
    let (s, anna) = (w.service.clone(), reader("anna", &[]));
    let (here, there) = tokio::join!(s.begin_idempotent(&anna, "k", BODY), other.begin_idempotent(&anna, "k", BODY));
    let (runs, refused) = match (here, there) {
        (Ok(Begun::Run { event_id }), refused) | (refused, Ok(Begun::Run { event_id })) => (event_id, refused),
        neither => panic!("{neither:?}"),
    };
    assert!(matches!(refused, Err(Error::Refused(Refusal::IdempotencyRunning))), "{refused:?}");
    assert!(matches!(s.begin_idempotent(&anna, "k", OTHER).await, Err(Error::Refused(Refusal::IdempotencyMismatch))));
    // The first one died with the key: past its lease a retry goes on under the same event id.
    w.run_for(31 * SECOND).await;
    let Ok(Begun::Run { event_id }) = other.begin_idempotent(&anna, "k", BODY).await else { panic!("it may go on") };
    assert_eq!(event_id, runs);
    other.finish_idempotent(&anna, "k", "done").await.unwrap();
    let answered = Begun::Answered { event_id: runs.clone(), answer: "done".to_owned() };
    assert_eq!(s.begin_idempotent(&anna, "k", BODY).await.unwrap(), answered);
    assert!(matches!(s.begin_idempotent(&anna, "k", OTHER).await, Err(Error::Refused(Refusal::IdempotencyMismatch))));
    assert!(matches!(s.begin_idempotent(&reader("ben", &[]), "k", OTHER).await, Ok(Begun::Run { .. })));
    w.jump(Duration::from_hours(25)).await;
    let Ok(Begun::Run { event_id }) = s.begin_idempotent(&anna, "k", OTHER).await else { panic!("it is new again") };
    assert_ne!(event_id, runs);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_failed_lets_go_of_its_key() {
    let w = World::new(102).await;
    let (s, anna) = (w.service.clone(), reader("anna", &[]));
    let Ok(Begun::Run { event_id: first }) = s.begin_idempotent(&anna, "k", BODY).await else { panic!("it is new") };
    assert_eq!(s.idempotent_answer(&anna, "k", BODY).await.unwrap(), None);
    s.release_idempotent(&anna, "k").await.unwrap();
    assert!(matches!(s.begin_idempotent(&anna, "k", OTHER).await, Err(Error::Refused(Refusal::IdempotencyMismatch))));
    let Ok(Begun::Run { event_id }) = s.begin_idempotent(&anna, "k", BODY).await else { panic!("nothing runs") };
    assert_eq!(event_id, first);
    s.finish_idempotent(&anna, "k", "done").await.unwrap();
    assert_eq!(s.idempotent_answer(&anna, "k", BODY).await.unwrap().as_deref(), Some("done"));
    assert_eq!(s.idempotent_answer(&anna, "k", OTHER).await.unwrap(), None);
    s.release_idempotent(&anna, "another").await.unwrap();
}

/// Case 50.
#[tokio::test(start_paused = true)]
async fn a_ticket_is_used_once_and_within_a_minute() {
    let mut w = World::new(101).await;
    let other = w.process();
    let holder = TicketHolder { reader: reader("anna", &["ops", "web"]), admin: false, service: true, expires: w.now().plus(600 * SECOND) };
    let ticket = w.service.issue_ticket(&holder).await.unwrap();
    let (here, there) = tokio::join!(w.service.redeem_ticket(&ticket), other.redeem_ticket(&ticket));
    let got: Vec<TicketHolder> = [here.unwrap(), there.unwrap()].into_iter().flatten().collect();
    assert_eq!(got, std::slice::from_ref(&holder));
    assert_eq!(w.service.redeem_ticket(&ticket).await.unwrap(), None);
    let late = w.service.issue_ticket(&holder).await.unwrap();
    w.run_for(61 * SECOND).await;
    assert_eq!(w.service.redeem_ticket(&late).await.unwrap(), None);
    let short = TicketHolder { expires: w.now().plus(5 * SECOND), ..holder };
    let ticket = w.service.issue_ticket(&short).await.unwrap();
    w.run_for(6 * SECOND).await;
    assert_eq!(w.service.redeem_ticket(&ticket).await.unwrap(), None, "it does not outlive its token");
    for odd in ["", "x", "../STATE", &"0".repeat(32), &"A".repeat(4_000)] {
        assert_eq!(w.service.redeem_ticket(odd).await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn publishing_answers_once_it_is_stored() {
    let w = World::new(102).await;
    w.service.publish(w.finish([notify("anna", "one"), notify("ben", "two")])).await.unwrap();
    assert_eq!(titles(&w.service, &reader("anna", &[])).await, ["one"]);
    w.engine().faults().set(engine::FaultPlan { conflict: 1.0, ..engine::FaultPlan::default() });
    assert!(matches!(w.service.publish(w.finish([notify("anna", "three")])).await, Err(Error::Busy { .. })));
}

/// What is stored is asked for again by the SDK where the answer is lost, and meets itself.
#[tokio::test(start_paused = true)]
async fn a_request_is_not_told_that_it_runs_itself() {
    let w = World::new(103).await;
    let anna = reader("anna", &[]);
    w.engine().faults().set(engine::FaultPlan { cut_after_commit: 1.0, ..engine::FaultPlan::default() });
    let begun = w.service.begin_idempotent(&anna, "k", BODY).await;
    let Ok(Begun::Run { event_id }) = begun else { panic!("{begun:?}") };
    w.run_for(31 * SECOND).await;
    // The same where it goes on with what another died with.
    let again = w.service.begin_idempotent(&anna, "k", BODY).await;
    assert!(matches!(&again, Ok(Begun::Run { event_id: same }) if *same == event_id), "{again:?}");
    w.engine().faults().heal();
    assert!(matches!(w.service.begin_idempotent(&anna, "k", BODY).await, Err(Error::Refused(Refusal::IdempotencyRunning))));
}
