use std::sync::Mutex;

use inbox::id::{EventId, UserId};
use inbox::publication::{Addressee, What, Withdrawn};

use super::*;
use crate::intake::{Attribute, AttributeValue};

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Moment {
        Moment::from_seconds(1)
    }
}

impl Entropy for Fixed {
    fn u64(&self) -> u64 {
        u64::MAX
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Applies all but those whose id says otherwise; remembers the sizes of batches and the order.
#[derive(Default)]
struct Store {
    batches: Mutex<Vec<usize>>,
    applied: Mutex<Vec<String>>,
    trouble_left: Mutex<u32>,
}

impl Apply for Store {
    fn apply(&self, publications: Vec<Publication>) -> BoxFuture<'_, Vec<Outcome>> {
        self.batches.lock().unwrap().push(publications.len());
        let outcomes = publications.iter().map(|publication| self.one(publication.id.as_str())).collect();
        async { outcomes }.boxed()
    }
}

impl Store {
    fn one(&self, id: &str) -> Outcome {
        let mut left = self.trouble_left.lock().unwrap();
        if id == "trouble" && *left > 0 {
            *left -= 1;
            return Outcome::Trouble;
        }
        if id == "poison" {
            return Outcome::Poison("no such key".into());
        }
        self.applied.lock().unwrap().push(id.to_owned());
        Outcome::Applied
    }
}

fn parse(body: &str, _message_id: &str, sent: Moment) -> Result<Publication, String> {
    let id = EventId::parse(body).map_err(|error| format!("id {error}"))?;
    let user = UserId::parse("anna").map_err(|error| error.to_string())?;
    Ok(Publication { tenant: None, id: id.clone(), at: sent, what: What::Withdraw(Addressee::User(user), Withdrawn::Id(id)) })
}

fn message(body: &str) -> Incoming {
    Incoming { message_id: format!("m-{body}"), body: body.into(), attributes: Vec::new(), sent: Moment::from_seconds(1) }
}

fn start(store: &Arc<Store>) -> (Bus, DeadLetters) {
    let dead_letters = DeadLetters::in_memory();
    let (bus, worker) = bus(parse, dead_letters.clone(), Arc::new(Fixed), Arc::new(Fixed));
    tokio::spawn(worker.run(Arc::clone(store) as Arc<dyn Apply>));
    (bus, dead_letters)
}

#[tokio::test(start_paused = true)]
async fn one_bad_message_of_ten_is_a_dead_letter_and_nine_are_applied() {
    let store = Arc::<Store>::default();
    let (bus, dead_letters) = start(&store);
    let bodies = ["a", "b", "c", "", "e", "f", "poison", "h", "i", "j"];
    let answers = bus.accept(bodies.map(message).to_vec()).await;
    assert_eq!(answers, vec![Ok(()); 10]);
    assert_eq!(*store.applied.lock().unwrap(), ["a", "b", "c", "e", "f", "h", "i", "j"]);
    let letters = dead_letters.recent();
    let told: Vec<_> = letters.iter().map(|letter| (letter.message_id.as_str(), letter.reason.as_str())).collect();
    assert_eq!(told, [("m-", "id must not be empty"), ("m-poison", "no such key")]);
    assert_eq!(*store.batches.lock().unwrap(), [9]);
}

#[tokio::test(start_paused = true)]
async fn eleven_attributes_are_one_too_many() {
    let store = Arc::<Store>::default();
    let (bus, dead_letters) = start(&store);
    let attribute = |n: usize| Attribute { name: format!("a{n}"), data_type: "String".into(), value: AttributeValue::Text("x".into()) };
    let ten = Incoming { attributes: (0..10).map(attribute).collect(), ..message("ten") };
    let eleven = Incoming { attributes: (0..11).map(attribute).collect(), ..message("eleven") };
    assert_eq!(bus.accept(vec![ten, eleven]).await, [Ok(()), Ok(())]);
    assert_eq!(*store.applied.lock().unwrap(), ["ten"]);
    assert!(dead_letters.recent()[0].reason.contains("11 attributes"));
}

#[tokio::test(start_paused = true)]
async fn trouble_is_tried_again_and_then_told() {
    let store = Arc::<Store>::default();
    let (bus, _) = start(&store);
    *store.trouble_left.lock().unwrap() = 3;
    assert_eq!(bus.accept(vec![message("trouble")]).await, [Ok(())]);
    *store.trouble_left.lock().unwrap() = 100;
    assert_eq!(bus.accept(vec![message("trouble"), message("x")]).await, [Err(IntakeError::NotStored), Ok(())]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_busy() {
    let (bus, worker) = bus(parse, DeadLetters::in_memory(), Arc::new(Fixed), Arc::new(Fixed));
    let store = Arc::<Store>::default();
    let waiting = (0..=QUEUE).map(|n| message(&n.to_string())).collect();
    let (answers, ()) = tokio::join!(bus.accept(waiting), async {
        tokio::spawn(worker.run(Arc::clone(&store) as Arc<dyn Apply>));
    });
    assert_eq!(answers.iter().filter(|answer| **answer == Err(IntakeError::Busy)).count(), 1);
    assert_eq!(answers[QUEUE], Err(IntakeError::Busy));
    assert_eq!(*store.batches.lock().unwrap(), [BATCH; QUEUE / BATCH]);
}
