use std::sync::Mutex;

use inbox::moment::Moment;

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
        if id == "m-trouble" && *left > 0 {
            *left -= 1;
            return Outcome::Trouble;
        }
        if id == "m-poison" {
            return Outcome::Poison("no such key".into());
        }
        self.applied.lock().unwrap().push(id.to_owned());
        Outcome::Applied
    }
}

/// A withdrawal is known by the queue's id alone; an empty body is no event.
fn message(id: &str) -> Incoming {
    let body = if id.is_empty() { "half a {".to_owned() } else { r#"{"type":"withdraw","userId":"anna","key":"k"}"#.to_owned() };
    Incoming { message_id: format!("m-{id}"), body, attributes: Vec::new(), sent: Moment::from_seconds(1) }
}

fn start(store: &Arc<Store>) -> (Bus, DeadLetters) {
    let dead_letters = DeadLetters::in_memory();
    let (bus, worker) = bus(dead_letters.clone(), Arc::new(Fixed), Arc::new(Fixed));
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
    assert_eq!(*store.applied.lock().unwrap(), ["a", "b", "c", "e", "f", "h", "i", "j"].map(|id| format!("m-{id}")));
    let letters = dead_letters.recent();
    assert_eq!(letters[0].body.as_deref(), Some("half a {"));
    let told: Vec<_> = letters.iter().map(|letter| (letter.message_id.as_str(), letter.reason.as_str())).collect();
    assert_eq!((told[0].0, told[1]), ("m-", ("m-poison", "no such key")));
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
    assert_eq!(*store.applied.lock().unwrap(), ["m-ten"]);
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

/// With this chance the four waits between five tries take 261 ms; a fifth would take another 259 ms.
#[tokio::test(start_paused = true)]
async fn a_publisher_is_told_right_after_the_last_try() {
    let store = Arc::<Store>::default();
    let (bus, _) = start(&store);
    *store.trouble_left.lock().unwrap() = 100;
    let told = tokio::time::timeout(Duration::from_millis(400), bus.accept(vec![message("trouble")])).await;
    assert_eq!(told, Ok(vec![Err(IntakeError::NotStored)]));
    assert_eq!(store.batches.lock().unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_busy() {
    let (bus, worker) = bus(DeadLetters::in_memory(), Arc::new(Fixed), Arc::new(Fixed));
    let store = Arc::<Store>::default();
    let waiting = (0..=QUEUE).map(|n| message(&n.to_string())).collect();
    let (answers, ()) = tokio::join!(bus.accept(waiting), async {
        tokio::spawn(worker.run(Arc::clone(&store) as Arc<dyn Apply>));
    });
    assert_eq!(answers.iter().filter(|answer| **answer == Err(IntakeError::Busy)).count(), 1);
    assert_eq!(answers[QUEUE], Err(IntakeError::Busy));
    assert_eq!(*store.batches.lock().unwrap(), [BATCH; QUEUE / BATCH]);
}

#[tokio::test(start_paused = true)]
async fn publications_are_taken_all_or_none() {
    let store = Arc::<Store>::default();
    let (bus, _) = start(&store);
    let many = |ids: &[&str]| ids.iter().map(|id| read(&message(id)).unwrap()).collect::<Vec<_>>();
    assert_eq!(bus.publish(many(&["a", "b"])).await, Ok(()));
    *store.trouble_left.lock().unwrap() = 100;
    assert_eq!(bus.publish(many(&["c", "trouble", "d"])).await, Err(IntakeError::NotStored));
    assert_eq!(bus.publish(Vec::new()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_attribute_that_lies_is_a_dead_letter() {
    let store = Arc::<Store>::default();
    let (bus, dead_letters) = start(&store);
    let attribute = |value: &str| Attribute { name: "type".into(), data_type: "String".into(), value: AttributeValue::Text(value.into()) };
    let honest = Incoming { attributes: vec![attribute("withdraw")], ..message("honest") };
    let liar = Incoming { attributes: vec![attribute("broadcast")], ..message("liar") };
    assert_eq!(bus.accept(vec![honest, liar]).await, [Ok(()), Ok(())]);
    assert_eq!(*store.applied.lock().unwrap(), ["m-honest"]);
    assert_eq!(dead_letters.recent()[0].message_id, "m-liar");
}
