//! A running Belfry, wherever it runs: what a scenario may know of it.

use std::path::PathBuf;

use auth::config::Secret;
use auth::sign::{NewToken, mint};
use inbox::id::{Topic, UserId};
use inbox::moment::Moment;
use local::ports::Clock as _;
use local::system::SystemClock;
use serde_json::Value;

use crate::client::{Caller, sns};
use crate::wait::PATIENCE;

/// A page of another origin that is allowed.
pub(crate) const PAGE: &str = "https://app.example";
/// Who issues the tokens and for whom: checked where it is set up so.
pub(crate) const ISSUER: &str = "https://issuer.example";

/// Where to reach it, and what differs by where it runs.
#[derive(Clone)]
pub(crate) struct Deployment {
    /// Without a slash at the end.
    pub(crate) rest_url: String,
    /// Without a query.
    pub(crate) sockets_url: String,
    /// Where SNS answers.
    pub(crate) sns_url: String,
    pub(crate) topic_arn: String,
    /// What signs the tokens.
    pub(crate) secret: String,
    pub(crate) dead_letters: DeadLetters,
    /// Whether the stream can be reached by its address.
    pub(crate) has_stream: bool,
    /// Whether sockets pass on what was agreed and what is binary, as API Gateway does.
    pub(crate) has_whole_sockets: bool,
    /// Whether what no function is asked about is answered as a problem.
    pub(crate) has_answers_of_its_own: bool,
    /// Begins every name that a scenario makes up, so that scenarios do not meet.
    pub(crate) prefix: String,
    pub(crate) http: reqwest::Client,
}

/// Where messages go that nobody can read.
#[derive(Clone)]
pub(crate) enum DeadLetters {
    /// A file of JSON lines.
    File(PathBuf),
    /// A queue, with each message's reason in an attribute.
    Queue(aws_sdk_sqs::Client, String),
}

/// A message that could not be applied.
#[derive(Clone, Debug)]
pub(crate) struct DeadLetter {
    pub(crate) body: String,
    pub(crate) reason: String,
}

impl Deployment {
    /// The same place for a scenario of this name.
    pub(crate) fn named(&self, name: &str) -> Self {
        Self { prefix: format!("{name}."), ..self.clone() }
    }

    /// A name of this scenario's own.
    pub(crate) fn own(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn token(&self, user: &str, change: impl FnOnce(&mut NewToken)) -> String {
        let now: Moment = SystemClock.now();
        let mut token = NewToken::new(UserId::parse(&self.own(user)).unwrap(), now, now.plus(60 * PATIENCE));
        token.issuer = Some(ISSUER.to_owned());
        change(&mut token);
        mint(&Secret::parse(&self.secret).unwrap(), &token)
    }

    pub(crate) fn user(&self, user: &str) -> Caller<'_> {
        Caller::new(self, self.own(user), Some(self.token(user, |_| {})))
    }

    /// A user whose token names this topic.
    pub(crate) fn member(&self, user: &str, topic: &str) -> Caller<'_> {
        let topics = vec![Topic::parse(&self.own(topic)).unwrap()];
        Caller::new(self, self.own(user), Some(self.token(user, |token| token.topics = topics)))
    }

    pub(crate) fn admin(&self) -> Caller<'_> {
        Caller::new(self, self.own("admin"), Some(self.token("admin", |token| token.admin = true)))
    }

    pub(crate) fn nobody(&self) -> Caller<'_> {
        Caller::new(self, String::new(), None)
    }

    /// A job's client.
    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        sns(&self.sns_url)
    }

    /// Publishes an event as a job does.
    pub(crate) async fn publish(&self, event: &Value) {
        self.publish_text(&event.to_string()).await;
    }

    pub(crate) async fn publish_text(&self, message: &str) {
        self.sns().publish().topic_arn(&self.topic_arn).message(message).send().await.unwrap();
    }

    /// The dead letters whose message holds this text. On a queue they stay where they are.
    pub(crate) async fn letters_with(&self, text: &str) -> Vec<DeadLetter> {
        let letters = match &self.dead_letters {
            DeadLetters::File(path) => from_file(&std::fs::read_to_string(path).unwrap_or_default()),
            DeadLetters::Queue(client, url) => from_queue(client, url).await,
        };
        letters.into_iter().filter(|letter| letter.body.contains(text)).collect()
    }
}

fn from_file(text: &str) -> Vec<DeadLetter> {
    let letter = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        DeadLetter { body: text("body"), reason: text("reason") }
    };
    text.lines().map(letter).collect()
}

async fn from_queue(client: &aws_sdk_sqs::Client, url: &str) -> Vec<DeadLetter> {
    let request = client.receive_message().queue_url(url).max_number_of_messages(10).visibility_timeout(0).message_attribute_names("All");
    let answer = request.send().await.unwrap();
    let letter = |message: &aws_sdk_sqs::types::Message| {
        let reason = message.message_attributes().and_then(|all| all.get("reason")).and_then(|reason| reason.string_value());
        DeadLetter { body: message.body().unwrap_or_default().to_owned(), reason: reason.unwrap_or_default().to_owned() }
    };
    answer.messages().iter().map(letter).collect()
}
